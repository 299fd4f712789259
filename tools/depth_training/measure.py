"""Measures a depth network on real frames: pairs of places told by eye, and Middlebury's true disparities.

Usage: measure.py FILE...   with FILE a checkpoint (.pt) or weights as the engine reads them (.bin)
Prints a table. Needs eval_data/eval.npz (prepare_eval.py).
"""

import functools
import json
import pathlib
import sys
from dataclasses import dataclass

import numpy

DATA = pathlib.Path(__file__).parent / "eval_data/eval.npz"
PAIR_MARGIN = .04          # of the depth's range, as much nearer is asked for
ORDER_SEED, ORDER_PAIRS = 7, 20000
ORDER_RATIO = 1.15         # disparities that differ by less are not asked for


class EvaluationData:
    def __init__(self, arrays):
        self.pairs = json.loads(bytes(arrays["pairs"]).decode())
        self.frames = {tuple(key.split("/")[1:]): value for key, value in arrays.items()
                       if key.startswith("frame/")}
        self.pictures = {tuple(key.split("/")[1:]): value for key, value in arrays.items()
                         if key.startswith("middlebury/")}
        self.truths = {key.split("/")[1]: value.astype(numpy.float32) for key, value in arrays.items()
                       if key.startswith("truth/")}

    @classmethod
    def load(cls, path=DATA):
        """None if it was not prepared."""
        if not path.exists():
            return None
        with numpy.load(path) as arrays:
            return cls(dict(arrays))


def ranks(values):
    """1, 2, ... with the mean for ties."""
    _, place, count = numpy.unique(values, return_inverse=True, return_counts=True)
    last = numpy.cumsum(count)
    return (last - (count - 1) / 2)[place.reshape(-1)]


def spearman(first, second):
    first, second = ranks(first), ranks(second)
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(numpy.corrcoef(first, second)[0, 1])


def interpolation(small, large):
    """The matrix that interpolates `small` samples to `large` ones, edges repeated."""
    position = (numpy.arange(large) + .5) * small / large - .5
    first = numpy.floor(position).astype(int)
    share = position - first
    matrix = numpy.zeros((large, small))
    rows = numpy.arange(large)
    numpy.add.at(matrix, (rows, first.clip(0, small - 1)), 1 - share)
    numpy.add.at(matrix, (rows, (first + 1).clip(0, small - 1)), share)
    return matrix


def enlarged(depth, height, width):
    return interpolation(depth.shape[0], height) @ depth @ interpolation(depth.shape[1], width).T


def side_by_side_order(depth, truth):
    """The share in the right order of pairs of places 2 to 15 % of the width apart, more sideways than up
    and down, whose disparities differ by over 15 %."""
    height, width = truth.shape
    generator = numpy.random.default_rng(ORDER_SEED)
    x, y = generator.random(ORDER_PAIRS) * width, generator.random(ORDER_PAIRS) * height
    aside = generator.uniform(.02, .15, ORDER_PAIRS) * width * generator.choice([-1, 1], ORDER_PAIRS)
    other_x = x + aside
    other_y = y + numpy.abs(aside) * generator.uniform(-.5, .5, ORDER_PAIRS)
    inside = (other_x >= 0) & (other_x < width) & (other_y >= 0) & (other_y < height)
    first = y[inside].astype(int), x[inside].astype(int)
    second = other_y[inside].astype(int), other_x[inside].astype(int)
    near, far = truth[first], truth[second]
    known = (near > 0) & (far > 0)
    known &= numpy.maximum(near, far) > ORDER_RATIO * numpy.minimum(near, far)
    right = numpy.sign(near - far) * numpy.sign(depth[first] - depth[second])
    return float(((right[known] + 1) / 2).mean())


def pair_in_order(depth, pair, mirrored):
    low, high = numpy.percentile(depth, [1, 99])
    height, width = depth.shape

    def at(place):
        x = 1 - place[0] if mirrored else place[0]
        return depth[min(height - 1, int(place[1] * height)), min(width - 1, int(x * width))]

    return at(pair["near"]) - at(pair["far"]) > PAIR_MARGIN * (high - low)


def pairs_in_order(depth_of, data, shorter, mirrored=False):
    depths = {}
    for (frame, side), rgb in data.frames.items():
        if side == str(shorter):
            depths[frame] = depth_of(rgb[:, ::-1].copy() if mirrored else rgb)
    return [bool(pair_in_order(depths[f"{pair['clip']}@{pair['seconds']}"], pair, mirrored))
            for pair in data.pairs]


