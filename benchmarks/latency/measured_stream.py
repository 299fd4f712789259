"""A live stream of the generated scene, and when each part of its way was done, by this machine's clock."""

import statistics
import threading
import time

import kit

FRAMES_PER_SECOND = 30
_LOOK_SECONDS = 0.02


class Stream:
    """A server, a worker and a capture, watched from the first chunk on."""

    def __init__(self, stage, chunk_seconds, lasts):
        self.chunk_seconds = chunk_seconds
        data_dir = stage.folder / f"data-{chunk_seconds}"
        self.url, self._server = stage.server("--log-level", "warning", data_dir=data_dir)
        self._worker = stage.worker("--metrics-listen", "127.0.0.1:0", "--log-level", "warning",
                                    data_dir=data_dir)
        port = self._worker.wait_for_line(r"metrics on port (\d+)")[1]
        self._metrics_url = f"http://127.0.0.1:{port}/metrics"
        self._capture = stage.start([
            stage.program("streamkit-capture"), "--api-base", self.url, "--input", "test",
            "--chunk-seconds", str(chunk_seconds), "--duration", str(lasts)])
        self.session_id = self._capture.wait_for_line(r"session (\S+)")[1]
        self.playlist_url = self._capture.wait_for_line(r"http://\S+/playlist\.m3u8")[0]
        # The capture reads its first frame when it has printed this line.
        self.began = _time_of_line(self._capture, "watch it at ")
        objects = data_dir / "objects"
        self._chunks = objects / "stream_input" / self.session_id
        self._segments = objects / "stream_output" / self.session_id
        self.listed = {}
        self._converted = {}
        self._stop = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def captured_at(self, frame):
        return self.began + frame / FRAMES_PER_SECOND

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
            complete = self.began + (index + 1) * self.chunk_seconds
            stored = chunk.stat().st_ctime
            converted = segment.stat().st_ctime
            took = self._converted[index]
            rows.append((stored - complete, converted - stored - took, took,
                         self.listed[index] - converted))
        kit.expect(rows, "no segment was listed")
        return [statistics.median(column) for column in zip(*rows)]


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
