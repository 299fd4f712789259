"""A desktop of the tests' own: an X server without a screen, a sound server without a card, and what
was captured of them."""

import array
import json
import os
import pathlib
import subprocess

import kit

SINK = "streamkit_test"


class Desktop:
    """Xvfb and PulseAudio for one stage; ended with it."""

    def __init__(self, stage, size="1280x720"):
        self._stage = stage
        self._sound = None
        reading, writing = os.pipe()
        self._xvfb = subprocess.Popen(
            [kit.tool("Xvfb"), "-displayfd", str(writing), "-screen", "0", f"{size}x24",
             "-nolisten", "tcp", "-noreset"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, pass_fds=(writing,), start_new_session=True)
        stage.on_exit(lambda: end(self._xvfb))
        os.close(writing)
        with os.fdopen(reading) as display:
            number = display.readline().strip()
        kit.expect(number, "Xvfb did not start")
        self.display = f":{number}"
        self._runtime = stage.folder / "runtime"
        self._runtime.mkdir(mode=0o700)
        self._socket = self._runtime / "sound"

    def environment(self):
        """For programs that see this desktop, and nothing of the machine's."""
        return self._stage.environment(
            DISPLAY=self.display, PULSE_SERVER=f"unix:{self._socket}",
            XDG_RUNTIME_DIR=str(self._runtime), XDG_STATE_HOME=str(self._stage.folder / "state"),
            WAYLAND_DISPLAY="", HOME=str(self._stage.folder))

    def start_sound(self):
        """A sound server with one null sink."""
        self._sound = subprocess.Popen(
            [kit.tool("pulseaudio"), "-n", "--daemonize=no", "--use-pid-file=no",
             "--exit-idle-time=-1", "--disallow-exit=no", "--log-level=error",
             "-L", f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
             "-L", f"module-null-sink sink_name={SINK} rate=48000 channels=2"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.environment(), start_new_session=True)
        self._stage.on_exit(lambda running=self._sound: end(running))
        kit.wait_until(self._sound_answers, 20, "the sound server")

    def _sound_answers(self):
        return subprocess.run([kit.tool("pactl"), "info"], env=self.environment(), check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=30).returncode == 0

    def kill_sound(self):
        self._sound.kill()
        self._sound.wait()
        self._socket.unlink(missing_ok=True)

    def window(self, *arguments):
        return FlashWindow(self._stage, self.environment(), arguments)

    def sources(self):
        done = self._stage.run("streamkit-capture", "sources", "--json", env=self.environment())
        return json.loads(done.stdout)

    def source(self, kind, name=""):
        """The id of the first source of a kind whose name contains `name`."""
        listed = self.sources()
        for one in listed:
            if one["kind"] == kind and name in one["name"]:
                return one["id"]
        raise kit.Failed(f"no {kind} '{name}' in {listed}")

    def capture(self, api_base, *arguments):
        """A capture of this desktop that has its session."""
        running = self._stage.start([self._stage.program("streamkit-capture"), *arguments,
                                     "--json", "--api-base", api_base], env=self.environment())
        return Capture(running)


def end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


class FlashWindow:
    """A process of flash_window.py."""

    def __init__(self, stage, environment, arguments):
        self._log = stage.folder / f"window-{len(list(stage.folder.glob('window-*')))}"
        script = pathlib.Path(__file__).with_name("flash_window.py")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [kit.tool("python3"), "-B", script, *arguments], stdin=subprocess.PIPE, stdout=log,
                stderr=log, env=environment, text=True, start_new_session=True)
        stage.on_exit(lambda: end(self._process))
        self.id = kit.wait_until(self._shown, 20, "a window").removeprefix("window ")

    def _lines(self):
        text = self._log.read_text()
        return text[:text.rfind("\n") + 1].splitlines()

    def _shown(self):
        kit.expect(self._process.poll() is None, f"no window: {self._log.read_text()}")
        return next((line for line in self._lines() if line.startswith("window ")), None)

    def tell(self, command):
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def flashes(self):
        """Pairs of the times of click and flash."""
        return [tuple(float(word) for word in line.split()[1:]) for line in self._lines()
                if line.startswith("flash ")]

    def wait_for_flashes(self, count, seconds):
        wanted = len(self.flashes()) + count
        kit.wait_until(lambda: len(self.flashes()) >= wanted, seconds, f"{count} flashes")


class Capture:
    """streamkit-capture --json."""

    def __init__(self, running):
        self.running = running
        started = self.wait_for(lambda event: event["event"] == "started", 60, "a session")
        self.session_id = started["session_id"]
        self.playlist_url = started["playlist_url"]

    def events(self):
        return [json.loads(line) for line in self.running.lines()]

    def wait_for(self, condition, seconds, what):
        """The first event that meets the condition."""
        def find():
            ended = self.running.process.poll() is not None
            for event in self.events():
                if condition(event):
                    return event
            kit.expect(not ended, f"the capture ended before {what}\n{self.running.tails()}")
            return None
        return kit.wait_until(find, seconds, what)

    def wait_for_problem(self, *codes, seconds=30):
        return self.wait_for(lambda event: event["event"] == "problem" and event["code"] in codes,
                             seconds, f"the problem {' or '.join(codes)}")

    def status(self):
        return [event for event in self.events() if "chunks_cut" in event][-1]

    def wait_for_chunks(self, more, seconds, field="chunks_stored"):
        """Until `more` chunks are stored beyond those of now."""
        wanted = self.status()[field] + more
        kit.wait_until(lambda: self.status()[field] >= wanted
                       or self.running.process.poll() is not None, seconds, f"{more} chunks")
        kit.expect(self.status()[field] >= wanted,
                   f"the capture ended early\n{self.running.tails()}")


class Decoded:
    """What a player gets of a stream: the brightness of each frame, and the sound."""

    def __init__(self, stage, source, crop="iw:ih:0:0"):
        luma = stage.folder / "decoded.gray"
        sound = stage.folder / "decoded.f32"
        kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-y", "-i", source,
                 "-map", "0:v:0", "-vf", f"crop={crop},scale=8:8:flags=area,format=gray",
                 "-fps_mode", "passthrough", "-f", "rawvideo", luma,
                 "-map", "0:a:0", "-ac", "1", "-ar", "48000", "-f", "f32le", sound], 180)
        samples = luma.read_bytes()
        self.luma = [sum(samples[at:at + 64]) / 64 for at in range(0, len(samples), 64)]
        self.samples = array.array("f")
        self.samples.frombytes(sound.read_bytes())
        found = json.loads(kit.run(
            [kit.tool("ffprobe"), "-v", "error", "-select_streams", "v:0", "-show_entries",
             "frame=pts_time", "-of", "json", source], 180).stdout)["frames"]
        self.times = [float(frame["pts_time"]) for frame in found]
        kit.expect_equal(len(self.times), len(self.luma), "frames, as decoded twice")

    def flashes(self):
        """The times at which the picture becomes bright."""
        middle = (min(self.luma) + max(self.luma)) / 2
        return [self.times[place] - self.times[0] for place in range(1, len(self.luma))
                if self.luma[place] > middle >= self.luma[place - 1]]

    def clicks(self, rate_hz=48_000):
        """The times at which the sound becomes loud, after at least half a second without."""
        found = []
        last = -rate_hz
        for place, sample in enumerate(self.samples):
            if abs(sample) > 0.3:
                if place - last > rate_hz // 2:
                    found.append(place / rate_hz)
                last = place
        return found
