"""HDR from a file to the playlist: with `--hdr keep` it stays HDR, in chunks and in segments, also
where chunks of the stream are SDR; and without it becomes SDR.

Usage: hdr_test.py FOLDER_OF_PROGRAMS
"""

import subprocess
from fractions import Fraction

import kit
import media
import players
import playlists
import s3

CHUNK_SECONDS = 2
CHUNKS = 3
RATE = 30
FRAME = Fraction(1, RATE)
# What the video states: its display in units of FFmpeg's text, and its light in nits.
DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
LIGHT = (800, 200)
# The samples of a flat patch, in 10 bits: about 203 nits in PQ, and a red.
PATCH = (573, 480, 620)
# Two encoders are between.
TOLERANCE = 6


def clip(path, seconds=CHUNKS * CHUNK_SECONDS):
    """A moving scene with a flat patch in its middle, in PQ. The container does not state the
    display: the coded video does."""
    luma, blue, red = PATCH
    inside = "between(X/W,0.3,0.7)*between(Y/H,0.3,0.7)"
    pattern = (f"nullsrc=size=320x180:rate={RATE}:duration={seconds},"
               "format=yuv420p10le,"
               f"geq=lum='if({inside},{luma},64+mod(X*2+N*4,500))'"
               f":cb='if({inside},{blue},512)':cr='if({inside},{red},512)'")
    tone = f"sine=frequency=440:sample_rate=48000:duration={seconds}"
    params = (f"log-level=none:hdr10=1:repeat-headers=1:master-display={DISPLAY}"
              f":max-cll={LIGHT[0]},{LIGHT[1]}")
    return media.make(path, "-f", "lavfi", "-i", pattern, "-f", "lavfi", "-i", tone,
                      "-c:v", "libx265", "-preset", "ultrafast", "-crf", "12", "-x265-params",
                      params, "-color_primaries", "bt2020", "-color_trc", "smpte2084",
                      "-colorspace", "bt2020nc", "-color_range", "tv", "-c:a", "aac", "-tag:v",
                      "hvc1")


def sdr_chunk(folder):
    """The same in white, as another sender may put it."""
    return media.make(folder / "white.mp4", "-f", "lavfi", "-i",
                      f"color=c=white:size=320x180:rate={RATE}:duration={CHUNK_SECONDS}", "-f",
                      "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={CHUNK_SECONDS}",
                      "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a",
                      "aac")


# --- What a file is ---

def patch_samples(path, views):
    """The mean of luma and chroma of the patch in the left view of the first frame."""
    size = "iw*0.2:ih*0.2:iw*0.15:ih*0.4" if views == 2 else "iw*0.3:ih*0.3:iw*0.35:ih*0.35"
    done = subprocess.run(
        [kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-i", path, "-frames:v", "1", "-vf",
         f"crop={size},format=yuv420p10le,crop=floor(iw/4)*4:floor(ih/4)*4", "-f", "rawvideo", "-"],
        capture_output=True, timeout=60 * kit.PATIENCE, check=True).stdout
    samples = [int.from_bytes(done[i:i + 2], "little") for i in range(0, len(done), 2)]
    luma = len(samples) * 2 // 3
    planes = [samples[:luma], samples[luma:luma + luma // 4], samples[luma + luma // 4:]]
    return [sum(plane) / len(plane) for plane in planes]


def expect_patch(path, wanted, views, what):
    for found, sample, name in zip(patch_samples(path, views), wanted, ("Y", "U", "V")):
        kit.expect_near(Fraction(found), sample, TOLERANCE, f"{name} of {what}")


def expect_colours(path, what):
    video = media.first_stream(path, "video")
    found = [video.get(key) for key in ("codec_name", "codec_tag_string", "profile", "pix_fmt",
                                        "color_range", "color_space", "color_primaries",
                                        "color_transfer")]
    kit.expect_equal(found, ["hevc", "hvc1", "Main 10", "yuv420p10le", "tv", "bt2020nc", "bt2020",
                             "smpte2084"], f"video of {what}")


def hdr_statements(data):
    """The mastering display and the light levels of a list of side data, or None for each."""
    kinds = {entry.get("side_data_type"): entry for entry in data}
    display = kinds.get("Mastering display metadata")
    light = kinds.get("Content light level metadata")
    return (display and (Fraction(display["max_luminance"]), Fraction(display["green_x"])),
            light and (light["max_content"], light["max_average"]))


def expect_stated(path, what):
    """In the container, and by the frames."""
    wanted = ((Fraction(1000), Fraction(13250, 50000)), LIGHT)
    header = media.first_stream(path, "video").get("side_data_list", [])
    kit.expect_equal(hdr_statements(header), wanted, f"what the container of {what} states")
    frames = media.probe(path, "-select_streams", "v:0", "-show_frames", "-read_intervals", "%+#1")
    kit.expect_equal(hdr_statements(frames["frames"][0].get("side_data_list", [])), wanted,
                     f"what the first frame of {what} states")


# --- The tests ---

def segments_of(stage, url, name):
    """The files of a finished stream, which follow on each other without a gap."""
    found = playlists.wait_for_end(url, 120)
    paths, position = [], Fraction(0)
    for number, segment in enumerate(found.segments):
        path = stage.folder / f"{name}_{number}.mp4"
        path.write_bytes(kit.get(segment.url))
        track = media.track(path, "video")
        kit.expect_near(track.start, position, FRAME / 4, f"start of segment {number}")
        position = track.end
        paths.append(path)
    return paths


def expect_plays(url, pictures):
    """The whole playlist decodes without a complaint, and each frame is there."""
    done = kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "warning", "-i", url + "?nowait=1",
                    "-map", "0:v:0", "-map", "0:a:0", "-fps_mode", "passthrough", "-f", "framecrc",
                    "-"], 120)
    kit.expect(not done.stderr.strip(), f"decoding {url}:\n{kit.tail(done.stderr)}")
    lines = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
    kit.expect_equal(sum(line[0] == "0" for line in lines), pictures, "frames of the playlist")


