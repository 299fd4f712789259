"""Chunks made to stop the service, each as the first chunk of a session of its own, while another
session goes on. Each becomes a segment or a filler, the worker lives, and nothing but the bytes
themselves is opened.

Usage: hostile_chunks_test.py FOLDER_OF_PROGRAMS [FOLDER_OF_CHUNKS]
"""

import pathlib
import random
import socket
import sqlite3
import threading
import time

import hostile
import kit
import media
import playlists
import processes
import s3

CHUNK_SECONDS = 5
# Of a machine that does nothing else.
MOST_SECONDS = 10
MOST_MEMORY = 600_000_000
DAMAGED = 24


class Trap:
    """A port on loopback that nobody should connect to."""

    def __init__(self, stage):
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/list.ts"
        threading.Thread(target=self._listen, daemon=True).start()
        stage.on_exit(self._socket.close)

    def _listen(self):
        try:
            while True:
                self._socket.accept()[0].close()
                self.visits += 1
        except OSError:
            pass


class Sender:
    """A session that chunks are put into."""

    def __init__(self, url):
        answer = kit.request("POST", f"{url}/stream_sessions", {"chunk_seconds": CHUNK_SECONDS})
        kit.expect_equal(answer.status, 200, f"status of POST /stream_sessions, {answer.text()}")
        self.session = answer.json()
        self.id = self.session["session_id"]
        self.count = 0

    def put(self, content):
        key = f"stream_input/{self.id}/chunk_{self.count:05d}.mp4"
        answer = kit.request("PUT", s3.presigned_url(self.session["upload"], key), content,
                             {"Content-Type": "video/mp4"})
        kit.expect_equal(answer.status, 200, f"status of PUT {key}, {answer.text()}")
        self.count += 1

    def is_complete(self):
        found = playlists.load(self.session["playlist_url"])
        names = {segment.url for segment in found.segments}
        return len(names) >= self.count and found

    def seconds(self):
        found = playlists.load(self.session["playlist_url"])
        return sum(segment.duration for segment in found.segments)


def damaged_chunks(folder):
    """Files of several containers, damaged by chance; by name."""
    rng = random.Random(7)
    sources = []
    for name, options in {"mp4": [], "mov": ["-c:a", "pcm_s16le"], "mkv": ["-c:a", "libopus"],
                          "ts": [], "avi": ["-c:v", "mpeg4", "-c:a", "mp3"],
                          "fragmented.mp4": ["-movflags", "frag_keyframe+empty_moov"]}.items():
        path = media.make(folder / f"sound.{name}", "-f", "lavfi", "-i",
                          "testsrc2=size=64x64:rate=25:duration=1", "-f", "lavfi", "-i",
                          "sine=sample_rate=48000:duration=1", "-pix_fmt", "yuv420p", *options)
        sources.append((name, path.read_bytes()))
    return {f"damaged {number}, {name}": hostile.damaged(content, rng)
            for number in range(DAMAGED) for name, content in [sources[number % len(sources)]]}


def dead_letters(stage):
    """The reasons, by session."""
    with sqlite3.connect(f"file:{stage.data_dir}/streamkit.sqlite?mode=ro", uri=True) as database:
        return list(database.execute("SELECT CAST(body AS TEXT), reason FROM dead_jobs"))


def check(name, content, url, good, good_chunk, watch):
    bad = Sender(url)
    watch.take()
    began = time.monotonic()
    bad.put(content)
    good.put(good_chunk)
    kit.wait_until(good.is_complete, MOST_SECONDS, f"the good session's segment beside {name}")
    good_seconds = time.monotonic() - began
    kit.wait_until(bad.is_complete, MOST_SECONDS, f"a segment in place of {name}")
    seconds = time.monotonic() - began
    memory = watch.take()
    listed = bad.seconds()
    kit.note(f"{name}: {listed:.2f} s listed after {seconds:.1f} s, beside it a good one after "
             f"{good_seconds:.1f} s, {memory / 1e6:.0f} MB")
    kit.expect(memory <= MOST_MEMORY, f"{name} took {memory / 1e6:.0f} MB")
    kit.expect(0 < listed <= 2 * CHUNK_SECONDS + 2, f"{name} became a segment of {listed} s")
    return bad


def test(stage, folder=None):
    url, _ = stage.server("--log-level", "warning")
    worker = stage.worker("--log-level", "error", "--preset", "ultrafast", "--concurrency", "2")
    trap = Trap(stage)
    secret = stage.folder / "secret.mp4"
    good_chunk = media.make_chunks(stage.folder / "good", 1, 1)[0].read_bytes()
    secret.write_bytes(good_chunk)
    if folder:
        chunks = {path.name: path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())
                  if path.suffix in (".mp4", ".mov")}
    else:
        chunks = hostile.make_all(stage.folder / "hostile", trap.url, secret)
        chunks |= damaged_chunks(stage.folder / "hostile")
    good = Sender(url)
    watch = processes.MemoryWatch(worker.process.pid)
    senders = {name: check(name, content, url, good, good_chunk, watch)
               for name, content in chunks.items()}
    watch.stop()
    kit.expect(worker.process.poll() is None, f"the worker ended\n{worker.tails()}")
    kit.expect_equal(trap.visits, 0, "connections that a chunk caused")
    letters = dead_letters(stage)
    kit.expect(all(reason for _, reason in letters), "a dead letter without a reason")
    told = {name: reason for name, sender in senders.items() for body, reason in letters
            if sender.id in body}
    for name, reason in told.items():
        kit.note(f"{name}: {reason}")
    for name in ("gap_at_most", "many_samples", "many_pictures", "fast_pictures", "huge_picture",
                 "growing_picture", "many_tracks", "empty") if not folder else ():
        kit.expect(name in told, f"no dead letter tells what became of {name}")
    kit.expect(not any(good.id in body for body, _ in letters), "the good session lost a chunk")


kit.main(test, 420)
