#!/usr/bin/env bash
# Builds the rooms that need no third-party library for 64-bit ARM, runs the stereo room's tests in
# an emulator, and compares its fingerprint with this machine's, bit for bit.
#   scripts/arm64.sh [CTEST ARGUMENT...]
# Needs Debian's packages; STREAMKIT_JOBS bounds the parallel compilations. Its last line is
# "arm64: the same".
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_missing g++ cmake ninja-build ccache pkg-config libgtest-dev \
  g++-aarch64-linux-gnu qemu-user googletest
jobs=${STREAMKIT_JOBS:-$(nproc)}
there=$PWD/build/arm64
mkdir -p "$there"

quietly() { # COMMAND...: its output only where it fails
  "$@" >"$there/log" 2>&1 || { cat "$there/log" >&2; return 1; }
}
cross=(
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64
  -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++
  -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  "-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64;-L;/usr/aarch64-linux-gnu"
)
quietly cmake -G Ninja -S /usr/src/googletest -B "$there/googletest" "${cross[@]}" \
  -DCMAKE_BUILD_TYPE=Release -DBUILD_GMOCK=OFF -DCMAKE_INSTALL_PREFIX="$there/prefix"
quietly cmake --build "$there/googletest" -j "$jobs" --target install
quietly cmake --preset minimal -B "$there/streamkit" "${cross[@]}" \
  -DGTest_DIR="$there/prefix/lib/cmake/GTest"
quietly cmake --build "$there/streamkit" -j "$jobs" --target streamkit_core streamkit_hls \
  streamkit_stereo streamkit_testing streamkit_stereo_tests streamkit_stereo_fingerprint_scalar \
  streamkit_stereo_fingerprint_this
ctest --test-dir "$there/streamkit" -R '^stereo\.' -j "$jobs" --output-on-failure "$@"

quietly cmake --preset minimal -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
quietly cmake --build --preset minimal -j "$jobs" --target streamkit_stereo_fingerprint_scalar
build/minimal/bin/streamkit_stereo_fingerprint_scalar >"$there/here"
qemu-aarch64 -L /usr/aarch64-linux-gnu "$there/streamkit/bin/streamkit_stereo_fingerprint_this" \
  >"$there/there"
diff "$there/here" "$there/there"
echo "arm64: the same"
