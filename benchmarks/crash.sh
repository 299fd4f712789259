#!/usr/bin/env bash
# Kills server, workers and senders without warning while streams are sent, converted and read, and
# looks for anything that was acknowledged and lost, doubled or changed.
#   benchmarks/crash.sh [KILLS] [SEED]      200 kills by default; about a second each
# Needs the programs in build/bin and ffmpeg. Its first line tells the seed; the one before "passed"
# is "kills N, acknowledged N, lost 0, doubled 0, shrunk 0".
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 -B tests/e2e/crash_test.py build/bin "${1:-200}" ${2:+"$2"}
