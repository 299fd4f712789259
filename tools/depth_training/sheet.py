"""Writes sheets of pictures and depths as PNG without any library."""

import struct
import zlib

import torch


def write_png(path, picture, depth, columns=4):
    """Each picture [n, 3, h, w] beside its depth [n, 1, h, w], both 0..1."""
    pairs = torch.cat([picture, depth.expand_as(picture)], 3).clamp(0, 1).cpu()
    missing = -len(pairs) % columns
    pairs = torch.cat([pairs, torch.zeros(missing, *pairs.shape[1:])])
    rows = [torch.cat(list(row), 2) for row in pairs.split(columns)]
    sheet = (torch.cat(rows, 1).permute(1, 2, 0) * 255).byte().contiguous()
    height, width, _ = sheet.shape
    lines = b"".join(b"\0" + bytes(row.flatten().tolist()) for row in sheet)

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b""))
