#!/usr/bin/env bash
# Builds everything and runs all tests on a fresh Debian 12. Arguments go to ctest:
#   scripts/test.sh -L unit        only the unit tests
# The room onnx is built where ONNX Runtime can be had (scripts/onnxruntime.sh), else a test that is
# skipped says why.
# STREAMKIT_TEST_DATA names a folder of real clips and playlists; tests that want one skip without.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_missing "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${GSTREAMER_PACKAGES[@]}" "${WAYLAND_PACKAGES[@]}"
if [ -z "${STREAMKIT_TEST_DATA:-}" ] && [ -d ../shared/data ]; then
  STREAMKIT_TEST_DATA=$(cd ../shared/data && pwd)
fi
export STREAMKIT_TEST_DATA=${STREAMKIT_TEST_DATA:-}
# The shared libraries that one test builds are compiled with the same command lines as the static
# ones, in another folder: for the compiler cache the folder makes no difference.
export CCACHE_NOHASHDIR=1
find_onnxruntime
configure "${onnx_arguments[@]}" -DSTREAMKIT_WITH_GSTREAMER=ON -DSTREAMKIT_WITH_WAYLAND=ON
ninja -C build
ctest --test-dir build --output-on-failure -j 2 "$@"
