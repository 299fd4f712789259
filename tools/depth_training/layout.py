"""Where the things of a made-up scene stand, what they are painted with and who looks at them.

All functions work on a batch of scenes. The camera is at (0, height, 0), looks along -z and the ground
is y = 0. Lengths are metres.
"""

import math

import torch
import torch.nn.functional as F

from things import (BOX, ELLIPSOID, DARK, FIRST, HAIR, LEAF, NAMES, PAINTS, PARTS_PER_THING,
                    PLACES, PLACE_SHARES, SCREEN, SKIN, THINGS, WOOD, height_of)

SLOTS = 6          # things built of parts
SINGLES = 26       # single ellipsoids, boxes and cylinders
BUILDINGS = 10     # or hills
PRIMITIVES = SLOTS * PARTS_PER_THING + SINGLES + BUILDINGS
GROUND, WALLS, SKY = PRIMITIVES, PRIMITIVES + 1, PRIMITIVES + 4   # walls: one surface per axis
SURFACES = PRIMITIVES + 5

STREET, ROOM, TABLE, PORTRAIT, LAND, ANYTHING = range(len(PLACES))

# The kinds of patterns; shading.py draws them.
PLAIN, CLOUDY, STRIPES, GRAIN, TILES, BRICKS, SPECKLE, TEXT, PICTURE = range(9)

FACING_CAMERA = ("head and shoulders", "head with headphones", "screen on a stand", "laptop",
                 "shelf with books", "board, poster or sign", "sofa or bed", "seated person")
BUSTS = ("head and shoulders", "head with headphones")
PORTRAYED = {"head and shoulders": 5, "head with headphones": 3, "seated person": 2,
             "standing person": 1.5, "dog, cat or horse": .5, "toy rabbit or monster": .4}


def rotation(angles):
    """Rotation matrices: about z, then x, then y, by angles [..., (x, y, z)] in radians."""
    (cx, cy, cz), (sx, sy, sz) = torch.cos(angles).unbind(-1), torch.sin(angles).unbind(-1)
    rows = (cy * cz + sy * sx * sz, -cy * sz + sy * sx * cz, sy * cx,
            cx * sz, cx * cz, -sx,
            -sy * cz + cy * sx * sz, sy * sz + cy * sx * cz, cy * cx)
    return torch.stack(rows, -1).unflatten(-1, (3, 3))


class Catalogue:
    """The parts of all things as tensors [things, parts, ...]."""

    def __init__(self, device):
        def table(value, shape, dtype=torch.float32):
            filled = torch.zeros((len(THINGS), PARTS_PER_THING) + shape, dtype=dtype)
            for row, thing in enumerate(THINGS):
                for column, part in enumerate(thing.parts):
                    filled[row, column] = torch.as_tensor(value(part), dtype=dtype)
            return filled.to(device)

        def column(values):
            return torch.tensor(values, dtype=torch.float32, device=device)

        self.centre = table(lambda part: part.centre, (3,))
        self.half = table(lambda part: part.half_size, (3,)).clamp_min(1e-3)
        self.tilt = table(lambda part: [math.radians(angle) for angle in part.tilt], (3,))
        self.ragged = table(lambda part: part.ragged, ())
        self.shape = table(lambda part: part.shape, (), torch.long)
        self.paint = table(lambda part: part.paint, (), torch.long)
        self.present = table(lambda part: 1, ()) > 0
        self.jitter = column([thing.jitter for thing in THINGS])
        self.height = column([height_of(thing) for thing in THINGS])
        self.reach = column([max(abs(c) + h for part in thing.parts
                                 for c, h in zip(part.centre[::2], part.half_size[::2]))
                             for thing in THINGS])
        self.faces_camera = column([float(name in FACING_CAMERA) for name in NAMES]) > 0
        self.bust = column([float(name in BUSTS) for name in NAMES]) > 0
        self.hand = column([float(name == "hand and arm") for name in NAMES]) > 0
        self.weights = column([thing.weights for thing in THINGS]).T.contiguous() + 1e-6
        self.portrayed = column([PORTRAYED.get(name, 0) for name in NAMES])


