"""Programs that are killed without warning and started again, the streams that they serve, and a
reader that notes whatever is lost, changed or doubled meanwhile."""

import collections
import hashlib
import json
import os
import pathlib
import random
import signal
import socket
import sys
import threading
import time
import urllib.parse

import kit
from sender import Journal, fetch


class Mortal:
    """A program that is started again whenever it was killed."""

    def __init__(self, stage, name, command, ready_line=None, env=None):
        self.name = name
        self.deaths = 0
        self._stage = stage
        self._command = command
        self._ready_line = ready_line
        self._environment = env or {}
        self._running = None
        stage.on_exit(self.kill)
        self.start()

    def start(self):
        logs = self._stage.folder / "logs" / self.name / str(self.deaths)
        logs.mkdir(parents=True)
        self._running = kit.Running(self._command, logs, self._stage.folder,
                                    self._stage.environment(**self._environment))
        if self._ready_line:
            self._running.wait_for_line(self._ready_line)

    def kill(self):
        if self._running:
            self._running.kill()
            self._running = None

    def die_and_return(self, pause):
        kit.expect(self.status() in (None, 0), f"{self.name} ended by itself\n"
                                               f"{self._running.tails()}")
        self._running.send(signal.SIGKILL)
        self._running.process.wait(10 * kit.PATIENCE)
        kit.wait_until(self._left_nothing, 5, f"the end of what {self.name} had started")
        self.deaths += 1
        time.sleep(pause)
        self.start()

    def _left_nothing(self):
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    @property
    def pid(self):
        return self._running.process.pid

    def status(self):
        return self._running.process.poll()

    def wait(self, seconds):
        self._running.wait(seconds)


def free_port():
    """Below those that connections get: a client of a dead server must not connect to itself."""
    for _ in range(100):
        port = random.randint(20_000, 30_000)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise kit.Failed("no free port")


class Stream:
    """One session, and what was seen of it."""

    def __init__(self, stage, url, chunks, name, chunk_seconds, clock_steps=False):
        answer = kit.request("POST", f"{url}/stream_sessions", {"chunk_seconds": chunk_seconds})
        kit.expect_equal(answer.status, 200, f"status of POST /stream_sessions, {answer.text()}")
        self.session = answer.json()
        self.id = self.session["session_id"]
        self.journal = Journal(stage.folder / f"journal_{name}")
        self.text = b""
        self.stop = stage.folder / f"stop_{name}"
        self.order = stage.folder / f"order_{name}.json"
        place = f"{url}/stream_sessions/{self.id}"
        self.order.write_text(json.dumps({
            "session": self.session, "end": f"{place}/end", "renew": f"{place}/credentials",
            "chunks": str(chunks), "journal": str(self.journal.path), "stop": str(self.stop),
            "clock_steps": clock_steps}))

    def segments(self):
        """(name, bytes listed) of each segment in the last playlist."""
        found, length = [], 0
        for line in self.text.decode().splitlines():
            if line.startswith("#EXT-X-BYTERANGE:"):
                size, offset = line.partition(":")[2].split("@")
                length = int(size) + int(offset)
            elif line and not line.startswith("#"):
                found.append((line, length))
        return found

    def ended(self):
        return b"#EXT-X-ENDLIST" in self.text


def start_sender(stage, stream, name):
    script = pathlib.Path(__file__).with_name("sender.py")
    return Mortal(stage, name, [sys.executable, "-B", script, stream.order])


class Reader:
    """Reads playlists, segments and stored chunks beside the killing, and notes what is wrong."""

    def __init__(self, stage, streams, rng, data_dir=None):
        self.playlists = self.segments = self.chunks = 0
        self.shrunk, self.lost, self.changed = [], [], []
        self._data_dir = data_dir or stage.data_dir
        self._streams = streams
        self._rng = rng
        self._digests = {}
        self._stop = threading.Event()
        self._failure = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        stage.on_exit(self.stop)

    def _run(self):
        try:
            while not self._stop.wait(0.02):
                for stream in self._streams:
                    self.read_playlist(stream)
                    if stream.segments():
                        self.read_segment(stream, *self._rng.choice(stream.segments()))
                    entries = stream.journal.entries()
                    if entries:
                        self.read_chunk(stream, *self._rng.choice(entries))
        except Exception as failure:  # pylint: disable=broad-except
            self._failure = failure

    def stop(self):
        self._stop.set()
        self._thread.join(30 * kit.PATIENCE)

    def check_alive(self):
        if self._failure:
            raise self._failure

    def read_playlist(self, stream):
        answer = fetch("GET", stream.session["playlist_url"] + "?nowait=1")
        if not answer or answer[0] == 503:
            return
        self.playlists += 1
        status, text = answer
        if status != 200 or not text.startswith(stream.text):
            self.shrunk.append(f"{stream.id}: {status}\n{stream.text.decode()}\nbecame\n"
                               f"{text.decode()}")
            return
        stream.text = text

    def read_segment(self, stream, name, length):
        url = urllib.parse.urljoin(stream.session["playlist_url"], name)
        answer = fetch("GET", url)
        if not answer or answer[0] == 503:
            return
        self.segments += 1
        if answer[0] != 200 or len(answer[1]) != length:
            self.lost.append(f"{stream.id} {name}: status {answer[0]}, {len(answer[1])} bytes, "
                             f"{length} listed")
            return
        digest = hashlib.sha256(answer[1]).hexdigest()
        if self._digests.setdefault(url, digest) != digest:
            self.changed.append(f"{stream.id} {name} is another than before")

    def read_chunk(self, stream, index, digest):
        path = (self._data_dir / "objects" / "stream_input" / stream.id /
                f"chunk_{int(index):05d}.mp4")
        self.chunks += 1
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"
        if found != digest:
            self.lost.append(f"{stream.id}: chunk {index} was acknowledged, and is {found}")


def acknowledged(streams):
    return sum(len(stream.journal.entries()) for stream in streams)


def finish(streams, senders, reader):
    for stream in streams:
        stream.stop.touch()
    for sender in senders:
        sender.wait(60)
    kit.note("all sessions were ended")
    def all_ended():
        reader.check_alive()
        return all(stream.ended() for stream in streams)
    kit.wait_until(all_ended, 120, "ENDLIST in all playlists")
    reader.stop()
    reader.check_alive()


def check_end(streams, reader):
    """Every acknowledged chunk and every segment, once more; the number of doubled segments."""
    doubled = 0
    for stream in streams:
        entries = stream.journal.entries()
        names = collections.Counter(name for name, _ in stream.segments())
        doubled += sum(count - 1 for count in names.values())
        for index, digest in entries:
            reader.read_chunk(stream, index, digest)
            if f"seg_{int(index):05d}.mp4" not in names:
                reader.lost.append(f"{stream.id}: segment {index} is not listed")
        kit.expect_same_list([name for name, _ in stream.segments()],
                             [f"seg_{index:05d}.mp4" for index in range(len(entries))],
                             "segments listed")
        for name, length in stream.segments():
            reader.read_segment(stream, name, length)
    return doubled
