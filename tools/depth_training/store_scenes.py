"""Makes scenes ahead, for training on a CPU, where they are the slow part.

Usage: store_scenes.py DIR --seed N [--batches 1000] [--count 8]
Writes DIR/scenes_SEED_NNNN.pt, each a batch of one size. One process for each core, each with its own seed;
a training can begin while they work. StoredScenes hands them out.
"""

import argparse
import os
import pathlib
import random

import torch

from scenes import SceneMaker

SIZES = ((96, 160), (96, 160), (96, 128), (64, 192), (160, 96), (96, 160), (128, 96))


class StoredScenes:
    def __init__(self, folder, seed):
        self.folder = folder
        self.random = random.Random(seed)
        self.uses = {}

    def batch(self):
        """Picture and inverse depth of one of those that were handed out least."""
        for path in self.folder.glob("scenes_*.pt"):
            self.uses.setdefault(path, 0)
        fewest = min(self.uses.values())
        path = self.random.choice(sorted(path for path, uses in self.uses.items() if uses <= fewest + 1))
        self.uses[path] += 1
        return [values.float() for values in torch.load(path)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--count", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    maker = SceneMaker("cpu", arguments.seed)
    for index in range(arguments.batches):
        batch = maker.batch(arguments.count, *SIZES[index % len(SIZES)])
        path = arguments.folder / f"scenes_{arguments.seed}_{index:04d}.pt"
        torch.save([values.half() for values in batch], path.with_suffix(".tmp"))
        os.replace(path.with_suffix(".tmp"), path)


if __name__ == "__main__":
    main()
