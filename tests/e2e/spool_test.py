"""Live streams that are kept on disk until the server has them.

Usage: spool_test.py FOLDER_OF_PROGRAMS crash|outage|full [SEED]

crash: a publisher is killed (SIGKILL) at random moments, again and again, and resumes its session
each time. The stream must be one: no chunk is missing, none that was cut is lost, and video and
audio continue from chunk to chunk.
outage: the server is away for longer than a chunk lasts. The stream is whole afterwards, and what
waited is sent faster than real time.
full: an outage that outlasts the spool ends the capture with a message; resuming sends the rest.
"""

import fractions
import json
import random
import re
import socket
import sys
import time

import kit

KILLS = 20
FRAME = fractions.Fraction(1, 30)
# Audio is cut at packets of 1024 samples.
AUDIO_PACKET = fractions.Fraction(1024, 48000)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Publisher:
    """The test's live publisher; started again, it resumes the session of its spool."""

    def __init__(self, stage, server, chunk_seconds, spool_seconds=1200, give_up_seconds=60):
        self.stage = stage
        self.server = server
        self.spool = stage.folder / "spool"
        self.chunk_seconds = chunk_seconds
        self.spool_seconds = spool_seconds
        self.give_up_seconds = give_up_seconds
        self.running = None

    def start(self, seconds=0):
        self.running = self.stage.start(
            [self.stage.program("streamkit-test-publisher"), self.server, self.spool,
             self.chunk_seconds, seconds, 0, 0, self.spool_seconds, self.give_up_seconds])

    def begin(self, seconds=0):
        """Starts and waits; the session id and the first index."""
        self.start(seconds)
        session = self.running.wait_for_line(r"session (\S+)", 60)[1]
        return session, int(self.running.wait_for_line(r"begins at (\d+)")[1])

    def status(self):
        """The numbers of the newest status line."""
        for line in reversed(self.running.lines()):
            if line.startswith("status "):
                words = line.split()[1:]
                return {name: float(value) for name, value in zip(words[::2], words[1::2])
                        if name != "warning"}
        return {"cut": 0, "stored": 0, "waiting": 0}

    def kill(self):
        self.running.kill()


def probe(path, stream):
    done = kit.run([kit.tool("ffprobe"), "-v", "error", "-select_streams", stream, "-show_entries",
                    "stream=time_base:packet=pts,duration", "-of", "json", path])
    kit.expect(not done.stderr, f"{path}: {done.stderr}")
    found = json.loads(done.stdout)
    base = fractions.Fraction(found["streams"][0]["time_base"])
    # FFmpeg states no duration for the only packet of a track.
    alone = FRAME if stream == "v" else AUDIO_PACKET
    return [(packet["pts"] * base, packet["duration"] * base if "duration" in packet else alone)
            for packet in found["packets"]]


def check_chunks(stage, session, count, chunk_seconds):
    """All chunks are there and continue one another, in video and in audio."""
    files = stage.chunk_files(session)
    kit.expect_same_list([path.name for path in files],
                         [f"chunk_{index:05d}.mp4" for index in range(count)], "chunks")
    video_end = fractions.Fraction(0)
    audio_end = fractions.Fraction(0)
    for index, path in enumerate(files):
        video = probe(path, "v")
        audio = probe(path, "a")
        kit.expect_near(video[0][0], video_end, FRAME / 100, f"start of the video of chunk {index}")
        kit.expect_near(audio[0][0], audio_end, AUDIO_PACKET / 100,
                        f"start of the audio of chunk {index}")
        for (pts, duration), (following, _) in zip(audio, audio[1:]):
            kit.expect_near(following, pts + duration, AUDIO_PACKET / 100, f"audio in {path.name}")
        video_end = video[0][0] + len(video) * FRAME
        audio_end = audio[-1][0] + audio[-1][1]
        kit.expect(len(video) * FRAME <= chunk_seconds + FRAME, f"chunk {index} is too long")
    kit.expect_near(audio_end, video_end, 2 * AUDIO_PACKET, "end of audio and video")


