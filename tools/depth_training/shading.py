"""Rays through the pixels of made-up scenes: what they hit, and the colour and distance of it.

Everything here is a pure function of tensors, per pixel, so that it can be compiled or run in strips.
Shapes: B scenes, P pixels, K primitives, N surfaces (primitives, ground, walls, sky).
"""

import torch
import torch.nn.functional as F

import layout as lay
from things import BOX, CYLINDER

NOWHERE = 1e9      # the distance of what no ray hits
WOBBLES = 8        # patterns that make outlines irregular


def hashed(x, y, z):
    """Pseudo-random numbers 0 to 1 from integer lattice points."""
    value = x * 374761393 + y * 668265263 + z * 1274126177
    value = (value ^ (value >> 13)) * 1274126177
    return ((value ^ (value >> 16)) & 0xFFFF).float() / 65535


def smooth_lattice(points):
    lattice = torch.floor(points)
    part = points - lattice
    return lattice.int().unbind(-1), (part * part * (3 - 2 * part)).unbind(-1)


def noise_3d(points):
    """Value noise -1 to 1 at points [..., 3], one feature per unit."""
    (x, y, z), (u, v, w) = smooth_lattice(points)
    layers = []
    for dz in (0, 1):
        rows = [hashed(x, y + dy, z + dz).lerp(hashed(x + 1, y + dy, z + dz), u) for dy in (0, 1)]
        layers.append(rows[0].lerp(rows[1], v))
    return layers[0].lerp(layers[1], w) * 2 - 1


def noise_2d(points, seed):
    """Value noise 0 to 1 at points [..., 2]."""
    (x, y), (u, v) = smooth_lattice(points)
    z = torch.full_like(x, seed)
    rows = [hashed(x, y + dy, z).lerp(hashed(x + 1, y + dy, z), u) for dy in (0, 1)]
    return rows[0].lerp(rows[1], v)


def camera_rays(layout, across, down):
    """Directions [B, P, 3] in the world of pixels at across [P], down [P], scaled to camera depth 1.

    `across` and `down` are -1..1 along the longer side of the picture.
    """
    def per_scene(values):
        return values[:, None]

    wide = per_scene(torch.tan(layout["view"] / 2))
    x, y = across[None] * wide, -down[None] * wide
    cos, sin = per_scene(torch.cos(layout["roll"])), per_scene(torch.sin(layout["roll"]))
    x, y = x * cos - y * sin, x * sin + y * cos
    cos, sin = per_scene(torch.cos(layout["pitch"])), per_scene(torch.sin(layout["pitch"]))
    return torch.stack([x, y * cos + sin, y * sin - cos], -1)


def outline_wobble(layout, across, down):
    """[B, P, K] 0 to 1: how far each primitive's outline draws back at each pixel if it is ragged."""
    where = torch.stack([across, down], -1)[None] + layout["wobble_offset"][:, None]
    maps = [noise_2d(where * (6 * 1.45 ** k), k) for k in range(WOBBLES)]
    maps = torch.stack(maps, -1)
    which = torch.arange(lay.PRIMITIVES, device=across.device) % WOBBLES
    return maps[..., which] ** 2


def inverse(values):
    tiny = 1e-7
    return 1 / torch.where(values.abs() < tiny, torch.full_like(values, tiny), values)


def slab(origin, inverse_direction):
    first, second = (-1 - origin) * inverse_direction, (1 - origin) * inverse_direction
    return torch.minimum(first, second), torch.maximum(first, second)


