"""Measures glass to glass; see benchmarks/latency.sh.

Usage: latency.py FOLDER_OF_PROGRAMS [--joins COUNT] [--players LIST] [--picture FILE] [CHUNK_SECONDS...]
"""

import argparse
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "e2e"))

import glass  # noqa: E402
import kit  # noqa: E402
import live_players  # noqa: E402
import measured_stream  # noqa: E402
import picture  # noqa: E402

_GOAL_SECONDS = 3
_LEAST_FRAMES = 20


class Join:
    """What one player showed, from its start on."""

    def __init__(self, found, player):
        shown = player.stop()
        late = found.seconds_behind(shown)
        kit.expect(len(late) >= _LEAST_FRAMES,
                   f"only {len(late)} frames were seen: this machine is too busy")
        # At first, and when it has found its place.
        self.first = late[0]
        self.seconds = statistics.median(late[len(late) // 2:])
        self.stalls = player.stalls


def watched_for(chunk_seconds):
    return max(8, 4 * chunk_seconds)


def watch(stage, found, kind, place, share):
    """One join, after a part of a segment's length, so that players do not all come when a segment
    was just listed."""
    found.wait_for_segments(len(found.listed) + 1)
    time.sleep(share * found.chunk_seconds)
    player = kind(stage, place, found.playlist_url if kind is live_players.Ffplay
                  else f"{found.url}/watch/{found.session_id}")
    time.sleep(watched_for(found.chunk_seconds))
    return Join(found, player)


def measure(stage, source, chunk_seconds, kinds, joins):
    seconds = len(kinds) * joins * (watched_for(chunk_seconds) + 2 * chunk_seconds + 10) + 60
    found = measured_stream.Stream(stage, source, chunk_seconds, seconds)
    try:
        found.wait_for_segments(3)
        rows = {kind.name: [watch(stage, found, kind, place, number / joins)
                            for number in range(joins)] for kind, place in kinds}
        return found.parts(), rows
    finally:
        found.end()


def print_table(chunk_seconds, parts, rows):
    """The rows of the picture."""
    bars = []
    before = chunk_seconds + sum(parts)
    for name, joins in rows.items():
        first = statistics.median(join.first for join in joins)
        middle = statistics.median(join.seconds for join in joins)
        stalls = sum(join.stalls for join in joins)
        cells = [chunk_seconds, *parts, middle - before, first, middle,
                 chunk_seconds + _GOAL_SECONDS]
        print(f"| {name} | " + " | ".join(f"{cell:.2f}" for cell in cells) + f" | {stalls} |",
              flush=True)
        bars.append((f"{chunk_seconds:g} s, {name}", [chunk_seconds, *parts, middle - before],
                     chunk_seconds + _GOAL_SECONDS))
    return bars


def test(stage, *words):
    parser = argparse.ArgumentParser(prog="latency.sh")
    parser.add_argument("chunk_seconds", nargs="*", type=float, default=[5, 2, 1, 0.5])
    parser.add_argument("--joins", type=int, default=3)
    parser.add_argument("--players", default="ffplay,page")
    parser.add_argument("--picture", type=pathlib.Path)
    parser.add_argument("--glass", choices=["window", "scene"], default="scene")
    options = parser.parse_args(words)
    kinds = []
    if "ffplay" in options.players:
        kinds.append((live_players.Ffplay, live_players.open_screen(stage)))
    if "page" in options.players:
        kinds.append((live_players.WatchPage, live_players.open_browser(stage)))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before the start; seconds:\n")
    print("| player | chunk | encode and upload | queue | convert | playlist | player | at first "
          "| settled | goal | stalls |\n|" + "---|" * 11, flush=True)
    source = glass.WindowGlass(stage) if options.glass == "window" else glass.SceneGlass()
    bars = []
    for chunk_seconds in options.chunk_seconds:
        parts, rows = measure(stage, source, chunk_seconds, kinds, options.joins)
        bars += print_table(chunk_seconds, parts, rows)
    source.stop()
    if options.picture:
        options.picture.write_text(picture.draw(bars))


if __name__ == "__main__":
    kit.main(test, 600)
