"""Makes up scenes: pictures and their inverse depth, from nothing but a seed.

The same seed, device, sizes and order of calls give the same scenes bit for bit.
Usage: scenes.py OUT.png [--seed N] [--device cuda|cpu]  writes a sheet of samples.
"""

import argparse
import sys

import torch
import torch.nn.functional as F

from dice import Dice
from layout import LayoutMaker
from shading import render_rays

PICTURES = 48                 # earlier scenes that hang as screens, posters and labels in later ones
PICTURE_SIZE = (72, 96)
STRIP_ELEMENTS = {"cpu": 1 << 17, "cuda": 1 << 26}   # rays times primitives at a time, uncompiled


class SceneMaker:
    def __init__(self, device, seed, oversample=1, compiled=False):
        self.dice = Dice(seed, device)
        self.layouts = LayoutMaker(self.dice)
        self.oversample = oversample
        self.compiled = torch.compile(render_rays, dynamic=False) if compiled else None
        small = self.dice.uniform(PICTURES, 1, 6, 8) * .7 + self.dice.uniform(PICTURES, 3, 6, 8) * .3
        self.pictures = F.interpolate(small, size=PICTURE_SIZE, mode="bilinear", align_corners=False)
        self.next_picture = 0

    @torch.no_grad()
    def batch(self, count, height, width):
        """Pictures [count, 3, height, width] 0..1 and inverse depths [count, 1, height, width] in 1/m."""
        layout = self.layouts.draw(count)
        oversample = self.oversample   # falls back to 1 while rendering if compiling fails
        high, wide = height * oversample, width * oversample
        longer = max(high, wide)
        device = self.dice.device
        down = ((torch.arange(high, device=device) + .5) * 2 - high) / longer
        across = ((torch.arange(wide, device=device) + .5) * 2 - wide) / longer
        down, across = [part.reshape(-1) for part in torch.meshgrid(down, across, indexing="ij")]
        colour, inverse = self.render(layout, across, down, self.dice.constant(2 / longer))
        picture = colour.reshape(count, high, wide, 3).permute(0, 3, 1, 2)
        inverse = inverse.reshape(count, 1, high, wide)
        if oversample > 1:
            picture, inverse = F.avg_pool2d(picture, oversample), F.avg_pool2d(inverse, oversample)
        self.hang(picture)
        return picture.contiguous(), inverse.contiguous()

    def render(self, layout, across, down, pixel):
        if self.compiled:
            try:
                return self.compiled(layout, across, down, pixel, self.pictures)
            except Exception as error:  # the compiler's own errors have no common type
                print("not compiled:", type(error).__name__, str(error)[:300], file=sys.stderr, flush=True)
                self.compiled, self.oversample = None, 1
                return self.render(layout, across, down, pixel)
        per_ray = layout["alive"].numel()
        strip = max(64, STRIP_ELEMENTS[self.dice.device.type] // per_ray)
        strips = [render_rays(layout, x, y, pixel, self.pictures)
                  for x, y in zip(across.split(strip), down.split(strip))]
        return [torch.cat(parts, 1) for parts in zip(*strips)]

    def hang(self, picture):
        """Keeps some of a batch for the walls of later scenes."""
        kept = F.interpolate(picture[:8].clamp(0, 1), size=PICTURE_SIZE, mode="bilinear", align_corners=False)
        for one in kept:
            self.pictures[self.next_picture] = one
            self.next_picture = (self.next_picture + 1) % PICTURES


def main():
    from sheet import write_png
    from augment import Augmenter
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--raw", action="store_true", help="without camera, captions and bars")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    maker = SceneMaker(arguments.device, arguments.seed, oversample=2)
    for _ in range(2):
        picture, inverse = maker.batch(arguments.count, 96, 160)
    if arguments.raw:
        top = inverse.flatten(1).max(1)[0][:, None, None, None]
        shown, depth = picture, inverse / top.clamp_min(1e-6)
    else:
        sample = Augmenter(Dice(arguments.seed, arguments.device))(picture, inverse)
        shown = sample.picture
        depth = F.interpolate(sample.target, scale_factor=2.0) / 5 + .35
    write_png(arguments.out, shown, depth)


if __name__ == "__main__":
    main()
