"""A backlog is worked off as fast as the machine can: chunks that wait for each other, with one and
with two threads, and many sessions with one chunk each.

Usage: backlog_test.py FOLDER_OF_PROGRAMS [CHUNKS SESSIONS [strict]]

With `strict`, for a machine that does nothing else, times are held to their bounds as well.
"""

import re
import shutil
import sqlite3
import sys
import time

import kit
import media
import s3

# A clip that is converted in a few hundredths of a second: what costs time here is the queue.
CLIP_SECONDS = 0.4
MOST_DELIVERIES = 1.2
# First to last, as a multiple of the conversions' time divided by what works on them.
MOST_OVER_IDEAL = 1.3


def clip(stage):
    """One chunk with times from 0, which therefore follows on the segment before."""
    path = stage.folder / "clip.mp4"
    media.make(path, "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10", "-f", "lavfi", "-i",
               "sine=frequency=440:sample_rate=48000", "-t", str(CLIP_SECONDS), "-c:v", "libx264",
               "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    return path.read_bytes()


def fill(stage, name, sessions, chunks):
    """A data directory with a backlog; no worker runs meanwhile."""
    folder = stage.folder / name
    url, server = stage.server("--log-level", "warning", "--session-rate", "10000",
                               "--create-rate", "10000", data_dir=folder)
    body = clip(stage)
    for _ in range(sessions):
        answer = kit.request("POST", f"{url}/stream_sessions", {})
        kit.expect_equal(answer.status, 200, f"status of a new session, {answer.text()[:200]}")
        session = answer.json()
        for index in range(chunks):
            key = f"stream_input/{session['session_id']}/chunk_{index:05d}.mp4"
            put = kit.request("PUT", s3.presigned_url(session["upload"], key, seconds=3600), body)
            kit.expect_equal(put.status, 200, f"status of PUT {key}, {put.text()[:200]}")
    server.stop()
    return folder


def counted(url, name):
    match = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", kit.get(url).decode(), re.MULTILINE)
    return float(match[1]) if match else float("nan")


class Outcome:
    """How a backlog was worked off: seconds from the worker's start to the last segment, the sum of
    the conversions' seconds, and deliveries per job."""

    def __init__(self, took, total, deliveries):
        self.took = took
        self.total = total
        self.deliveries = deliveries


def work_off(stage, backlog, threads, jobs):
    folder = stage.folder / f"{backlog.name}-{threads}"
    shutil.copytree(backlog, folder)
    worker = stage.worker("-j", str(threads), "--preset", "ultrafast", "--depth", "flat",
                          "--log-level", "warning", "--metrics-listen", "127.0.0.1:0",
                          data_dir=folder)
    began = time.monotonic()
    port = worker.wait_for_line(r"metrics on port (\d+)")[1]
    with sqlite3.connect(f"file:{folder}/streamkit.sqlite?mode=ro", uri=True) as database:
        def all_done():
            return (database.execute("SELECT count(*) FROM segments").fetchone()[0] == jobs and
                    database.execute("SELECT count(*) FROM jobs").fetchone()[0] == 0)
        kit.wait_until(all_done, 60 + jobs, f"{jobs} segments")
        took = time.monotonic() - began
        fillers = database.execute("SELECT count(*) FROM segments WHERE kind > 1").fetchone()[0]
        kit.expect_equal(fillers, 0, "fillers")
    url = f"http://127.0.0.1:{port}/metrics"
    outcome = Outcome(took, counted(url, "streamkit_conversion_seconds_sum"),
                      counted(url, "streamkit_job_deliveries_total") / jobs)
    worker.stop()
    shutil.rmtree(folder)
    kit.note(f"{backlog.name}, -j {threads}: {took:.1f} s, conversions {outcome.total:.1f} s, "
             f"deliveries per job {outcome.deliveries:.2f}")
    return outcome


def check_deliveries(outcome, what):
    kit.expect(outcome.deliveries <= MOST_DELIVERIES,
               f"{what}: {outcome.deliveries:.2f} deliveries for each job")


def test(stage, chunks="40", sessions="40", strict=""):
    chunks, sessions = int(chunks), int(sessions)
    chain = fill(stage, f"1 session of {chunks} chunks", 1, chunks)
    one = work_off(stage, chain, 1, chunks)
    two = work_off(stage, chain, 2, chunks)
    many = fill(stage, f"{sessions} sessions of 1 chunk", sessions, 1)
    alone = work_off(stage, many, 1, sessions)
    shared = work_off(stage, many, 2, sessions)
    over_ideal = shared.took / (shared.total / 2)
    print(f"chunks that wait for each other: -j 2 takes {two.took / one.took:.2f} of -j 1, "
          f"{two.deliveries:.2f} deliveries per job; "
          f"many sessions: throughput of -j 2 is {alone.took / shared.took:.2f} of -j 1, "
          f"first to last {over_ideal:.2f} of total / threads, "
          f"{shared.deliveries:.2f} deliveries per job", flush=True)
    for outcome in (one, two, alone, shared):
        check_deliveries(outcome, "a backlog")
    # Two threads have nothing to gain here, and must lose nothing.
    most = 1.3 if strict else 3
    kit.expect(two.took <= most * one.took + 1, "two threads are slower than one")
    most = MOST_OVER_IDEAL if strict else 3
    kit.expect(over_ideal <= most, f"first to last takes {over_ideal:.2f} of total / threads")


if __name__ == "__main__":
    AMOUNT = sum(int(word) for word in sys.argv[2:4]) or 80
    kit.main(test, 170 + 2 * AMOUNT)
