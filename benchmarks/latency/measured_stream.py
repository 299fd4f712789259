"""A live stream of the glass, and when each part of its way was done, by this machine's clock."""

import statistics
import subprocess
import threading
import time

import frame_tag
import kit

# The corner with the tag of a chunk's first frame, of 1280x720.
_CORNER = (176, 96)
_BLOCK = 16
_LOOK_SECONDS = 0.02


class Stream:
    """A server, a worker and a capture, watched from the first chunk on."""

    def __init__(self, stage, glass, chunk_seconds, lasts):
        self.chunk_seconds = chunk_seconds
        self._glass = glass
        data_dir = stage.folder / f"data-{chunk_seconds}"
        self.url, self._server = stage.server("--log-level", "warning", data_dir=data_dir)
        self._worker = stage.worker("--metrics-listen", "127.0.0.1:0", "--log-level", "warning",
                                    data_dir=data_dir)
        port = self._worker.wait_for_line(r"metrics on port (\d+)")[1]
        self._metrics_url = f"http://127.0.0.1:{port}/metrics"
        self._capture = stage.start([
            stage.program("streamkit-capture"), "--api-base", self.url, "--input", glass.source,
            "--chunk-seconds", str(chunk_seconds), "--duration", str(lasts)],
            glass.environment(stage))
        self.session_id = self._capture.wait_for_line(r"session (\S+)")[1]
        self.playlist_url = self._capture.wait_for_line(r"http://\S+/playlist\.m3u8")[0]
        glass.began = _time_of_line(self._capture, "watch it at ")
        objects = data_dir / "objects"
        self._chunks = objects / "stream_input" / self.session_id
        self._segments = objects / "stream_output" / self.session_id
        self.listed = {}
        self._converted = {}
        self._stop = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def seconds_behind(self, shown):
        """How much later each frame was shown than captured, of (time, number)."""
        pairs = [(at, self._glass.captured_at(number, at)) for at, number in shown]
        return [at - captured for at, captured in pairs if captured is not None]

    def wait_for_segments(self, count, seconds=60):
        kit.wait_until(lambda: len(self.listed) >= count, seconds, f"{count} segments")

    def end(self):
        self._stop.set()
        self._watching.join()
        for running in (self._capture, self._worker, self._server):
            running.kill()

    def _watch(self):
        """Looks again and again: when is a segment listed, and how long did its conversion take?"""
        seconds = 0.0
        while not self._stop.is_set():
            text = kit.get(self.playlist_url + "?nowait").decode()
            now = time.time()
            count = text.count("#EXTINF")
            if count > len(self.listed):
                total = self._conversion_seconds()
                for index in range(len(self.listed), count):
                    # Two that are done between two looks share their time.
                    self._converted[index] = (total - seconds) / (count - len(self.listed))
                for index in range(len(self.listed), count):
                    self.listed[index] = now
                seconds = total
            self._stop.wait(_LOOK_SECONDS)

    def _conversion_seconds(self):
        for line in kit.get(self._metrics_url).decode().splitlines():
            if line.startswith("streamkit_conversion_seconds_sum "):
                return float(line.split()[1])
        return 0.0

    def parts(self):
        """The median seconds of each part between a chunk's last frame and its place in the playlist."""
        rows = []
        for index in range(1, len(self.listed)):
            chunk = self._chunks / f"chunk_{index:05d}.mp4"
            segment = self._segments / f"seg_{index:05d}.mp4"
            if not chunk.exists() or not segment.exists():
                continue
            stored = chunk.stat().st_ctime
            first = self._glass.captured_at(_first_number(chunk), stored)
            if first is None:
                continue
            complete = first + self.chunk_seconds
            converted = segment.stat().st_ctime
            took = self._converted[index]
            rows.append((stored - complete, converted - stored - took, took,
                         self.listed[index] - converted))
        kit.expect(rows, "no segment was listed")
        return [statistics.median(column) for column in zip(*rows)]


def _first_number(chunk):
    """The number of a chunk's first frame."""
    width, height = _CORNER
    grey = subprocess.run(
        [kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-i", chunk, "-vf",
         f"crop={width}:{height}:0:0,format=gray", "-frames:v", "1", "-f", "rawvideo", "-"],
        stdout=subprocess.PIPE, check=True).stdout
    return frame_tag.read(grey, width, _BLOCK)


def _time_of_line(running, start):
    """When a program printed a line, from the outside."""
    def find():
        now = time.time()
        return now if any(line.startswith(start) for line in running.lines()) else None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(0.002)
    raise kit.Failed(f"{running.name} did not print '{start}'\n{running.tails()}")
