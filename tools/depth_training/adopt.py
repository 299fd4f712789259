"""Starts a network from the first one: the same layers, but attention where this one has contexts.

Usage: adopt.py FIRST.pt --scenes DIR --out DIR [--seconds 120]
FIRST.pt is the state of the network that was trained first. Its weights are taken over, and the last level,
which is small, learns to say what attention said, on scenes that store_scenes.py made. Writes start.pt.
"""

import argparse
import math
import pathlib
import re
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from augment import Augmenter, Shares
from dice import Dice
from network import SHAPES, DepthNetwork, Shape, network_input
from store_scenes import StoredScenes

FIRST = Shape(channels=SHAPES["wide"].channels, contexts=0)
COORDINATES = .99      # the first network's rows and columns ran from -.98 to .98
SEED, BATCH = 21, 64
USES = 4               # of each scene, each time with another lens, exposure, caption, ...


class Attention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.q = nn.Conv2d(channels, 3 * channels, 1)
        self.o = nn.Conv2d(channels, channels, 1)
        self.f = nn.Sequential(nn.Conv2d(channels, 2 * channels, 1), nn.ReLU(),
                               nn.Conv2d(2 * channels, channels, 1))
        self.n = nn.GroupNorm(1, channels)
        self.m = nn.GroupNorm(1, channels)

    def forward(self, x):
        count, channels, height, width = x.shape
        size = channels // self.heads
        query, key, value = self.q(self.n(x)).reshape(count, 3, self.heads, size, height * width).unbind(1)
        share = torch.softmax(query.transpose(-1, -2) @ key * size ** -.5, -1)
        x = x + self.o((value @ share.transpose(-1, -2)).reshape(x.shape))
        return x + self.f(self.m(x))


class FirstNetwork(DepthNetwork):
    """The network that was trained first."""

    def __init__(self):
        super().__init__(FIRST)
        self.contexts = nn.ModuleList(Attention(FIRST.channels[-1]) for _ in range(3))

    @classmethod
    def load(cls, path):
        state = torch.load(path, map_location="cpu")
        network = cls()
        network.load_state_dict({renamed(name): value.float() for name, value in state.items()})
        network.down[0][0].weight.data[:, 3:] *= COORDINATES
        return network.eval().requires_grad_(False)


def renamed(name):
    """What this repository calls a tensor of the first network's state."""
    parts = {"a": "first.0", "n": "first.1", "b": "second.0", "m": "second.1"}
    highest = len(FIRST.channels) - 2
    rules = ((r"d\.(\d)\.(.*)", lambda m: f"down.{m[1]}.{m[2]}"),
             (r"r\.(\d)\.(\d)\.([anbm])\.(.*)", lambda m: f"encoder.{m[1]}.{m[2]}.{parts[m[3]]}.{m[4]}"),
             (r"t\.(.*)", lambda m: f"contexts.{m[1]}"),
             (r"u\.(\d)\.(.*)", lambda m: f"narrow.{highest - int(m[1])}.{m[2]}"),
             (r"v\.(\d)\.([anbm])\.(.*)", lambda m: f"decoder.{highest - int(m[1])}.0.{parts[m[2]]}.{m[3]}"),
             (r"o\.(.*)", lambda m: f"output.{m[1]}"))
    for pattern, replacement in rules:
        if match := re.fullmatch(pattern, name):
            return replacement(match)
    raise ValueError(f"unknown tensor {name}")


def adopted(first):
    """A network with the first one's weights but those that belong to attention; new residuals do nothing yet."""
    network = DepthNetwork(SHAPES["wide"])
    taken = {name: value for name, value in first.state_dict().items()
             if not name.startswith(("contexts.", f"narrow.{len(network.narrow) - 1}."))}
    missing, _ = network.load_state_dict(taken, strict=False)
    for name in missing:
        if name.startswith("encoder.") and name.endswith("second.1.weight"):
            nn.init.zeros_(network.get_parameter(name))
    return network.eval()


