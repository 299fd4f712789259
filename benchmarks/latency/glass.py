"""The glass at the beginning: a window that shows the generated scene over and over, and when it showed
which frame."""

import bisect
import json
import os
import pathlib
import subprocess
import threading
import time

import frame_tag
import kit

FRAMES_PER_SECOND = 30
_SIZE = (1280, 720)
_BLOCK = 16
_GRAB = (11 * _BLOCK, 6 * _BLOCK)
_CLIP_SECONDS = 60
_YIELDS = 10


def start_apart(start, process_of):
    """What `start` starts yields to the service, as if it ran on another machine. Needs root."""
    if os.geteuid() != 0:
        return start()
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, _YIELDS)
    try:
        started = start()
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)
    # A session is scheduled as one group, which has a priority of its own.
    group = pathlib.Path(f"/proc/{process_of(started)}/autogroup")
    if group.exists():
        group.write_text(str(_YIELDS))
    return started


class Screen:
    """An X server of its own."""

    def __init__(self, stage, width, height):
        running = stage.start([kit.tool("Xvfb"), "-displayfd", "1", "-nolisten", "tcp", "-screen", "0",
                               f"{width}x{height}x24"])
        self.name = ":" + running.wait_for_line(r"(\d+)")[1]
        self.environment = stage.environment(DISPLAY=self.name, SDL_AUDIODRIVER="dummy")


class TagCamera:
    """Notes when a screen first shows which tag in its corner, (time, number)."""

    def __init__(self, screen, block):
        self.shown = []
        width, height = 11 * block, 6 * block
        self._size = width * height
        self._width = width
        self._block = block
        self._grab = subprocess.Popen(
            [kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-probesize", "32", "-fflags", "nobuffer",
             "-f", "x11grab", "-draw_mouse", "0", "-framerate", "60", "-video_size",
             f"{width}x{height}", "-i", f"{screen.name}+0,0", "-f", "rawvideo", "-pix_fmt", "gray",
             "-flush_packets", "1", "-"], stdout=subprocess.PIPE, env=screen.environment)
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self):
        last = None
        while len(picture := self._grab.stdout.read(self._size)) == self._size:
            now = time.time()
            number = frame_tag.read(picture, self._width, self._block)
            if number is not None and number != last:
                self.shown.append((now, number))
                last = number

    def stop(self):
        self._grab.kill()
        self._grab.wait()
        self._reading.join()


class SceneGlass:
    """No window: the capture makes the scene itself, from the moment on when it says where to watch."""

    source = "test"

    def __init__(self):
        self.began = None

    def environment(self, stage):
        return stage.environment()

    def captured_at(self, number, _before):
        return self.began + number / FRAMES_PER_SECOND

    def stop(self):
        pass


class WindowGlass:
    """A window without a frame that fills a screen of 1280x720, and a camera before it."""

    def __init__(self, stage):
        self._screen = Screen(stage, *_SIZE)
        clip = _scene_clip(stage)
        show = [kit.tool("ffplay"), "-v", "error", "-an", "-loop", "0", "-noborder", "-left", "0", "-top",
                "0", "-x", str(_SIZE[0]), "-y", str(_SIZE[1]), clip]
        self._play = start_apart(lambda: stage.start(show, self._screen.environment),
                                 lambda running: running.process.pid)
        self._camera = TagCamera(self._screen, _BLOCK)
        kit.wait_until(lambda: len(self._camera.shown) > FRAMES_PER_SECOND, 30, "the window")
        listed = json.loads(stage.run("streamkit-capture", "sources", "--json",
                                      env=self._screen.environment).stdout)
        screens = [source["id"] for source in listed if source["kind"] == "screen"]
        kit.expect(screens, f"no screen is listed: {listed}")
        self.source = screens[0]

    def environment(self, _stage):
        return self._screen.environment

    def captured_at(self, number, before):
        """When a frame was last shown before a moment: the scene is shown over and over."""
        shown = self._camera.shown
        for at, known in reversed(shown[:bisect.bisect(shown, (before, 0))]):
            if known == number:
                return at
            if at < before - _CLIP_SECONDS:
                break
        return None

    def stop(self):
        self._play.kill()
        self._camera.stop()


def _scene_clip(stage):
    """A file of the generated scene: the one chunk of a short stream."""
    data_dir = stage.folder / "data-clip"
    url, server = stage.server("--log-level", "warning", data_dir=data_dir)
    stage.run("streamkit-capture", "--api-base", url, "--input", "test", "--speed", "max",
              "--duration", str(_CLIP_SECONDS), "--chunk-seconds", str(_CLIP_SECONDS),
              "--capture-preset", "ultrafast", seconds=120)
    server.stop()
    chunks = list(data_dir.glob("objects/stream_input/*/chunk_00000.mp4"))
    kit.expect(len(chunks) == 1, f"no clip of the scene: {chunks}")
    return chunks[0]
