#!/usr/bin/env bash
# Whole-file conversion to side by side, against FFmpeg doing the same without depth: decode,
# hstack, x264 with the same output size, preset and quality. Run in turn; the figure is the median
# of the pairs' ratios.
#   benchmarks/convert.sh [FILE] [PAIRS] [PRESET]
# Without FILE: 10 s of generated 1280x720 video. Its last line is "ratio X.XX".
set -euo pipefail
cd "$(dirname "$0")/.."
worker=build/bin/streamkit-worker
[ -x "$worker" ] || { echo "$worker is missing: build first (scripts/test.sh)" >&2; exit 1; }
pairs=${2:-5}
preset=${3:-veryfast}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

input=${1:-}
if [ -z "$input" ]; then
  input=$work/input.mp4
  ffmpeg -v error -f lavfi -i "mandelbrot=size=1280x720:rate=30,format=yuv420p" \
    -f lavfi -i sine=frequency=440:sample_rate=48000 -t 10 \
    -c:v libx264 -preset veryfast -crf 20 -c:a aac "$input"
fi

seconds() { # runs the command, prints its wall time
  local began=$EPOCHREALTIME
  "$@" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
  awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'
}
ours() { seconds "$worker" convert "$input" "$work/ours.mp4" -y -q --preset "$preset" --crf 20; }
theirs() {
  seconds ffmpeg -v error -y -i "$input" -filter_complex "[0:v:0]split[l][r];[l][r]hstack[v]" \
    -map "[v]" -map "0:a:0?" -c:v libx264 -preset "$preset" -crf 20 -c:a copy "$work/theirs.mp4"
}

echo "machine: $(nproc) cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
ours >/dev/null; theirs >/dev/null # warm up
for ((i = 1; i <= pairs; i++)); do
  a=$(ours); b=$(theirs)
  awk -v a="$a" -v b="$b" -v i="$i" \
    'BEGIN { printf "pair %d: streamkit %.2f s, ffmpeg %.2f s, ratio %.2f\n", i, a, b, a / b }'
  awk -v a="$a" -v b="$b" 'BEGIN { print a / b }' >>"$work/ratios"
done
sort -n "$work/ratios" | awk '{ r[NR] = $1 }
  END { m = NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2; printf "ratio %.2f\n", m }'
