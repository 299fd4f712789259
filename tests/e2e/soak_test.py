"""A service under everything at once: good sessions beside hostile chunks, slow clients, programs
killed without warning, steps of the clock and a full disk. In the end each good session is complete
and playable, nothing acknowledged is lost, and memory, descriptors, processes and threads are back
where they began.

Usage: soak_test.py FOLDER_OF_PROGRAMS [MINUTES [FOLDER [SEED]]]

In the first half programs are killed; in the second they live, so that what leaks adds up. Writes
soak.csv (one line a second) and, where matplotlib is there, soak.png to FOLDER.
"""

import csv
import os
import pathlib
import random
import signal
import socket
import sqlite3
import sys
import threading
import time
import urllib.parse

import hostile
import kit
import media
import processes
import s3
from sender import DISTINCT_CHUNKS, fetch, server_offset
from survival import Mortal, Reader, Stream, check_end, finish, free_port, start_sender

SENDERS = 2
CHUNK_SECONDS = 1
ROUND_SECONDS = 60
DISK_BYTES = 1 << 30
CLOCK_STEP_SECONDS = 3600
SLOW_CLIENTS = 12
# So many hostile sessions may wait for their segment: sessions take turns, so that more of them only
# make the good ones wait.
HOSTILE_AHEAD = 4
# Above the level at which the programs began, for what allocators and caches keep.
MEMORY_FACTOR = 1.3
MEMORY_EXTRA = 64_000_000
FAKETIME = "/usr/lib/{}/faketime/libfaketimeMT.so.1"


class Beside:
    """A thread that repeats a step until it is stopped; its failure is raised by check()."""

    def __init__(self, stage, pause):
        self.count = 0
        self._pause = pause
        self._failure = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        stage.on_exit(self.stop)

    def step(self):
        raise NotImplementedError

    def _run(self):
        try:
            while not self._stop.wait(self._pause):
                self.step()
        except Exception as failure:  # pylint: disable=broad-except
            self._failure = failure

    def check(self):
        if self._failure:
            raise self._failure

    def stop(self):
        self._stop.set()
        self._thread.join(60 * kit.PATIENCE)


class HostileSender(Beside):
    """Sessions of one hostile chunk each. Each must become a segment."""

    def __init__(self, stage, url, chunks, good, rng):
        self._url = url
        self._chunks = list(chunks.items())
        self._good = good
        self._rng = rng
        self.waiting = {}
        super().__init__(stage, 0.2)

    def step(self):
        self.forget_done()
        if len(self.waiting) >= HOSTILE_AHEAD:
            return
        name, content = self._rng.choice(self._chunks)
        if self._rng.random() < 0.5:
            name, content = "damaged", hostile.damaged(self._good, self._rng)
        session = self._created()
        if session is None or not self._sent(session, content):
            return
        fetch("POST", f"{self._url}/stream_sessions/{session['session_id']}/end")
        self.waiting[session["session_id"]] = (name, session["playlist_url"])
        self.count += 1

    def _created(self):
        answer = fetch("POST", f"{self._url}/stream_sessions",
                       b'{"chunk_seconds":%d}' % CHUNK_SECONDS,
                       {"Content-Type": "application/json"})
        return kit.Answer(*answer[:1], {}, answer[1]).json() if answer and answer[0] == 200 else None

    def _sent(self, session, content):
        key = f"stream_input/{session['session_id']}/chunk_00000.mp4"
        url = s3.presigned_url(session["upload"], key, offset=server_offset(self._url))
        answer = fetch("PUT", url, content, {"Content-Type": "video/mp4"})
        return answer is not None and answer[0] == 200

    def forget_done(self):
        """Of those acknowledged, leaves what has no segment yet."""
        for identity, (_, playlist) in list(self.waiting.items()):
            answer = fetch("GET", playlist + "?nowait=1")
            if answer and answer[0] == 200 and b"#EXTINF" in answer[1]:
                del self.waiting[identity]


    def tell_waiting(self, data_dir):
        """What the database has of those without a segment."""
        with sqlite3.connect(f"file:{data_dir}/streamkit.sqlite?mode=ro", uri=True) as database:
            for identity, (name, playlist) in self.waiting.items():
                found = {table: database.execute(
                    f"SELECT * FROM {table} WHERE {column} LIKE ?", (f"%{identity}%",)).fetchall()
                    for table, column in (("jobs", "CAST(body AS TEXT)"),
                                          ("dead_jobs", "CAST(body AS TEXT)"),
                                          ("sessions", "id"))}
                print(f"{name} of {identity}: {found}\n{fetch('GET', playlist + '?nowait=1')}")


