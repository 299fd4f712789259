#!/usr/bin/env bash
# Eight players open a live stream in its first second and play it to its end, as in the tests but for
# longer and with longer chunks. Needs a finished build (scripts/test.sh).
#   scripts/soak.sh [SECONDS [CHUNK_SECONDS]]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_missing "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
[ -x build/bin/streamkit-server ] || {
  echo "build/bin/streamkit-server is missing: build first (scripts/test.sh)" >&2
  exit 1
}
exec /usr/bin/python3 -B tests/e2e/first_second_test.py build/bin "${1:-60}" "${2:-5}"
