"""Collects what the measures need into eval_data/eval.npz: frames of real clips with the pairs told by eye,
and the Middlebury pictures with their disparities. Nothing of it is trained on.

Usage: prepare_eval.py DATA   (the folder with depth/pairs/pairs.json, video/ and stereo/middlebury/)
Needs ffmpeg and ffprobe.
"""

import json
import pathlib
import subprocess
import sys

import numpy

SHORTER_SIDES = (96, 128)
NAMES = (("view1", "disp1"), ("im2", "disp2"), ("aloeL", "aloeGT"))


def size_of(path):
    """Width and height as shown, rotation applied."""
    text = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1", "-f", "image2pipe",
                           "-c:v", "ppm", "-"], capture_output=True, check=True).stdout
    return tuple(int(number) for number in text.split(maxsplit=3)[1:3])


def network_size(width, height, shorter):
    scale = shorter / min(width, height)
    return tuple(max(64, round(side * scale / 32) * 32) for side in (width, height))


def decoded(path, width, height, seconds=0.0, pixels="rgb24"):
    channels = 3 if pixels == "rgb24" else 1
    seek = ["-ss", str(seconds)] if seconds else []
    raw = subprocess.run(["ffmpeg", "-v", "error", *seek, "-i", str(path), "-frames:v", "1",
                          "-vf", f"scale={width}:{height}:flags=area", "-pix_fmt", pixels, "-f", "rawvideo", "-"],
                         capture_output=True, check=True).stdout
    array = numpy.frombuffer(raw, numpy.uint8).reshape(height, width, channels)
    return array if channels == 3 else array[..., 0]


def main():
    data = pathlib.Path(sys.argv[1])
    arrays = {}
    pairs = json.loads((data / "depth/pairs/pairs.json").read_text(encoding="utf-8"))["pairs"]
    for pair in pairs:
        path = data / "video" / pair["clip"]
        for shorter in SHORTER_SIDES:
            key = f"frame/{pair['clip']}@{pair['seconds']}/{shorter}"
            if key not in arrays:
                arrays[key] = decoded(path, *network_size(*size_of(path), shorter), pair["seconds"])
    for folder in sorted((data / "stereo/middlebury").iterdir()):
        files = {path.stem: path for path in folder.iterdir()}
        for picture, truth in NAMES:
            if picture in files and truth in files:
                width, height = size_of(files[picture])
                for shorter in SHORTER_SIDES:
                    size = network_size(width, height, shorter)
                    arrays[f"middlebury/{folder.name}/{shorter}"] = decoded(files[picture], *size)
                arrays[f"truth/{folder.name}"] = decoded(files[truth], width, height, pixels="gray")
    arrays["pairs"] = numpy.frombuffer(json.dumps(pairs).encode(), numpy.uint8)
    out = pathlib.Path(__file__).parent / "eval_data/eval.npz"
    out.parent.mkdir(exist_ok=True)
    numpy.savez_compressed(out, **arrays)
    print(out, out.stat().st_size, "bytes", len(arrays), "arrays")


if __name__ == "__main__":
    main()
