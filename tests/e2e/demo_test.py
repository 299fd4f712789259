"""The demo and the smoke test, as a newcomer runs them.

Usage: demo_test.py FOLDER_OF_PROGRAMS
"""

import re
import signal
import socket

import kit
import media
import players
import playlists

SMOKE_CHECKS = 8
FLAGS = ["--input", "test", "--duration", "6", "--speed", "max", "--chunk-seconds", "2"]
STATUS = r"chunk (\d+)  uploaded (\d+)  converted (\d+)  listed (\d+)  lag (\d+\.\d) s"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_demo(stage, name, port, *more):
    return stage.start([stage.program("streamkit-demo"), *FLAGS, "--listen", f"127.0.0.1:{port}",
                        "--data-dir", stage.folder / name, *more])


def check_lines(demo, port):
    """The playlist's URL comes first; the last status line tells that all is listed."""
    lines = demo.lines()
    kit.expect(re.fullmatch(rf"http://127\.0\.0\.1:{port}/stream/\S+/playlist\.m3u8", lines[0]),
               f"the first line is no playlist URL: {lines[0]}")
    watch = lines[0].replace("/stream/", "/watch/").replace("/playlist.m3u8", "")
    kit.expect(watch in lines[1], f"the second line tells no watch page: {lines[1]}")
    found = [re.fullmatch(STATUS, line) for line in lines]
    counts = [match.groups() for match in found if match]
    kit.expect(len(counts) >= 2, f"fewer than two status lines\n{demo.tails()}")
    kit.expect_equal(counts[-1], ("3", "3", "3", "3", "0.0"), "the last status line")
    return lines[0], watch


def check_once(stage):
    port = free_port()
    demo = start_demo(stage, "once", port)
    demo.wait_for_line(r"http://\S+", 10)
    demo.wait(90)
    check_lines(demo, port)
    return demo


def check_keep_serving(stage):
    port = free_port()
    demo = start_demo(stage, "serving", port, "--keep-serving")
    demo.wait_for_line(r"the stream is complete; serving until Ctrl-C", 90)
    url, watch = check_lines(demo, port)
    page = kit.get(watch).decode()
    kit.expect("<video" in page and url.split("/")[4] in page, "the watch page shows no stream")
    assets = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    kit.expect(any("hls" in asset for asset in assets), f"the watch page has no hls.js: {assets}")
    for asset in assets:
        kit.get(url.split("/stream/")[0] + asset)
    kit.expect(playlists.load(url).ended, "the playlist has no ENDLIST")
    shown = players.FfmpegPlay(stage, url).result(60)
    players.expect_all_shown("FFmpeg", shown, 180, media.Fraction(1, 30))
    kit.expect_equal(demo.stop(signal.SIGINT), 0, f"status after Ctrl-C\n{demo.tails()}")


def check_interrupt(stage):
    """Ctrl-C in the middle of a stream without end: it is ended, converted and listed."""
    port = free_port()
    demo = stage.start([stage.program("streamkit-demo"), "--chunk-seconds", "1", "--preset",
                        "ultrafast", "--listen", f"127.0.0.1:{port}", "--data-dir",
                        stage.folder / "interrupted"])
    demo.wait_for_line(r"chunk .* listed [1-9].*", 60)
    kit.expect_equal(demo.stop(signal.SIGINT, 60), 0, f"status after Ctrl-C\n{demo.tails()}")
    last = re.fullmatch(STATUS, demo.lines()[-1])
    kit.expect(last and len(set(last.groups()[:4])) == 1,
               f"not all that was captured is listed: {demo.lines()[-1]}")


def check_smoke(stage):
    url, _ = stage.server("--log-level", "warning")
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    done = stage.run("streamkit-smoke", "--base-url", url, seconds=90)
    lines = done.stdout.splitlines()
    kit.expect_equal(lines[-1], "all checks passed", "the last line of the smoke test")
    kit.expect_equal(len(lines) - 1, SMOKE_CHECKS, "checks of the smoke test")
    for line in lines[:-1]:
        kit.expect(re.match(r"ok +\S", line), f"not an ok: {line}")


def test(stage):
    once = check_once(stage)
    kit.note("the demo ran")
    check_keep_serving(stage)
    kit.note("the demo kept serving")
    check_interrupt(stage)
    kit.note("Ctrl-C ended the demo")
    check_smoke(stage)
    kit.note("the smoke test passed")
    kit.expect(not once.stderr(), f"the demo says on standard error:\n{once.stderr()}")


kit.main(test, 200)
