#!/usr/bin/env bash
# Builds every fuzz target (clang, with the address and undefined behaviour sanitizers) and runs
# each for a while, from its seeds in tests/fuzz/corpus and from what earlier runs found.
#   scripts/fuzz.sh [SECONDS] [TARGET...]     60 s each; all targets, or those named (url, ...)
# Exits with 1 when one crashes, hangs or leaks; the input that did it is then in
# build/fuzz/findings. New inputs are kept in build/fuzz/corpus: copy one to tests/fuzz/corpus to
# make it a seed. STREAMKIT_JOBS bounds the parallel compilations.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || {
  echo "usage: scripts/fuzz.sh [SECONDS] [TARGET...]" >&2
  exit 2
}
shift || true
install_missing "${BUILD_PACKAGES[@]}" libgtest-dev clang libclang-rt-dev

mkdir -p build/fuzz
cmake --preset fuzz -DCMAKE_CXX_COMPILER_LAUNCHER=ccache >build/fuzz/configure.log 2>&1 || {
  cat build/fuzz/configure.log >&2
  exit 1
}
cmake --build --preset fuzz -j "${STREAMKIT_JOBS:-$(nproc)}"

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzzer.cpp; do targets+=("$(basename "$source" _fuzzer.cpp)"); done
fi
failed=()
for target in "${targets[@]}"; do
  program=build/fuzz/bin/${target}_fuzzer
  [ -x "$program" ] || {
    echo "there is no fuzz target '$target'" >&2
    exit 2
  }
  mkdir -p "build/fuzz/corpus/$target" "build/fuzz/findings/$target"
  log=build/fuzz/$target.log
  seeds=tests/fuzz/corpus/$target
  limits=(-rss_limit_mb=1024)
  # Files that announce much make FFmpeg reserve much, of which it uses little.
  case $target in
    media_reader | convert_chunk)
      seeds=tests/fuzz/corpus/media_reader
      limits+=(-malloc_limit_mb=4096 -max_len=32768)
      ;;
    packet_stream) limits+=(-malloc_limit_mb=4096 -max_len=65536) ;;
  esac
  echo "$target: ${seconds} s"
  # The first folder takes what is new; the seeds are only read.
  if ASAN_OPTIONS=quarantine_size_mb=16:allocator_may_return_null=1 "$program" -max_total_time="$seconds" -timeout=60 "${limits[@]}" -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$target/" \
    "build/fuzz/corpus/$target" "$seeds" >"$log" 2>&1; then
    sed -n 's/^stat::number_of_executed_units: */  runs: /p' "$log"
  else
    failed+=("$target")
    tail -n 60 "$log" >&2
  fi
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]} (inputs in build/fuzz/findings)" >&2
  exit 1
fi
echo "no finding in ${#targets[@]} targets"