def hit_primitives(layout, origin, direction, wobble):
    """The distance to the nearest primitive along each ray, and which it is: [B, P] each."""
    to_local, centre = layout["to_local"], layout["centre"]
    offset = [origin[..., None, axis] - centre[:, None, :, axis] for axis in range(3)]
    start, step = [], []
    for row in range(3):
        scale = [to_local[:, None, :, row, axis] for axis in range(3)]
        start.append(scale[0] * offset[0] + scale[1] * offset[1] + scale[2] * offset[2])
        step.append(scale[0] * direction[..., None, 0] + scale[1] * direction[..., None, 1]
                    + scale[2] * direction[..., None, 2])
    shape = layout["shape"][:, None]
    is_box, is_cylinder = shape == BOX, shape == CYLINDER
    x_in, x_out = slab(start[0], inverse(step[0]))
    y_in, y_out = slab(start[1], inverse(step[1]))
    z_in, z_out = slab(start[2], inverse(step[2]))

    round_y = torch.where(is_cylinder, torch.zeros_like(step[1]), torch.ones_like(step[1]))
    a = step[0] * step[0] + step[2] * step[2] + round_y * step[1] * step[1]
    b = start[0] * step[0] + start[2] * step[2] + round_y * start[1] * step[1]
    c = start[0] * start[0] + start[2] * start[2] + round_y * start[1] * start[1] - 1
    discriminant = b * b - a * c
    # Over a, it is 1 in the middle and 0 at the outline, so that this gnaws at the outline alone.
    missed = discriminant < a * layout["ragged"][:, None] * wobble
    root = torch.sqrt(discriminant.clamp_min(0))
    below = 1 / a.clamp_min(1e-7)
    round_in, round_out = (-b - root) * below, (-b + root) * below

    capped_in, capped_out = torch.maximum(round_in, y_in), torch.minimum(round_out, y_out)
    boxed_in = torch.maximum(torch.maximum(x_in, z_in), y_in)
    boxed_out = torch.minimum(torch.minimum(x_out, z_out), y_out)
    enters = torch.where(is_box, boxed_in, torch.where(is_cylinder, capped_in, round_in))
    leaves = torch.where(is_box, boxed_out, torch.where(is_cylinder, capped_out, round_out))
    hit = (enters < leaves) & (enters > 1e-3) & (is_box | ~missed) & layout["alive"][:, None]
    return torch.where(hit, enters, torch.full_like(enters, NOWHERE)).min(-1)


def hit_planes(layout, origin, direction, distance, surface):
    """Ground and walls, where they are nearer than `distance`."""
    down = direction[..., 1]
    ground = -origin[..., 1] / torch.where(down.abs() < 1e-6, torch.full_like(down, -1e-6), down)
    usable = (ground > 1e-3) & layout["grounded"][:, None]
    ground = torch.where(usable, ground, torch.full_like(ground, NOWHERE))
    surface = torch.where(ground < distance, torch.full_like(surface, lay.GROUND), surface)
    distance = torch.minimum(distance, ground)

    room = layout["room"][:, None].clamp_min(1e-3)
    nothing = torch.zeros_like(room[..., 0])
    middle = torch.stack([nothing, room[..., 1] * .5, room[..., 2] * -.45], -1)
    half = torch.stack([room[..., 0], room[..., 1] * .5, room[..., 2] * .55], -1)
    to_wall = (torch.sign(direction) - (origin - middle) / half) * inverse(direction / half)
    wall, axis = to_wall.min(-1)
    usable = layout["walled"][:, None] & (wall > 1e-3)
    wall = torch.where(usable, wall, torch.full_like(wall, NOWHERE))
    surface = torch.where(wall < distance, lay.WALLS + axis, surface)
    return torch.minimum(distance, wall), surface


def gathered(table, index):
    """Rows of table [B, N, ...] at index [B, P]."""
    shaped = index.reshape(index.shape + (1,) * (table.dim() - 2))
    return torch.gather(table, 1, shaped.expand(index.shape + table.shape[2:]))


