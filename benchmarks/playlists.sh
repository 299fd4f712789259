#!/usr/bin/env bash
# Playlist requests per second, against nginx serving a static file of the same content: both on
# one core, wrk on another, in turn. The figure is the median of the pairs' ratios.
#   benchmarks/playlists.sh [PAIRS] [SECONDS]
# Its last line is "ratio X.XX".
set -euo pipefail
source "$(dirname "$0")/serving.sh"
pairs=${1:-5}
seconds=${2:-3}
need nginx nginx-light; need wrk wrk; need ffmpeg ffmpeg; need curl curl
need_built streamkit-server streamkit-worker streamkit-capture
choose_cores

# 120 segments: ten minutes of chunks of 5 s. Small pictures and short chunks make them quickly.
ffmpeg -v error -f lavfi -i "testsrc2=size=160x90:rate=10" -t 60 -c:v libx264 -preset ultrafast \
  -pix_fmt yuv420p "$work/input.mp4"
make_stream "$work/data" 0.5 --preset ultrafast -- --input "$work/input.mp4"
mkdir "$work/www"
server_prefix="taskset -c $server_core" start_server "$work/data" --threads 1
ours=$base/stream/$session/playlist.m3u8
curl -s "$ours" >"$work/www/playlist.m3u8"
start_nginx "$work/www"
theirs=$nginx_base/playlist.m3u8
cmp <(curl -s "$ours") <(curl -s "$theirs") || fail "the two serve different bytes"

print_machine
echo "playlist: $(stat -c %s "$work/www/playlist.m3u8") bytes," \
  "$(grep -c EXTINF "$work/www/playlist.m3u8") segments, 64 connections"
for ((i = 1; i <= pairs; i++)); do
  measure ours "$server_pid" "$ours" 64 "$seconds"
  measure theirs "$nginx_pid" "$theirs" 64 "$seconds"
  paste -d' ' "$work/ours" "$work/theirs" | awk -v i="$i" '{
    printf "pair %d: streamkit %.0f/s, nginx %.0f/s, ratio %.2f; CPU ", i, $1, $4, $1 / $4
    printf "per request %.1f us, %.1f us\n", $3, $6 }'
  paste -d' ' "$work/ours" "$work/theirs" | awk '{ print $1 / $4 }' >>"$work/ratios"
done
echo "ratio $(median <"$work/ratios")"
