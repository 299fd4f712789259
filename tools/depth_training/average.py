"""Averages the weights of the checkpoints that did best, of one training or of several from one start.

Usage: average.py CHECKPOINT.pt... --out FILE [--best 4]
"""

import argparse
import pathlib

import torch

from measure import EvaluationData, measured, network_depth
from network import SHAPES, DepthNetwork


def mean_state(states):
    """Of networks that are near each other."""
    result = dict(states[0])
    result["weights"] = {name: torch.stack([state["weights"][name].float() for state in states]).mean(0).to(value.dtype)
                         for name, value in result["weights"].items()}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=pathlib.Path, nargs="+")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--best", type=int, default=4)
    arguments = parser.parse_args()
    states = [torch.load(path, map_location="cpu") for path in arguments.checkpoints]
    states = sorted(states, key=lambda state: -state.get("score", 0))[:arguments.best]
    state = mean_state(states)
    network = DepthNetwork(SHAPES[state["shape"]])
    network.load_state_dict(state["weights"])
    network.eval()
    line = f"mean of steps {[one['step'] for one in states]}"
    if data := EvaluationData.load():
        result = measured(network_depth(network, "cpu"), data)
        state["score"] = result.score()
        line += ": " + result.line()
    torch.save(state, arguments.out)
    print(line)


if __name__ == "__main__":
    main()