def local_surface(layout, surface, point, direction):
    """Normals in the world, coordinates on the thing in metres and on its unit shape: [B, P, 3] each.
    Also two texture coordinates in metres."""
    primitive = surface.clamp(0, lay.PRIMITIVES - 1)
    is_plane = surface >= lay.PRIMITIVES
    to_local = gathered(layout["to_local"], primitive)
    half = gathered(layout["half"], primitive)
    shape = gathered(layout["shape"], primitive)
    from_centre = point - gathered(layout["centre"], primitive)
    unit = (to_local * from_centre[..., None, :]).sum(-1)
    axes = torch.arange(3, device=unit.device)
    axis = (unit.abs().argmax(-1)[..., None] == axes) * torch.sign(unit)
    upright = (axes == 1).float()
    around = torch.where((unit[..., 1].abs() < .995)[..., None], unit * (1 - upright),
                         torch.sign(unit) * upright)
    is_box, is_cylinder = (shape == BOX)[..., None], (shape == CYLINDER)[..., None]
    local_normal = torch.where(is_box, axis, torch.where(is_cylinder, around, unit))
    normal = F.normalize((to_local * local_normal[..., None]).sum(-2), dim=-1)
    metres = unit * half

    wall_axis = ((surface - lay.WALLS).clamp(0, 2)[..., None] == axes).float()
    normal = torch.where((surface == lay.GROUND)[..., None], upright.expand_as(normal), normal)
    normal = torch.where((surface >= lay.WALLS)[..., None], -wall_axis * torch.sign(direction), normal)
    metres = torch.where(is_plane[..., None], point, metres)

    # Flat faces are textured by their two other axes, round ones by angle and height.
    face = torch.where(is_plane[..., None],
                       torch.where((surface == lay.GROUND)[..., None], upright.expand_as(unit),
                                   wall_axis), axis.abs())
    flat_u = torch.where(face[..., 0] > .5, metres[..., 2], metres[..., 0])
    flat_v = torch.where(face[..., 1] > .5, metres[..., 2], metres[..., 1])
    round_u = torch.atan2(unit[..., 0], unit[..., 2]) * half.mean(-1)
    is_round = (shape != BOX) & ~is_plane
    u = torch.where(is_round, round_u, flat_u)
    v = torch.where(is_round, metres[..., 1], flat_v)
    return normal, metres, unit, u, v


def from_pictures(pictures, choice, u, v):
    """Colours [B, P, 3] of pictures [A, 3, h, w]; `choice` 0..1 picks one, u and v 0..1 the place."""
    count, _, height, width = pictures.shape
    flat = pictures.permute(0, 2, 3, 1).reshape(-1, 3)
    first = (choice * count).long().clamp(0, count - 1) * (height * width)
    x, y = u * (width - 1.001), v * (height - 1.001)
    left, top = x.long().clamp(0, width - 2), y.long().clamp(0, height - 2)
    right_share, low_share = (x - left)[..., None], (y - top)[..., None]
    at = first + top * width + left
    upper = flat[at] * (1 - right_share) + flat[at + 1] * right_share
    lower = flat[at + width] * (1 - right_share) + flat[at + width + 1] * right_share
    return upper * (1 - low_share) + lower * low_share


def albedo(layout, material, metres, unit, u, v, footprint, pictures):
    """The colour of the surfaces themselves; `footprint` is a pixel's width there, in metres."""
    def of(name):
        return gathered(layout[name], material)

    frequency, pattern = of("frequency"), of("pattern")
    point = metres * frequency[..., None] + of("pattern_offset")
    blur = footprint * frequency
    fade = [torch.exp(-2 * (blur * scale) ** 2) for scale in (1, 2, 4)]
    octaves = [noise_3d(point) * fade[0], noise_3d(point * 2.03 + 7) * fade[1],
               noise_3d(point * 4.1 + 13) * fade[2]]
    cloudy = (octaves[0] + .6 * octaves[1] + .35 * octaves[2]) * .9
    x, y = u * frequency, v * frequency
    stripes = torch.tanh(4 * torch.sin(3.1 * x)) * fade[0]
    grain = .7 * torch.sin(5 * x + .6 * y + 3 * octaves[0]) * fade[1] + .4 * octaves[2]
    tiles = torch.tanh(6 * torch.sin(3.1 * x) * torch.sin(3.1 * y)) * fade[0] + .15 * cloudy
    row = torch.floor(y)
    column = torch.floor(x * .5 + .5 * (row % 2))
    mortar = ((x * .5 + .5 * (row % 2) - column) < .07) | ((y - row) < .14)
    zero = torch.zeros_like(row).int()
    bricks = torch.where(mortar, -torch.ones_like(x), hashed(column.int(), row.int(), zero)) * fade[0] \
        + .2 * cloudy
    speckle = torch.tanh(5 * (octaves[1] + octaves[2] - .1)) * fade[1]
    letter = hashed(torch.floor(x * 3).int(), row.int(), zero) > .4
    word = hashed(torch.floor(x * .6).int(), row.int(), zero + 1) > .25
    text = torch.where(letter & word & (y - row < .55), 1.0, -1.0) * fade[0]
    value = .1 * octaves[0]
    for kind, drawn in ((lay.CLOUDY, cloudy), (lay.STRIPES, stripes), (lay.GRAIN, grain),
                        (lay.TILES, tiles), (lay.BRICKS, bricks), (lay.SPECKLE, speckle),
                        (lay.TEXT, text)):
        value = torch.where(pattern == kind, drawn, value)
    share = ((.5 + .5 * value) * of("strength"))[..., None]
    colour = of("colour") * (1 - share) + of("other_colour") * share
    stains = (1 + .14 * octaves[0])[..., None]

    covers = of("covers_face")
    picture_u = torch.where(covers, unit[..., 0] * .5 + .5, torch.remainder(x * .3, 1.0))
    picture_v = torch.where(covers, .5 - .5 * unit[..., 1], torch.remainder(-y * .4, 1.0))
    shown = from_pictures(pictures, of("picture"), picture_u.clamp(0, 1), picture_v.clamp(0, 1))
    shown = colour + (shown - colour) * (.4 + .6 * of("strength"))[..., None]
    return torch.where((pattern == lay.PICTURE)[..., None], shown, colour * stains).clamp(.01, 1)


