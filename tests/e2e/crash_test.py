"""Streams that lose nothing while server, workers and senders are killed without warning (SIGKILL),
again and again, and started anew on the same data.

Usage: crash_test.py FOLDER_OF_PROGRAMS [KILLS [SEED]]

Senders put chunks in order and write down which were acknowledged; a reader fetches playlists and
segments all the time. In the end each acknowledged chunk must be there byte for byte and have
exactly one segment in the finished playlist, and no playlist may ever have been anything but the
beginning of the next one.
"""

import collections
import hashlib
import http.client
import json
import os
import pathlib
import random
import socket
import sqlite3
import sys
import threading
import time
import urllib.parse

import kit
import media
import s3

SENDERS = 3
WORKERS = 2
CHUNK_SECONDS = 0.5
DISTINCT_CHUNKS = 20
# So many chunks may wait for their conversion before a sender pauses.
MOST_AHEAD = 12
# A dead worker's conversion is taken over after so long.
VISIBILITY_SECONDS = 2


def fetch(method, url, body=None, headers=None, seconds=10):
    """Status, body; None when there was no whole answer, as from a server that died."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=seconds)
    try:
        path = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


# --- A sender: a process of its own, told all by a file ---

class Journal:
    """The chunks that were acknowledged, by index: one line for each, written at once."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def add(self, index, digest):
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{index} {digest}\n".encode())

    def entries(self):
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines(keepends=True)
        return [line.split() for line in lines if line.endswith("\n")]


def chunk_bytes(folder, session_id, index):
    """No two chunks are equal: a box that players skip holds the chunk's name.
    Source: ISO/IEC 14496-12, 8.1.2, "Free Space Box"."""
    path = pathlib.Path(folder) / f"piece_{index % DISTINCT_CHUNKS:03d}.mp4"
    name = f"{session_id} {index}".encode()
    return path.read_bytes() + (8 + len(name)).to_bytes(4, "big") + b"free" + name


def send_chunk(order, index):
    session = order["session"]
    body = chunk_bytes(order["chunks"], session["session_id"], index)
    key = f"stream_input/{session['session_id']}/chunk_{index:05d}.mp4"
    while True:
        answer = fetch("PUT", s3.presigned_url(session["upload"], key), body,
                       {"Content-Type": "video/mp4"})
        if answer and answer[0] == 200:
            return hashlib.sha256(body).hexdigest()
        if answer and answer[0] < 500:
            sys.exit(f"chunk {index} was refused: {answer}")
        time.sleep(random.uniform(0.02, 0.1))


def wait_for_workers(order, sent):
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and not pathlib.Path(order["stop"]).exists():
        answer = fetch("GET", order["session"]["playlist_url"] + "?nowait=1")
        if answer and answer[1].count(b"\nseg_") + MOST_AHEAD >= sent:
            return
        time.sleep(0.1)


def send(order_path):
    """Goes on where the journal ends, until told to stop; then ends the session. The chunk behind
    the journal's last one is sent in any case: it may be stored, and was not written down."""
    order = json.loads(pathlib.Path(order_path).read_text())
    journal = Journal(order["journal"])
    index = len(journal.entries())
    while True:
        journal.add(index, send_chunk(order, index))
        index += 1
        if pathlib.Path(order["stop"]).exists():
            break
        if index % 4 == 0:
            wait_for_workers(order, index)
        time.sleep(random.uniform(0, 0.15))
    while (fetch("POST", order["end"]) or [0])[0] != 204:
        time.sleep(0.05)


# --- What is killed and started again ---

class Mortal:
    """A program that is started again whenever it was killed."""

    def __init__(self, stage, name, command, ready_line=None):
        self.name = name
        self.deaths = 0
        self._stage = stage
        self._command = command
        self._ready_line = ready_line
        self._running = None
        stage.on_exit(self.kill)
        self.start()

    def start(self):
        logs = self._stage.folder / "logs" / self.name / str(self.deaths)
        logs.mkdir(parents=True)
        self._running = kit.Running(self._command, logs, self._stage.folder,
                                    self._stage.environment())
        if self._ready_line:
            self._running.wait_for_line(self._ready_line)

    def kill(self):
        if self._running:
            self._running.kill()
            self._running = None

    def die_and_return(self, pause):
        kit.expect(self.status() in (None, 0), f"{self.name} ended by itself\n"
                                               f"{self._running.tails()}")
        self.kill()
        self.deaths += 1
        time.sleep(pause)
        self.start()

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


# --- What must hold all the time ---

class Stream:
    """One session, and what was seen of it."""

    def __init__(self, stage, url, chunks, number):
        answer = kit.request("POST", f"{url}/stream_sessions", {"chunk_seconds": CHUNK_SECONDS})
        kit.expect_equal(answer.status, 200, f"status of POST /stream_sessions, {answer.text()}")
        self.session = answer.json()
        self.id = self.session["session_id"]
        self.journal = Journal(stage.folder / f"journal_{number}")
        self.text = b""
        self.stop = stage.folder / f"stop_{number}"
        self.order = stage.folder / f"order_{number}.json"
        self.order.write_text(json.dumps({
            "session": self.session, "end": f"{url}/stream_sessions/{self.id}/end",
            "chunks": str(chunks), "journal": str(self.journal.path), "stop": str(self.stop)}))

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


