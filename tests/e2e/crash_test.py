"""Streams that lose nothing while server, workers and senders are killed without warning (SIGKILL),
again and again, and started anew on the same data.

Usage: crash_test.py FOLDER_OF_PROGRAMS [KILLS [SEED]]

Senders put chunks in order and write down which were acknowledged; a reader fetches playlists and
segments all the time. In the end each acknowledged chunk must be there byte for byte and have
exactly one segment in the finished playlist, and no playlist may ever have been anything but the
beginning of the next one.
"""

import random
import sqlite3
import sys
import time

import kit
import media
from sender import DISTINCT_CHUNKS
from survival import (Mortal, Reader, Stream, acknowledged, check_end, finish, free_port,
                      start_sender)

SENDERS = 3
WORKERS = 2
CHUNK_SECONDS = 0.5
# A dead worker's conversion is taken over after so long.
VISIBILITY_SECONDS = 2


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
    streams = [Stream(stage, url, chunks, number, CHUNK_SECONDS) for number in range(SENDERS)]
    workers = [Mortal(stage, f"worker {number}", [
        stage.program("streamkit-worker"), "--data-dir", stage.data_dir, "--preset", "ultrafast",
        "--visibility-seconds", str(VISIBILITY_SECONDS), "--log-level", "warning"],
        r"working on .*") for number in range(WORKERS)]
    senders = [start_sender(stage, stream, f"sender {number}")
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


# About half a second for each kill, and what is left to convert in the end.
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
kit.main(test, 170 + 3 * KILLS)
