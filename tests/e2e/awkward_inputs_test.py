"""Files that real people have: each becomes a right stream, or a clear error.

Usage: awkward_inputs_test.py FOLDER_OF_PROGRAMS made|clips|convert|pictures
"""

import re
from fractions import Fraction

import kit
import media
import players
import playlists

LONGEST_SECONDS = 10
NTSC = Fraction(30000, 1001)
TEST_PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30:duration=3"]
TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=3"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
BOTH = [*TEST_PICTURE, *TONE, *H264, "-c:a", "aac"]


class Case:
    """A file, and what must come out of it: the rate and the size of one view, where known."""

    def __init__(self, path, rate=None, size=None, upright=False, shorter=False):
        self.path = path
        self.rate = rate
        self.size = size
        self.upright = upright  # its upper half is white, its lower half black
        self.shorter = shorter  # some of it is missing


# --- The files ---

def at_rate(folder, name, rate):
    return media.make(folder / name, "-f", "lavfi", "-i",
                      f"testsrc2=size=320x240:rate={rate}:duration=3", *TONE, *H264, "-c:a", "aac")


def rotated(folder):
    """Left half black, right half white, to be shown a quarter turn anticlockwise."""
    lying = media.make(folder / "lying.mp4", "-f", "lavfi", "-i",
                       "color=white:size=320x240:rate=30:duration=3", *TONE, "-vf",
                       "drawbox=0:0:160:240:black:fill", *H264, "-c:a", "aac")
    made = media.make(folder / "rotated.mp4", "-i", lying, "-c", "copy", "-metadata:s:v:0",
                      "rotate=90")
    kit.expect("rotation" in str(media.first_stream(made, "video").get("side_data_list")),
               "the file that should be rotated is not")
    return made


