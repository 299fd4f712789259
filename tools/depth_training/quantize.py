"""Turns a trained network into the engine's file: folds batch norms, chooses exponents, rounds.

Usage: quantize.py CHECKPOINT.pt --out DIR
Writes DIR/own_depth.bin, DIR/own_depth.txt (hashes, measures) and DIR/own_depth_vectors.bin: for the
engine's test u16 count, then per picture u16 width, u16 height, RGB bytes, and i16 outputs, little endian.
"""

import argparse
import hashlib
import math
import pathlib
import struct

import numpy
import torch
import torch.nn.functional as F

from augment import Augmenter, Shares
from checkpoint import load_network
from dice import Dice
from integer_network import INPUT_EXPONENT, MOST, IntegerNetwork, Layer
from measure import EvaluationData, measured, network_depth
from network import network_input, up2
from scenes import SceneMaker

CALIBRATION_SEED, CALIBRATION_PICTURES = 4711, 48
HEADROOM = 1.3            # between the largest activation seen and what an integer holds
MOST_EXPONENT = 12
MOST_CHOSEN_SHIFT = 18    # keeps biases small; the format allows 24
SUM_LIMIT = 1 << 31


def folded(module):
    """Weight and bias of a convolution with its batch norm, or of a convolution alone."""
    if isinstance(module, torch.nn.Conv2d):
        return module.weight.detach().double(), module.bias.detach().double()
    convolution, norm = module
    scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    return (convolution.weight.double() * scale[:, None, None, None],
            norm.bias.double() - norm.running_mean.double() * scale)


class Ranges:
    """Runs the network with folded weights and notes how large its activations get."""

    def __init__(self, network):
        levels = len(network.shape.channels)
        self.network = network
        self.levels = [0.0] * levels
        self.middles = {}
        self.output = 0.0

    def level(self, index, x):
        self.levels[index] = max(self.levels[index], float(x.abs().max()))
        return x

    def middle(self, module, x):
        self.middles[module] = max(self.middles.get(module, 0.0), float(x.abs().max()))
        return x

    def residual(self, block, x, index):
        middle = self.middle(block, F.relu(block.first(x)))
        return self.level(index, F.relu(x + block.second(middle)))

    @torch.no_grad()
    def see(self, picture):
        network, skips = self.network, []
        x = network_input(picture)
        for index, (down, residuals) in enumerate(zip(network.down, network.encoder)):
            x = self.level(index, F.relu(down(x)))
            for block in residuals:
                x = self.residual(block, x, index)
            skips.append(x)
        last = len(skips) - 1
        for context in network.contexts:
            hidden = self.middle(context, F.relu(context.first(x.mean((2, 3), keepdim=True))))
            change = self.level(last, context.second(hidden))
            x = self.level(last, F.relu(x + change))
        for index in reversed(range(last)):
            x = self.level(index, network.narrow[index](x))
            x = self.level(index, F.relu(up2(x) + skips[index]))
            for block in network.decoder[index]:
                x = self.residual(block, x, index)
        self.output = max(self.output, float(network.output(x).abs().max()))


def exponent_for(largest):
    return min(MOST_EXPONENT, math.floor(math.log2(MOST / (largest * HEADROOM + 1e-6))))


def rounded(module, in_exponent, out_exponent):
    weight, bias = [values.numpy() for values in folded(module)]
    side, stride = (module if isinstance(module, torch.nn.Conv2d) else module[0]).kernel_size[0], \
        (module if isinstance(module, torch.nn.Conv2d) else module[0]).stride[0]
    largest = numpy.abs(weight).max((1, 2, 3))
    scales = numpy.floor(numpy.log2(127 / numpy.maximum(largest, 1e-9))).astype(numpy.int64)
    least = 1 + out_exponent - in_exponent
    scales = numpy.clip(scales, least, min(127, MOST_CHOSEN_SHIFT + out_exponent - in_exponent))
    while True:
        factor = 2.0 ** scales
        integers = numpy.clip(numpy.round(weight * factor[:, None, None, None]), -127, 127).astype(numpy.int64)
        biases = numpy.round(bias * factor * 2.0 ** in_exponent)
        biases = numpy.clip(biases, -(SUM_LIMIT - 1), SUM_LIMIT - 1).astype(numpy.int64)
        layer = Layer(side, stride, in_exponent, out_exponent, scales, biases, integers)
        too_large = (layer.largest_sum() >= SUM_LIMIT) & (scales > least)
        if not too_large.any():
            return layer
        scales = scales - too_large


