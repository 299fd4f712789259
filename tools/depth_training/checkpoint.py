"""Reads what train.py saved."""

import torch

from network import SHAPES, DepthNetwork


def load_network(path):
    state = torch.load(path, map_location="cpu")
    network = DepthNetwork(SHAPES[state["shape"]])
    network.load_state_dict(state["weights"])
    return network.eval().requires_grad_(False)
