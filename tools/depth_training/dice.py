"""Random tensors that depend on nothing but a seed and the device."""

import math
import random

import torch


class Dice:
    def __init__(self, seed, device):
        self.device = torch.device(device)
        self.generator = torch.Generator(device=self.device)
        self.generator.manual_seed(seed)
        self.python = random.Random(seed)
        self.constants = {}

    def constant(self, values):
        """A number or tuple as a tensor on the device, copied there once: each copy waits for a GPU."""
        if values not in self.constants:
            self.constants[values] = torch.tensor(values, dtype=torch.float32, device=self.device)
        return self.constants[values]

    def uniform(self, *shape, low=0.0, high=1.0):
        values = torch.rand(shape, generator=self.generator, device=self.device)
        return values * (high - low) + low

    def log_uniform(self, *shape, low, high):
        return torch.exp(self.uniform(*shape, low=math.log(low), high=math.log(high)))

    def between(self, low, high, *shape):
        """Log-uniform between two tensors that have one value per scene."""
        low, high = torch.log(low)[:, None], torch.log(high)[:, None]
        return torch.exp(low + self.uniform(*shape) * (high - low))

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator, device=self.device)

    def integers(self, count, *shape):
        return torch.randint(0, count, shape, generator=self.generator, device=self.device)

    def chance(self, probability, *shape):
        return self.uniform(*shape) < probability

    def weighted(self, weights, count):
        """`count` indices per row of `weights`, drawn in proportion to them."""
        return torch.multinomial(weights, count, replacement=True, generator=self.generator)