class SlowClients(Beside):
    """Connections that send an upload, or read a playlist, a byte a second."""

    def __init__(self, stage, url, rng):
        parts = urllib.parse.urlsplit(url)
        self._place = (parts.hostname, parts.port)
        self._url = url
        self._rng = rng
        self._open = []
        super().__init__(stage, 1)

    def step(self):
        while len(self._open) < SLOW_CLIENTS:
            connection = self._begun()
            if connection is None:
                break
            self._open.append(connection)
            self.count += 1
        for connection in list(self._open):
            try:
                connection.send(b"x")
            except BlockingIOError:
                continue
            except OSError:
                connection.close()
                self._open.remove(connection)

    def _begun(self):
        session = fetch("POST", f"{self._url}/stream_sessions")
        if not session or session[0] != 200:
            return None
        upload = kit.Answer(200, {}, session[1]).json()
        key = f"stream_input/{upload['session_id']}/chunk_00000.mp4"
        target = urllib.parse.urlsplit(s3.presigned_url(upload["upload"], key,
                                                        offset=server_offset(self._url)))
        try:
            connection = socket.create_connection(self._place, 5)
            connection.sendall(f"PUT {target.path}?{target.query} HTTP/1.1\r\nHost: {target.netloc}"
                               f"\r\nContent-Length: {60 << 20}\r\n\r\n".encode())
            connection.setblocking(False)
            return connection
        except OSError:
            return None

    def stop(self):
        super().stop()
        for connection in self._open:
            connection.close()


class Samples(Beside):
    """What the programs hold, once a second."""

    def __init__(self, stage, mortals):
        self._mortals = mortals
        self._began = time.monotonic()
        self.rows = []
        self.marks = []
        super().__init__(stage, 1)

    def step(self):
        row = [time.monotonic() - self._began]
        for mortal in self._mortals:
            used = processes.Usage(mortal.pid)
            row += [used.memory, used.descriptors, used.threads, used.processes]
        self.rows.append(row)

    def mark(self, text):
        self.marks.append((time.monotonic() - self._began, text))
        kit.note(text)

    def write(self, folder):
        names = [mortal.name for mortal in self._mortals]
        with (folder / "soak.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["seconds"] + [f"{name} {what}" for name in names for what in
                                           ("bytes", "descriptors", "threads", "processes")])
            writer.writerows(self.rows)
        draw(self, names, folder / "soak.png")


def draw(samples, names, path):
    try:
        import matplotlib  # pylint: disable=import-outside-toplevel
    except ImportError:
        kit.note("matplotlib is not installed: no picture")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot  # pylint: disable=import-outside-toplevel
    figure, (memory, descriptors) = pyplot.subplots(2, 1, sharex=True, figsize=(12, 8))
    seconds = [row[0] for row in samples.rows]
    for number, name in enumerate(names):
        memory.plot(seconds, [row[1 + 4 * number] / 1e6 for row in samples.rows], label=name)
        descriptors.plot(seconds, [row[2 + 4 * number] for row in samples.rows], label=name)
    memory.set_ylabel("memory, MB")
    descriptors.set_ylabel("descriptors")
    descriptors.set_xlabel("seconds")
    memory.legend()
    for at, _ in samples.marks:
        for plot in (memory, descriptors):
            plot.axvline(at, color="lightgray", linewidth=0.5, zorder=0)
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    kit.note(f"drew {path}")


