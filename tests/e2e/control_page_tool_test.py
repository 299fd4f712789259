"""The control page of the real tool, with a real server and worker: a stream of the test scene from
start to end, with the 3D result beside the source, and a server that cannot be reached.

Usage: control_page_tool_test.py FOLDER_OF_PROGRAMS
"""

import signal

import browser
import control_page
import kit
import playlists
from control_page import choose, wait_for_state, wait_for_steps, wait_for_text
from watch_page import expect_no_complaints

# While there is no segment, held requests end with 503; the first playlist comes after the session.
EXPECTED = ["status of 503", "blob:", "preview.jpg"]
RESULT = "document.getElementById('result').contentDocument.querySelector('video')"


def open_page(chromium, stage, api_base):
    running = stage.start(
        [stage.program("streamkit-capture"), "ui", "--no-browser", f"--api-base={api_base}"],
        stage.environment(HOME=str(stage.folder), XDG_STATE_HOME=str(stage.folder / "state")))
    address = running.wait_for_line(r"control page on (http://127\.0\.0\.1:\d+/\w+/)")[1]
    page = chromium.open(address)
    page.wait_for("document.querySelectorAll('#mode option').length > 10", 20, "the modes")
    return page, running


def check_unreachable(page):
    page.click(".tile:has([value='test'])")
    choose(page, "server", "http://127.0.0.1:9")
    page.click("#start")
    wait_for_text(page, "problems", "The server cannot be reached", 60)
    page.wait_for("document.body.dataset.view === 'setup'", 10, "the settings to stay")
    wait_for_steps(page, ["start"])
    kit.expect_equal(page.ask("document.querySelectorAll('.problem').length"), 1, "problems shown")


def check_stream(page, stage, api_base):
    for name, value in (("server", api_base), ("resolution", "854x480"), ("chunk", "1")):
        choose(page, name, value)
    page.ask("document.getElementById('record').click()")
    choose(page, "recording", "scene.mp4")
    page.click("#start")
    wait_for_state(page, "streaming")
    page.wait_for("document.getElementById('problems').textContent === ''", 20, "no problem")
    page.wait_for("document.getElementById('source-shot').naturalWidth > 0", 20, "the source's frame")
    page.wait_for(f"{RESULT}?.currentTime > 0.2", 60, "the 3D result to play")
    size = page.ask(f"[{RESULT}.videoWidth, {RESULT}.videoHeight]")
    kit.expect(abs(size[0] / size[1] - 32 / 9) < 0.02, f"the 3D result is {size}")
    playlist = page.ask("document.getElementById('playlist').value")
    kit.expect_equal(control_page.read_code(page, stage.folder), playlist, "the QR code")
    page.wait_for("document.querySelector('.bar').style.clipPath !== 'inset(0px 100% 0px 0px)'", 20,
                  "the meter of the scene's sound to move")
    page.click("#mute")
    page.wait_for("document.querySelector('.meter-note').textContent === 'Muted'", 10, "Mute")
    page.click("#pause")
    wait_for_state(page, "paused")
    page.click("#pause")
    wait_for_state(page, "streaming")
    page.click("#stop")
    wait_for_text(page, "state-text", "Capture stopped, all is uploaded", 60)
    kit.expect(not playlists.load(playlist).ended, "the session ended with the capture")
    wait_for_steps(page, ["end"])
    page.click("#end")
    wait_for_state(page, "ended")
    kit.wait_until(lambda: playlists.load(playlist).ended, 60, "the playlist to be complete")
    recording = stage.folder / "Videos" / "streamkit" / "scene.mp4"
    kit.expect(recording.stat().st_size > 10_000, "the recording is empty")
    kept = stage.folder / "state" / "streamkit" / "sessions.json"
    kit.expect_equal(kept.stat().st_mode & 0o777, 0o600, "mode of the list of sessions")
    wait_for_text(page, "recent", "Test scene")


def test(stage):
    api_base, _ = stage.server()
    stage.worker()
    chromium = browser.Browser(stage)
    page, running = open_page(chromium, stage, api_base)
    check_unreachable(page)
    check_stream(page, stage, api_base)
    expect_no_complaints(page, EXPECTED)
    kit.expect_equal(running.stop(signal.SIGINT), 0, "exit status after Ctrl-C")


kit.main(test, 180)
