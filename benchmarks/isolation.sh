#!/usr/bin/env bash
# What it costs to convert chunks in a process of their own (--isolation process): the same chunk of
# 2 s is converted in this process and in a child, in turn.
#   benchmarks/isolation.sh [PAIRS] [SIZE]
# Its last line is "ratio X.XXX Y.YYY": medians of the pairs' ratios of time and of processor time.
set -euo pipefail
cd "$(dirname "$0")/.."
pairs=${1:-7}
size=${2:-1920x1080}
program=${STREAMKIT_BIN:-build/bin}/isolation_cost
[ -x "$program" ] || { echo "build isolation_cost first" >&2; exit 1; }
command -v ffmpeg >/dev/null || { echo "install ffmpeg" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ffmpeg -v error -f lavfi -i "mandelbrot=size=$size:rate=30,format=yuv420p" \
  -f lavfi -i "sine=frequency=440:sample_rate=48000" -t 2 \
  -c:v libx264 -preset ultrafast -b:v 6M -c:a aac "$work/chunk.mp4"
"$program" "$work/chunk.mp4" "$pairs"