class Clock:
    """The time of day as the programs see it."""

    def __init__(self, stage):
        self._file = stage.folder / "clock"
        self.set(0)
        library = next((path for path in (FAKETIME.format(f"{machine}-linux-gnu") for machine in
                                          ("x86_64", "aarch64")) if os.path.exists(path)), None)
        kit.expect(library, "libfaketime is not installed; scripts/packages.sh lists it")
        self.environment = {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1"}

    def set(self, seconds):
        whole = self._file.with_suffix(".new")
        whole.write_text(f"{seconds:+d}\n")
        whole.replace(self._file)


class Disk:
    """A small disk of its own for the data, where this user may mount one."""

    def __init__(self, stage):
        self.folder = stage.folder / "disk"
        self.folder.mkdir()
        mounted = kit.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "streamkit-soak",
                           self.folder], succeeds=False)
        self.is_small = mounted.returncode == 0
        if self.is_small:
            stage.on_exit(lambda: kit.run(["umount", "-l", self.folder], succeeds=False))
        else:
            kit.note(f"skipped: the full disk, since a tmpfs cannot be mounted here: "
                     f"{mounted.stderr.strip()}")

    def fill(self):
        """Leaves no byte."""
        with (self.folder / "ballast").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError:
                pass

    def free(self):
        (self.folder / "ballast").unlink()


class Service:
    """The programs, and what is done to them."""

    def __init__(self, stage, rng):
        self.stage = stage
        self.rng = rng
        self.clock = Clock(stage)
        self.disk = Disk(stage)
        self.data_dir = self.disk.folder / "data"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.server = Mortal(stage, "server", [
            stage.program("streamkit-server"), "--listen", self.url.removeprefix("http://"),
            "--data-dir", self.data_dir, "--log-level", "error", "--create-rate", "1000",
            "--client-rate", "10000", "--session-rate", "10000", "--idle-timeout-seconds", "86400",
            "--disk-reserve-mib", "64"],
            r"listening on .*", self.clock.environment)
        self.workers = [Mortal(stage, f"worker {number}", [
            stage.program("streamkit-worker"), "--data-dir", self.data_dir, "--preset",
            "ultrafast", "--log-level", "error"], r"working on .*", self.clock.environment)
            for number in range(2)]

    @property
    def mortals(self):
        return [self.server, *self.workers]

    def kill_child(self):
        """The process that decodes, if there is one now."""
        for child in processes.children(self.rng.choice(self.workers).pid):
            os.kill(child, signal.SIGKILL)

    def usages(self):
        return [processes.Usage(mortal.pid) for mortal in self.mortals]

    def level(self):
        """What the programs hold, of workers the most that one does: they are the same program,
        but one may not have had a job yet."""
        found = self.usages()
        most = processes.most(found[1:])
        return [found[0], *[most for _ in self.workers]]

    def check_alive(self):
        for mortal in self.mortals:
            kit.expect(mortal.status() is None, f"{mortal.name} ended by itself")


def trouble(service, samples, kills, seconds):
    """One round of everything, spread over its seconds."""
    steps = []
    if kills:
        steps += [("server killed", lambda: service.server.die_and_return(0.2)),
                  ("worker 0 killed", lambda: service.workers[0].die_and_return(0.2)),
                  ("worker 1 killed", lambda: service.workers[1].die_and_return(0)),
                  ("children killed", service.kill_child)]
    else:
        steps += [("children killed", service.kill_child)]
    steps += [("clock one hour back", lambda: service.clock.set(-CLOCK_STEP_SECONDS)),
              ("clock right again", lambda: service.clock.set(0))]
    if service.disk.is_small:
        steps += [("disk full", service.disk.fill), ("disk free again", service.disk.free)]
    for name, step in steps:
        time.sleep(seconds / (len(steps) + 1))
        samples.mark(name)
        step()
        service.check_alive()


class Total:
    def __init__(self):
        self.chunks = self.sessions = 0


