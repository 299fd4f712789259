"""Trains on a network that adopt.py started, on a CPU: true depth, and what the first network says.

Usage: fine_tune.py START.pt --first FIRST.pt --scenes DIR --out DIR --seconds 600
DIR of --scenes is what store_scenes.py fills, before or meanwhile. Writes what train.py does.
"""

import argparse
import math
import pathlib
from dataclasses import replace

import torch

from adopt import FirstNetwork
from augment import Shares
from checkpoint import load_network
from loss import aligned, depth_loss
from store_scenes import StoredScenes
from train import Load, Plan, Training


class FineTuning(Training):
    checkpoint_seconds = 90

    def __init__(self, plan, out, start, first, scenes, uses, first_share):
        super().__init__(plan, Load(8, uses, 1, ((96, 160),)), "cpu", out, compiled=False)
        self.first, self.first_share = first, first_share
        self.scenes = StoredScenes(scenes, plan.seed)
        for network in (self.network, self.average.network):
            network.load_state_dict(start.state_dict())
            network.eval()     # batch norm as it is: the batches are small
        self.left = []

    def sample(self):
        if not self.left:
            scene = self.scenes.batch()
            self.left = [scene] * self.load.reuse
        return self.augment(*self.left.pop())

    def loss(self, sample):
        picture = sample.picture.contiguous(memory_format=torch.channels_last)
        prediction = self.network(picture)
        with torch.no_grad():
            said, _ = aligned(self.first(picture), torch.zeros_like(sample.absolute))
        ordinary = (~sample.absolute & (sample.weight.flatten(1).min(1)[0] == 1)).float()   # no bars, no desktop
        theirs = self.first_share * ordinary[:, None, None, None]    # of the loss
        true = replace(sample, weight=sample.weight * (1 - theirs))
        copied = replace(sample, weight=sample.weight * theirs, target=said.clamp(-6, 6))
        return (depth_loss(prediction, true, self.dice, self.plan.order_share)
                + depth_loss(prediction, copied, self.dice, self.plan.order_share))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("start", type=pathlib.Path)
    parser.add_argument("--first", type=pathlib.Path, required=True)
    parser.add_argument("--scenes", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--first-share", type=float, default=.8,
                        help="of the loss, what the first one says, on pictures without bars and desktops")
    parser.add_argument("--flat-share", type=float, default=.04, help="of pictures that are flat; desktops likewise")
    parser.add_argument("--uses", type=int, default=2, help="steps in a row with one batch of scenes")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    plan = Plan(shape="wide", rate=arguments.rate, warm_steps=30, seed=arguments.seed,
                shares=Shares(bars=.2, captions=.15, logos=.1,
                              desktops=arguments.flat_share, flat=arguments.flat_share))
    tuning = FineTuning(plan, arguments.out, load_network(arguments.start), FirstNetwork.load(arguments.first),
                        arguments.scenes, arguments.uses, arguments.first_share)
    tuning.run(arguments.seconds, None, math.inf)


if __name__ == "__main__":
    main()
