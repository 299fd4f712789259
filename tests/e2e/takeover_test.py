"""A worker that dies in mid-conversion is not missed: another one takes its chunk over, and viewers
see no later chunk before. Killed, killed in another PID namespace, and stopped, which nobody can tell
from being slow: there the job's visibility has to end.

Usage: takeover_test.py FOLDER_OF_PROGRAMS
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import time

import kit
import media
import s3

CHUNKS = 6
CHUNK_SECONDS = 2
# From the death to the segment in the playlist, on a machine that does nothing else.
MOST_WHEN_SEEN = 3
MOST_WHEN_UNSEEN = 12


def clip(stage):
    """A chunk whose conversion takes long enough to be interrupted."""
    path = stage.folder / "clip.mp4"
    if not path.exists():
        media.make(path, "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30", "-f", "lavfi", "-i",
                   "sine=frequency=440:sample_rate=48000", "-t", str(CHUNK_SECONDS), "-c:v",
                   "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    return path.read_bytes()


def start_worker(stage, data_dir, prefix=()):
    running = stage.start([*prefix, stage.program("streamkit-worker"), "--data-dir", data_dir,
                           "--preset", "ultrafast", "--log-level", "info"])
    running.wait_for_line(r"working on .*")
    return running


def wait_for_number(database, number):
    """Receivers are numbered in the order in which they began to receive."""
    kit.wait_until(lambda: database.execute(
        "SELECT receivers FROM job_queue").fetchone()[0] >= number, 20, f"receiver {number}")


def send_chunks(stage, url):
    session = kit.request("POST", f"{url}/stream_sessions", {}).json()
    for index in range(CHUNKS):
        key = f"stream_input/{session['session_id']}/chunk_{index:05d}.mp4"
        put = kit.request("PUT", s3.presigned_url(session["upload"], key), clip(stage))
        kit.expect_equal(put.status, 200, f"status of PUT {key}, {put.text()[:200]}")
    return session


def listed(session):
    return kit.request("GET", session["playlist_url"] + "?nowait=1").text().count("\nseg_")


def check_death(stage, name, die, most, prefix=()):
    """The seconds from a worker's death to the segment that it owed."""
    data_dir = stage.folder / name.replace(" ", "_")
    url, server = stage.server("--log-level", "warning", data_dir=data_dir)
    with sqlite3.connect(f"file:{data_dir}/streamkit.sqlite?mode=ro", uri=True) as database:
        workers = []
        for number in (1, 2):
            workers.append(start_worker(stage, data_dir, prefix))
            wait_for_number(database, number)
        session = send_chunks(stage, url)
        held, receiver = kit.wait_until(lambda: database.execute(
            "SELECT group_index, receiver FROM jobs WHERE state = 1").fetchone(), 60,
            "a worker to hold a chunk")
        dying, other = workers if receiver == 1 else workers[::-1]
        died = time.monotonic()
        os.killpg(dying.process.pid, die)
        kit.wait_until(lambda: listed(session) > held, most + 60, f"segment {held}")
        hole = time.monotonic() - died
        kit.wait_until(lambda: listed(session) == CHUNKS, 60, "all segments")
        fillers = database.execute("SELECT count(*) FROM segments WHERE kind <> 0").fetchone()[0]
        kit.expect_equal(fillers, 0, "segments that stand in for a failed conversion")
    dying.kill()
    other.kill()
    server.stop()
    print(f"{name}: segment {held} {hole:.2f} s after the death (wanted: {most} s)", flush=True)
    # A busy machine takes longer for everything.
    kit.expect(hole <= most * kit.PATIENCE, f"{name}: a hole of {hole:.1f} s")


def new_namespace():
    """The command that runs another in a PID namespace of its own; None where that is not
    permitted."""
    unshare = shutil.which("unshare")
    if not unshare:
        return None
    command = [unshare, "-p", "-f"]
    tried = subprocess.run([*command, "true"], capture_output=True, timeout=20, check=False)
    return command if tried.returncode == 0 else None


def test(stage):
    check_death(stage, "killed", signal.SIGKILL, MOST_WHEN_SEEN)
    namespace = new_namespace()
    if namespace:
        check_death(stage, "killed in another PID namespace", signal.SIGKILL, MOST_WHEN_UNSEEN,
                    namespace)
    else:
        print("skipped: no PID namespace may be made here", flush=True)
    check_death(stage, "stopped", signal.SIGSTOP, MOST_WHEN_UNSEEN)


if __name__ == "__main__":
    kit.main(test, 200)
