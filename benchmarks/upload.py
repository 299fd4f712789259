"""Uploads over bad links: see upload.sh.

Usage: upload.py FOLDER_OF_PROGRAMS
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"))
import link as links  # pylint: disable=wrong-import-position

TCP = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()


class Bench:
    """A server at one end of a link."""

    def __init__(self, programs, link):
        self.programs = pathlib.Path(programs)
        self.link = link
        self.folder = tempfile.TemporaryDirectory(prefix="streamkit-upload-")
        self.log = pathlib.Path(self.folder.name, "server.log").open("wb")
        self.server = subprocess.Popen(
            link.server(self.programs / "streamkit-server", "--open", "--listen",
                        f"{links.SERVER_ADDRESS}:8000", "--public-url", self.url(), "--data-dir",
                        pathlib.Path(self.folder.name, "data")),
            stdout=subprocess.PIPE, stderr=self.log)
        self.server.stdout.readline()
        self.uploads = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(20)
        self.log.close()
        self.folder.cleanup()

    @staticmethod
    def url():
        return f"http://{links.SERVER_ADDRESS}:8000"

    def spool(self):
        self.uploads += 1
        return pathlib.Path(self.folder.name, f"spool{self.uploads}")

    def rate(self, chunks, size, seconds, limit=400):
        """Mbit/s of a backlog of chunks, uploaded at once."""
        done = subprocess.run(
            self.link.client(self.programs / "streamkit-upload-load", self.url(), self.spool(),
                             str(chunks), str(size), str(seconds)),
            capture_output=True, text=True, timeout=limit, check=False)
        found = re.search(r"([\d.e+]+) Mbit/s, estimate ([\d.e+]+)", done.stdout)
        if not found:
            raise RuntimeError(done.stdout + done.stderr)
        return float(found[1]), float(found[2])

    def live(self, chunk_seconds, seconds, bit_rate, adaptive=False, during=None):
        """Publishes a live stream; the status lines, as dictionaries."""
        process = subprocess.Popen(
            self.link.client(self.programs / "streamkit-test-publisher", self.url(), self.spool(),
                             str(chunk_seconds), str(seconds), str(bit_rate), str(int(adaptive))),
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        if during:
            threading.Thread(target=during, daemon=True).start()
        rows = []
        for line in process.stdout:
            words = line.split()
            if words and words[0] == "status":
                words = words[1:]
                rows.append({name: float(value) for name, value in zip(words[::2], words[1::2])})
        if process.wait(60) != 0:
            raise RuntimeError("the publisher failed")
        return rows


PLAIN_SERVER = """
import socket, time
listener = socket.create_server(("10.199.0.2", 9000))
print("up", flush=True)
connection, _ = listener.accept()
begin, count = time.monotonic(), 0
while data := connection.recv(1 << 18):
    count += len(data)
print(count * 8 / (time.monotonic() - begin) / 1e6)
"""
PLAIN_CLIENT = """
import socket
with socket.create_connection(("10.199.0.2", 9000)) as connection:
    connection.sendall(bytes(100_000_000))
"""


def plain():
    """Mbit/s of one TCP connection that sends all the time: what the link carries."""
    with links.Link(delay_s=0.1, rate_bps=20e6) as link:
        with subprocess.Popen(link.server(sys.executable, "-c", PLAIN_SERVER),
                              stdout=subprocess.PIPE, text=True) as sink:
            sink.stdout.readline()
            subprocess.run(link.client(sys.executable, "-c", PLAIN_CLIENT), check=True)
            return float(sink.stdout.read())


RUNS = 3
BACKLOG = 100e6  # bytes; more than in a moment, so that the slow start of TCP does not decide


def throughput(programs):
    """Medians of runs that take turns, so that a busy moment of the machine hits all alike."""
    kinds = ((5, 18e6), (5, 6e6), (2, 18e6), (1, 18e6))
    bare, rates, estimates = [], {kind: [] for kind in kinds}, {}
    for number in range(RUNS):
        bare.append(plain())
        for kind in kinds:
            chunk_seconds, bit_rate = kind
            size = int(bit_rate * chunk_seconds / 8)
            with links.Link(delay_s=0.1, rate_bps=20e6) as link, Bench(programs, link) as bench:
                rate, estimates[kind] = bench.rate(int(BACKLOG / size), size, chunk_seconds)
                rates[kind].append(rate)
        print(f"run {number + 1}: one TCP connection {bare[-1]:.1f} Mbit/s, chunks "
              f"{' '.join(f'{rates[kind][-1]:.1f}' for kind in kinds)}, "
              f"load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    base = statistics.median(bare)
    print(f"20 Mbit/s, 200 ms round trip, medians of {RUNS} runs: one TCP connection with {TCP}: "
          f"{base:.1f} Mbit/s, {base / 20:.2f} of the link")
    for kind in kinds:
        rate = statistics.median(rates[kind])
        print(f"chunks of {kind[0]} s and {kind[0] * kind[1] / 8e6:.2f} MB: {rate:.1f} Mbit/s, "
              f"estimate {estimates[kind]:.1f}, {rate / 20:.2f} of the link, "
              f"{rate / base:.2f} of one TCP connection", flush=True)


def worst(rows, name):
    return max(row[name] for row in rows)


def loss(programs):
    with links.Link(delay_s=0.1, loss=0.02, rate_bps=20e6) as link, Bench(programs, link) as bench:
        rows = bench.live(2, 60, 1_500_000)
        print(f"2 % loss, 200 ms round trip, a live stream of 1.5 Mbit/s in chunks of 2 s: worst lag "
              f"{worst(rows, 'lag'):.1f} s, {rows[-1]['retries']:.0f} retries, "
              f"{rows[-1]['stored']:.0f} chunks stored, {link.dropped} packets dropped", flush=True)


def slow(programs):
    with links.Link(delay_s=0.02, rate_bps=8e6) as link, Bench(programs, link) as bench:
        def change():
            time.sleep(20)
            link.set_rate(700e3)
            time.sleep(60)
            link.set_rate(8e6)
        rows = bench.live(1, 150, 2_000_000, adaptive=True, during=change)
        print(f"8 Mbit/s, then 0.7 for a minute, then 8: the rate of a stream of 2 Mbit/s goes to "
              f"{min(row['rate'] for row in rows) / 1e6:.2f} and ends at {rows[-1]['rate'] / 1e6:.2f}"
              f" Mbit/s; worst lag {worst(rows, 'lag'):.1f} s", flush=True)


def outage(programs):
    with links.Link(delay_s=0.02, rate_bps=20e6) as link, Bench(programs, link) as bench:
        state = {}

        def cut():
            time.sleep(10)
            link.is_cut = True
            time.sleep(45)
            link.is_cut = False
            state["back"] = time.monotonic()
        begun = time.monotonic()
        rows = bench.live(1, 120, 1_500_000, during=cut)
        late = [number for number, row in enumerate(rows) if row["waiting"] > 1]
        print(f"45 s without a network: worst lag {worst(rows, 'lag'):.1f} s, caught up "
              f"{late[-1] * 0.2 - (state['back'] - begun):.1f} s after its return, "
              f"{rows[-1]['stored']:.0f} of {rows[-1]['cut']:.0f} chunks stored", flush=True)


def main():
    wanted = sys.argv[2:] or ["throughput", "loss", "slow", "outage"]
    try:
        for name in wanted:
            {"throughput": throughput, "loss": loss, "slow": slow, "outage": outage}[name](
                sys.argv[1])
    except links.Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(77)


if __name__ == "__main__":
    main()
