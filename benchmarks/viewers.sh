#!/usr/bin/env bash
# Many viewers of one live stream on loopback: each polls the playlist every 2 s and fetches every
# segment. The load is made by one core; the server, with the worker and the capture tool that make
# the stream meanwhile, has another.
#   benchmarks/viewers.sh [VIEWERS] [SECONDS]     10000 and 30 by default
# The playlist's latency counts from when a viewer meant to ask. Its last line is
# "errors N, p99 N ms, rss N MB": of the playlist answers, and the server's largest.
set -euo pipefail
source "$(dirname "$0")/serving.sh"
viewers=${1:-10000}
seconds=${2:-30}
need ffmpeg ffmpeg; need curl curl
need_built streamkit-server streamkit-worker streamkit-capture streamkit-load
choose_cores
ulimit -n "$(ulimit -Hn)"

# Small segments, 0.2 MBit/s or so: here requests count. When a segment appears the whole crowd
# fetches it within the next poll, so 150 kB are 750 MB/s already.
ffmpeg -v error -f lavfi -i "testsrc2=size=320x180:rate=15" -f lavfi -i sine=sample_rate=48000 -t 60 \
  -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac "$work/input.mp4"
server_prefix="taskset -c $server_core" start_server "$work/data"
taskset -c "$server_core" nice "$bin/streamkit-worker" --data-dir "$work/data" \
  --log-level warning --preset ultrafast --crf 45 >"$work/worker.log" 2>&1 &
started+=("$!")
taskset -c "$server_core" nice "$bin/streamkit-capture" --api-base "$base" --input "$work/input.mp4" \
  --loop --capture-preset ultrafast >"$work/capture.log" 2>&1 &
started+=("$!")
for ((i = 0; i < 300; i++)); do
  session=$(ls "$work/data/objects/stream_input" 2>/dev/null | tail -n 1 || true)
  [ -n "$session" ] && curl -s "$base/stream/$session/playlist.m3u8" | grep -q EXTINF && break
  sleep 0.1
done
[ -n "$session" ] || fail "no stream began: $(tail -n 5 "$work/capture.log")"

print_machine
echo "$viewers viewers, joining in 10 s, then $seconds s"
before=$(cpu_ticks "$server_pid")
waited=$(waited_for_core "$server_pid")
failed=
taskset -c "$load_core" "$bin/streamkit-load" viewers --viewers "$viewers" --seconds "$seconds" \
  --url "$base/stream/$session/playlist.m3u8?nowait=1" >"$work/report" || failed=yes
awk -v cpu=$(($(cpu_ticks "$server_pid") - before)) -v hz="$(getconf CLK_TCK)" \
  -v waited="$(waited_for_core "$server_pid")" -v before="$waited" -v s=$((seconds + 10)) '
  BEGIN { printf "server: %.0f %% of a core, and %.0f %% more that it waited for one\n",
    cpu / hz / s * 100, (waited - before) / s * 100 }'
segment=$(ls -S "$work/data/objects/stream_output/$session" | head -n 1)
echo "largest segment: $(stat -c %s "$work/data/objects/stream_output/$session/$segment") bytes"
head -n -1 "$work/report"
echo "$(tail -n 1 "$work/report")," \
  "rss $(awk '/VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$server_pid/status") MB"
[ -z "$failed" ]