def letterboxed(rgb):
    boxed = rgb.copy()
    bar = max(1, rgb.shape[0] // 8)
    boxed[:bar] = boxed[-bar:] = 0
    return boxed, bar


@functools.lru_cache
def flat_pictures():
    """Made-up cards, pages and walls, RGB bytes [96, 160, 3] each."""
    import torch
    from augment import Augmenter, Shares
    from dice import Dice
    nothing = torch.zeros(12, 1, 96, 160)
    augment = Augmenter(Dice(99, "cpu"), Shares(bars=0, captions=0, logos=0, desktops=0, flat=1))
    made = augment(nothing.expand(-1, 3, -1, -1), nothing).picture
    return tuple((made * 255).round().byte().permute(0, 2, 3, 1).numpy())


def deviation(depths):
    return float(numpy.mean([numpy.abs(depth - numpy.median(depth)).mean() for depth in depths]))


@dataclass
class Measures:
    pairs_right: int         # as they are, at 96 lines
    pairs_share: float       # also mirrored and at 128 lines
    pair_count: int
    spearman: dict           # per Middlebury picture
    order: dict
    boxed: float             # mean Spearman of what letterbox bars leave, minus the same without bars
    flat: float              # deviation on flat pictures, relative to that on the frames
    bar_depth: float         # where the bars lie in the picture's depth: 0 far, .5 middle, 1 near

    def score(self):
        """What checkpoints are chosen by."""
        return self.pairs_share + mean(self.order) + .5 * mean(self.spearman)

    def line(self):
        each = " ".join(f"{name}:{self.spearman[name]:.2f}/{self.order[name]:.2f}" for name in self.order)
        return (f"pairs {self.pairs_right}/{self.pair_count} ({self.pairs_share:.3f}) order {mean(self.order):.3f} "
                f"spearman {mean(self.spearman):.3f} boxed {self.boxed:+.3f} bars {self.bar_depth:.2f} "
                f"flat {self.flat:.2f} score {self.score():.3f} [{each}]")


def mean(values):
    return float(numpy.mean(list(values.values())))


def measured(depth_of, data):
    """`depth_of` takes RGB bytes [h, w, 3] and returns depth [h/2, w/2], larger nearer."""
    plain = pairs_in_order(depth_of, data, 96)
    rest = [pairs_in_order(depth_of, data, shorter, mirrored)
            for shorter, mirrored in ((96, True), (128, False), (128, True))]
    rank, order, boxed_change, bar_depth = {}, {}, [], []
    for name, truth in data.truths.items():
        rgb = data.pictures[name, "96"]
        depth = depth_of(rgb)
        large = enlarged(depth, *truth.shape)
        known = truth > 0
        rank[name] = spearman(large[known], truth[known])
        order[name] = side_by_side_order(large, truth)
        boxed, bar = letterboxed(rgb)
        boxed_depth = depth_of(boxed)
        half, rows = bar // 2, len(boxed_depth)
        inside = numpy.zeros(truth.shape, bool)
        inside[len(truth) * bar // len(rgb):-(len(truth) * bar // len(rgb))] = True
        inside &= known
        both = [spearman(enlarged(one, *truth.shape)[inside], truth[inside]) for one in (boxed_depth, depth)]
        boxed_change.append(both[0] - both[1])
        middle = numpy.sort(boxed_depth[half:rows - half].reshape(-1))
        bars = numpy.concatenate([boxed_depth[:half], boxed_depth[rows - half:]]).reshape(-1)
        bar_depth.append(numpy.searchsorted(middle, bars).mean() / middle.size)
    frames = [rgb for (_, side), rgb in data.frames.items() if side == "96"]
    flat = deviation(map(depth_of, flat_pictures())) / (deviation(map(depth_of, frames)) + 1e-9)
    return Measures(sum(plain), float(numpy.mean(plain + sum(rest, []))), len(plain), rank, order,
                    float(numpy.mean(boxed_change)), flat, float(numpy.mean(bar_depth)))


def row_depth(rgb):
    """The ramp that takes what is lower for nearer: what every network has to beat."""
    height, width = rgb.shape[0] // 2, rgb.shape[1] // 2
    return numpy.repeat(numpy.arange(height, dtype=float)[:, None], width, 1)


def network_depth(network, device):
    import torch

    def depth_of(rgb):
        picture = torch.from_numpy(rgb.copy()).to(device).permute(2, 0, 1)[None].float() / 255
        with torch.no_grad():
            return network(picture)[0, 0].float().cpu().numpy()
    return depth_of


def depth_function(path):
    if path.suffix == ".bin":
        from integer_network import IntegerNetwork
        return IntegerNetwork.read(path).depth_of
    from checkpoint import load_network
    return network_depth(load_network(path), "cpu")


def main():
    data = EvaluationData.load()
    if data is None:
        sys.exit("eval_data/eval.npz is missing: run prepare_eval.py first")
    results = {"the row alone": measured(row_depth, data)}
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        results[f"{path.parent.name}/{path.name}"] = measured(depth_function(path), data)
    print("| network | pairs | all pairs | order | Spearman | bars change | bars' depth | flat |")
    print("|---|---|---|---|---|---|---|---|")
    for name, result in results.items():
        print(f"| {name} | {result.pairs_right}/{result.pair_count} | {result.pairs_share:.3f} "
              f"| {mean(result.order):.3f} | {mean(result.spearman):.3f} | {result.boxed:+.3f} "
              f"| {result.bar_depth:.2f} | {result.flat:.2f} |")
    print("\nSpearman / order per picture")
    for name, result in results.items():
        print(f"{name}: {result.line()}")


if __name__ == "__main__":
    main()
