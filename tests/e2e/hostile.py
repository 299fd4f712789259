"""Chunks that nobody should have to convert: times and tables at the edges of their fields, pictures
too large, pictures too many, files that name other files, and bytes that are no video.

Sources: ISO/IEC 14496-12 (boxes), QuickTime File Format (tables), RFC 2083 (PNG).
"""

import random
import struct
import subprocess
import zlib

import kit
import media

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"}


class Box:
    """One box of an MP4: of a container its boxes, of any other its bytes."""

    def __init__(self, kind, payload=b"", boxes=None):
        self.kind = kind
        self.payload = payload
        self.boxes = boxes

    def bytes(self):
        inside = self.payload if self.boxes is None else _bytes(self.boxes)
        return struct.pack(">I4s", 8 + len(inside), self.kind) + inside

    def find(self, *kinds):
        """The first box of a path below this one."""
        found = self
        for kind in kinds:
            found = next(box for box in found.boxes if box.kind == kind)
        return found


def _bytes(boxes):
    return b"".join(box.bytes() for box in boxes)


def _parse(content):
    boxes, at = [], 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        inside = content[at + 8:at + size]
        boxes.append(Box(kind, boxes=_parse(inside)) if kind in _CONTAINERS else Box(kind, inside))
        at += size
    return boxes


def _edited(content, edit):
    """The file after edit(top, track, table of samples), without its edit list, which would cut off
    what the edits add. Its index is at its end, so that no offset changes."""
    top = Box(b"file", boxes=_parse(content))
    track = top.find(b"moov", b"trak")
    track.boxes = [box for box in track.boxes if box.kind != b"edts"]
    edit(top, track, track.find(b"mdia", b"minf", b"stbl"))
    return _bytes(top.boxes)


def _numbers(*values):
    return b"".join(struct.pack(">I", value & 0xFFFFFFFF) for value in values)


def _durations(*entries):
    """A table of (number of samples, duration of each)."""
    return _numbers(0, len(entries), *(value for entry in entries for value in entry))


def _set_timescale(track, timescale):
    head = track.find(b"mdia", b"mdhd")
    head.payload = head.payload[:12] + _numbers(timescale) + head.payload[16:]


def _gap_at_most(_top, track, table):
    _set_timescale(track, 1)
    table.find(b"stts").payload = _durations((1, 0x7FFFFFFF), (2, 1))


def _gap_of_an_hour(_top, track, table):
    _set_timescale(track, 1000)
    table.find(b"stts").payload = _durations((1, 3_600_000), (2, 40))


def _shift_at_least(_top, _track, table):
    table.boxes.append(Box(b"ctts", b"\1\0\0\0" + _numbers(1, 3, 0x80000000)))


def _edit_at_most(_top, track, _table):
    entry = struct.pack(">IIqqhh", 1 << 24, 1, 0x7FFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 1, 0)
    track.boxes.insert(1, Box(b"edts", boxes=[Box(b"elst", entry)]))


def _no_timescale(_top, track, _table):
    _set_timescale(track, 0)


def _many_samples(_top, _track, table):
    count = 80_000_000
    table.find(b"stsz").payload = _numbers(0, 1, count)
    table.find(b"stts").payload = _durations((count, 1))
    table.find(b"stsc").payload = _numbers(0, 1, 1, count, 1)


def _many_tracks(top, track, _table):
    movie = top.find(b"moov")
    for number in range(2, 2001):
        copy = Box(b"trak", boxes=_parse(_bytes(track.boxes)))
        head = copy.find(b"tkhd")
        head.payload = head.payload[:12] + _numbers(number) + head.payload[16:]
        movie.boxes.append(copy)


def _nested(top, _track, _table):
    nest = b""
    for _ in range(5000):
        nest = struct.pack(">I4s", 8 + len(nest), b"meta") + nest
    top.find(b"moov").boxes.append(Box(b"udta", nest))


def _encrypted(_top, _track, table):
    entry = table.find(b"stsd")
    entry.payload = entry.payload.replace(b"avc1", b"encv")


