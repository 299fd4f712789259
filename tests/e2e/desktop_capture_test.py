"""A window that flashes and clicks, captured from an X server and a sound server of the test's own.

Usage: desktop_capture_test.py FOLDER_OF_PROGRAMS sync|window|outage|resume
"""

import signal

import desktop
import kit
import playlists

FRAME = 1 / 30
CHUNK_SECONDS = 2
COMMON = ("--resolution", "640x360", "--fps", "30", "--chunk-seconds", str(CHUNK_SECONDS),
          "--capture-preset", "ultrafast")


def check_whole(stage, capture):
    """Every chunk that was cut is stored and became a segment; the playlist."""
    found = playlists.wait_for_end(capture.playlist_url, 120)
    chunks = stage.chunk_files(capture.session_id)
    kit.expect_equal([chunk.name for chunk in chunks],
                     [f"chunk_{index:05d}.mp4" for index in range(len(chunks))], "chunks")
    kit.expect_equal(len(found.segments), len(chunks), "segments")
    return found


def end_capture(capture):
    status = capture.running.stop(signal.SIGINT, 60)
    kit.expect_equal(status, 0, f"exit status after Ctrl-C\n{capture.running.tails()}")
    kit.expect_equal(capture.events()[-1]["event"], "ended", "the last event")
    return capture.events()[-1]


def lags(decoded, window, what):
    """How long each flash comes after its click, corrected by how late it was painted."""
    late = {round(click): painted - click for click, painted in window.flashes()}
    typical = sorted(late.values())[len(late) // 2]
    found = []
    for click in decoded.clicks():
        near = min(decoded.flashes(), key=lambda flash: abs(flash - click), default=None)
        if near is not None and abs(near - click) < 0.4:
            found.append(near - click - typical)
    kit.expect(len(found) >= 4, f"{what}: {len(found)} flashes with clicks; flashes "
                                f"{decoded.flashes()}, clicks {decoded.clicks()}")
    return found


def expect_together(stage, source, window, crop, what):
    found = sorted(lags(desktop.Decoded(stage, source, crop), window, what))
    middle = found[len(found) // 2]
    kit.note(f"{what}: flashes come {1000 * middle:.1f} ms after their clicks, "
             f"{1000 * found[0]:.1f} to {1000 * found[-1]:.1f} ms, {len(found)} of them")
    kit.expect(abs(middle) <= FRAME, f"{what}: picture and sound are {middle:.3f} s apart")


def sync(stage, place, url):
    """Picture and click stay within a frame, through capture, chunk, 3D segment and playback."""
    place.start_sound()
    window = place.window("--size", "1280x720", "--sink", desktop.SINK)
    window.wait_for_flashes(2, 30)
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    recording = stage.folder / "beside.mp4"
    capture = place.capture(url, "start", "--source", place.source("screen"), "--audio",
                            place.source("system_audio"), "--duration", "12", "--record",
                            recording, *COMMON)
    capture.running.wait(60)
    kit.expect_equal(capture.events()[-1]["state"], "ended", "state")
    kit.expect_equal(capture.status()["dropped_frames"], 0, "dropped frames")
    check_whole(stage, capture)
    expect_together(stage, recording, window, "iw:ih:0:0", "chunks")
    expect_together(stage, capture.playlist_url, window, "iw/2:ih:0:0", "3D segments")


def window_changes(stage, place, url):
    """A window that is resized, covered and closed: reported, and the stream goes on."""
    place.start_sound()
    window = place.window("--size", "640x360", "--title", "captured one")
    capture = place.capture(url, "start", "--source", place.source("window", "captured one"),
                            *COMMON)
    capture.wait_for_chunks(1, 60)
    window.tell("resize 300 400")
    capture.wait_for_chunks(1, 60)
    other = place.window("--size", "1280x720", "--title", "covers it")
    capture.wait_for_chunks(2, 60)
    other.tell("close")
    capture.wait_for_chunks(1, 60)
    window.tell("hide")
    capture.wait_for_problem("source_minimized", "source_lost")
    window.tell("show")
    capture.wait_for(lambda event: event["event"] == "status" and not event["problems"], 30,
                     "a window that is shown again")
    window.tell("close")
    capture.wait_for_problem("source_lost")
    capture.wait_for_chunks(2, 60)
    kit.note("the stream goes on without its window")
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    end_capture(capture)
    check_whole(stage, capture)


def outage(stage, place, _url):
    """The sound server restarts, the server is killed, and the server is away: nothing is lost."""
    place.start_sound()
    place.window("--size", "1280x720", "--sink", desktop.SINK)
    url, server = stage.server("--log-level", "warning")
    capture = place.capture(url, "start", "--source", place.source("screen"), "--audio",
                            place.source("system_audio"), *COMMON)
    capture.wait_for_chunks(2, 60)
    place.kill_sound()
    capture.wait_for_problem("audio_lost", "no_sound", seconds=40)
    place.start_sound()
    capture.wait_for(lambda event: event["event"] == "status" and len(capture.events()) > 3
                     and not capture.status()["problems"], 40, "sound that is back")
    kit.note("the sound came back")
    cut = capture.status()["chunks_cut"]
    server.kill()
    capture.wait_for_problem("server_unreachable", "upload_failing", seconds=40)
    capture.wait_for_chunks(3, 60, "chunks_cut")
    stage.server("--log-level", "warning", listen=url.removeprefix("http://"))
    kit.wait_until(lambda: capture.status()["chunks_stored"] > cut + 2, 60, "the upload to go on")
    kit.note("the upload went on")
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    last = end_capture(capture)
    found = check_whole(stage, capture)
    seconds = sum(segment.duration for segment in found.segments)
    kit.expect_near(seconds, last["captured_seconds"], 0.1, "length of the stream")


def resume(stage, place, url):
    """A capture that is killed continues in the same session, at the right index."""
    place.start_sound()
    place.window("--size", "1280x720", "--sink", desktop.SINK)
    capture = place.capture(url, "start", "--source", place.source("screen"), "--audio",
                            place.source("system_audio"), *COMMON)
    capture.wait_for_chunks(2, 60)
    capture.running.kill()
    listed = stage.run("streamkit-capture", "resume", "--list", env=place.environment()).stdout
    kit.expect(capture.session_id in listed, f"the spool is not listed: {listed}")
    running = stage.start([stage.program("streamkit-capture"), "resume", "--json"],
                          env=place.environment())
    resumed = desktop.Capture(running)
    kit.expect_equal(resumed.session_id, capture.session_id, "the session")
    before = capture.status()["chunks_stored"]
    kit.wait_until(lambda: len(stage.chunk_files(capture.session_id)) >= before + 3, 60,
                   "further chunks")
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    end_capture(resumed)
    check_whole(stage, resumed)
    listed = stage.run("streamkit-capture", "resume", "--list", env=place.environment()).stdout
    kit.expect(capture.session_id not in listed, f"the spool is still there: {listed}")
    kit.note("the stream was continued")


CASES = {"sync": sync, "window": window_changes, "outage": outage, "resume": resume}


def test(stage, case):
    place = desktop.Desktop(stage)
    url = None
    if case != "outage":
        url, _ = stage.server("--log-level", "warning")
    CASES[case](stage, place, url)


kit.main(test, 170)
