"""Reads media files with FFmpeg's tools, which know nothing of ours. Times are exact fractions."""

import collections
import json
import re
import subprocess
from fractions import Fraction

import kit


class Packet:
    def __init__(self, pts, duration, digest):
        self.pts = pts
        self.duration = duration
        self.digest = digest


class Track:
    """One track's description and its packets in the order of presentation."""

    def __init__(self, description, packets):
        self.description = description
        self.packets = sorted(packets, key=lambda packet: packet.pts)

    @property
    def start(self):
        return self.packets[0].pts

    @property
    def end(self):
        return self.packets[-1].pts + self.packets[-1].duration

    def digests(self):
        return [packet.digest for packet in self.packets]


def probe(path, *arguments):
    done = kit.run([kit.tool("ffprobe"), "-v", "error", "-of", "json", *arguments, path], 60)
    return json.loads(done.stdout)


def streams(path):
    return probe(path, "-show_streams")["streams"]


def first_stream(path, kind):
    """The description of the first track of a kind, or None. A cover is no video."""
    for stream in streams(path):
        if stream["codec_type"] == kind and not stream["disposition"]["attached_pic"]:
            return stream
    return None


def track(path, kind, priming=False):
    """The first track of a kind, "video" or "audio"; None when there is none. Packets that an edit
    list takes out (encoder priming) are not presented, and counted only when asked for."""
    description = first_stream(path, kind)
    if description is None:
        return None
    base = Fraction(description["time_base"])
    found = probe(path, "-select_streams", str(description["index"]), "-show_packets",
                  "-show_data_hash", "MD5")["packets"]
    kept = [packet for packet in found if priming or "D" not in packet["flags"]]
    # FFmpeg leaves the duration of a fragmented file's first sound packet out.
    known = collections.Counter(packet["duration"] for packet in kept if "duration" in packet)
    usual = known.most_common(1)[0][0] if known else 0
    return Track(description, [Packet(packet["pts"] * base, packet.get("duration", usual) * base,
                                      packet["data_hash"].removeprefix("MD5:"))
                               for packet in kept])


def rate(path):
    return Fraction(first_stream(path, "video")["r_frame_rate"])


def decoded(path):
    """How many pictures and sound frames come out of a file; a complaint of the decoders fails."""
    done = kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "warning", "-i", path, "-map", "0:v:0",
                    "-map", "0:a:0", "-fps_mode", "passthrough", "-f", "framecrc", "-"], 120)
    kit.expect(not done.stderr.strip(), f"decoding {path}:\n{kit.tail(done.stderr)}")
    kinds = [line.split(",")[0] for line in done.stdout.splitlines() if not line.startswith("#")]
    return kinds.count("0"), kinds.count("1")


def stereo_packing(path):
    """How views are packed, as FFmpeg reads it from the container and from the pictures alone."""
    told = None
    for data in first_stream(path, "video").get("side_data_list", []):
        if data["side_data_type"] == "Stereo 3D":
            told = data["type"]
    bare = path.parent / (path.name + ".h264")
    kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-y", "-i", path, "-map", "0:v:0",
             "-c", "copy", "-frames:v", "2", "-f", "h264", bare], 60)
    shown = kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "info", "-i", bare, "-vf", "showinfo",
                     "-frames:v", "1", "-f", "null", "-"], 60).stderr
    bare.unlink()
    found = re.search(r"side data - stereoscopic information: type - ([a-z ]+(\(inverted\))?)", shown)
    return told, found.group(1).strip() if found else None


def spherical_mapping(path):
    """What ffprobe tells of the sphere that a picture is a part of, or None."""
    for data in first_stream(path, "video").get("side_data_list", []):
        if data["side_data_type"] == "Spherical Mapping":
            return data
    return None


def stereo_box(path):
    """The mode that an MP4's st3d box tells, found by a walk of the boxes: 1 top-bottom, 2 left and
    right; None without the box. Source: Spherical Video V2 RFC, github.com/google/spatial-media."""
    content = path.read_bytes()
    # What lies before the boxes inside.
    heads = {b"stsd": 8, b"avc1": 78}
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1", b"st3d"):
        content = _box(content, name)
        if content is None:
            return None
        content = content[heads.get(name, 0):]
    return content[4]


def _box(content, name):
    """What the first box of that name holds, or None; the first track is the video."""
    at = 0
    while at + 8 <= len(content):
        size, kind = int.from_bytes(content[at:at + 4], "big"), content[at + 4:at + 8]
        head = 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8:at + 16], "big"), 16
        if kind == name:
            return content[at + head:at + size]
        kit.expect(size >= head, f"a box of {size} bytes")
        at += size
    return None


def expect_steady(times, step, what):
    """Each time follows the one before by `step`, within half of it."""
    for earlier, later in zip(times, times[1:]):
        kit.expect(abs(later - earlier - step) < step / 2,
                   f"{what}: {float(earlier):.6f} s is followed by {float(later):.6f} s, "
                   f"{float((later - earlier) / step):.2f} frames on")


def expect_sound_joined(packets, tolerance, what):
    """Each packet begins where the one before ends."""
    for earlier, later in zip(packets, packets[1:]):
        end = earlier.pts + earlier.duration
        kit.expect(abs(later.pts - end) <= tolerance,
                   f"{what}: sound that ends at {float(end):.6f} s goes on at "
                   f"{float(later.pts):.6f} s")


def make(path, *arguments):
    """Makes a test file with the ffmpeg command line; `path`."""
    kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-y", *arguments, path], 120)
    return path


def make_chunks(folder, count, seconds):
    """A moving scene with sound, cut into MP4 chunks that each begin at time 0; their paths."""
    folder.mkdir()
    make(folder / "piece_%03d.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30",
         "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", str(count * seconds),
         "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-force_key_frames",
         f"expr:gte(t,n_forced*{seconds})", "-c:a", "aac", "-f", "segment", "-segment_time",
         str(seconds), "-reset_timestamps", "1", "-segment_format", "mp4")
    found = sorted(folder.glob("piece_*.mp4"))
    kit.expect_equal(len(found), count, "test chunks")
    return found


def first_picture(path):
    """The luma and the chroma of a file's first picture, as bytes."""
    done = subprocess.run(
        [kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-i", path, "-frames:v", "1", "-pix_fmt",
         "yuv420p", "-f", "rawvideo", "-"], capture_output=True, timeout=60 * kit.PATIENCE,
        check=True)
    luma = len(done.stdout) * 2 // 3
    return done.stdout[:luma], done.stdout[luma:]


def brightness(path, columns, rows):
    """The luma of a file's first picture, shrunk to a few samples, row by row."""
    done = subprocess.run(
        [kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-i", path, "-frames:v", "1", "-vf",
         f"scale={columns}:{rows}:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "-"],
        capture_output=True, timeout=60 * kit.PATIENCE, check=True)
    return [list(done.stdout[row * columns:(row + 1) * columns]) for row in range(rows)]