class LayoutMaker:
    def __init__(self, dice):
        self.dice = dice
        self.catalogue = Catalogue(dice.device)
        self.shares = dice.constant(PLACE_SHARES)

    def by_place(self, values):
        return self.dice.constant(tuple(values))[self.place]

    def draw(self, count):
        """A dictionary of tensors that shading.render_rays takes, for `count` scenes."""
        dice = self.dice
        self.place = dice.weighted(self.shares[None].expand(count, -1), 1)[:, 0]
        self.size = self.by_place([1, 1, .15, 1, 3, 1])
        self.near = self.by_place([3, 1.2, .45, 2.5, 8, 1])
        self.far = self.by_place([50, 6, 2.2, 12, 120, 15])
        self.fullness = dice.uniform(count, low=.25, high=1.15)
        layout = self.camera(count)
        layout.update(self.surroundings(count, layout))
        groups = [self.things(count, layout), self.singles(count, layout), self.buildings(count)]
        for key in groups[0]:
            layout[key] = torch.cat([group[key] for group in groups], 1)
        half = layout["half"] = layout["half"].clamp_min(1e-3)
        layout["to_local"] = layout.pop("axes").transpose(-1, -2) / half[..., None]
        layout.update(self.materials(count, layout))
        layout.update(self.light(count))
        return layout

    def camera(self, count):
        dice = self.dice
        height = dice.uniform(count) * self.by_place([.9, 1.1, .9, .6, 2.5, 1.5]) \
            + self.by_place([1.1, .9, .25, 1.0, 1.2, .3])
        from_above = (self.place == STREET) & dice.chance(.2, count)
        height = torch.where(from_above, height + dice.uniform(count) * 6, height)
        pitch = dice.uniform(count) * self.by_place([16, 30, 45, 20, 20, 50]) \
            + self.by_place([-12, -25, -48, -10, -14, -25])
        pitch = torch.where(from_above, pitch - dice.uniform(count) * 18, pitch)
        return {"height": height, "pitch": torch.deg2rad(pitch),
                "roll": torch.deg2rad(dice.normal(count) * 2.5),
                "view": torch.deg2rad(dice.uniform(count, low=30, high=85))}

    def surroundings(self, count, layout):
        """The walls of rooms, and whether there is a ground."""
        dice, place = self.dice, self.place
        half_width = self.by_place([0, 3.5, 1.4, 3, 0, 4]) * dice.uniform(count, low=.6, high=1.8)
        half_depth = self.by_place([0, 5.5, 2.6, 6, 0, 9]) * dice.uniform(count, low=.45, high=1.6)
        ceiling = self.by_place([0, 2.8, 1.6, 3, 0, 5]) * dice.uniform(count, low=.8, high=1.5)
        walled = dice.uniform(count) < self.by_place([0, 1, .85, .65, 0, .5])
        height = torch.where(walled, torch.minimum(layout["height"], ceiling * .85), layout["height"])
        return {"height": height, "walled": walled,
                "room": torch.stack([torch.maximum(half_width, height * .3), ceiling, half_depth], -1),
                "grounded": ~((place == ANYTHING) & dice.chance(.4, count)),
                "darkens_low": dice.chance(.5, count)}

    def things(self, count, layout):
        dice, catalogue, place = self.dice, self.catalogue, self.place
        kind = dice.weighted(catalogue.weights[place], SLOTS)
        portrayed = dice.weighted(catalogue.portrayed[None].expand(count, -1), 1)
        is_portrait = (place == PORTRAIT)[:, None]
        main = is_portrait & (torch.arange(SLOTS, device=kind.device) == 0)
        kind = torch.where(main, portrayed, kind)
        bust, hand = catalogue.bust[kind], catalogue.hand[kind]

        height = catalogue.height[kind]
        on_table = (place == TABLE)[:, None] & ~hand
        wanted = torch.minimum(height, dice.log_uniform(count, SLOTS, low=.07, high=.45))
        scale = dice.uniform(count, SLOTS, low=.8, high=1.25)
        scale = scale * torch.where(on_table, wanted / height, torch.ones_like(height))

        distance = dice.between(self.near * .55, self.far * .6, count, SLOTS)
        distance = torch.where(main, dice.log_uniform(count, SLOTS, low=1.0, high=3.2), distance)
        close = (bust & ~on_table) & (main | dice.chance(.3, count, SLOTS))
        distance = torch.where(close, dice.log_uniform(count, SLOTS, low=.4, high=1.9), distance)
        distance = torch.where(hand, dice.log_uniform(count, SLOTS, low=.5, high=1.6), distance)
        distance = torch.maximum(distance, 1.25 * catalogue.reach[kind] * scale + .12)
        spread = torch.where(main, .45, 1.05)
        aside = distance * torch.tan(layout["view"] / 2)[:, None] * spread \
            * dice.uniform(count, SLOTS, low=-1, high=1)
        eye = layout["height"][:, None]
        up = torch.zeros_like(aside)
        up = torch.where(bust, eye - .40 * scale + .12 * dice.normal(count, SLOTS), up)
        up = torch.where(bust & on_table, .38 * scale, up)
        up = torch.where(hand & ~(place == TABLE)[:, None],
                         eye - .3 + .2 * dice.normal(count, SLOTS), up)
        turn = dice.uniform(count, SLOTS, high=2 * math.pi)
        turn = torch.where(catalogue.faces_camera[kind] & dice.chance(.85, count, SLOTS),
                           .55 * dice.normal(count, SLOTS), turn)

        jitter = catalogue.jitter[kind][..., None, None]
        shape = (count, SLOTS, PARTS_PER_THING, 3)
        part_half = catalogue.half[kind] * torch.exp(dice.normal(*shape) * jitter * .8) \
            * torch.exp(dice.normal(count, SLOTS, 1, 3) * jitter)
        part_centre = catalogue.centre[kind] + dice.normal(*shape) * catalogue.half[kind] * jitter
        angles = catalogue.tilt[kind] + dice.normal(*shape) * jitter * .9
        yaw = torch.stack([torch.zeros_like(turn), turn, torch.zeros_like(turn)], -1)
        turned = rotation(yaw)[:, :, None]
        axes = turned @ rotation(angles)
        foot = torch.stack([aside, up, -distance], -1)[:, :, None]
        centre = foot + scale[..., None, None] * (turned @ part_centre[..., None])[..., 0]
        alive = main | (dice.uniform(count, SLOTS)
                        < self.by_place([.6, .6, .6, .35, .55, .5])[:, None] * self.fullness[:, None])
        paint = catalogue.paint[kind]
        slot = torch.arange(SLOTS, device=kind.device)[None, :, None].expand_as(paint)
        return {"centre": centre.flatten(1, 2), "half": (part_half * scale[..., None, None]).flatten(1, 2),
                "axes": axes.flatten(1, 2), "shape": catalogue.shape[kind].flatten(1, 2),
                "ragged": catalogue.ragged[kind].flatten(1, 2), "paint": paint.flatten(1, 2),
                "coat": (slot * PAINTS + paint).flatten(1, 2),
                "alive": (alive[..., None] & catalogue.present[kind]).flatten(1, 2)}

    def singles(self, count, layout):
        dice, place = self.dice, self.place
        distance = dice.between(self.near, self.far, count, SINGLES)
        aside = distance * torch.tan(layout["view"] / 2)[:, None] \
            * dice.uniform(count, SINGLES, low=-1.15, high=1.15)
        half = dice.log_uniform(count, SINGLES, 3, low=.1, high=.9) * self.size[:, None, None]
        half = half * torch.where(dice.chance(.15, count, SINGLES, 1), 2.5, 1.0)
        thin = torch.where(dice.chance(.35, count, SINGLES, 3), .08, 1.0)
        half = half * torch.where(dice.chance(.2, count, SINGLES, 1), thin, torch.ones_like(thin))
        taller = torch.where(dice.chance(.3, count, SINGLES), 2.2, 1.0)
        half = torch.stack([half[..., 0], half[..., 1] * taller, half[..., 2]], -1)
        half = torch.minimum(half, (.6 * distance)[..., None])
        up = half[..., 1]
        in_air = dice.uniform(count, SINGLES) < torch.where(place == ANYTHING, .7, .12)[:, None]
        reach = 2.2 * torch.maximum(layout["height"], self.size)[:, None]
        up = torch.where(in_air, dice.uniform(count, SINGLES) * reach, up)
        centre = torch.stack([aside, up, -distance], -1)

        # A quarter stand on the one before.
        below, below_half = centre.roll(1, 1), half.roll(1, 1)
        on_top = dice.chance(.25, count, SINGLES) & (place != ANYTHING)[:, None]
        on_top[:, 0] = False
        smaller = torch.minimum(half, below_half * .6)
        offset = dice.uniform(count, SINGLES, 2, low=-.5, high=.5)
        standing = torch.stack([below[..., 0] + offset[..., 0] * below_half[..., 0],
                                below[..., 1] + below_half[..., 1] + smaller[..., 1],
                                below[..., 2] + (offset[..., 1] + .2) * below_half[..., 2]], -1)
        centre = torch.where(on_top[..., None], standing, centre)
        half = torch.where(on_top[..., None], smaller, half)

        tilt = torch.where(dice.chance(.3, count, SINGLES, 1), .5, 0.0) * dice.normal(count, SINGLES, 3)
        turn = dice.uniform(count, SINGLES, high=math.pi)
        angles = torch.stack([tilt[..., 0], turn, tilt[..., 2]], -1)
        shape = dice.integers(3, count, SINGLES)
        ragged = torch.where(dice.chance(.4, count, SINGLES), dice.uniform(count, SINGLES) * .5, 0.0)
        paint = torch.full_like(shape, FIRST)
        paint = torch.where(dice.chance(.08, count, SINGLES), LEAF, paint)
        paint = torch.where(dice.chance(.12, count, SINGLES), WOOD, paint)
        alive = dice.uniform(count, SINGLES) \
            < self.by_place([.5, .75, .85, .22, .45, .8])[:, None] * self.fullness[:, None]
        coat = SLOTS * PAINTS + torch.arange(SINGLES, device=shape.device).expand(count, -1)
        return {"centre": centre, "half": half, "axes": rotation(angles), "shape": shape,
                "ragged": ragged, "paint": paint, "coat": coat, "alive": alive}

    def buildings(self, count):
        """Houses on both sides of a street; hills in open land."""
        dice, place = self.dice, self.place
        shape = (count, BUILDINGS)
        side = dice.constant((1.0, -1.0) * (BUILDINGS // 2))
        street_half = dice.uniform(count, 1, low=4, high=14)
        back = torch.cumsum(dice.uniform(*shape, low=4, high=12), 1) * .9
        half = torch.stack([dice.uniform(*shape, low=2, high=6), dice.uniform(*shape, low=2, high=12),
                            dice.uniform(*shape, low=3, high=8)], -1)
        centre = torch.stack([side * (street_half + half[..., 0]), half[..., 1], -back], -1)
        away = dice.log_uniform(*shape, low=25, high=250)
        hill_half = away[..., None] * torch.stack(
            [dice.uniform(*shape, low=.2, high=.9), dice.uniform(*shape, low=.03, high=.25),
             dice.uniform(*shape, low=.1, high=.4)], -1)
        hill_centre = torch.stack([away * dice.uniform(*shape, low=-1, high=1),
                                   torch.zeros_like(away), -away], -1)
        hilly = (place == LAND)[:, None]
        centre = torch.where(hilly[..., None], hill_centre, centre)
        half = torch.where(hilly[..., None], hill_half, half)
        kind = torch.where(hilly, ELLIPSOID, BOX).expand(shape)
        alive = dice.uniform(*shape) < self.by_place([.85, 0, 0, 0, .5, 0])[:, None]
        ragged = torch.where(hilly, .25, 0.0).expand(shape)
        coat = SLOTS * PAINTS + SINGLES + torch.arange(BUILDINGS, device=dice.device).expand(shape)
        paint = torch.where(hilly & dice.chance(.5, *shape), LEAF, FIRST)
        axes = torch.eye(3, device=dice.device).expand(count, BUILDINGS, 3, 3)
        return {"centre": centre, "half": half, "axes": axes, "shape": kind, "ragged": ragged,
                "paint": paint, "coat": coat, "alive": alive}

    def materials(self, count, layout):
        """One row per surface [scenes, SURFACES, ...]; primitives of one coat share a row's draw."""
        dice, place = self.dice, self.place
        planes = SURFACES - PRIMITIVES
        first_plane = SLOTS * PAINTS + SINGLES + BUILDINGS
        coats = first_plane + planes
        plane_paint = torch.full((count, planes), FIRST, device=dice.device)
        grassy = dice.uniform(count) < self.by_place([.25, 0, .02, .1, .6, .1])
        wooden = dice.uniform(count) < self.by_place([0, .45, .45, .3, 0, .1])
        plane_paint[:, 0] = torch.where(grassy, LEAF, torch.where(wooden, WOOD, FIRST))
        paint = torch.cat([layout["paint"], plane_paint], 1)
        plane_coat = first_plane + torch.arange(planes, device=dice.device).expand(count, -1)
        coat = torch.cat([layout["coat"], plane_coat], 1)

        def spread(values):
            """From one value per coat to one per surface."""
            index = coat.reshape(coat.shape + (1,) * (values.dim() - 2))
            return values.gather(1, index.expand(-1, -1, *values.shape[2:]))

        colour = dice.uniform(count, coats, 3, low=.06, high=.92)
        grey = colour.mean(-1, keepdim=True) + .06 * dice.normal(count, coats, 3)
        colour = spread(torch.where(dice.chance(.55, count, coats, 1), grey, colour))
        colour = self.painted(count, paint, colour, dice)
        other = torch.where(dice.chance(.35, count, coats, 1), dice.uniform(count, coats, 3),
                            .5 + .22 * dice.normal(count, coats, 3))
        shade = colour + spread(.2 * dice.normal(count, coats, 1))
        other = torch.where(spread(dice.chance(.5, count, coats, 1)), shade, spread(other))
        weights = dice.constant((1.6, 2, 1.2, 1.2, .9, .7, 1.3, .5, .8))
        pattern = spread(dice.weighted(weights[None].expand(count, -1), coats))
        pattern = torch.where(paint == SKIN, CLOUDY, pattern)
        pattern = torch.where((paint == HAIR) | (paint == LEAF),
                              torch.where(spread(dice.chance(.6, count, coats)), SPECKLE, CLOUDY), pattern)
        pattern = torch.where((paint == WOOD) & spread(dice.chance(.7, count, coats)), GRAIN, pattern)
        pattern = torch.where(paint == DARK, PLAIN, pattern)
        pattern = torch.where(paint == SCREEN,
                              torch.where(spread(dice.chance(.75, count, coats)), PICTURE, TEXT), pattern)
        unit = torch.cat([2 * layout["half"].mean(-1), torch.where(place == TABLE, .25, 1.0)[:, None]
                          .expand(count, planes)], 1)
        strength = spread(dice.uniform(count, coats)) ** 1.3
        strength = strength * torch.where(paint == SKIN, .12, 1.0)
        strength = torch.where(paint == SCREEN, .5 + .5 * strength, strength)
        return {"colour": colour.clamp(.01, 1), "other_colour": other.clamp(.01, 1),
                "pattern": pattern, "strength": strength,
                "frequency": spread(dice.log_uniform(count, coats, low=.7, high=24)) / unit,
                "pattern_offset": dice.uniform(count, SURFACES, 3, high=100),
                "gloss": spread(dice.uniform(count, coats)) ** 4 * .9,
                "picture": spread(dice.uniform(count, coats)),
                "covers_face": paint == SCREEN}

    def painted(self, count, paint, colour, dice):
        """The colours of skin, hair, leaves, wood and dark parts."""
        def tint(code, base, low, high, colour):
            shade = dice.uniform(count, 1, 1, low=low, high=high)
            tone = dice.constant(base) * shade \
                * (1 + .12 * dice.normal(count, 1, 3)) * (1 + .08 * dice.normal(*paint.shape, 1))
            return torch.where((paint == code)[..., None], tone, colour)

        any_leaf = dice.chance(.15, *paint.shape) & (paint == LEAF)
        plain = colour
        colour = tint(SKIN, (.78, .56, .45), .35, 1.2, colour)
        colour = tint(HAIR, (.42, .30, .20), .08, 1.5, colour)
        colour = tint(LEAF, (.28, .45, .15), .4, 1.5, colour)
        colour = tint(WOOD, (.55, .36, .20), .3, 1.5, colour)
        colour = tint(DARK, (.10, .10, .11), .2, 1.5, colour)
        return torch.where(any_leaf[..., None], plain, colour)

    def light(self, count):
        dice = self.dice
        tall = dice.constant((0, 1.2, .6))
        sky = torch.stack([dice.uniform(count, low=.45, high=.95), dice.uniform(count, low=.55, high=.95),
                           dice.uniform(count, low=.65, high=1)], -1)
        hazy = dice.chance(.5, count)
        return {"light": F.normalize(dice.normal(count, 3) + tall, dim=-1),
                "ambient": dice.uniform(count, low=.25, high=.85),
                "shadow": dice.uniform(count) * .7, "sky": sky,
                "haze": dice.uniform(count) ** 3 * .05 * hazy, "clouds": dice.uniform(count) * .3,
                "wobble_offset": dice.uniform(count, 2, high=100)}