def capture(stage, server, path, *arguments):
    """The playlist of a captured file, and its chunks."""
    captured = stage.capture(server, "--input", path, "--speed", "max", "--chunk-seconds",
                             str(CHUNK_SECONDS), "--capture-preset", "ultrafast", "--capture-crf",
                             "12", *arguments)
    kit.expect_equal(captured.running.wait(120), 0, "exit status of the capture")
    return captured.playlist_url, stage.chunk_files(captured.session_id)


def check_kept(stage, server, path):
    playlist, chunks = capture(stage, server, path, "--hdr", "keep")
    kit.expect_equal(len(chunks), CHUNKS, "chunks")
    segments = segments_of(stage, playlist, "kept")
    kit.expect_equal(len(segments), CHUNKS, "segments")
    for views, paths in ((1, chunks), (2, segments)):
        for file in paths:
            expect_colours(file, file.name)
            expect_stated(file, file.name)
            expect_patch(file, PATCH, views, file.name)
            media.decoded(file)
    expect_plays(playlist, CHUNKS * CHUNK_SECONDS * RATE)
    shown = players.GstreamerPlay(stage, playlist).result(60)
    players.expect_all_shown("GStreamer", shown, CHUNKS * CHUNK_SECONDS * RATE, FRAME)
    return chunks


def put_all(server, paths):
    """The playlist of a session with these chunks."""
    session = kit.request("POST", f"{server}/stream_sessions",
                          {"chunk_seconds": CHUNK_SECONDS}).json()
    for number, path in enumerate(paths):
        key = f"stream_input/{session['session_id']}/chunk_{number:05d}.mp4"
        kit.run([kit.tool("curl"), "--silent", "--show-error", "--fail-with-body", "--noproxy", "*",
                 "--max-time", "30", "--upload-file", path,
                 s3.presigned_url(session["upload"], key)])
    kit.request("POST", f"{server}/stream_sessions/{session['session_id']}/end")
    return session["playlist_url"]


def check_mixed(stage, server, hdr, sdr):
    """Whatever a chunk is, its segment is what the first one is."""
    garbage = stage.folder / "garbage.mp4"
    garbage.write_bytes(bytes((17 * i * i + 3 * i) % 256 for i in range(50_000)))
    foreign = clip(stage.folder / "foreign.mp4", CHUNK_SECONDS)
    header = media.first_stream(foreign, "video").get("side_data_list", [])
    kit.expect_equal(hdr_statements(header), (None, None), "what the container states")
    playlist = put_all(server, [foreign, sdr, garbage, hdr])
    segments = segments_of(stage, playlist, "mixed")
    kit.expect_equal(len(segments), 4, "segments of a stream of HDR")
    for path in segments:
        expect_colours(path, path.name)
        expect_stated(path, path.name)
    expect_patch(segments[1], (573, 512, 512), 2, "white of SDR, which HDR shows at 203 nits")
    expect_patch(segments[2], (64, 512, 512), 2, "the filler")
    expect_plays(playlist, 4 * CHUNK_SECONDS * RATE)

    playlist = put_all(server, [sdr, hdr])
    segments = segments_of(stage, playlist, "sdr")
    for path in segments:
        video = media.first_stream(path, "video")
        kit.expect_equal((video["codec_name"], video["pix_fmt"]), ("h264", "yuv420p"),
                         f"video of {path.name}")
    expect_plays(playlist, 2 * CHUNK_SECONDS * RATE)


def check_sdr_hevc(stage, server, path):
    """HDR that is not kept, in HEVC of 8 bits."""
    _, chunks = capture(stage, server, path, "--codec", "hevc")
    for chunk in chunks:
        video = media.first_stream(chunk, "video")
        kit.expect_equal((video["codec_name"], video["codec_tag_string"], video["pix_fmt"],
                          video["color_transfer"]), ("hevc", "hvc1", "yuv420p", "bt709"),
                         f"video of {chunk.name}")
        media.decoded(chunk)


def test(stage):
    path = clip(stage.folder / "hdr.mp4")
    sdr = sdr_chunk(stage.folder)
    server, _ = stage.server("--log-level", "warning")
    worker = stage.worker("--log-level", "warning", "--preset", "ultrafast", "--crf", "12",
                          "--inference-backend", "stub", "--hdr", "keep")
    chunks = check_kept(stage, server, path)
    kit.note("HDR is HDR in chunks and segments")
    check_mixed(stage, server, chunks[0], sdr)
    kit.note("chunks of SDR and HDR are brought to their stream")
    check_sdr_hevc(stage, server, path)
    kit.note("SDR is captured in HEVC")
    kit.expect_equal(worker.process.poll(), None, "the worker ended with status")


if __name__ == "__main__":
    kit.main(test, 150)
