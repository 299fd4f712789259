"""The time of day is set back by an hour, and forward again, while a stream is captured, converted
and served: nothing waits for the hour.

Usage: clock_test.py FOLDER_OF_PROGRAMS
"""

import glob
import time

import kit
import media

HOUR = 3600


def faketime_library():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    kit.expect(found, "libfaketime is not installed; scripts/packages.sh lists what the tests need")
    return found[0]


class TimeOfDay:
    """What the programs take for the time of day. The steady clock is left as it is, as by a real
    correction. Source: libfaketime's README, "FAKETIME_DONT_FAKE_MONOTONIC"."""

    def __init__(self, stage):
        self._file = stage.folder / "time_of_day"
        self.set(0)
        self.environment = stage.environment(
            LD_PRELOAD=faketime_library(), FAKETIME_TIMESTAMP_FILE=str(self._file),
            FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1",
            FAKETIME_DONT_RESET="1")

    def set(self, seconds):
        self._file.write_text(f"{seconds:+d}s\n")


def video(stage):
    path = stage.folder / "video.mp4"
    return media.make(path, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30", "-f", "lavfi",
                      "-i", "sine=frequency=440:sample_rate=48000", "-t", "10", "-c:v", "libx264",
                      "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")


def listed(url):
    return kit.request("GET", url + "?nowait=1").text().count("\nseg_")


def test(stage):
    clock = TimeOfDay(stage)
    server = stage.start([stage.program("streamkit-server"), "--listen", "127.0.0.1:0",
                          "--data-dir", stage.data_dir, "--log-level", "warning"],
                         clock.environment)
    url = server.wait_for_line(r"listening on (http://127\.0\.0\.1:\d+)")[1]
    capture = stage.start([stage.program("streamkit-capture"), "--api-base", url, "--duration",
                           "24", "--chunk-seconds", "2", "--input", video(stage), "--loop"],
                          clock.environment)
    session_id = capture.wait_for_line(r"session (\S+)", 60)[1]
    playlist = capture.wait_for_line(r"http://\S+/playlist\.m3u8", 60)[0]
    # This chunk's job is from the future then.
    kit.wait_until(lambda: stage.chunk_files(session_id), 30, "a chunk")
    clock.set(-HOUR)
    worker = stage.start([stage.program("streamkit-worker"), "--data-dir", stage.data_dir,
                          "--preset", "ultrafast", "-j", "2"], clock.environment)
    worker.wait_for_line(r"working on .*")
    for step in (-HOUR, 0, -HOUR):
        clock.set(step)
        before = listed(playlist)
        began = time.monotonic()
        kit.wait_until(lambda least=before: listed(playlist) >= least + 2, 30,
                       f"two segments after a step to {step} s")
        kit.note(f"two segments {time.monotonic() - began:.1f} s after a step to {step:+d} s")
    capture.wait(60)
    kit.wait_until(lambda: listed(playlist) == 12, 60, "12 segments")


if __name__ == "__main__":
    kit.main(test, 180)