def lit(layout, colour, surface, normal, point, direction, shadow_distance):
    """`colour` under the scene's sun, with shadow, highlights and darker feet."""
    def per_scene(name):
        return layout[name][:, None]

    sun = layout["light"][:, None]
    facing = (normal * sun).sum(-1)
    unshadowed = torch.where(shadow_distance < NOWHERE / 10, per_scene("shadow"), 1.0)
    halfway = F.normalize(sun - F.normalize(direction, dim=-1), dim=-1)
    material = surface.clamp(0, lay.SURFACES - 1)
    shine = (normal * halfway).sum(-1).clamp_min(0) ** 24 * gathered(layout["gloss"], material)
    ambient = per_scene("ambient")
    light = ambient + (1 - ambient) * facing.clamp_min(0) * unshadowed * 1.3
    light = light * (1 - .25 * (1 - normal[..., 1]) * .5)
    feet = .55 + .45 * (point[..., 1] / (.4 * layout["room"][:, None, 1].clamp_min(.5))).clamp(0, 1)
    dark_feet = per_scene("darkens_low") & (surface < lay.PRIMITIVES)
    light = light * torch.where(dark_feet, feet, torch.ones_like(feet))
    return colour * light[..., None] + (shine * unshadowed * (1 - ambient))[..., None]


def render_rays(layout, across, down, pixel, pictures):
    """Colours [B, P, 3] and inverse depths [B, P] of pixels at across [P], down [P].

    `pixel` is a pixel's width in the units of `across`; `pictures` [A, 3, h, w] hang in the scene.
    """
    direction = camera_rays(layout, across, down)
    origin = torch.zeros_like(direction[:, :1])
    origin = torch.stack([origin[..., 0], layout["height"][:, None], origin[..., 2]], -1)
    wobble = outline_wobble(layout, across, down)
    distance, surface = hit_primitives(layout, origin, direction, wobble)
    distance, surface = hit_planes(layout, origin, direction, distance, surface)
    is_sky = distance > NOWHERE / 10
    near = distance.clamp_max(500)
    point = origin + direction * near[..., None]
    normal, metres, unit, u, v = local_surface(layout, surface, point, direction)

    material = torch.where(is_sky, torch.full_like(surface, lay.SKY), surface)
    material = material.clamp(0, lay.SURFACES - 1)
    footprint = near * torch.tan(layout["view"] / 2)[:, None] * pixel
    colour = albedo(layout, material, metres, unit, u, v, footprint, pictures)
    above = point + normal * (2e-3 * (1 + .3 * near.clamp_max(100)))[..., None]
    shadow_distance, _ = hit_primitives(layout, above, layout["light"][:, None], wobble)
    colour = lit(layout, colour, surface, normal, point, direction, shadow_distance)

    sky = layout["sky"][:, None]
    upward = F.normalize(direction, dim=-1)[..., 1:2].clamp(0, 1)
    clouds = noise_3d(direction * 5) + .5 * noise_3d(direction * 11)
    heaven = sky * (1 - .35 * upward) + (layout["clouds"][:, None] * clouds)[..., None] * .6
    clear = torch.exp(-near * layout["haze"][:, None])[..., None]
    colour = colour * clear + sky * (1 - clear)
    colour = torch.where(is_sky[..., None], heaven, colour).clamp(0, 1.5)
    nothing = torch.zeros_like(distance)
    return colour, torch.where(is_sky, nothing, 1 / distance.clamp_min(.05))