def truncated(folder):
    """Two halves of files: one with its index in front, one that has lost it."""
    whole = media.make(folder / "whole.mp4", *BOTH)
    front = media.make(folder / "whole_front.mp4", "-i", whole, "-c", "copy", "-movflags",
                       "+faststart")
    found = []
    for source, name in ((front, "truncated.mp4"), (whole, "truncated_without_index.mp4")):
        path = folder / name
        data = source.read_bytes()
        path.write_bytes(data[:len(data) // 2])
        found.append(path)
    return found


def variable_rate(folder):
    """Every third picture is missing, and time is kept."""
    return media.make(folder / "variable_rate.mp4", *TEST_PICTURE, *TONE, "-vf",
                      "select=mod(n\\,3)", "-fps_mode", "vfr", *H264, "-c:a", "aac")


def mono(folder):
    return media.make(folder / "mono_44100.mp4", *BOTH, "-ar", "44100", "-ac", "1")


def silent(folder):
    return media.make(folder / "without_sound.mp4", *TEST_PICTURE, *H264)


def interlaced(folder):
    return media.make(folder / "interlaced.mp4", "-f", "lavfi", "-i",
                      "testsrc2=size=320x240:rate=50:duration=3", *TONE, "-vf",
                      "tinterlace=interleave_top,setfield=tff", *H264, "-flags", "+ilme+ildct",
                      "-c:a", "aac")


def odd_size(folder):
    return media.make(folder / "odd_size.mkv", *TEST_PICTURE, *TONE, "-vf",
                      "scale=353:287,setsar=1", "-c:v", "libx264", "-preset", "ultrafast",
                      "-pix_fmt", "yuv444p", "-c:a", "aac")


def with_cover(folder, name, *arguments):
    """A file whose last track is a still picture; `arguments` make the others."""
    picture = folder / "cover.png"
    media.make(picture, "-f", "lavfi", "-i", "testsrc=size=64x64:duration=1", "-frames:v", "1")
    tracks = media.make(folder / f"before_{name}", *arguments)
    cover = "-disposition:v:1" if "-c:v" in arguments else "-disposition:v:0"
    return media.make(folder / name, "-i", tracks, "-i", picture, "-map", "0", "-map", "1", "-c",
                      "copy", cover, "attached_pic")


def good_files(folder):
    small = (320, 240)
    yield Case(at_rate(folder, "rate_24.mp4", "24"), Fraction(24), small)
    yield Case(at_rate(folder, "rate_25.mp4", "25"), Fraction(25), small)
    yield Case(at_rate(folder, "rate_29_97.mp4", "30000/1001"), NTSC, small)
    yield Case(at_rate(folder, "rate_50.mp4", "50"), Fraction(50), small)
    yield Case(at_rate(folder, "rate_60.mp4", "60"), Fraction(60), small)
    # At less than the rate of its closest pictures some would be lost.
    yield Case(variable_rate(folder), Fraction(30), small)
    yield Case(mono(folder), Fraction(30), small)
    yield Case(silent(folder), Fraction(30), small)
    yield Case(rotated(folder), Fraction(30), (240, 320), upright=True)
    yield Case(interlaced(folder), None, small)
    yield Case(odd_size(folder), Fraction(30), (353, 287))
    yield Case(media.make(folder / "three_seconds.mkv", *BOTH), Fraction(30), small)
    yield Case(truncated(folder)[0], Fraction(30), small, shorter=True)
    yield Case(with_cover(folder, "cover.mp4", *BOTH), Fraction(30), small)


def bad_files(folder):
    yield truncated(folder)[1]
    text = folder / "text.mp4"
    text.write_text("This is a letter, not a video.\n" * 200)
    yield text
    empty = folder / "empty.mp4"
    empty.write_bytes(b"")
    yield empty
    yield media.make(folder / "sound_only.m4a", *TONE, "-c:a", "aac")
    yield with_cover(folder, "sound_with_cover.mp3", *TONE, "-c:a", "libmp3lame")


# --- Streams ---

def expected_seconds(path):
    """From the start of the first two tracks' earlier one to the end of the later one."""
    tracks = [found for found in (media.track(path, kind) for kind in ("video", "audio")) if found]
    length = max(found.end for found in tracks) - min(found.start for found in tracks)
    return min(length, LONGEST_SECONDS)


def capture(stage, url, path):
    """Captures a file; the session, or None when the file was refused as it should be."""
    running = stage.start([stage.program("streamkit-capture"), "--api-base", url, "--input", path,
                           "--speed", "max", "--chunk-seconds", "2", "--size", "720p",
                           "--duration", str(LONGEST_SECONDS), "--capture-preset", "ultrafast"])
    status = running.wait(60, succeeds=False)
    if status == 0:
        session_id = running.wait_for_line(r"session (\S+)")[1]
        return kit.Capture(running, session_id, running.wait_for_line(r"http://\S+\.m3u8")[0])
    kit.expect_equal(status, 1, f"exit status for {path.name}\n{running.tails()}")
    lines = running.stderr().splitlines()
    kit.expect(len(lines) == 1 and lines[0].startswith("streamkit-capture: ")
               and path.name in lines[0],
               f"not one clear line that names {path.name}:\n{running.stderr()}")
    kit.expect(not running.lines(), f"a session was begun for {path.name}: {running.lines()}")
    kit.note(f"refused: {lines[0].replace(str(path.parent), '...')}")
    return None


def check_stream(stage, case, session):
    name = case.path.name
    found = playlists.wait_for_end(session.playlist_url, 120)
    chunks = stage.chunk_files(session.session_id)
    kit.expect_equal(len(found.segments), len(chunks), f"segments of {name}")
    rate = media.rate(chunks[0])
    if case.rate:
        kit.expect_equal(rate, case.rate, f"rate of {name}")
    shown = players.FfmpegPlay(stage, session.playlist_url).result(60)
    media.expect_steady(shown.pictures, 1 / rate, name)
    media.expect_sound_joined(shown.sounds, Fraction(1, 48_000), name)
    heard = shown.sounds[-1].pts + shown.sounds[-1].duration
    end = shown.pictures[-1] + 1 / rate
    # AAC comes in packets of 1024 samples; the last one may be cut short.
    kit.expect_near(heard, end, Fraction(2 * 1024, 48_000), f"end of the sound of {name}")
    if case.shorter:
        kit.expect(end >= 1, f"only {float(end):.3f} s are left of {name}")
    else:
        wanted = round(expected_seconds(case.path) * rate)
        kit.expect_near(len(shown.pictures), wanted, 1, f"pictures of {name}")
    check_picture(stage, case, found)
    kit.note(f"{name}: {len(shown.pictures)} pictures at {float(rate):.3f} Hz")


def expect_shape(path, width, height):
    """Upright, square pixels: as wide and high as the file wants to be shown."""
    video = media.first_stream(path, "video")
    ratio = Fraction(video["width"], video["height"])
    shape = video.get("sample_aspect_ratio", "N/A")
    if shape not in ("N/A", "0:1"):
        ratio *= Fraction(*map(int, shape.split(":")))
    turned = [data["rotation"] for data in video.get("side_data_list", []) if "rotation" in data]
    if turned and turned[0] % 180:
        ratio = 1 / ratio
    kit.expect_near(Fraction(width, height), ratio, ratio / 50, f"shape of {path.name}")


def check_picture(stage, case, found):
    path = stage.folder / "first_segment.mp4"
    path.write_bytes(kit.get(found.segments[0].url))
    video = media.first_stream(path, "video")
    width, height = video["width"] // 2, video["height"]
    kit.expect(width % 2 == 0 and height % 2 == 0, f"odd size {width}x{height}")
    kit.expect(video.get("field_order", "progressive") in ("progressive", "unknown"),
               f"{case.path.name} is still interlaced")
    if case.size:
        kit.expect(abs(width - case.size[0]) < 2 and abs(height - case.size[1]) < 2,
                   f"{case.path.name} comes out as {width}x{height} per eye")
    expect_shape(case.path, width, height)
    if case.upright:
        (above, _), (below, _) = media.brightness(path, 2, 2)
        kit.expect(above > 200 > 50 > below, f"{case.path.name} is not upright: {above}, {below}")


def run_streams(stage, cases, bad=()):
    """All captures first; the worker converts meanwhile."""
    url, server = stage.server("--log-level", "error")
    worker = stage.worker("--log-level", "error", "--preset", "ultrafast")
    for path in bad:
        kit.expect(capture(stage, url, path) is None, f"{path.name} was not refused")
    if bad:
        kit.expect("\nstreamkit_sessions_created_total 0\n" in kit.get(url + "/metrics").decode(),
                   "a refused file left a session behind")
    sessions = []
    for case in cases:
        session = capture(stage, url, case.path)
        kit.expect(session or case.shorter, f"{case.path.name} was refused")
        if session:
            sessions.append((case, session))
    kit.note(f"{len(sessions)} files captured")
    for case, session in sessions:
        check_stream(stage, case, session)
    for running in (server, worker):
        kit.expect_equal(running.process.poll(), None, f"{running.name} ended with status")


# --- Whole files ---

def check_convert(stage, path):
    output = stage.folder / "converted" / path.name
    output.parent.mkdir(exist_ok=True)
    stage.run("streamkit-worker", "convert", path, output, "--preset", "ultrafast", seconds=120)
    before, after = media.track(path, "video"), media.track(output, "video")
    kit.expect_equal(len(after.packets), len(before.packets), f"pictures of {path.name}")
    for old, new in zip(before.packets, after.packets):
        kit.expect_near(new.pts, old.pts, Fraction(1, 1000), f"time of a picture of {path.name}")
    sound = media.track(path, "audio")
    if sound:
        kept = media.track(output, "audio")
        kit.expect_same_list(kept.digests(), sound.digests(), f"sound of {path.name}")
        for old, new in zip(sound.packets, kept.packets):
            kit.expect_near(new.pts, old.pts, Fraction(1, 1000), f"time of sound of {path.name}")
    else:
        kit.expect(media.first_stream(output, "audio") is None, f"{path.name} had no sound")
    kit.note(f"{path.name}: converted")


class Packed:
    """What `convert` makes of 320x240: the file's suffix, the picture's size, what the pictures tell
    of their packing, and the container, whose boxes know no other packings."""

    def __init__(self, suffix, size=(320, 240), told=None, box=None):
        self.suffix = suffix
        self.size = size
        self.told = told
        self.box = box


WIDE = (640, 240)
BESIDE, ABOVE = "side by side", "top and bottom"
PACKINGS = {
    "sbs": Packed("_LRF_Full_SBS", WIDE, BESIDE, 2),
    "half_sbs": Packed("_LR", told=BESIDE, box=2),
    "tb": Packed("_TBF_fulltb", (320, 480), ABOVE, 1),
    "half_tb": Packed("_TB", told=ABOVE, box=1),
    "cross": Packed("_RLF_cross", WIDE, BESIDE + " (inverted)"),
    "half_cross": Packed("_RL_cross", told=BESIDE + " (inverted)"),
    "row_interlaced": Packed("_rows", told="interleaved lines"),
    "anaglyph_color": Packed("_redcyan_color"),
    "anaglyph_half_color": Packed("_redcyan_half_color"),
    "anaglyph_gray": Packed("_redcyan_gray"),
    "anaglyph_wimmer": Packed("_redcyan_wimmer"),
    "anaglyph_dubois": Packed("_redcyan"),
    "vr180": Packed("_180x180_LR", (640, 320), BESIDE, 2),
    "depth": Packed("_depth"),
    "rgbd": Packed("_RGBD", WIDE),
    "left": Packed("_L"),
    "right": Packed("_R"),
}
BOXES = {None: None, 1: ABOVE, 2: BESIDE}


def modes_of_help(stage):
    """What `convert --help` lists, less what is no mode of a stream."""
    text = " ".join(stage.run("streamkit-worker", "convert", "--help").stdout.split())
    found = re.search(r"how the views are packed: ([a-z0-9_, ]+), or pair:", text)
    kit.expect(found, f"the help lists no modes:\n{text}")
    return found[1].split(", ")


def check_sphere(told, mode):
    if mode != "vr180":
        kit.expect(told is None, f"{mode} is said to be a sphere: {told}")
        return
    kit.expect_equal(told["projection"], "tiled equirectangular", "projection of VR180")
    # 640 pixels are half of a circle of 1280, of which a quarter is missing at either side.
    for side, missing in (("left", 320), ("right", 320), ("top", 0), ("bottom", 0)):
        kit.expect_near(told[f"bound_{side}"], missing, 1, f"what is missing at the {side}")


def check_names_and_packings(stage):
    """What `convert` calls a file that it was given no name for, and what the file says it is."""
    source = media.make(stage.folder / "clip.of.mine.mkv", *BOTH, "-t", "1")
    folder = stage.folder / "named"
    folder.mkdir()
    kit.expect_equal(modes_of_help(stage), list(PACKINGS), "modes")
    for mode, wanted in PACKINGS.items():
        stage.run("streamkit-worker", "convert", source, folder, "--mode", mode, "--preset",
                  "ultrafast", seconds=60)
        path = folder / f"clip.of.mine{wanted.suffix}.mp4"
        kit.expect(path.is_file(), f"{mode}: there is no {path.name}")
        video = media.first_stream(path, "video")
        kit.expect_equal((video["width"], video["height"]), wanted.size, f"size of {mode}")
        kit.expect_equal(media.stereo_packing(path), (BOXES[wanted.box], wanted.told),
                         f"packing of {mode}")
        kit.expect_equal(media.stereo_box(path), wanted.box, f"st3d of {mode}")
        check_sphere(media.spherical_mapping(path), mode)
    stage.run("streamkit-worker", "convert", source, "--preset", "ultrafast", seconds=60)
    kit.expect((stage.folder / "clip.of.mine_LRF_Full_SBS.mp4").is_file(),
               "without OUTPUT the file is not beside INPUT")
    kit.note("names and packings")


# --- Pictures of unusual kinds, in every mode ---

def scaled(folder, name, width, height, *arguments):
    """Half a second of pictures, made by scaling; `arguments` come last."""
    return media.make(folder / name, *TEST_PICTURE, "-t", "0.5", "-vf",
                      f"scale={width}:{height},setsar=1", "-c:v", "libx264", "-preset", "ultrafast",
                      "-pix_fmt", "yuv444p", *arguments)


def unusual_pictures(folder):
    """Files, and the size of one eye's view: sides are even, one column or row becomes two."""
    yield scaled(folder, "one_pixel.mkv", 1, 1), (2, 2)
    yield scaled(folder, "thin.mkv", 3, 201), (2, 200)
    yield scaled(folder, "low.mkv", 321, 1), (320, 2)
    yield scaled(folder, "one_picture.mp4", 320, 240, "-frames:v", "1"), (320, 240)
    yield scaled(folder, "monochrome.mp4", 320, 240, "-pix_fmt", "gray"), (320, 240)
    yield scaled(folder, "ten_bits.mp4", 322, 242, "-pix_fmt", "yuv420p10le"), (322, 242)


def packed_size(mode, width, height):
    """From what is known of 320x240; a sphere is as high as the longer side."""
    if mode == "vr180":
        return 2 * max(width, height), max(width, height)
    across, down = PACKINGS[mode].size
    return width * across // 320, height * down // 240


def check_picture_kind(stage, path, view):
    pictures = len(media.track(path, "video").packets)
    output = stage.folder / "picture.mp4"
    for mode in PACKINGS:
        stage.run("streamkit-worker", "convert", path, output, "--mode", mode, "--preset",
                  "ultrafast", "--overwrite")
        video = media.track(output, "video")
        size = (video.description["width"], video.description["height"])
        kit.expect_equal(size, packed_size(mode, *view), f"size of {path.name} as {mode}")
        kit.expect_equal(len(video.packets), pictures, f"pictures of {path.name} as {mode}")
        luma, chroma = media.first_picture(output)
        kit.expect_equal(len(luma), size[0] * size[1], f"decoded size of {path.name} as {mode}")
        if path.stem == "monochrome" and "anaglyph" not in mode:
            kit.expect(min(chroma) >= 126 and max(chroma) <= 130, f"colours as {mode}")
    kit.note(f"{path.name} in every mode")


def check_largest(stage):
    """The largest picture that encoders take, and what is larger once packed."""
    huge = media.make(stage.folder / "huge.mp4", "-f", "lavfi", "-i",
                      "testsrc2=size=8192x4320:rate=5:duration=0.4", *H264)
    output = stage.folder / "huge_half.mp4"
    stage.run("streamkit-worker", "convert", huge, output, "--mode", "half_sbs", "--preset",
              "ultrafast", seconds=100)
    video = media.track(output, "video")
    kit.expect_equal((video.description["width"], video.description["height"], len(video.packets)),
                     (8192, 4320, 2), "size and pictures of 8192x4320 as half_sbs")
    wide = scaled(stage.folder, "wide.mkv", 8200, 16)
    for mode in ("sbs", "cross", "rgbd", "vr180"):
        refused = stage.run("streamkit-worker", "convert", wide, stage.folder / "wide.mp4", "--mode",
                            mode, succeeds=False)
        kit.expect_equal(refused.returncode, 2, f"exit status for 8200x16 as {mode}")
        lines = refused.stderr.splitlines()
        kit.expect(len(lines) == 1 and "8200x16" in lines[0] and mode in lines[0]
                   and "16384" in lines[0], f"no clear line for {mode}:\n{refused.stderr}")
    kit.note("the largest pictures")


def convert_files(folder):
    for make in (variable_rate, mono, silent, odd_size, interlaced, rotated):
        yield make(folder)
    yield at_rate(folder, "rate_29_97.mp4", "30000/1001")


def test(stage, files):
    if files == "convert":
        check_names_and_packings(stage)
        for path in convert_files(stage.folder):
            check_convert(stage, path)
    elif files == "pictures":
        for path, view in unusual_pictures(stage.folder):
            check_picture_kind(stage, path, view)
        check_largest(stage)
    elif files == "clips":
        run_streams(stage, [Case(path) for path in sorted(kit.test_data().iterdir())])
    else:
        run_streams(stage, good_files(stage.folder), list(bad_files(stage.folder)))


kit.main(test, 200)
