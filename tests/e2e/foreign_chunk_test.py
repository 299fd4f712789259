"""Chunks made and put by others: ordinary MP4s with timestamps of their own, and bytes that are no
video at all.

Usage: foreign_chunk_test.py FOLDER_OF_PROGRAMS
"""

import base64
import hashlib
import shutil
from fractions import Fraction

import kit
import media
import players
import playlists
import s3

CHUNK_SECONDS = 3
FRAME = Fraction(1, 30)
# Sound keeps its sample rate, so a join may be off by the rounding of one time base.
ROUNDING = Fraction(1, 10_000)


def create(url, chunk_seconds=CHUNK_SECONDS):
    answer = kit.request("POST", f"{url}/stream_sessions", {"chunk_seconds": chunk_seconds})
    kit.expect_equal(answer.status, 200, f"status of POST /stream_sessions, {answer.text()}")
    return answer.json()


def end(url, session):
    answer = kit.request("POST", f"{url}/stream_sessions/{session['session_id']}/end")
    kit.expect_equal(answer.status, 204, "status of POST .../end")


def foreign_chunks(folder, count):
    """One recording in pieces, each encoded by itself: B-frames, 44.1 kHz sound with the encoder's
    priming, time from 0, index at the end."""
    whole = media.make(folder / "recording.mov", "-f", "lavfi", "-i",
                       f"testsrc2=size=480x270:rate=30:duration={count * CHUNK_SECONDS}", "-f",
                       "lavfi", "-i", "aevalsrc=0.3*sin(2*PI*300*t)|0.3*sin(2*PI*440*t)"
                       f":s=44100:d={count * CHUNK_SECONDS}", "-c:v", "libx264", "-qp", "0",
                       "-preset", "ultrafast", "-c:a", "pcm_s16le")
    found = []
    for number in range(count):
        found.append(media.make(
            folder / f"piece_{number}.mp4", "-ss", str(number * CHUNK_SECONDS), "-t",
            str(CHUNK_SECONDS), "-i", whole, "-c:v", "libx264", "-preset", "medium", "-bf", "2",
            "-c:a", "aac", "-ar", "44100", "-ac", "2"))
    video = media.first_stream(found[0], "video")
    kit.expect(video["has_b_frames"] > 0, "the foreign chunk has no B-frames")
    return found


# --- Ways to put an object ---

def aws_clients():
    """Each AWS CLI on this machine: their generations differ in the checksums they send."""
    found = [kit.tool("aws")]
    debian = shutil.which("aws", path="/usr/bin")
    if debian and debian not in found:
        found.append(debian)
    return found


def put_with_aws(stage, aws, upload, key, path):
    environment = stage.environment(
        AWS_ACCESS_KEY_ID=upload["access_key_id"], AWS_SESSION_TOKEN=upload["session_token"],
        AWS_SECRET_ACCESS_KEY=upload["secret_access_key"], AWS_DEFAULT_REGION=upload["region"],
        AWS_CONFIG_FILE=str(stage.folder / "none"), AWS_EC2_METADATA_DISABLED="true",
        AWS_SHARED_CREDENTIALS_FILE=str(stage.folder / "none"))
    kit.run([aws, "s3api", "put-object", "--endpoint-url", upload["endpoint"], "--bucket",
             upload["bucket"], "--key", key, "--body", path, "--content-type", "video/mp4"], 60,
            environment)


def put_with_curl(upload, key, path):
    digest = base64.b64encode(hashlib.md5(path.read_bytes()).digest()).decode()
    kit.run([kit.tool("curl"), "--silent", "--show-error", "--fail-with-body", "--noproxy", "*",
             "--max-time", "30", "--upload-file", path, "--header", "Content-Type: video/mp4",
             "--header", f"Content-MD5: {digest}", s3.presigned_url(upload, key)])


# --- The tests ---

def check_played(stage, session, pictures, end_seconds):
    shown = players.FfmpegPlay(stage, session["playlist_url"]).result(60)
    players.expect_all_shown("FFmpeg", shown, pictures, FRAME)
    media.expect_sound_joined(shown.sounds, ROUNDING, "FFmpeg")
    last = shown.sounds[-1]
    # The fitter keeps whole packets: half of one may be missing or too much.
    kit.expect_near(last.pts + last.duration, end_seconds, Fraction(1024, 44_100) + FRAME,
                    "end of the sound")
    shown = players.GstreamerPlay(stage, session["playlist_url"]).result(60)
    players.expect_all_shown("GStreamer", shown, pictures, FRAME)


