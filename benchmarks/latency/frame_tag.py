"""Reads the frame number from the tag of the generated scene: 8 x 4 blocks, white for 1, each 1/45 of
the frame's height wide, one block from the left and the top edge. The lower 20 bits are the number, the
others a checksum. See src/capture/scene_overlay.cpp."""

COLUMNS = 8
ROWS = 4
_BITS = 20
_THRESHOLD = 126
_MASK = (1 << 64) - 1


def _mix_bits(value):
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def number_of(levels):
    """The number that 32 mean levels of grey stand for; None if they are no tag."""
    tag = 0
    for level in levels:
        tag = tag << 1 | (level > _THRESHOLD)
    number = tag & ((1 << _BITS) - 1)
    check = _mix_bits(number) >> 52
    return number if tag >> _BITS == check else None


def read(grey, width, block):
    """The number in a grey picture of `width` pixels a row, whose blocks are `block` pixels wide. In a
    stereo view, the tag is shifted sideways."""
    for eighth in (0, 2, -2, 4, -4, 6, -6, 8, -8):
        left = block + eighth * block // 8
        levels = []
        for place in range(COLUMNS * ROWS):
            x = left + place % COLUMNS * block + block // 2
            y = block + place // COLUMNS * block + block // 2
            around = [grey[row * width + column] for row in (y - 1, y) for column in (x - 1, x)]
            levels.append(sum(around) / len(around))
        number = number_of(levels)
        if number is not None:
            return number
    return None
