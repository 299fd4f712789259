"""Sessions of one worker that choose different views get them: measured as shifts between the eyes.

Usage: session_stereo_test.py FOLDER_OF_PROGRAMS process|none
"""

import subprocess

import kit
import playlists

SECONDS = 4
CHUNK_SECONDS = 2
# Frames are measured at this size, each eye.
WIDTH = 320
HEIGHT = 180
BLOCK = 16
MOST = 16


class Eyes:
    """One frame of a segment, the left and the right eye in grey."""

    def __init__(self, path, number):
        both = subprocess.run(
            [kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-i", path, "-vf",
             f"select=eq(n\\,{number}),scale={2 * WIDTH}:{HEIGHT}:flags=area,format=gray",
             "-frames:v", "1", "-f", "rawvideo", "-"],
            stdout=subprocess.PIPE, check=True).stdout
        kit.expect_equal(len(both), 2 * WIDTH * HEIGHT, f"bytes of frame {number}")
        rows = [both[y * 2 * WIDTH:(y + 1) * 2 * WIDTH] for y in range(HEIGHT)]
        self.left = [row[:WIDTH] for row in rows]
        self.right = [row[WIDTH:] for row in rows]

    def difference(self, x, y, shift):
        """Of a block of the left eye and the right eye's `shift` pixels further right."""
        total = 0
        for row in range(y, y + BLOCK):
            left = self.left[row][x:x + BLOCK]
            right = self.right[row][x + shift:x + shift + BLOCK]
            total += sum(abs(a - b) for a, b in zip(left, right))
        return total

    def has_texture(self, x, y):
        """Whether a block has edges by which its place can be found."""
        steps = sum(abs(a - b) > 20 for row in range(y, y + BLOCK)
                    for a, b in zip(self.left[row][x:x + BLOCK], self.left[row][x + 1:x + BLOCK]))
        return steps >= BLOCK

    def shifts(self):
        """How much further right each block is seen by the right eye, in pixels."""
        found = []
        for y in range(0, HEIGHT - BLOCK + 1, BLOCK):
            for x in range(MOST, WIDTH - BLOCK - MOST, BLOCK):
                if not self.has_texture(x, y):
                    continue
                found.append(min(range(-MOST, MOST + 1),
                                 key=lambda shift: (self.difference(x, y, shift), abs(shift))))
        kit.expect(len(found) >= 20, f"only {len(found)} blocks have texture")
        return sorted(found)


def shifts_of(stage, url, arguments):
    """Of the last chunk of a session: its depth continues from the one before."""
    capture = stage.capture(url, "--input", "test", "--duration", str(SECONDS), "--speed", "max",
                            "--chunk-seconds", str(CHUNK_SECONDS), *arguments)
    capture.running.wait(60)
    found = playlists.wait_for_end(capture.playlist_url, 120)
    kit.expect_equal(len(found.segments), SECONDS // CHUNK_SECONDS, "segments")
    path = stage.folder / f"{capture.session_id}.mp4"
    path.write_bytes(kit.get(found.segments[-1].url))
    shifts = Eyes(path, 30).shifts()
    kit.note(f"{' '.join(arguments) or 'no choice'}: shifts of {shifts[0]} to {shifts[-1]}, "
             f"middle {shifts[len(shifts) // 2]}")
    return shifts


def spread(shifts):
    """From nearly the smallest to nearly the largest, so that single mistakes do not count."""
    tenth = len(shifts) // 10
    return shifts[-1 - tenth] - shifts[tenth]


def check_status(url):
    chosen = {"mode": "half_tb", "divergence": 2.5, "convergence": "auto"}
    session = kit.request("POST", f"{url}/stream_sessions", {"stereo": chosen}).json()
    status = kit.request("GET", f"{url}/stream_sessions/{session['session_id']}",
                         headers={"Authorization": f"Bearer {session['control_token']}"}).json()
    kit.expect_equal(status["stereo"], chosen, "stereo of the status")
    kit.expect_equal(status["mode"], "half_tb", "mode of the status")
    for stereo, field in (({"divergence": 11}, "stereo.divergence"), ({"deep": 1}, "unknown field"),
                          ({"mode": "holo"}, "stereo.mode")):
        refused = kit.request("POST", f"{url}/stream_sessions", {"stereo": stereo})
        kit.expect_equal(refused.status, 400, f"status for {stereo}")
        kit.expect(field in refused.json()["error"]["message"], f"{field} is not named")


def test(stage, isolation):
    url, _ = stage.server("--log-level", "warning")
    worker = stage.worker("--log-level", "warning", "--isolation", isolation, "--divergence", "0",
                          "--depth", "cues")
    check_status(url)

    # Flat, and moved apart by 2.5 % of the width: everything by 8 pixels.
    apart = shifts_of(stage, url, ["--depth", "flat", "--ipd-offset", "2.5"])
    kit.expect(all(abs(abs(shift) - 0.025 * WIDTH) <= 1 for shift in apart),
               f"2.5 % of {WIDTH} pixels are not {apart}")
    # What a session leaves open is the worker's.
    none = shifts_of(stage, url, [])
    kit.expect_equal((none[0], none[-1]), (0, 0), "shifts with the worker's --divergence 0")

    little = spread(shifts_of(stage, url, ["--divergence", "2.5"]))
    much = spread(shifts_of(stage, url, ["--divergence", "7.5"]))
    kit.expect_near(much / little, 3, 0.75, "ratio of the depths of 7.5 and 2.5 %")
    # All before the screen, and all behind it: crossed and uncrossed.
    before = shifts_of(stage, url, ["--divergence", "5", "--convergence", "0"])
    behind = shifts_of(stage, url, ["--divergence", "5", "--convergence", "1"])
    middle = len(before) // 2
    kit.expect(before[middle] < 0 < behind[len(behind) // 2], "convergence does not move the screen")
    kit.expect(before[-1 - len(before) // 10] <= 0 <= behind[len(behind) // 10],
               "not all is on one side of the screen")

    replaced = shifts_of(stage, url, ["--divergence", "7.5", "--depth", "onnx"])
    kit.expect(spread(replaced) > little, "onnx without a model is not replaced")
    logged = worker.stderr().count("does not have the depth source")
    kit.expect_equal(logged, 1, "lines about the missing network")


if __name__ == "__main__":
    kit.main(test, 240)
