"""Players that join a live stream at its very start see all of it; Ctrl-C and a closed terminal end a
stream cleanly.

Usage: live_test.py FOLDER_OF_PROGRAMS
"""

import signal

import kit
import media
import players
import playlists

SECONDS = 12


def pictures_of(stage, capture):
    files = stage.chunk_files(capture.session_id)
    return sum(len(media.track(file, "video").packets) for file in files)


def check_live(stage, url):
    capture = stage.capture(url, "--input", "test", "--speed", "realtime", "--chunk-seconds", "1",
                            "--duration", str(SECONDS))
    # Without a worker there is no segment yet: the first request of each player is held back.
    browser = players.HlsJsPlay(stage, capture.playlist_url)
    ffmpeg = players.FfmpegPlay(stage, capture.playlist_url)
    for player in (browser, ffmpeg):
        player.wait_until_loading()
    watch = playlists.PlaylistWatch(capture.playlist_url)
    first = kit.wait_until(lambda: watch.texts, 30, "a playlist")[0]
    kit.expect("#EXT-X-ENDLIST" not in first, "the playlist was over before the capture")
    kit.expect("#EXTINF" not in first, "the players came after the first segment")
    worker = stage.worker("--log-level", "warning", "--preset", "ultrafast")

    capture.running.wait(60)
    kit.note("captured")
    found = playlists.wait_for_end(capture.playlist_url, 60)
    watch.stop()
    watch.expect_only_grew()
    kit.expect_equal(len(found.segments), SECONDS, "segments")
    kit.expect(len(watch.texts) >= SECONDS / 2, f"the list grew in {len(watch.texts)} steps only")

    pictures = pictures_of(stage, capture)
    kit.expect_equal(pictures, 30 * SECONDS, "pictures captured")
    frame = media.Fraction(1, 30)
    shown = ffmpeg.result(60)
    players.expect_all_shown("FFmpeg", shown, pictures, frame)
    media.expect_sound_joined(shown.sounds, media.Fraction(1, 48_000), "FFmpeg")
    kit.note("FFmpeg followed it")
    players.expect_hls_js_showed_all(browser.result(60), pictures, SECONDS, frame)
    kit.note("hls.js followed it")
    return worker


def check_interrupt(stage, url, number):
    """An endless capture, stopped by a signal: what was captured is all there."""
    capture = stage.capture(url, "--input", "test", "--speed", "realtime", "--chunk-seconds", "1")
    kit.wait_until(lambda: len(playlists.load(capture.playlist_url).segments) >= 2, 60,
                   "two segments")
    status = capture.running.stop(number, 30)
    kit.expect_equal(status, 0, f"exit status after {number.name}\n{capture.running.tails()}")
    found = playlists.wait_for_end(capture.playlist_url, 60)
    kit.expect_equal(len(found.segments), len(stage.chunk_files(capture.session_id)), "segments")
    stats = capture.running.lines()[-1]
    kit.expect(stats.startswith(f"{len(found.segments)} chunks stored, "),
               f"the last line tells other than {len(found.segments)} chunks: {stats}")
    shown = players.FfmpegPlay(stage, capture.playlist_url).result(60)
    players.expect_all_shown("FFmpeg", shown, pictures_of(stage, capture), media.Fraction(1, 30))


def check_programs_stop(server, worker):
    for running in (worker, server):
        kit.expect_equal(running.stop(signal.SIGINT), 0,
                         f"exit status of {running.name} after Ctrl-C\n{running.tails()}")


def test(stage):
    url, server = stage.server("--log-level", "warning", "--hold-seconds", "60")
    worker = check_live(stage, url)
    for number in (signal.SIGINT, signal.SIGHUP):
        check_interrupt(stage, url, number)
    kit.note("Ctrl-C ended a stream")
    check_programs_stop(server, worker)


kit.main(test, 150)
