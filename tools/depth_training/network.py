"""The depth network: picture in, inverse depth at half its size out; larger is nearer.

Only operations that the engine computes with 16-bit integers: 3x3 and 1x1 convolutions, ReLU, sums, a mean
over all places, and doubling with fixed weights.
"""

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass(frozen=True)
class Shape:
    """What the file of weights says about the layers."""
    channels: tuple = (16, 32, 64, 96, 128)
    encoder_residuals: tuple = (1, 1, 2, 2, 2)
    contexts: int = 2
    decoder_residuals: tuple = (1, 1, 1, 1)   # of the levels but the last

    def multiplications(self, height, width):
        """Of the convolutions, for a picture of this size."""
        total, inputs = 0, 5
        places = [height * width >> (2 * level + 2) for level in range(len(self.channels))]
        decoder = self.decoder_residuals + (0,)
        for level, outputs in enumerate(self.channels):
            residuals = self.encoder_residuals[level] + decoder[level]
            total += places[level] * 9 * outputs * (inputs + 2 * outputs * residuals)
            if level:
                total += places[level] * outputs * inputs
            inputs = outputs
        return total + places[0] * 9 * self.channels[0] + 2 * self.contexts * inputs * inputs


SHAPES = {"base": Shape(),
          "lean": Shape(channels=(16, 24, 48, 80, 128), encoder_residuals=(1, 1, 2, 2, 3)),
          "wide": Shape(channels=(24, 40, 64, 96, 128), encoder_residuals=(1, 1, 2, 2, 3))}


def convolution(inputs, outputs, side=3, stride=1):
    """Without bias: that of the batch norm behind it does."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False),
                         nn.BatchNorm2d(outputs))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = convolution(channels, channels)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class Context(nn.Module):
    """Adds to every place what the mean over all places says."""

    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 1)
        self.second = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x):
        mean = x.mean((2, 3), keepdim=True)
        return F.relu(x + self.second(F.relu(self.first(mean))))


def up2(x):
    """Twice the size: weights 9 3 3 1 over 16, edges repeated."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def network_input(picture):
    """Five channels from pictures [n, 3, h, w] 0..1: normalised colours, row and column."""
    count, _, height, width = picture.shape
    mean = picture.mean((1, 2, 3), keepdim=True)
    deviation = ((picture - mean) ** 2).mean((1, 2, 3), keepdim=True).sqrt() + .05
    y = (torch.arange(height, device=picture.device, dtype=picture.dtype) + .5) / height * 2 - 1
    x = (torch.arange(width, device=picture.device, dtype=picture.dtype) + .5) / width * 2 - 1
    rows = y[None, None, :, None].expand(count, 1, height, width)
    columns = x[None, None, None].expand(count, 1, height, width)
    return torch.cat([(picture - mean) / deviation, rows, columns], 1)


class DepthNetwork(nn.Module):
    def __init__(self, shape=Shape()):
        super().__init__()
        self.shape = shape
        levels = len(shape.channels)
        inputs = (5,) + shape.channels[:-1]
        self.down = nn.ModuleList(convolution(i, o, stride=2) for i, o in zip(inputs, shape.channels))
        self.encoder = nn.ModuleList(
            nn.ModuleList(Residual(channels) for _ in range(residuals))
            for channels, residuals in zip(shape.channels, shape.encoder_residuals))
        self.contexts = nn.ModuleList(Context(shape.channels[-1]) for _ in range(shape.contexts))
        self.narrow = nn.ModuleList(
            convolution(shape.channels[level + 1], shape.channels[level], side=1)
            for level in range(levels - 1))
        self.decoder = nn.ModuleList(
            nn.ModuleList(Residual(shape.channels[level]) for _ in range(shape.decoder_residuals[level]))
            for level in range(levels - 1))
        self.output = nn.Conv2d(shape.channels[0], 1, 3, 1, 1)

    def forward(self, picture):
        x, skips = network_input(picture), []
        for down, residuals in zip(self.down, self.encoder):
            x = F.relu(down(x))
            for residual in residuals:
                x = residual(x)
            skips.append(x)
        for context in self.contexts:
            x = context(x)
        for level in reversed(range(len(skips) - 1)):
            x = F.relu(up2(self.narrow[level](x)) + skips[level])
            for residual in self.decoder[level]:
                x = residual(x)
        return self.output(x)
