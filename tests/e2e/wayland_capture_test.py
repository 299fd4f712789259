"""A Wayland screen, captured through the desktop portal.

Usage: wayland_capture_test.py FOLDER_OF_PROGRAMS frames|choice|changes|sound
"""

import array
import math
import signal

import kit
import wayland

WIDTH, HEIGHT = 320, 180
TONE_HZ, RATE_HZ = 440, 48_000
COMMON = ("--resolution", "640x360", "--fps", "30", "--chunk-seconds", "1", "--capture-preset",
          "ultrafast")
# Red, green and blue quarters; in the last one a white bar moves over black.
PICTURE = ("color=black:s=1280x720:r=30,format=gbrp,drawbox=0:0:640:360:red:fill,"
           "drawbox=640:0:640:360:lime:fill,drawbox=0:360:640:360:blue:fill[a];"
           "color=white:s=40x360:r=30,format=gbrp[b];"
           "[a][b]overlay=x=640+mod(t*240\\,600):y=360:format=gbrp,format=bgr0")
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
REFUSED = "the capture was declined in the dialog of the desktop"


class Frames:
    """The frames of a video, small, as bytes of red, green and blue."""

    def __init__(self, stage, source):
        raw = stage.folder / "frames.rgb"
        kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-y", "-i", source, "-map", "0:v:0",
                 "-vf", f"scale={WIDTH}:{HEIGHT}:flags=area", "-pix_fmt", "rgb24", "-fps_mode",
                 "passthrough", "-f", "rawvideo", raw], 120)
        data = raw.read_bytes()
        size = WIDTH * HEIGHT * 3
        self.frames = [data[at:at + size] for at in range(0, len(data), size)]

    def color(self, frame, x, y):
        """At a place in parts of the frame's sides."""
        at = (int(y * HEIGHT) * WIDTH + int(x * WIDTH)) * 3
        return tuple(self.frames[frame][at:at + 3])

    def bar(self, frame):
        """Where the white bar begins, in pixels; None if it is not there."""
        y = HEIGHT * 3 // 4
        row = self.frames[frame][y * WIDTH * 3:(y + 1) * WIDTH * 3:3]
        return next((x for x in range(WIDTH // 2 + 2, WIDTH) if row[x] > 128), None)


def is_like(found, wanted):
    return all(abs(one - other) <= 24 for one, other in zip(found, wanted))


def expect_color(frames, number, x, y, wanted):
    found = frames.color(number, x, y)
    kit.expect(is_like(found, wanted), f"frame {number} at {x},{y}: {found} instead of {wanted}")


def expect_picture(frames, number):
    for x, y, wanted in ((0.25, 0.25, RED), (0.75, 0.25, GREEN), (0.25, 0.75, BLUE)):
        expect_color(frames, number, x, y, wanted)


def end_capture(capture):
    status = capture.running.stop(signal.SIGINT, 60)
    kit.expect_equal(status, 0, f"exit status after Ctrl-C\n{capture.running.tails()}")


def frames_are_right(stage, place, url):
    """A moving picture is captured as it is, and its screen is listed."""
    listed = [one for one in place.sources() if one["id"].startswith("portal:")]
    kit.expect_equal([(one["id"], one["kind"], one["default"]) for one in listed],
                     [("portal:screen", "screen", True)], "sources of the portal")
    place.show(PICTURE)
    recording = stage.folder / "screen.mp4"
    capture = place.capture(url, "start", "--source", "portal:screen", "--record", recording,
                            "--duration", "5", *COMMON)
    capture.running.wait(60)
    kit.expect_equal(capture.status()["dropped_frames"], 0, "dropped frames")
    frames = Frames(stage, recording)
    kit.expect_equal(len(frames.frames), 150, "frames")
    for number in (10, 75, 149):
        expect_picture(frames, number)
    places = [frames.bar(number) for number in range(len(frames.frames))]
    moves = sum(one != other for one, other in zip(places, places[1:]))
    kit.note(f"the bar moved in {moves} of {len(places)} frames")
    kit.expect(moves > 40, f"the picture hardly moves: {places}")
    kit.expect_equal(place.times_asked(), 1, "times that the user was asked")


def choice_is_kept(stage, place, url):
    """The user is asked once, may be asked again, and may refuse."""
    def capture_briefly(*flags):
        done = stage.run("streamkit-capture", "start", "--source", "portal:screen", "--duration",
                         "1", "--api-base", url, *flags, *COMMON, env=place.environment(),
                         succeeds=False)
        return done.returncode, done.stderr

    place.answer("")
    status, text = capture_briefly()
    kit.expect_equal(status, 1, f"exit status when the user refuses\n{text}")
    kit.expect(REFUSED in text and len(text.splitlines()) == 1, f"not one clear line: {text}")
    place.answer(wayland.OUTPUT)
    for flags, asked in (((), 2), ((), 2), (("--ask-source",), 3), (("--no-cursor",), 3)):
        status, text = capture_briefly(*flags)
        kit.expect_equal(status, 0, f"exit status of a capture with {flags}\n{text}")
        kit.expect_equal(place.times_asked(), asked, f"times asked, with {flags}")
    status, text = capture_briefly("--source=portal:window")
    kit.expect(status != 0, "a window was captured")


def changes_are_followed(stage, place, url):
    """The screen changes its size, PipeWire restarts, and the screen goes away."""
    place.show(PICTURE)
    recording = stage.folder / "screen.mp4"
    capture = place.capture(url, "start", "--source", "portal:screen", "--record", recording,
                            *COMMON)
    capture.wait_for_chunks(2, 60)
    place.command(f"output {wayland.OUTPUT} mode --custom 720x720")
    capture.wait_for_chunks(2, 60)
    place.command(f"output {wayland.OUTPUT} transform 90")
    place.stop_pipewire()
    capture.wait_for_problem("source_lost")
    place.kill_portal()
    place.start_pipewire()
    place.start_portal()
    capture.wait_for_no_problem(60)
    capture.wait_for_chunks(2, 60)
    kit.expect_equal(place.times_asked(), 1, "times that the user was asked")
    end_capture(capture)
    frames = Frames(stage, recording)
    expect_picture(frames, 10)
    # The square screen is in the middle, with black beside it.
    last = len(frames.frames) - 1
    expect_color(frames, last, 0.1, 0.25, (0, 0, 0))
    expect_color(frames, last, 0.35, 0.4, RED)
    expect_color(frames, last, 0.65, 0.4, GREEN)


def sound_is_heard(stage, place, url):
    """What is played through PipeWire's own sound server is captured with the screen."""
    place.start_sound()
    tone = stage.folder / "tone.s16"
    one_second = array.array("h", (int(9000 * math.sin(2 * math.pi * TONE_HZ * n / RATE_HZ))
                                   for n in range(RATE_HZ) for _ in range(2)))
    tone.write_bytes(one_second.tobytes() * 200)
    place.play(tone)
    monitor = next((one["id"] for one in place.sources() if one["kind"] == "system_audio"), None)
    kit.expect(monitor, "the monitor of the sink is not listed")
    recording = stage.folder / "screen.mp4"
    capture = place.capture(url, "start", "--source", "portal:screen", "--audio", monitor,
                            "--record", recording, "--duration", "5", *COMMON)
    capture.running.wait(60)
    kit.expect_equal(capture.events()[-1]["event"], "ended", "the last event")
    raw = stage.folder / "heard.s16"
    kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-y", "-ss", "1", "-t", "3", "-i",
             recording, "-vn", "-ac", "1", "-ar", str(RATE_HZ), "-f", "s16le", raw], 60)
    heard = array.array("h", raw.read_bytes())
    rises = sum(one < 0 <= other for one, other in zip(heard, heard[1:]))
    kit.expect_near(rises * RATE_HZ / len(heard), TONE_HZ, 2, "the tone that was heard, in Hz")
    kit.expect(max(heard) > 6000, f"the tone is quiet: {max(heard)}")


CASES = {"sound": sound_is_heard, "frames": frames_are_right, "choice": choice_is_kept, "changes": changes_are_followed}


def test(stage, case):
    place = wayland.WaylandDesktop(stage)
    url, _ = stage.server("--log-level", "warning")
    try:
        CASES[case](stage, place, url)
    except kit.Failed as failure:
        raise kit.Failed(f"{failure}\n{place.logs()}") from failure


kit.main(test, 170)