@torch.no_grad()
def upper_levels(network, picture):
    """What the last level is given."""
    x = network_input(picture)
    for down, residuals in list(zip(network.down, network.encoder))[:-1]:
        x = F.relu(down(x))
        for residual in residuals:
            x = residual(x)
    return F.relu(network.down[-1](x))


def last_level(network, x):
    for block in (*network.encoder[-1], *network.contexts, network.narrow[-1]):
        x = block(x)
    return x


def examples(first, folder):
    """By size: what the last level is given, and what it is to say; and how widely the output spreads."""
    scenes = StoredScenes(folder, SEED)
    augment = Augmenter(Dice(SEED + 1, "cpu"), Shares(desktops=.03, flat=.03))
    found, deviations = {}, []
    for _ in range(len(list(folder.glob("*.pt")))):
        scene = scenes.batch()
        for _ in range(USES):
            picture = augment(*scene).picture
            given = upper_levels(first, picture)
            with torch.no_grad():
                found.setdefault(given.shape[2:], []).append((given, last_level(first, given)))
        with torch.no_grad():
            depth = first(picture).flatten(1)
        deviations.append((depth - depth.median(1, keepdim=True)[0]).abs().mean(1))
    spread = float(torch.cat(deviations).median())
    return {size: [torch.cat(part) for part in zip(*pairs)] for size, pairs in found.items()}, spread


def learn_last_level(network, found, seconds):
    dice = Dice(SEED + 2, "cpu")
    kept = {size: len(given) // 10 for size, (given, _) in found.items()}   # for the test
    network.requires_grad_(False)
    weights = []
    for block in (network.encoder[-1], network.contexts, network.narrow[-1]):
        weights += list(block.requires_grad_(True).parameters())
    all_wanted = torch.cat([wanted.transpose(0, 1).flatten(1) for _, wanted in found.values()], 1)
    scale = all_wanted.std(1)
    with torch.no_grad():              # means and deviations for the new layers
        network.narrow[-1][1].weight.copy_(scale)
        network.narrow[-1][1].bias.copy_(all_wanted.mean(1))
        network.encoder[-1].train()
        network.narrow[-1].train()
        for _ in range(20):
            for given, _ in found.values():
                last_level(network, given)
        network.eval()
    optimizer = torch.optim.AdamW(weights, lr=1e-3, weight_decay=1e-2)

    def error(given, wanted):
        return (((last_level(network, given) - wanted) / scale[:, None, None]) ** 2).mean()

    start, step = time.monotonic(), 0
    while (progress := (time.monotonic() - start) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1, (step + 1) / 100) * (.5 + .5 * math.cos(math.pi * progress))
        size = dice.python.choice(list(found))
        given, wanted = found[size]
        chosen = kept[size] + dice.integers(len(given) - kept[size], BATCH)
        loss = error(given[chosen], wanted[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        if step % 200 == 0:
            with torch.no_grad():
                unseen = sum(float(error(found[size][0][:kept[size]], found[size][1][:kept[size]]))
                             for size in found) / len(found)
            print(f"{time.monotonic() - start:.0f} s step {step} error {float(loss):.3f} unseen {unseen:.3f}",
                  flush=True)
    network.requires_grad_(True)


def save(network, path):
    torch.save({"shape": "wide", "seed": SEED, "step": 0, "weights": network.state_dict()}, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--scenes", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(SEED)
    arguments.out.mkdir(parents=True, exist_ok=True)
    first = FirstNetwork.load(arguments.first)
    network = adopted(first)
    found, spread = examples(first, arguments.scenes)
    print(f"{sum(len(given) for given, _ in found.values())} pictures, output spreads {spread:.2f}", flush=True)
    learn_last_level(network, found, arguments.seconds)
    with torch.no_grad():      # train.py keeps the output's mean deviation near 1
        network.output.weight /= spread
        network.output.bias /= spread
    save(network, arguments.out / "start.pt")


if __name__ == "__main__":
    main()