def check_playlist(server, session, count):
    """Every segment is listed and the playlist is complete."""
    def complete():
        text = kit.get(f"{server}/stream/{session}/playlist.m3u8").decode()
        return text if "#EXT-X-ENDLIST" in text else None
    text = kit.wait_until(complete, 120, "the end of the playlist")
    found = sorted(set(re.findall(r"^seg_(\d+)\.mp4", text, re.MULTILINE)))
    kit.expect_same_list(found, [f"{index:05d}" for index in range(count)], "segments")
    kit.expect("#EXT-X-DISCONTINUITY" not in text, "the playlist has a discontinuity")
    # A player's way through all of it.
    done = kit.run([kit.tool("ffmpeg"), "-v", "warning", "-i",
                    f"{server}/stream/{session}/playlist.m3u8", "-f", "null", "-"], 120)
    kit.expect(not re.search(r"non.monoton|invalid|error", done.stderr, re.IGNORECASE),
               f"decoding the stream: {done.stderr[:500]}")


def crash(stage, seed="1"):
    rng = random.Random(int(seed))
    server, _ = stage.server()
    stage.worker()
    publisher = Publisher(stage, server, 0.5)
    session = None
    cut = 0
    for number in range(KILLS):
        publisher.start()
        # Some die before they have begun, some with much in their hands.
        if rng.random() < 0.8:
            found = publisher.running.wait_for_line(r"session (\S+)", 60)[1]
            begin = int(publisher.running.wait_for_line(r"begins at (\d+)")[1])
            kit.expect(session in (None, found), "another session was begun")
            session = found
            # The newest chunk may have been cut and not yet been on the disk.
            kit.expect(begin >= cut - 1, f"resumed at {begin}, but {cut} were cut")
        time.sleep(rng.uniform(0, 1.5))
        publisher.kill()
        cut = max(cut, int(publisher.status()["cut"]))
        kit.note(f"kill {number + 1}, {cut} chunks cut")
    found, begin = publisher.begin(3)
    kit.expect_equal(found, session, "session")
    kit.expect(begin >= cut - 1, f"resumed at {begin}, but {cut} were cut")
    publisher.running.wait(120)
    count = int(publisher.status()["stored"])
    kit.expect(count > begin, "nothing was added after the last kill")
    kit.expect(not publisher.spool.exists(), "the spool is still there after the end")
    check_chunks(stage, session, count, 0.5)
    check_playlist(server, session, count)


def outage(stage):
    address = f"127.0.0.1:{free_port()}"
    server, running = stage.server(listen=address)
    stage.worker()
    publisher = Publisher(stage, server, 0.5)
    session, _ = publisher.begin()
    kit.wait_until(lambda: publisher.status()["stored"] >= 3, 60, "chunks to be stored")
    running.stop()
    kit.wait_until(lambda: publisher.status()["waiting"] >= 12, 60, "chunks to wait")
    kit.expect(" warning 0" in publisher.running.stdout(), "no warning that the server is away")
    _, running = stage.server(listen=address)
    waiting = publisher.status()["waiting"]
    begun = time.monotonic()
    kit.wait_until(lambda: publisher.status()["waiting"] <= 1, 60, "the stream to catch up")
    kit.note(f"{waiting:.0f} chunks of 0.5 s caught up in {time.monotonic() - begun:.1f} s")
    publisher.running.stop(seconds=60)
    count = int(publisher.status()["stored"])
    check_chunks(stage, session, count, 0.5)
    check_playlist(server, session, count)


def full(stage):
    address = f"127.0.0.1:{free_port()}"
    server, running = stage.server(listen=address)
    stage.worker()
    publisher = Publisher(stage, server, 0.5, spool_seconds=3, give_up_seconds=2)
    session, _ = publisher.begin()
    kit.wait_until(lambda: publisher.status()["stored"] >= 2, 60, "chunks to be stored")
    running.kill()
    status = publisher.running.wait(60, succeeds=False)
    kit.expect_equal(status, 1, "exit status")
    kit.expect("is full" in publisher.running.stderr(), "no word about the full spool")
    cut = int(publisher.status()["cut"])
    _, running = stage.server(listen=address)
    found, begin = publisher.begin(1)
    kit.expect_equal(found, session, "session")
    # The chunk that found no room is in no file.
    kit.expect_equal(begin, cut - 1, "index after the full spool")
    publisher.running.wait(60)
    count = int(publisher.status()["stored"])
    kit.expect(count > cut, "nothing was added after the outage")
    check_chunks(stage, session, count, 0.5)
    check_playlist(server, session, count)


def test(stage, what, *arguments):
    {"crash": crash, "outage": outage, "full": full}[what](stage, *arguments)


if __name__ == "__main__":
    sys.exit(kit.main(test, 240))