def check_sound(segment, piece, what):
    """The chunk's own packets, whole and in order; at its ends some may be left out. The priming
    may fill the gap of less than a packet to the segment before."""
    kept, own = media.track(segment, "audio"), media.track(piece, "audio", priming=True)
    kit.expect_equal(kept.description["sample_rate"], own.description["sample_rate"],
                     f"sample rate of {what}")
    kit.expect(kept.digests()[0] in own.digests(), f"{what} begins with sound that is not its own")
    first = own.digests().index(kept.digests()[0])
    kit.expect_same_list(kept.digests(), own.digests()[first:first + len(kept.packets)],
                         f"sound packets of {what}")


def check_foreign(stage, url, pieces):
    session = create(url)
    clients = aws_clients()
    for number, path in enumerate(pieces):
        key = f"stream_input/{session['session_id']}/chunk_{number:05d}.mp4"
        if number == len(pieces) - 1:
            put_with_curl(session["upload"], key, path)
        else:
            put_with_aws(stage, clients[number % len(clients)], session["upload"], key, path)
    end(url, session)
    kit.note(f"put by {len(clients)} AWS CLIs and curl")
    found = playlists.wait_for_end(session["playlist_url"], 60)
    kit.expect_equal(len(found.segments), len(pieces), "segments")
    position = Fraction(0)
    for number, (segment, piece) in enumerate(zip(found.segments, pieces)):
        path = stage.folder / f"segment_{number}.mp4"
        path.write_bytes(kit.get(segment.url))
        made = media.track(path, "video")
        kit.expect_near(made.start, position, FRAME / 2, f"start of segment {number}")
        kit.expect_near(segment.duration, made.end - made.start, FRAME,
                        f"EXTINF of segment {number}")
        before = media.track(piece, "video")
        kit.expect_equal(len(made.packets), len(before.packets), f"pictures of segment {number}")
        check_sound(path, piece, f"segment {number}")
        position = made.end
    kit.expect_near(position, len(pieces) * CHUNK_SECONDS, FRAME / 2, "length of the stream")
    check_played(stage, session, len(pieces) * CHUNK_SECONDS * 30, len(pieces) * CHUNK_SECONDS)


def check_garbage(stage, url, pieces):
    """A place that cannot be converted is filled, and the stream goes on."""
    garbage = stage.folder / "garbage.mp4"
    garbage.write_bytes(bytes((17 * i * i + 3 * i) % 256 for i in range(100_000)))
    session = create(url)
    files = [pieces[0], garbage, pieces[1]]
    for number, path in enumerate(files):
        put_with_curl(session["upload"],
                      f"stream_input/{session['session_id']}/chunk_{number:05d}.mp4", path)
    end(url, session)
    found = playlists.wait_for_end(session["playlist_url"], 60)
    kit.expect_equal(len(found.segments), len(files), "segments with one filler")
    sizes = []
    for number, segment in enumerate(found.segments):
        path = stage.folder / f"filled_{number}.mp4"
        path.write_bytes(kit.get(segment.url))
        video = media.first_stream(path, "video")
        sizes.append((video["width"], video["height"]))
    kit.expect_equal(len(set(sizes)), 1, f"sizes of the segments, {sizes}")
    check_played(stage, session, 3 * CHUNK_SECONDS * 30, 3 * CHUNK_SECONDS)


def keyframe_chunks(folder):
    """A recording with a keyframe every 8.33 s, cut where it has one, as by a sender that does not
    encode: 8.33, 8.33 and 1.33 s."""
    whole = media.make(folder / "keyframes.mp4", "-f", "lavfi", "-i",
                       "testsrc2=size=320x180:rate=30:duration=18", "-f", "lavfi", "-i",
                       "sine=frequency=440:sample_rate=48000:duration=18", "-c:v", "libx264",
                       "-preset", "ultrafast", "-g", "250", "-keyint_min", "250", "-sc_threshold",
                       "0", "-c:a", "aac", "-shortest")
    kit.run([kit.tool("ffmpeg"), "-v", "error", "-i", whole, "-c", "copy", "-f", "segment",
             "-segment_time", "5", folder / "keyframe_%d.mp4"])
    return sorted(folder.glob("keyframe_*.mp4"))


def check_keyframe_chunks(stage, url):
    """Chunks longer than the session's are listed in parts: the target duration is kept."""
    chunks = keyframe_chunks(stage.folder)
    session = create(url, 5)
    for number, path in enumerate(chunks):
        put_with_curl(session["upload"],
                      f"stream_input/{session['session_id']}/chunk_{number:05d}.mp4", path)
    end(url, session)
    found = playlists.wait_for_end(session["playlist_url"], 60)
    kit.expect_equal(found.target_duration(), 5, "the target duration")
    playlists.expect_strictly_valid(stage, found)
    kit.expect_equal(len({segment.url for segment in found.segments}), len(chunks), "files listed")
    kit.expect(len(found.segments) > len(chunks), "no long chunk is listed in parts")
    pictures = sum(len(media.track(path, "video").packets) for path in chunks)
    kit.expect_near(sum(segment.duration for segment in found.segments), pictures * FRAME,
                    FRAME / 2, "sum of EXTINF")
    browser = players.HlsJsPlay(stage, session["playlist_url"])
    shown = players.FfmpegPlay(stage, session["playlist_url"]).result(60)
    players.expect_all_shown("FFmpeg", shown, pictures, FRAME)
    shown = players.GstreamerPlay(stage, session["playlist_url"]).result(60)
    players.expect_all_shown("GStreamer", shown, pictures, FRAME)
    players.expect_hls_js_showed_all(browser.result(90), pictures, pictures * FRAME, 3 * FRAME)


