#!/usr/bin/env bash
# Builds and runs the demo on a fresh Debian 12: prints a playlist URL and a watch page.
#   scripts/demo.sh                        a generated scene, in real time
#   scripts/demo.sh video.mp4              a video of yours
#   scripts/demo.sh video.mp4 --mode tb    with flags; all of them: scripts/demo.sh --help
# Progress goes to standard error: the first line on standard output is the playlist's URL.
set -euo pipefail
here=$(pwd)
cd "$(dirname "$0")/.."
root=$(pwd)
. scripts/packages.sh
log=build/demo-build.log
if [ -x build/bin/streamkit-demo ]; then
  echo "demo.sh: bringing the demo up to date" >&2
else
  echo "demo.sh: building the demo; the first time takes several minutes" >&2
fi
install_missing "${BUILD_PACKAGES[@]}"
configure
if [ -t 2 ]; then
  # On a terminal Ninja shows its progress in one line.
  ninja -C build streamkit-demo >&2
else
  ninja -C build streamkit-demo >"$log" || {
    tail -n 50 "$log" >&2
    exit 1
  }
  echo "demo.sh: built, log in $root/$log" >&2
fi
cd "$here"
if [ $# -eq 0 ]; then
  # A first look: half a minute of the generated scene, served until Ctrl-C.
  set -- --duration 30 --keep-serving
fi
exec "$root/build/bin/streamkit-demo" "$@"
