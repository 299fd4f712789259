#!/usr/bin/env bash
# A service for longer than the tests have time for. Needs a finished build (scripts/test.sh).
#   scripts/soak.sh [MINUTES]     10 if it is not given
# First, eight players open a live stream of one minute in its first second and play it to its end.
# Then good sessions go on beside hostile chunks, slow clients, programs that are killed, steps of
# the clock and a full disk (a small tmpfs, where this user may mount one). In the end every good
# session must be complete and playable, nothing acknowledged lost, and memory, descriptors,
# processes and threads back at the level of the start. build/soak has soak.png, memory and
# descriptors over time, and soak.csv.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
minutes=${1:-10}
[[ $minutes =~ ^[0-9]+([.][0-9]+)?$ ]] || {
  echo "usage: scripts/soak.sh [MINUTES]" >&2
  exit 2
}
install_missing "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" python3-matplotlib
[ -x build/bin/streamkit-server ] || {
  echo "build/bin/streamkit-server is missing: build first (scripts/test.sh)" >&2
  exit 1
}
mkdir -p build/soak
/usr/bin/python3 -B tests/e2e/first_second_test.py build/bin 60 5
/usr/bin/python3 -B tests/e2e/soak_test.py build/bin "$minutes" build/soak
