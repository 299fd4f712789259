#!/usr/bin/env bash
# Builds and runs the demo on a fresh Debian 12: prints a playlist URL and a watch page.
#   scripts/demo.sh                        a generated scene, in real time
#   scripts/demo.sh --input video.mp4      a video of yours; all flags: scripts/demo.sh --help
set -euo pipefail
here=$(pwd)
cd "$(dirname "$0")/.."
root=$(pwd)
. scripts/packages.sh
install_missing "${BUILD_PACKAGES[@]}"
configure
ninja -C build streamkit-demo >build/demo-build.log || {
  tail -n 50 build/demo-build.log >&2
  exit 1
}
cd "$here"
if [ $# -eq 0 ]; then
  # A first look: half a minute of the generated scene, served until Ctrl-C.
  set -- --duration 30 --keep-serving
fi
exec "$root/build/bin/streamkit-demo" "$@"
