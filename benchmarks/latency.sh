#!/usr/bin/env bash
# Glass to glass: how long after a frame of a live 1280x720 stream at 30 frames per second was captured it is seen,
# with capture, server and worker on this machine, over loopback, and where that time goes.
#   benchmarks/latency.sh [--joins COUNT] [--players LIST] [--picture FILE.svg] [--glass NAME]
#                        [CHUNK_SECONDS...]
# Chunks of 5, 2, 1 and 0.5 s by default; LIST is ffplay,page by default; FILE.svg shows the table as bars.
# NAME: window (an X window under Xvfb that is captured; default) or scene (the capture makes its frames itself, which
# costs less of a small machine).
# The players start at the newest segment: ffplay, whose window is read from the screen of an Xvfb, and the watch page
# in headless Chromium, whose frames are read as they are presented. Players and the window stand for other machines:
# as root, they yield to the service (nice 10). Each joins COUNT times (3 by default), at another
# place of a segment. Needs the programs in build/bin, ffmpeg, ffplay, Xvfb and chromium. The times need a machine that
# does nothing else: the first line says how busy it is.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 -B benchmarks/latency/latency.py build/bin "$@"