class Reader:
    """Reads playlists, segments and stored chunks beside the killing, and notes what is wrong."""

    def __init__(self, stage, streams, rng):
        self.playlists = self.segments = self.chunks = 0
        self.shrunk, self.lost, self.changed = [], [], []
        self._stage = stage
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
        path = (self._stage.data_dir / "objects" / "stream_input" / stream.id /
                f"chunk_{int(index):05d}.mp4")
        self.chunks += 1
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"
        if found != digest:
            self.lost.append(f"{stream.id}: chunk {index} was acknowledged, and is {found}")


# --- The test ---

def acknowledged(streams):
    return sum(len(stream.journal.entries()) for stream in streams)


def kill_at_random(mortals, streams, reader, kills, rng):
    """Where a machine is too busy to send a chunk between two kills, the next one waits."""
    for number in range(kills):
        time.sleep(rng.uniform(0.02, 0.5))
        kit.wait_until(lambda wanted=number: acknowledged(streams) >= wanted, 60,
                       f"{number} chunks to be acknowledged")
        rng.choice(mortals).die_and_return(rng.choice([0, rng.uniform(0, 0.4)]))
        reader.check_alive()
        if (number + 1) % 50 == 0:
            kit.note(f"{number + 1} kills")


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


def check_database(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        def number(query):
            return database.execute(query).fetchone()[0]
        kit.expect_equal(number("SELECT count(*) FROM dead_jobs"), 0, "dead letters")
        kit.expect_equal(number("SELECT count(*) FROM segments WHERE kind <> 0"), 0,
                         "segments that stand in for a failed conversion")
        kit.expect_equal(number("PRAGMA integrity_check"), "ok", "integrity of the database")


def check_played(streams):
    """One of the streams, decoded from its playlist to the end."""
    stream = streams[0]
    done = kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-i",
                    stream.session["playlist_url"], "-map", "0:v:0", "-f", "framecrc", "-"], 120)
    pictures = sum(not line.startswith("#") for line in done.stdout.splitlines())
    kit.expect_equal(pictures, len(stream.segments()) * round(CHUNK_SECONDS * 30),
                     "pictures that FFmpeg showed")


def report(reader, mortals, streams, kills, doubled):
    deaths = ", ".join(f"{mortal.name} {mortal.deaths}" for mortal in mortals)
    kit.note(f"deaths: {deaths}")
    kit.note(f"read {reader.playlists} playlists, {reader.segments} segments, "
             f"{reader.chunks} chunks")
    for wrong in reader.shrunk[:3] + reader.lost[:3] + reader.changed[:3]:
        print(wrong)
    sent = acknowledged(streams)
    print(f"kills {kills}, acknowledged {sent}, lost {len(reader.lost)}, "
          f"doubled {doubled}, shrunk {len(reader.shrunk) + len(reader.changed)}", flush=True)
    kit.expect(not (reader.shrunk or reader.lost or reader.changed or doubled),
               "something was lost, doubled or changed")
    kit.expect(sent >= kills, "hardly anything was sent between the kills")


def test(stage, kills="12", seed=""):
    seed = int(seed) if seed else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    random.seed(seed)
    chunks = stage.folder / "chunks"
    media.make_chunks(chunks, DISTINCT_CHUNKS, CHUNK_SECONDS)
    url = f"http://127.0.0.1:{free_port()}"
    server = Mortal(stage, "server", [
        stage.program("streamkit-server"), "--listen", url.removeprefix("http://"), "--data-dir",
        stage.data_dir, "--log-level", "warning"], r"listening on .*")
    streams = [Stream(stage, url, chunks, number) for number in range(SENDERS)]
    workers = [Mortal(stage, f"worker {number}", [
        stage.program("streamkit-worker"), "--data-dir", stage.data_dir, "--preset", "ultrafast",
        "--visibility-seconds", str(VISIBILITY_SECONDS), "--log-level", "warning"],
        r"working on .*") for number in range(WORKERS)]
    senders = [Mortal(stage, f"sender {number}", [sys.executable, "-B", __file__, "--send",
                                                  stream.order])
               for number, stream in enumerate(streams)]
    reader = Reader(stage, streams, random.Random(seed + 1))
    mortals = [server, *workers, *senders]
    # The server twice: everything depends on it.
    kill_at_random([server, *mortals], streams, reader, int(kills), rng)
    finish(streams, senders, reader)
    doubled = check_end(streams, reader)
    report(reader, mortals, streams, int(kills), doubled)
    check_database(stage.data_dir / "streamkit.sqlite")
    check_played(streams)


if len(sys.argv) > 2 and sys.argv[1] == "--send":
    send(sys.argv[2])
else:
    # About half a second for each kill, and what is left to convert in the end.
    KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    kit.main(test, 170 + 3 * KILLS)
