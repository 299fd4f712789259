"""What happens between a scene and the picture that the network sees: lens, sensor, compression, captions,
bars, desktops. And the targets that belong to it."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from shading import hashed, noise_2d


@dataclass
class Sample:
    picture: torch.Tensor    # [B, 3, H, W] 0..1
    target: torch.Tensor     # [B, 1, H/2, W/2], see normalised()
    weight: torch.Tensor     # [B, 1, H/2, W/2], what an error there counts
    absolute: torch.Tensor   # [B] bool: the target's own scale is to be met (flat pictures, desktops)


@dataclass
class Shares:
    """In how many pictures what happens."""
    bars: float = .12
    captions: float = .12
    logos: float = .08
    desktops: float = .06
    flat: float = .05


def normalised(inverse):
    """Inverse depth with median 0 and mean deviation 1, what is very near cut off."""
    flat = inverse.flatten(1)
    top = torch.quantile(flat, .98, 1)[:, None] * 1.3
    flat = torch.minimum(flat, top)
    flat = flat - flat.median(1, keepdim=True)[0]
    deviation = flat.abs().mean(1, keepdim=True)
    return (flat / (deviation + 1e-4)).clamp(-6, 6).reshape(inverse.shape)


def box_blur(picture, radius):
    padded = F.pad(picture, (radius,) * 4, mode="replicate")
    return F.avg_pool2d(padded, 2 * radius + 1, 1)


class Augmenter:
    def __init__(self, dice, shares=None):
        self.dice = dice
        self.shares = shares or Shares()

    @torch.no_grad()
    def __call__(self, picture, inverse):
        """A sample of a scene. Called again on the same scene it makes another."""
        picture, inverse = self.framed(picture, inverse)
        picture = self.focused(picture, inverse)
        picture = self.developed(picture)
        target = normalised(F.avg_pool2d(inverse, 2))
        picture, target, absolute = self.on_desktop(picture, target)
        picture = self.captioned(picture)
        picture, target, weight = self.barred(picture, target)
        picture = self.transmitted(picture)
        return Sample(picture.clamp(0, 1), target, weight, absolute)

    def per_picture(self, picture, low=0.0, high=1.0):
        return self.dice.uniform(len(picture), 1, 1, 1, low=low, high=high)

    def chance(self, probability, picture):
        return self.dice.chance(probability, len(picture), 1, 1, 1)

    def framed(self, picture, inverse):
        """Mirrors, crops and stretches."""
        dice, count = self.dice, len(picture)
        crops = dice.chance(.6, count)
        scale = torch.where(crops, dice.uniform(count, low=.55, high=1), 1.0)
        stretch = torch.where(crops, torch.exp(.08 * dice.normal(count)), 1.0)
        wide, high = (scale * stretch).clamp_max(1), (scale / stretch).clamp_max(1)
        right = (1 - wide) * dice.uniform(count, low=-1, high=1)
        low = (1 - high) * dice.uniform(count, low=-1, high=1)
        mirror = torch.where(dice.chance(.5, count), -1.0, 1.0)
        nothing = torch.zeros_like(scale)
        matrix = torch.stack([torch.stack([wide * mirror, nothing, right], -1),
                              torch.stack([nothing, high, low], -1)], 1)
        grid = F.affine_grid(matrix, list(picture.shape), align_corners=False)
        both = F.grid_sample(torch.cat([picture, inverse], 1), grid, mode="bilinear",
                             padding_mode="border", align_corners=False)
        return both[:, :3], both[:, 3:]

    def focused(self, picture, inverse):
        """Blurs what is out of focus."""
        flat = inverse.flatten(1)
        sharp = flat.gather(1, self.dice.integers(flat.shape[1], len(flat), 1))[..., None, None]
        largest = flat.max(1)[0][:, None, None, None].clamp_min(1e-6)
        strength = self.per_picture(picture) * self.chance(.4, picture) * 4
        circle = ((inverse - sharp).abs() / largest * strength).clamp(0, 2)
        circle = box_blur(circle, 1)
        little, much = box_blur(picture, 1), box_blur(box_blur(picture, 2), 2)
        picture = torch.lerp(picture, little, circle.clamp(0, 1))
        return torch.lerp(picture, much, (circle - 1).clamp(0, 1))

    def developed(self, picture):
        """Exposure, contrast and colours."""
        dice, count = self.dice, len(picture)
        picture = picture.clamp_min(1e-4) ** self.per_picture(picture, .5, 1.6)
        mean = picture.mean((1, 2, 3), keepdim=True)
        picture = (picture - mean) * self.per_picture(picture, .6, 1.8) + self.per_picture(picture, .22, .68)
        gain = 1 + .14 * dice.normal(count, 3, 1, 1) * self.chance(.6, picture)
        picture = picture * gain + .04 * dice.normal(count, 3, 1, 1) * self.chance(.4, picture)
        grey = picture.mean(1, keepdim=True)
        saturation = torch.where(self.chance(.12, picture), 0.0, self.per_picture(picture, .4, 1.5))
        picture = grey + (picture - grey) * saturation
        order = torch.where(self.chance(.12, picture), 1, 0)
        picture = torch.where(order > 0, picture.roll(1, 1), picture)
        height, width = picture.shape[2:]
        y = torch.linspace(-1, 1, height, device=picture.device)[:, None]
        x = torch.linspace(-1, 1, width, device=picture.device)[None]
        vignette = 1 - self.per_picture(picture, 0, .3) * self.chance(.5, picture) * (x * x + y * y)
        return (picture * vignette).clamp(0, 1)

    def transmitted(self, picture):
        """Softness, sharpening, motion blur, blocks, poor chroma and noise."""
        dice = self.dice
        soft = box_blur(picture, 1)
        picture = torch.lerp(picture, soft, self.per_picture(picture, -.6, 1.0))
        along = F.avg_pool2d(F.pad(picture, (3, 3, 0, 0), mode="replicate"), (1, 7), 1)
        picture = torch.lerp(picture, along, self.per_picture(picture) * self.chance(.1, picture))
        coarse = F.interpolate(F.avg_pool2d(picture, 2), scale_factor=2.0, mode="bilinear",
                               align_corners=False)
        picture = torch.where(self.chance(.08, picture), coarse, picture)
        blocks = F.interpolate(F.avg_pool2d(picture, 4), scale_factor=4.0, mode="nearest")
        picture = torch.lerp(picture, blocks, self.per_picture(picture, 0, .6) * self.chance(.12, picture))
        grey = picture.mean(1, keepdim=True)
        chroma = box_blur(picture - grey, 2)
        picture = torch.where(self.chance(.3, picture), grey + chroma, picture)
        noise = torch.randn(picture.shape, generator=dice.generator, device=picture.device)
        return picture + noise * self.per_picture(picture) ** 2 * .04

    def text(self, picture, stroke, line):
        """[B, 1, H, W]: where rows of something like letters are, `stroke` and `line` pixels in size."""
        count, _, height, width = picture.shape
        device = picture.device
        x = torch.arange(width, device=device)[None, None, None]
        y = torch.arange(height, device=device)[None, None, :, None]
        seed = self.dice.integers(1 << 20, count, 1, 1, 1).int()
        row = torch.div(y, line, rounding_mode="floor")
        inside = (y - row * line) < (line * .62)
        letter = torch.div(x, stroke, rounding_mode="floor").int()
        part = torch.div(y, stroke, rounding_mode="floor").int()
        word = torch.div(x, stroke * 6, rounding_mode="floor").int()
        return inside & (hashed(letter, part, seed) > .45) & (hashed(word, row.int(), seed + 7) > .2)

    def places(self, picture, half=False):
        """x and y of the pixels, 0..1."""
        height, width = [size // (2 if half else 1) for size in picture.shape[2:]]
        y = (torch.arange(height, device=picture.device) + .5) / height
        x = (torch.arange(width, device=picture.device) + .5) / width
        return x[None, None, None], y[None, None, :, None]

    def rectangle(self, picture, left, top, wide, high, half=False):
        x, y = self.places(picture, half)
        return (x >= left) & (x < left + wide) & (y >= top) & (y < top + high)

    def captioned(self, picture):
        """Subtitles, tickers and logos. They change nothing of the depth that is asked for."""
        dice, count = self.dice, len(picture)
        wide, high = self.per_picture(picture, .3, .95), self.per_picture(picture, .06, .22)
        left = (1 - wide) * torch.where(self.chance(.6, picture), .5, self.per_picture(picture))
        top = torch.where(self.chance(.75, picture), .97 - high - .1 * self.per_picture(picture),
                          self.per_picture(picture) * (1 - high))
        inside = self.rectangle(picture, left, top, wide, high) & self.chance(self.shares.captions, picture)
        stroke = 1 + dice.integers(2, count, 1, 1, 1)
        line = stroke * 3 + 2 + dice.integers(4, count, 1, 1, 1)
        ink = torch.where(self.chance(.7, picture), 1.0, dice.uniform(count, 3, 1, 1))
        plate = dice.uniform(count, 3, 1, 1) * torch.where(self.chance(.6, picture), .1, 1.0)
        cover = self.per_picture(picture) * self.chance(.5, picture)
        picture = torch.where(inside, torch.lerp(picture, plate.expand_as(picture), cover), picture)
        picture = torch.where(inside & self.text(picture, stroke, line), ink.expand_as(picture), picture)

        wide, high = self.per_picture(picture, .05, .2), self.per_picture(picture, .05, .16)
        left = torch.where(self.chance(.5, picture), .03, .97 - wide)
        top = torch.where(self.chance(.7, picture), .04, .96 - high)
        x, y = self.places(picture)
        oval = ((x - left) / wide * 2 - 1) ** 2 + ((y - top) / high * 2 - 1) ** 2 < 1
        shape = torch.where(self.chance(.5, picture), oval, self.rectangle(picture, left, top, wide, high))
        shape = shape & self.chance(self.shares.logos, picture)
        mark = torch.where(self.text(picture, stroke, line), dice.uniform(count, 3, 1, 1),
                           dice.uniform(count, 3, 1, 1))
        return torch.where(shape, torch.lerp(picture, mark, self.per_picture(picture, .4, 1)), picture)

    def barred(self, picture, target):
        """Black bars. Theirs is the picture's middle depth, and little is made of it."""
        share = self.shares.bars
        across, chosen = self.chance(.5, picture), self.chance(share, picture)
        thin = self.chance(.3, picture)
        limit = torch.where(across, .18, .33)
        size = torch.where(thin, self.per_picture(picture, .008, .04), limit * self.per_picture(picture, .1, 1))
        other = torch.where(self.chance(.8, picture), size, size * self.per_picture(picture, 0, 1))

        def covered(half):
            x, y = self.places(picture, half)
            position = torch.where(across, y, x)
            return chosen & ((position < size) | (position > 1 - other))

        black = (self.per_picture(picture) ** 2 * .07).expand_as(picture)
        filled = box_blur(box_blur(picture, 6), 6) * .7
        bar = torch.where(self.chance(.12, picture), filled, black)
        picture = torch.where(covered(False), bar, picture)
        bars = covered(True).expand_as(target)
        target = torch.where(bars, torch.zeros_like(target), target)
        weight = torch.where(bars, .3, 1.0)
        return picture, target, weight

    def flat_background(self, picture):
        """Wallpapers, cards, walls and pages: nothing in them has depth."""
        dice, count = self.dice, len(picture)
        x, y = self.places(picture)
        first, second = dice.uniform(count, 3, 1, 1), dice.uniform(count, 3, 1, 1)
        second = torch.where(self.chance(.4, picture), first + .1 * dice.normal(count, 3, 1, 1), second)
        slope = dice.normal(count, 2, 1, 1)
        ramp = (slope[:, :1] * (x - .5) + slope[:, 1:] * (y - .5) + .5).clamp(0, 1)
        where = torch.stack(torch.broadcast_tensors(x * 1.6, y), -1)
        offset = dice.uniform(count, 1, 1, 1, 2, high=1000)
        size = dice.log_uniform(count, 1, 1, 1, 1, low=2, high=40)
        points = where * size + offset
        cloud = (noise_2d(points, 3) + .5 * noise_2d(points * 2.1, 4) + .25 * noise_2d(points * 4.3, 5)) / 1.75
        kind = dice.integers(4, count, 1, 1, 1)
        share = torch.where(kind == 0, ramp, torch.where(kind == 1, cloud, torch.zeros_like(cloud)))
        flat = torch.lerp(first.expand_as(picture), second.expand_as(picture), share)
        for _ in range(5):
            wide, high = self.per_picture(picture, .1, .8), self.per_picture(picture, .05, .8)
            left, top = self.per_picture(picture, -.1, .9), self.per_picture(picture, -.1, .9)
            present = self.chance(.5, picture)
            window = self.rectangle(picture, left, top, wide, high) & present
            title = self.rectangle(picture, left, top, wide, self.per_picture(picture, .03, .07)) & present
            paper = torch.where(self.chance(.5, picture), self.per_picture(picture, .85, 1),
                                dice.uniform(count, 3, 1, 1))
            dark = self.chance(.3, picture)
            paper = torch.where(dark, paper * .2, paper)
            ink = torch.where(dark, .8, .15)
            flat = torch.where(window, paper.expand_as(flat), flat)
            stroke = 1 + dice.integers(3, count, 1, 1, 1)
            line = stroke * 3 + 1 + dice.integers(5, count, 1, 1, 1)
            margin = self.rectangle(picture, left + .02, top + .08, wide * self.per_picture(picture, .4, .95),
                                    high - .12)
            letters = self.text(picture, stroke, line) & margin & present & self.chance(.7, picture)
            flat = torch.where(letters, ink.expand_as(flat), flat)
            flat = torch.where(title, dice.uniform(count, 3, 1, 1).expand_as(flat), flat)
        return flat

    def on_desktop(self, picture, target):
        """Some pictures become a video window on a flat desktop, some nothing but flat."""
        dice, count = self.dice, len(picture)
        desktop = self.chance(self.shares.desktops, picture)
        flat = self.chance(self.shares.flat, picture) & ~desktop
        background = self.flat_background(picture)
        size = dice.uniform(count, low=.3, high=.85)
        stretch = torch.exp(.15 * dice.normal(count))
        wide, high = (size * stretch).clamp_max(.95), (size / stretch).clamp_max(.95)
        right = (1 - wide) * dice.uniform(count, low=-1, high=1)
        low = (1 - high) * dice.uniform(count, low=-1, high=1)
        nothing = torch.zeros_like(size)
        matrix = torch.stack([torch.stack([1 / wide, nothing, -right / wide], -1),
                              torch.stack([nothing, 1 / high, -low / high], -1)], 1)

        def shrunk(values):
            grid = F.affine_grid(matrix, list(values.shape), align_corners=False)
            inside = (grid.abs() <= 1).all(-1)[:, None]
            return F.grid_sample(values, grid, mode="bilinear", padding_mode="border",
                                 align_corners=False), inside

        small, inside = shrunk(box_blur(picture, 1))
        picture = torch.where(desktop, torch.where(inside, small, background), picture)
        picture = torch.where(flat, background, picture)
        small, inside = shrunk(target)
        target = torch.where(desktop, torch.where(inside, small, torch.zeros_like(small)), target)
        target = torch.where(flat, torch.zeros_like(target), target)
        return picture, target, (desktop | flat)[:, 0, 0, 0]
