#!/usr/bin/env bash
# Segment bytes served, against nginx with sendfile serving the same file: both on one core, wrk on
# another, in turn. The figure is the median of the pairs' ratios.
#   benchmarks/segments.sh [PAIRS] [SECONDS]
# Its last line is "ratio X.XX".
set -euo pipefail
source "$(dirname "$0")/serving.sh"
pairs=${1:-5}
seconds=${2:-3}
need nginx nginx-light; need wrk wrk; need ffmpeg ffmpeg; need curl curl
need_built streamkit-server streamkit-worker streamkit-capture
choose_cores

# A segment of usual size: 5 s of 1280x720 side by side.
ffmpeg -v error -f lavfi -i "mandelbrot=size=1280x720:rate=30,format=yuv420p" -t 5 \
  -c:v libx264 -preset ultrafast -b:v 6M "$work/input.mp4"
make_stream "$work/data" 5 --preset ultrafast --crf 32 -- --input "$work/input.mp4"
mkdir "$work/www"
cp "$work/data/objects/stream_output/$session/seg_00000.mp4" "$work/www/"
server_prefix="taskset -c $server_core" start_server "$work/data" --threads 1
start_nginx "$work/www"
ours=$base/stream/$session/seg_00000.mp4
theirs=$nginx_base/seg_00000.mp4
cmp <(curl -s "$ours") <(curl -s "$theirs") || fail "the two serve different bytes"

print_machine
echo "segment: $(stat -c %s "$work/www/seg_00000.mp4") bytes, 16 connections"
for ((i = 1; i <= pairs; i++)); do
  measure ours "$server_pid" "$ours" 16 "$seconds"
  measure theirs "$nginx_pid" "$theirs" 16 "$seconds"
  paste -d' ' "$work/ours" "$work/theirs" | awk -v i="$i" '{
    printf "pair %d: streamkit %.0f MB/s, nginx %.0f MB/s, ratio %.2f; CPU ", i, $2 / 1e6, $5 / 1e6, $2 / $5
    printf "per segment %.0f us, %.0f us\n", $3, $6 }'
  paste -d' ' "$work/ours" "$work/theirs" | awk '{ print $2 / $5 }' >>"$work/ratios"
done
echo "ratio $(median <"$work/ratios")"