def play_round(service, samples, beside, chunks, number, kills, seconds, total):
    """Good sessions from beginning to end beside a round of trouble."""
    stage = service.stage
    streams = [Stream(stage, service.url, chunks, f"{number}_{index}", CHUNK_SECONDS, True)
               for index in range(SENDERS)]
    reader = Reader(stage, streams, random.Random(number), service.data_dir)
    senders = [start_sender(stage, stream, f"sender {number}_{index}")
               for index, stream in enumerate(streams)]
    trouble(service, samples, kills, seconds)
    finish(streams, senders, reader)
    doubled = check_end(streams, reader)
    for wrong in reader.shrunk[:3] + reader.lost[:3] + reader.changed[:3]:
        print(wrong)
    kit.expect(not (reader.shrunk or reader.lost or reader.changed or doubled),
               "something was lost, doubled or changed")
    for stream in streams:
        check_played(stream)
    for other in beside:
        other.check()
    total.chunks += sum(len(stream.journal.entries()) for stream in streams)
    total.sessions += len(streams)


def check_played(stream):
    done = kit.run([kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-i",
                    stream.session["playlist_url"], "-map", "0:v:0", "-f", "framecrc", "-"], 120)
    pictures = sum(not line.startswith("#") for line in done.stdout.splitlines())
    kit.expect_equal(pictures, len(stream.segments()) * CHUNK_SECONDS * 30,
                     "pictures that FFmpeg showed")


def check_back(service, began):
    """Waits until all is as it was when it began."""
    def is_back():
        for name, now, then in zip(service.mortals, service.usages(), began):
            if (now.memory > then.memory * MEMORY_FACTOR + MEMORY_EXTRA or
                    now.descriptors > then.descriptors or now.threads > then.threads or
                    now.processes != then.processes):
                return False
        return True

    def told(usages):
        return "; ".join(f"{mortal.name} {used.memory / 1e6:.0f} MB, {used.descriptors} "
                         f"descriptors, {used.threads} threads, {used.processes} processes"
                         for mortal, used in zip(service.mortals, usages))
    kit.note(f"at the start: {told(began)}")
    try:
        kit.wait_until(is_back, 30, "the level of the start")
    finally:
        kit.note(f"in the end: {told(service.usages())}")


def test(stage, minutes="5", folder=".", seed=""):
    seed = int(seed) if seed else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    out = pathlib.Path(folder)
    chunks = stage.folder / "chunks"
    media.make_chunks(chunks, DISTINCT_CHUNKS, CHUNK_SECONDS)
    good = (chunks / "piece_000.mp4").read_bytes()
    bad = hostile.make_all(stage.folder / "hostile", "http://127.0.0.1:9/", "/etc/hostname")
    service = Service(stage, rng)
    samples = Samples(stage, service.mortals)
    total = Total()
    seconds = float(minutes) * 60
    rounds = max(2, round(seconds / ROUND_SECONDS))
    samples.mark("warming up")
    play_round(service, samples, [], chunks, "warm", True, 5, total)
    began = service.level()
    attackers = HostileSender(stage, service.url, bad, good, random.Random(seed + 1))
    slow = SlowClients(stage, service.url, random.Random(seed + 2))
    try:
        for number in range(rounds):
            kills = number < rounds / 2
            samples.mark(f"round {number + 1} of {rounds}, {'with' if kills else 'without'} kills")
            play_round(service, samples, [attackers, slow, samples], chunks, number, kills,
                       seconds / rounds, total)
        samples.mark("calm")
        attackers.stop()
        slow.stop()

        def all_served():
            attackers.forget_done()
            return not attackers.waiting
        try:
            kit.wait_until(all_served, 60, "a segment in place of each hostile chunk")
        except kit.Failed:
            attackers.tell_waiting(service.data_dir)
            raise
        check_back(service, began)
    finally:
        samples.stop()
        samples.write(out)
    print(f"{total.sessions} good sessions with {total.chunks} chunks, {attackers.count} hostile "
          f"chunks, {slow.count} slow clients; deaths: " +
          ", ".join(f"{mortal.name} {mortal.deaths}" for mortal in service.mortals))


MINUTES = float(sys.argv[2]) if len(sys.argv) > 2 else 5
kit.main(test, int(300 + 120 * MINUTES))