def quantized(network, pictures):
    """The integer network; `pictures` [n, 3, h, w] tensors show how large activations get."""
    ranges = Ranges(network)
    for picture in pictures:
        ranges.see(picture)
    exponents = [exponent_for(largest) for largest in ranges.levels]
    layers = []

    def pair(first, second, middle, exponent):
        between = exponent_for(middle)
        layers.append(rounded(first, exponent, between))
        layers.append(rounded(second, between, exponent))

    above = INPUT_EXPONENT
    for down, residuals, exponent in zip(network.down, network.encoder, exponents):
        layers.append(rounded(down, above, exponent))
        for block in residuals:
            pair(block.first, block.second, ranges.middles[block], exponent)
        above = exponent
    for context in network.contexts:
        pair(context.first, context.second, ranges.middles[context], exponents[-1])
    for index in reversed(range(len(exponents) - 1)):
        layers.append(rounded(network.narrow[index], exponents[index + 1], exponents[index]))
        for block in network.decoder[index]:
            pair(block.first, block.second, ranges.middles[block], exponents[index])
    layers.append(rounded(network.output, exponents[0], exponent_for(ranges.output)))
    shape = network.shape
    residuals = set(shape.decoder_residuals)
    if len(residuals) != 1:
        raise ValueError("the file has one number of decoder residuals for all levels")
    levels = list(zip(shape.channels, shape.encoder_residuals, exponents))
    return IntegerNetwork(levels, shape.contexts, residuals.pop(), layers)


def calibration_pictures(count=CALIBRATION_PICTURES):
    maker = SceneMaker("cpu", CALIBRATION_SEED)
    augment = Augmenter(Dice(CALIBRATION_SEED, "cpu"), Shares(bars=.2, captions=.2, desktops=.15, flat=.15))
    pictures = []
    for height, width in ((96, 160), (160, 96), (64, 192)):
        for _ in range(max(1, count // 24)):
            pictures.append(augment(*maker.batch(min(8, count), height, width)).picture)
    pictures.append(torch.rand(4, 3, 96, 160, generator=torch.Generator().manual_seed(1)))
    pictures.append(torch.zeros(1, 3, 96, 160))
    return pictures


def bytes_of(picture):
    """RGB bytes [h, w, 3] of a tensor [3, h, w]."""
    return (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy().copy()


def vectors(network, pictures):
    generator = numpy.random.default_rng(5)
    inputs = [generator.integers(0, 256, (32, 64, 3)).astype(numpy.uint8),
              generator.integers(0, 256, (96, 160, 3)).astype(numpy.uint8),
              numpy.zeros((32, 32, 3), numpy.uint8),
              bytes_of(pictures[0][0]), bytes_of(pictures[1][0])]
    data = struct.pack("<H", len(inputs))
    for picture in inputs:
        height, width, _ = picture.shape
        data += struct.pack("<HH", width, height) + picture.tobytes()
        data += network.run(picture).astype("<i2").tobytes()
    return data


def agreement(network, integer, pictures):
    """How far the integer network's depth is from the float one's: 1 is none, as correlations."""
    found = []
    for picture in [batch[0] for batch in pictures[:6]]:
        exact = network_depth(network, "cpu")(bytes_of(picture))
        found.append(numpy.corrcoef(exact.reshape(-1), integer.depth_of(bytes_of(picture)).reshape(-1))[0, 1])
    return found


def sources_hash():
    digest = hashlib.sha256()
    for path in sorted(pathlib.Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--pictures", type=int, default=CALIBRATION_PICTURES)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--name", default="", help="what the text file says of where this is from")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    network = load_network(arguments.checkpoint)
    pictures = calibration_pictures(arguments.pictures)
    integer = quantized(network, pictures)
    data = integer.write()
    (arguments.out / "own_depth.bin").write_bytes(data)
    (arguments.out / "own_depth_vectors.bin").write_bytes(vectors(integer, pictures))
    state = torch.load(arguments.checkpoint, map_location="cpu")
    text = [f"sha256 {hashlib.sha256(data).hexdigest()}", f"bytes {len(data)}",
            f"sources {sources_hash()}", f"checkpoint {arguments.name or arguments.checkpoint.name}",
            f"seed {state['seed']} step {state['step']} calibration seed {CALIBRATION_SEED}",
            f"shape {network.shape}", f"exponents {[level[2] for level in integer.levels]} "
            f"output {integer.output_exponent}",
            f"correlation with float {min(agreement(network, integer, pictures)):.5f} or better"]
    (arguments.out / "own_depth.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    evaluation = EvaluationData.load()
    if evaluation:
        text.append("float   " + measured(network_depth(network, "cpu"), evaluation).line())
        text.append("integer " + measured(integer.depth_of, evaluation).line())
        (arguments.out / "own_depth.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