def _refer_to(url):
    def edit(_top, track, _table):
        entry = Box(b"url ", _numbers(0) + url.encode() + b"\0").bytes()
        track.find(b"mdia", b"minf", b"dinf", b"dref").payload = _numbers(0, 1) + entry
    return edit


def _png(width, height, depth, colour):
    """A black picture. `colour`: 0 gray, 6 RGBA; `depth`: bits of a sample."""
    def part(kind, data):
        return _numbers(len(data)) + kind + data + _numbers(zlib.crc32(kind + data))
    row = bytes(1 + width * depth * (4 if colour == 6 else 1) // 8)
    packer = zlib.compressobj(9)
    rows = max(1, (1 << 20) // len(row))
    packed = [packer.compress(row * min(rows, height - first)) for first in range(0, height, rows)]
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) +
            part(b"IDAT", b"".join(packed) + packer.flush()) + part(b"IEND", b""))


def _movie_of_pictures(path, pictures):
    """Pictures, each of its own size, one after another in one track."""
    command = [kit.tool("ffmpeg"), "-v", "error", "-y", "-f", "image2pipe", "-c:v", "png", "-r",
               "25", "-i", "pipe:", "-c", "copy", str(path)]
    subprocess.run(command, input=b"".join(pictures), timeout=60 * kit.PATIENCE, check=True)
    return path.read_bytes()


def _clip(path, size, rate, seconds):
    """A still scene. Its index is at its end."""
    media.make(path, "-f", "lavfi", "-i", f"color=gray:size={size}:rate={rate}", "-t",
               str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    return path.read_bytes()


def damaged(content, rng):
    """A copy with a few bytes, words or pieces changed."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(found))
        kind = rng.randrange(4)
        if kind == 0:
            found[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            found[at:at + 4] = _numbers(rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
        elif kind == 2:
            del found[at:at + rng.randint(1, 64)]
        else:
            found[at:at] = found[at:at + rng.randint(1, 256)]
    return bytes(found)


def make_all(folder, trap_url, secret):
    """The content of each hostile chunk by name, for sessions with chunks of at most 5 s.
    `trap_url` and `secret` are named by those that refer to other files."""
    folder.mkdir()
    base = _clip(folder / "base.mp4", "64x64", 25, 0.12)
    made = {name: _edited(base, edit) for name, edit in {
        "gap_at_most": _gap_at_most, "gap_of_an_hour": _gap_of_an_hour,
        "shift_at_least": _shift_at_least, "edit_at_most": _edit_at_most,
        "no_timescale": _no_timescale, "many_samples": _many_samples,
        "many_tracks": _many_tracks, "nested": _nested, "encrypted": _encrypted,
        "refers_to_file": _refer_to(f"file://{secret}"), "refers_to_host": _refer_to(trap_url),
    }.items()}
    small = _png(64, 64, 8, 6)
    made |= {
        "many_pictures": _clip(folder / "many.mp4", "1920x1080", 60, 16),
        "fast_pictures": _clip(folder / "fast.mp4", "64x64", 1000, 2),
        "huge_picture": _movie_of_pictures(folder / "huge.mov", [_png(16384, 16100, 1, 0)]),
        "growing_picture": _movie_of_pictures(folder / "growing.mov",
                                              [small, small, _png(16384, 16100, 8, 6)]),
        "truncated": base[:700], "zeros": bytes(4096), "empty": b"", "head_only": base[:28],
        "random": random.Random(1).randbytes(20_000),
        "concat_list": f"ffconcat version 1.0\nfile {secret}\n".encode(),
        "hls_list": ("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n"
                     f"file://{secret}\n#EXTINF:5,\n{trap_url}\n#EXT-X-ENDLIST\n").encode(),
        "dash_list": ('<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" '
                      'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" '
                      'mediaPresentationDuration="PT1S"><Period><AdaptationSet '
                      'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>'
                      f"{trap_url}</BaseURL></Representation></AdaptationSet></Period></MPD>"
                      ).encode(),
    }
    return made
