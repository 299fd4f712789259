"""Every player that opens a live stream in its first second plays it to its end.

Usage: first_second_test.py FOLDER_OF_PROGRAMS [SECONDS [CHUNK_SECONDS]]
"""

import time

import kit
import media
import players
import playlists

RATE = 30
FRAME = media.Fraction(1, RATE)
SECONDS = 15
# What a player may leave out that joins at the live edge, three segments before the end of the list.
LATE_SEGMENTS = 2


def make_clip(stage, seconds):
    """Small, since all players decode at the same time."""
    path = stage.folder / "clip.mkv"
    kit.run([kit.tool("ffmpeg"), "-v", "error", "-f", "lavfi", "-i",
             f"testsrc=size=320x180:rate={RATE}:duration={seconds}", "-f", "lavfi", "-i",
             f"sine=frequency=440:sample_rate=48000:duration={seconds}", "-c:v", "libx264",
             "-preset", "ultrafast", "-c:a", "pcm_s16le", path])
    return path


def open_players(stage, url):
    """All of them, before there is a segment."""
    return {
        "FFmpeg": players.FfmpegPlay(stage, url),
        "mpv": players.MpvPlay(stage, url),
        "VLC": players.VlcPlay(stage, url),
        "GStreamer's playbin": players.GstreamerPlay(stage, url, "playbin", live=True),
        "GStreamer's playbin3": players.GstreamerPlay(stage, url, "playbin3", live=True),
        "Chromium's own HLS": players.ChromiumPlay(stage, url, "native"),
        "hls.js": players.ChromiumPlay(stage, url, "hls.js"),
        "Shaka Player": players.ChromiumPlay(stage, url, "shaka"),
    }


def expect_played(name, pictures, seconds, least_pictures, least_seconds):
    kit.note(f"{name}: {pictures} pictures, {float(seconds):.2f} s")
    kit.expect(pictures >= least_pictures, f"{name} showed {pictures} pictures, wanted at least "
                                           f"{least_pictures}")
    kit.expect(seconds >= least_seconds, f"{name} played {float(seconds):.2f} s, wanted at least "
                                         f"{least_seconds} s")


def check_player(name, player, seconds, late_seconds):
    least = (int(RATE * (seconds - late_seconds)), seconds - late_seconds - 0.1)
    shown = player.result(seconds + 30)
    if isinstance(shown, tuple):
        expect_played(name, *shown, *least)
    elif isinstance(shown, players.Shown):
        times = sorted(set(shown.pictures))
        expect_played(name, len(times), times[-1] - times[0] + FRAME, *least)
    else:
        fatal = [error for error in shown["errors"] if error["fatal"]]
        kit.expect(not fatal, f"{name} failed: {shown}")
        kit.expect(shown["ended"], f"{name} did not come to the end: {shown}")
        kit.expect(shown["soundBytes"] > 0, f"{name} decoded no sound: {shown}")
        expect_played(name, shown["pictures"], shown["time"], *least)


def test(stage, seconds=SECONDS, chunk_seconds=1):
    seconds, chunk_seconds = int(seconds), int(chunk_seconds)
    # The slowest player starts when three segments are there, and plays at the stream's own pace.
    clip = make_clip(stage, seconds)
    # On a busy machine three short segments may take longer than the default allows.
    url, _ = stage.server("--log-level", "warning", "--hold-seconds", "60")
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    capture = stage.capture(url, clip, "--speed", "realtime", "--chunk-seconds", chunk_seconds)
    began = time.monotonic()
    begun = open_players(stage, capture.playlist_url)
    kit.note(f"all players are started after {time.monotonic() - began:.2f} s")
    capture.running.wait(seconds + 30)
    kit.note("captured")
    found = playlists.wait_for_end(capture.playlist_url, 60)
    kit.expect_equal(len(found.segments), seconds // chunk_seconds, "segments")
    for name, player in begun.items():
        check_player(name, player, seconds, LATE_SEGMENTS * chunk_seconds)


kit.main(test, 300)
