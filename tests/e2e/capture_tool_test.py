"""The capture tool as scripts use it: JSON lines, exit codes, a recording, and a crash.

Usage: capture_tool_test.py FOLDER_OF_PROGRAMS
"""

import json
import os
import pty
import select
import signal
import subprocess

import desktop
import kit
import media
import playlists

SCENE = ("start", "--source", "test", "--resolution", "320x180", "--chunk-seconds", "1",
         "--capture-preset", "ultrafast")


def environment(stage):
    """No desktop, and a state folder of the test's own."""
    return stage.environment(DISPLAY="", WAYLAND_DISPLAY="", PULSE_SERVER="unix:/nowhere",
                             XDG_STATE_HOME=str(stage.folder / "state"), HOME=str(stage.folder))


def start(stage, url, *arguments):
    running = stage.start([stage.program("streamkit-capture"), *arguments, "--json", "--api-base",
                           url], env=environment(stage))
    return desktop.Capture(running)


def check_json_and_recording(stage, url):
    recording = stage.folder / "take one.mp4"
    capture = start(stage, url, *SCENE, "--duration", "4", "--record", recording)
    capture.running.wait(60)
    events = capture.events()
    kit.expect_equal([events[0]["event"], events[-1]["event"]], ["started", "ended"], "events")
    last = events[-1]
    kit.expect_equal((last["state"], last["chunks_cut"], last["chunks_stored"], last["problems"]),
                     ("ended", 4, 4, []), "the last event")
    kit.expect_near(last["captured_seconds"], 4, 0.05, "captured seconds")
    kit.expect(last["bits_per_second"] > 0 and last["encoder"], f"no bit rate or encoder: {last}")
    video = media.track(recording, "video")
    kit.expect_equal(len(video.packets), 120, "frames of the recording")
    media.expect_steady([packet.pts for packet in video.packets], media.Fraction(1, 30),
                        "the recording")
    media.expect_sound_joined(media.track(recording, "audio").packets,
                              media.Fraction(1, 48_000), "the recording")
    again = stage.run("streamkit-capture", *SCENE, "--record", recording, "--api-base", url,
                      env=environment(stage), succeeds=False)
    kit.expect_equal(again.returncode, 1, "exit status with a recording that exists")
    kit.expect("take one.mp4" in again.stderr, again.stderr)


def check_unknown_ids(stage, url):
    for arguments, named in ((("--source", "window:0x123"), "window:0x123"),
                             (("--source", "camera:none"), "camera:none"),
                             (("--source", "test", "--audio", "microphone:x"), "--audio"),
                             (("--encoder", "h264_nothing"), "h264_nothing")):
        done = stage.run("streamkit-capture", *arguments, "--api-base", url,
                         env=environment(stage), succeeds=False)
        kit.expect(done.returncode in (1, 2), f"exit status {done.returncode} of {arguments}")
        kit.expect(named in done.stderr and len(done.stderr.splitlines()) <= 3,
                   f"{arguments}: {done.stderr}")
        kit.expect(not done.stdout, f"{arguments} began a session: {done.stdout}")
    listed = stage.run("streamkit-capture", "sources", "--json", env=environment(stage)).stdout
    kit.expect(isinstance(json.loads(listed), list), listed)


def check_crash(stage, url):
    """kill -9, then resume in the same session; the recording before the crash plays."""
    recording = stage.folder / "crash.mp4"
    spool = stage.folder / "spool"
    capture = start(stage, url, *SCENE, "--spool", spool, "--record", recording)
    capture.wait_for_chunks(2, 60)
    capture.running.kill()
    kit.expect(len(media.track(recording, "video").packets) >= 60, "the recording is cut short")
    listed = stage.run("streamkit-capture", "resume", "--list", "--spool", spool,
                       env=environment(stage)).stdout
    kit.expect(listed.startswith(capture.session_id), f"not listed: {listed}")
    running = stage.start([stage.program("streamkit-capture"), "resume", "--spool", spool,
                           "--json"], env=environment(stage))
    resumed = desktop.Capture(running)
    kit.expect_equal(resumed.session_id, capture.session_id, "the session")
    before = len(stage.chunk_files(capture.session_id))
    kit.wait_until(lambda: len(stage.chunk_files(capture.session_id)) >= before + 2, 60,
                   "further chunks")
    kit.expect_equal(running.stop(signal.SIGINT, 60), 0, "exit status after Ctrl-C")
    kit.expect((stage.folder / "crash-2.mp4").is_file(), "no second recording")
    chunks = stage.chunk_files(capture.session_id)
    kit.expect_equal([chunk.name for chunk in chunks],
                     [f"chunk_{index:05d}.mp4" for index in range(len(chunks))], "chunks")
    ends = None
    for chunk in chunks:
        video = media.track(chunk, "video")
        kit.expect(ends is None or abs(video.start - ends) < media.Fraction(1, 100),
                   f"{chunk.name} begins at {float(video.start):.3f} s, wanted {ends}")
        ends = video.end
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    found = playlists.wait_for_end(capture.playlist_url, 120)
    kit.expect_equal(len(found.segments), len(chunks), "segments")


def check_signals(stage, url):
    """One Ctrl-C ends cleanly, two at once; the status line of a terminal names all."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([stage.program("streamkit-capture"), *SCENE, "--api-base", url],
                               stdin=subprocess.DEVNULL, stdout=follower,
                               stderr=subprocess.DEVNULL, env=environment(stage))
    stage.on_exit(lambda: desktop.end(process))
    os.close(follower)
    text = b""

    def shows_a_chunk():
        nonlocal text
        while select.select([leader], [], [], 0)[0]:
            text += os.read(leader, 65536)
        return b"uploaded 2" in text
    kit.wait_until(shows_a_chunk, 60, "a status line with two chunks")
    first = text.splitlines()[0].decode()
    kit.expect(first.endswith("/playlist.m3u8"), f"the first line is no playlist: {first}")
    for part in ("streaming", "chunk", "lag", "fps", "dropped", "Mbit/s"):
        kit.expect(part in text.decode(), f"no {part} in the status line: {text[-300:]}")
    process.send_signal(signal.SIGINT)
    kit.expect_equal(process.wait(60 * kit.PATIENCE), 0, "exit status after one Ctrl-C")

    # A server that never answers an upload keeps the first Ctrl-C waiting.
    own_url, server = stage.server("--log-level", "warning", data_dir=stage.folder / "other")
    capture = start(stage, own_url, *SCENE)
    capture.wait_for_chunks(1, 60)
    server.send(signal.SIGSTOP)
    capture.wait_for_chunks(1, 60, "chunks_cut")
    capture.running.send(signal.SIGINT)
    capture.wait_for(lambda event: event.get("state") == "stopped", 60, "the stopped state")
    capture.running.send(signal.SIGINT)
    kit.expect_equal(capture.running.wait(20, succeeds=False), 130, "exit status after two")
    server.send(signal.SIGCONT)


def test(stage):
    url, _ = stage.server("--log-level", "warning")
    for check in (check_unknown_ids, check_json_and_recording, check_signals, check_crash):
        check(stage, url)
        kit.note(check.__name__)


kit.main(test, 170)
