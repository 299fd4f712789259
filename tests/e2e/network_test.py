"""A live stream over links that lose packets, go away, become slow and reset connections.

Usage: network_test.py FOLDER_OF_PROGRAMS

The links are made of network namespaces (link.py). Where the machine does not allow that, the test
is skipped and says why.
"""

import random
import sys
import time

import kit
import link as links
from spool_test import check_chunks

CHUNK_SECONDS = 0.5


class Stream:
    """A server at one end of a link and a live publisher at the other."""

    def __init__(self, stage, link, bit_rate, adaptive=0):
        self.stage = stage
        address = f"{links.SERVER_ADDRESS}:8000"
        self.server = stage.start(link.server(
            stage.program("streamkit-server"), "--open", "--listen", address, "--public-url",
            f"http://{address}", "--data-dir", stage.data_dir))
        self.server.wait_for_line(r"listening on .*")
        self.running = stage.start(link.client(
            stage.program("streamkit-test-publisher"), f"http://{address}", stage.folder / "spool",
            CHUNK_SECONDS, 0, bit_rate, adaptive))
        self.session = self.running.wait_for_line(r"session (\S+)", 60)[1]

    def rows(self):
        """The status lines, as dictionaries; the numbers of warnings are left out."""
        found = []
        for line in self.running.lines():
            words = line.split()
            if words and words[0] == "status":
                found.append({name: float(value) for name, value in zip(words[1::2], words[2::2])})
        return found

    def wait(self, condition, seconds, what):
        kit.wait_until(lambda: self.rows() and condition(self.rows()[-1]), seconds, what)

    def end(self):
        self.running.stop(seconds=60)
        rows = self.rows()
        kit.expect_equal(rows[-1]["stored"], rows[-1]["cut"], "stored chunks")
        check_chunks(self.stage, self.session, int(rows[-1]["stored"]), CHUNK_SECONDS)
        self.server.stop()
        return rows


def lossy(stage):
    with links.Link(delay_s=0.03, loss=0.02, rate_bps=20e6) as link:
        stream = Stream(stage, link, 0)
        stream.wait(lambda row: row["stored"] >= 30, 60, "30 chunks over a lossy link")
        stream.end()
        kit.expect(link.dropped > 0, "no packet was lost")
        kit.note(f"{link.dropped} packets lost, worst lag "
                 f"{max(row['lag'] for row in stream.rows()):.1f} s")


def cut(stage):
    """No packet passes in either direction, for so long that nothing is left of the connections."""
    with links.Link(delay_s=0.01, rate_bps=20e6) as link:
        stream = Stream(stage, link, 0)
        stream.wait(lambda row: row["stored"] >= 2, 60, "chunks to be stored")
        begun = time.monotonic()
        link.is_cut = True
        kit.wait_until(lambda: " warning 0" in stream.running.stdout(), 40, "the cut to be noticed")
        kit.note(f"noticed after {time.monotonic() - begun:.1f} s")
        stream.wait(lambda row: row["waiting"] >= 90, 60, "chunks of 45 s to wait")
        link.is_cut = False
        back = time.monotonic()
        stream.wait(lambda row: row["waiting"] <= 1, 90, "the stream to catch up")
        kit.note(f"caught up {time.monotonic() - back:.1f} s after its return")
        stream.end()


def resets(stage):
    """Chunks wait all the time, so that two are under way at once, while connections end."""
    rng = random.Random(1)
    with links.Link(delay_s=0.02, rate_bps=700_000) as link:
        stream = Stream(stage, link, 900_000)
        stream.wait(lambda row: row["waiting"] >= 4, 60, "chunks to wait")
        for _ in range(12):
            stored = stream.rows()[-1]["stored"]
            if rng.random() < 0.3:
                link.is_cut = True
                time.sleep(rng.uniform(0.2, 2))
                link.is_cut = False
            link.reset_connections()
            time.sleep(rng.uniform(0, 1))
            stream.wait(lambda row, wanted=stored + 2: row["stored"] >= wanted, 60, "a chunk")
            check_order(stage, stream.session)
        kit.expect(link.resets > 0, "no connection was reset")
        kit.expect(stream.rows()[-1]["retries"] > 0, "no upload failed")
        link.set_rate(20_000_000)
        stream.wait(lambda row: row["waiting"] <= 1, 90, "the stream to catch up")
        kit.note(f"{link.connections} connections, {stream.rows()[-1]['retries']:.0f} retries")
        stream.end()
        check_order(stage, stream.session)


def check_order(stage, session):
    """Each chunk was stored after the one before it."""
    files = stage.chunk_files(session)
    times = [path.stat().st_ctime_ns for path in files]
    for path, before, after in zip(files[1:], times, times[1:]):
        kit.expect(before <= after, f"{path.name} was stored before the chunk ahead of it")
    kit.expect_same_list([path.name for path in files],
                         [f"chunk_{index:05d}.mp4" for index in range(len(files))], "chunks")


def slow(stage):
    with links.Link(delay_s=0.01, rate_bps=20e6) as link:
        stream = Stream(stage, link, 900_000, adaptive=1)
        stream.wait(lambda row: row["stored"] >= 4, 60, "chunks to be stored")
        kit.expect_equal(stream.rows()[-1]["rate"], 900_000, "bit rate on a fast link")
        link.set_rate(500_000)
        stream.wait(lambda row: row["rate"] < 500_000, 90, "the bit rate to go down")
        link.set_rate(20_000_000)
        stream.wait(lambda row: row["rate"] == 900_000, 120, "the bit rate to go up again")
        stream.end()


def test(stage):
    # Each part has a folder of its own.
    for part in (lossy, cut, resets, slow):
        kit.note(part.__name__)
        try:
            with kit.Stage(stage.bin_dir) as own:
                part(own)
        except links.Unavailable as reason:
            raise kit.Skip(str(reason)) from reason


if __name__ == "__main__":
    sys.exit(kit.main(test, 400))
