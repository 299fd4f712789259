"""The file of weights, and the integer arithmetic that the engine does with it, bit for bit, in numpy.

The file, little endian: "SKDN", u16 version 1, u16 levels; per level u16 channels, u8 residuals of the
encoder, i8 exponent; u8 contexts, u8 residuals of each decoder level. Then each convolution in the order of
use: u8 kernel side, u8 stride, u16 inputs, u16 outputs, i8 exponent of the inputs, i8 of the outputs; per
output i8 k, per output i32 bias, and i8 weights [output][input][row][column]. An integer at exponent e is
integer / 2^e; a weight is at its output's k, a bias at the sum of the two exponents.
"""

import math
import struct
from dataclasses import dataclass

import numpy

MAGIC, VERSION = b"SKDN", 1
MOST = 8191                # of an activation: 14 bits and a sign
MOST_SHIFT = 24
INPUT_EXPONENT, INPUT_CHANNELS = 10, 5
LEAST_DEVIATION = 3264     # 5 % of 255, times 256


@dataclass
class Layer:
    side: int
    stride: int
    in_exponent: int
    out_exponent: int
    scales: numpy.ndarray    # k per output
    biases: numpy.ndarray
    weights: numpy.ndarray   # [output, input, row, column]

    def write(self):
        outputs, inputs = self.weights.shape[:2]
        return (struct.pack("<BBHHbb", self.side, self.stride, inputs, outputs, self.in_exponent,
                            self.out_exponent)
                + self.scales.astype("<i1").tobytes() + self.biases.astype("<i4").tobytes()
                + self.weights.astype("<i1").tobytes())

    def largest_sum(self):
        """What the sum of an output can come to, rounding included."""
        rounding = 1 << (self.shifts() - 1)
        return numpy.abs(self.weights).sum((1, 2, 3)) * MOST + numpy.abs(self.biases) + rounding

    def shifts(self):
        return self.in_exponent + self.scales.astype(numpy.int64) - self.out_exponent

    def run(self, x):
        """Shifted sums, before ReLU and clamp, of activations [channels, height, width]."""
        channels, height, width = x.shape
        around = self.side // 2
        padded = numpy.pad(x, ((0, 0), (around, around), (around, around)))
        rows, columns = height // self.stride, width // self.stride
        taps = [padded[:, dy:dy + height:self.stride, dx:dx + width:self.stride]
                for dy in range(self.side) for dx in range(self.side)]
        taps = numpy.stack(taps, 1).reshape(channels * self.side ** 2, rows * columns)
        # Products of doubles are exact here: sums stay below 2^53.
        sums = self.weights.reshape(len(self.weights), -1).astype(float) @ taps.astype(float)
        shifts = self.shifts()[:, None]
        sums = sums.astype(numpy.int64) + self.biases[:, None] + (1 << (shifts - 1))
        return (sums >> shifts).reshape(-1, rows, columns)


def clamped(x):
    return numpy.clip(x, -MOST, MOST)


def relu(x):
    return numpy.clip(x, 0, MOST)


def normalized(picture):
    """[5, h, w] from RGB bytes [h, w, 3]."""
    height, width, _ = picture.shape
    values = picture.astype(numpy.int64)
    count = values.size
    mean = (int(values.sum()) * 256 + count // 2) // count
    variance = max(int((values * values).sum()) * 65536 // count - mean * mean, 0)
    scale = math.isqrt(variance) + LEAST_DEVIATION
    unit = 1 << INPUT_EXPONENT
    colours = ((values * 256 - mean) * 2 * unit + scale) // (2 * scale)

    def places(size):
        return ((2 * numpy.arange(size) + 1) * 2 * unit + size) // (2 * size) - unit

    rows = numpy.broadcast_to(places(height)[:, None], (height, width))
    columns = numpy.broadcast_to(places(width)[None], (height, width))
    return numpy.concatenate([clamped(colours).transpose(2, 0, 1), rows[None], columns[None]])


def up2(x):
    """Twice the size: weights 9 3 3 1 over 16, edges repeated."""
    padded = numpy.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    _, height, width = x.shape
    out = numpy.empty((len(x), 2 * height, 2 * width), numpy.int64)
    for row in (0, 1):
        far_row = padded[:, 2 * row:2 * row + height]
        mixed = 3 * padded[:, 1:-1] + far_row
        for column in (0, 1):
            far = mixed[..., 2 * column:2 * column + width]
            out[:, row::2, column::2] = (3 * mixed[..., 1:-1] + far + 8) >> 4
    return out


class IntegerNetwork:
    def __init__(self, levels, contexts, decoder_residuals, layers):
        self.levels = levels                # (channels, residuals, exponent) each
        self.contexts, self.decoder_residuals = contexts, decoder_residuals
        self.layers = layers                # in the order of use

    @property
    def output_exponent(self):
        return self.layers[-1].out_exponent

    def write(self):
        head = MAGIC + struct.pack("<HH", VERSION, len(self.levels))
        for level in self.levels:
            head += struct.pack("<HBb", *level)
        head += struct.pack("<BB", self.contexts, self.decoder_residuals)
        return head + b"".join(layer.write() for layer in self.layers)

    @classmethod
    def read(cls, path):
        return cls.parse(path.read_bytes())

    @classmethod
    def parse(cls, data):
        if data[:4] != MAGIC:
            raise ValueError("does not begin with SKDN")
        version, count = struct.unpack_from("<HH", data, 4)
        if version != VERSION:
            raise ValueError(f"unknown version {version}")
        at, levels, layers = 8, [], []
        for _ in range(count):
            levels.append(struct.unpack_from("<HBb", data, at))
            at += 4
        contexts, residuals = struct.unpack_from("<BB", data, at)
        at += 2
        while at < len(data):
            side, stride, inputs, outputs, in_exponent, out_exponent = struct.unpack_from("<BBHHbb", data, at)
            at += 8
            scales = numpy.frombuffer(data, "<i1", outputs, at).astype(numpy.int64)
            at += outputs
            biases = numpy.frombuffer(data, "<i4", outputs, at).astype(numpy.int64)
            at += 4 * outputs
            shape = (outputs, inputs, side, side)
            weights = numpy.frombuffer(data, "<i1", math.prod(shape), at).astype(numpy.int64).reshape(shape)
            at += math.prod(shape)
            layers.append(Layer(side, stride, in_exponent, out_exponent, scales, biases, weights))
        return cls(levels, contexts, residuals, layers)

    def run(self, picture):
        """Inverse depth [h/2, w/2] at output_exponent, from RGB bytes [h, w, 3]."""
        layers = iter(self.layers)

        def residuals(x, count):
            for _ in range(count):
                middle = relu(next(layers).run(x))
                x = relu(x + next(layers).run(middle))
            return x

        x, kept = normalized(picture), []
        for _, count, _ in self.levels:
            x = residuals(relu(next(layers).run(x)), count)
            kept.append(x)
        places = x.shape[1] * x.shape[2]
        for _ in range(self.contexts):
            mean = (x.sum((1, 2)) + places // 2) // places
            hidden = relu(next(layers).run(mean[:, None, None]))
            x = relu(x + clamped(next(layers).run(hidden)))
        for skip in reversed(kept[:-1]):
            x = relu(up2(clamped(next(layers).run(x))) + skip)
            x = residuals(x, self.decoder_residuals)
        return clamped(next(layers).run(x))[0]

    def depth_of(self, picture):
        return self.run(picture) / 2.0 ** self.output_exponent


def run_integer(file, picture):
    """What the engine computes with the bytes of a file for RGB bytes [h, w, 3]."""
    return IntegerNetwork.parse(file).run(picture)
