#!/usr/bin/env bash
# What a large depth network costs here for each frame that it sees, and with which --depth-every a
# stream of 1280x720 at 30 frames per second is converted faster than it plays.
#   benchmarks/large_network.sh [MODEL [PRESET [SIZES [FILE]]]]
# Without MODEL: Depth Anything V2 Small with made-up weights, from the folder depth/architectures of
# $STREAMKIT_TEST_DATA, which costs what the real one costs. SIZES, of the shorter side, are "252 518"
# by default. Without FILE: 20 s of generated video. For each size the conversion is measured with
# --depth-every 30 and 15, from which follows how much processor time it takes without the network and
# for each frame that the network sees; the least --depth-every that leaves a fifth of all cores idle
# is then tried. The times need a machine that does nothing else; processor time does not. The last line
# of each size is "SIZE: --depth-every N: X.XX times real time, N % of all cores at real time".
set -euo pipefail
cd "$(dirname "$0")/.."
worker=build/bin/streamkit-worker
cost=build/bin/network_cost
for program in "$worker" "$cost"; do
  [ -x "$program" ] || { echo "$program is missing: build with -DSTREAMKIT_WITH_ONNX=ON" >&2; exit 1; }
done
model=${1:-}
preset=${2:-depth_anything}
sizes=${3:-252 518}
input=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "$model" ]; then
  packed=${STREAMKIT_TEST_DATA:-../shared/data}/depth/architectures/depth_anything_v2_small_size.onnx.xz
  [ -e "$packed" ] || { echo "SKIPPED: no $packed; set STREAMKIT_TEST_DATA, or name a MODEL"; exit 0; }
  model=$work/model.onnx
  xz --decompress --stdout "$packed" >"$model"
fi
if [ -z "$input" ]; then
  input=$work/input.mp4
  ffmpeg -v error -f lavfi -i "mandelbrot=size=1280x720:rate=30,format=yuv420p" \
    -f lavfi -i sine=frequency=440:sample_rate=48000 -t 20 \
    -c:v libx264 -preset veryfast -crf 20 -c:a aac "$input"
fi
frames=$(ffprobe -v error -select_streams v:0 -count_packets -show_entries stream=nb_read_packets \
  -of csv=p=0 "$input" | tr -d ,)
cores=$(nproc)
echo "machine: $cores cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
echo "video: $frames frames"

TIMEFORMAT='%R %U %S'
convert() { # SIZE EVERY: sets wall and processor, in seconds
  { time "$worker" convert "$input" "$work/out.mp4" -y -q --depth onnx --depth-model "$model" \
    --depth-preset "$preset" --depth-size "$1" --depth-every "$2" >/dev/null 2>"$work/errors"; } \
    2>"$work/time" || { cat "$work/errors" >&2; exit 1; }
  read -r wall processor <<<"$(awk '{ print $1, $2 + $3 }' "$work/time")"
}

for size in $sizes; do
  "$cost" "$model" "$preset" "$size" | tee "$work/cost"
  loading=$(awk '{ print $3 }' "$work/cost")
  convert "$size" 30
  rare=$processor
  convert "$size" 15 # sees frames / 30 more than before
  awk -v rare="$rare" -v often="$processor" -v frames="$frames" -v loading="$loading" \
    -v cores="$cores" 'BEGIN {
      seen = (often - rare) / (frames / 30)
      rest = (rare - loading) / frames - seen / 30
      free = 0.8 * cores - 30 * rest # of each second
      every = 99
      if (free > 0) every = int(30 * seen / free) + 1
      printf "%.0f %.0f %d\n", 1e3 * rest, 1e3 * seen, every }' >"$work/plan"
  read -r rest seen every <"$work/plan"
  echo "$size: $rest ms of processor time per frame converted, and $seen ms for each that the network sees"
  if [ "$every" -gt 30 ]; then
    echo "$size: needs a --depth-every above 30 here; tried with 30"
    every=30
  fi
  convert "$size" "$every"
  awk -v wall="$wall" -v processor="$processor" -v loading="$loading" -v frames="$frames" \
    -v size="$size" -v every="$every" -v cores="$cores" 'BEGIN {
    printf "%d: --depth-every %d: %.2f times real time, %.0f %% of all cores at real time\n", size,
      every, frames / 30 / (wall - loading), 100 * (processor - loading) / (frames / 30) / cores }'
done
