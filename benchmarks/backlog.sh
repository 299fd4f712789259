#!/usr/bin/env bash
# How a backlog is worked off: one session whose chunks wait for each other, and many sessions with
# one chunk each, with one and with two threads.
#   benchmarks/backlog.sh [CHUNKS [SESSIONS]]      300 and 1000 by default
# Needs the programs in build/bin, ffmpeg, and a machine that does nothing else. The line before
# "passed" has the ratios of throughput, the deliveries per job, and the time from the first to the
# last segment as a multiple of the conversions' time divided by the threads.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 -B tests/e2e/backlog_test.py build/bin "${1:-300}" "${2:-1000}" strict