def check_overlong(stage, url):
    """A chunk of more than twice the session's length and 2 s is replaced, and the stream goes on."""
    session = create(url, 1)
    for number, seconds in enumerate((1, 5, 1)):
        path = media.make(stage.folder / f"seconds_{number}.mp4", "-f", "lavfi", "-i",
                          f"testsrc2=size=320x180:rate=30:duration={seconds}", "-f", "lavfi", "-i",
                          f"sine=frequency=440:sample_rate=48000:duration={seconds}", "-c:v",
                          "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest")
        put_with_curl(session["upload"],
                      f"stream_input/{session['session_id']}/chunk_{number:05d}.mp4", path)
    end(url, session)
    found = playlists.wait_for_end(session["playlist_url"], 60)
    playlists.expect_strictly_valid(stage, found)
    kit.expect_equal(len(found.segments), 3, "segments")
    kit.expect_near(found.segments[1].duration, 1, FRAME / 2, "EXTINF of the filler")
    listed = stage.run("streamkit-worker", "dead-letters", "list", "--data-dir", stage.data_dir)
    kit.expect("the chunk is longer than the 4.0 s that fit" in listed.stdout,
               f"the dead letters do not say why: {listed.stdout}")


def differing_chunks(folder, first):
    """What does not fit to the first chunk: PCM of another rate, no video, another size and codec."""
    tone = ["-f", "lavfi", "-i", f"sine=frequency=300:sample_rate=48000:duration={CHUNK_SECONDS}"]
    video = ["-f", "lavfi", "-i", f"testsrc2=size=320x240:rate=30:duration={CHUNK_SECONDS}"]
    h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    yield first
    yield media.make(folder / "pcm.mov", *video, *tone, *h264, "-c:a", "pcm_s16le", "-ac", "1")
    yield media.make(folder / "sound.mp4", *tone, "-c:a", "aac")
    yield media.make(folder / "flac.mkv", *video, *tone, *h264, "-c:a", "flac")


def check_differing(stage, url, first):
    """Every segment has the size and the audio format of the first, and all of them play."""
    session = create(url)
    for number, path in enumerate(differing_chunks(stage.folder, first)):
        put_with_curl(session["upload"],
                      f"stream_input/{session['session_id']}/chunk_{number:05d}.mp4", path)
    end(url, session)
    found = playlists.wait_for_end(session["playlist_url"], 60)
    formats, pictures = [], 0
    for number, segment in enumerate(found.segments):
        path = stage.folder / f"brought_{number}.mp4"
        path.write_bytes(kit.get(segment.url))
        video, audio = media.first_stream(path, "video"), media.first_stream(path, "audio")
        formats.append((video["width"], video["height"], audio["codec_name"],
                        audio["sample_rate"], audio["channels"]))
        pictures += len(media.track(path, "video").packets)
    kit.expect_equal(len(formats), 4, "segments of chunks that differ")
    kit.expect_equal(len(set(formats)), 1, f"formats of the segments, {formats}")
    shown = players.FfmpegPlay(stage, session["playlist_url"]).result(60)
    players.expect_all_shown("FFmpeg", shown, pictures, FRAME)
    media.expect_sound_joined(shown.sounds, ROUNDING, "FFmpeg")
    shown = players.GstreamerPlay(stage, session["playlist_url"]).result(60)
    players.expect_all_shown("GStreamer", shown, pictures, FRAME)


def test(stage):
    pieces = foreign_chunks(stage.folder, 4)
    url, _ = stage.server("--log-level", "warning")
    worker = stage.worker("--log-level", "warning", "--preset", "ultrafast")
    check_foreign(stage, url, pieces)
    kit.note("foreign chunks play")
    check_garbage(stage, url, pieces)
    kit.note("garbage was filled")
    check_keyframe_chunks(stage, url)
    kit.note("chunks cut at keyframes play within the target duration")
    check_overlong(stage, url)
    kit.note("what is too long was filled")
    check_differing(stage, url, pieces[0])
    kit.note("chunks that differ play")
    kit.expect_equal(worker.process.poll(), None, "the worker ended with status")


if __name__ == "__main__":
    kit.main(test, 150)
