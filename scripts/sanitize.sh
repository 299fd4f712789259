#!/usr/bin/env bash
# Builds with sanitizers and runs the tests of every part, the server and the worker included:
# address and undefined behaviour, then threads.
#   scripts/sanitize.sh [asan|tsan]... [CTEST ARGUMENT...]
#   scripts/sanitize.sh tsan -R Uploader
# STREAMKIT_JOBS bounds the parallel compilations.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
presets=()
while [[ ${1:-} == asan || ${1:-} == tsan ]]; do
  presets+=("$1")
  shift
done
[ ${#presets[@]} -gt 0 ] || presets=(asan tsan)
install_missing "${BUILD_PACKAGES[@]}" "${GSTREAMER_PACKAGES[@]}" "${WAYLAND_PACKAGES[@]}" xvfb openbox pulseaudio
find_onnxruntime

# The thread sanitizer's memory map does not fit kernels that randomize addresses by more than 28
# bits; where that may be switched off, it is.
fixed_addresses=()
if setarch "$(uname -m)" -R true 2>/dev/null; then fixed_addresses=(setarch "$(uname -m)" -R); fi

for preset in "${presets[@]}"; do
  mkdir -p "build/$preset"
  cmake --preset "$preset" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    "${onnx_arguments[@]}" -DSTREAMKIT_WITH_GSTREAMER=ON -DSTREAMKIT_WITH_WAYLAND=ON >"build/$preset/configure.log" 2>&1 || {
    cat "build/$preset/configure.log" >&2
    exit 1
  }
  cmake --build --preset "$preset" -j "${STREAMKIT_JOBS:-$(nproc)}"
  echo "$preset: unit and adapter tests"
  "${fixed_addresses[@]}" ctest --preset "$preset" -L "unit|adapters" \
    -j "${STREAMKIT_JOBS:-$(nproc)}" "$@"
done
