#!/usr/bin/env bash
# How long a worker takes for each 5 s chunk of a live 1280x720 stream at 30 pictures per second,
# while the capture runs in real time and the server serves on the same machine, over loopback.
#   benchmarks/live.sh [FILE] [SECONDS]      SECONDS of capture, 50 by default
# Without FILE: generated video. What takes less than 5 s keeps up. Its last line is
# "chunks N, conversion median S s, max S s; CPU of a chunk: worker S s, capture S s, server S s".
# The times need a machine that does nothing else; the CPU seconds do not.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/build/bin
for program in server worker capture; do
  [ -x "$bin/streamkit-$program" ] || {
    echo "$bin/streamkit-$program is missing: build first (scripts/test.sh)" >&2
    exit 1
  }
done
input=${1:-}
seconds=${2:-50}
work=$(mktemp -d)
started=()
trap 'for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT

if [ -z "$input" ]; then
  input=$work/input.mp4
  ffmpeg -v error -f lavfi -i "mandelbrot=size=1280x720:rate=30,format=yuv420p" \
    -f lavfi -i sine=frequency=440:sample_rate=48000 -t 10 \
    -c:v libx264 -preset veryfast -crf 20 -c:a aac "$input"
fi

last_word() { # FILE START: the last word of the line that begins so, once it is there
  for ((i = 0; i < 100; i++)); do
    awk -v start="$2" 'index($0, start) { print $NF; found = 1; exit } END { exit !found }' "$1" &&
      return
    sleep 0.1
  done
  cat "$1" >&2
  return 1
}
cpu_ticks() { awk '{ ticks += $14 + $15 } END { print ticks + 0 }' "/proc/$1/stat" 2>/dev/null || echo 0; }
metric() { curl -fsS "$metrics" | awk -v name="$1" '$1 == name { print $2 }'; }

"$bin/streamkit-server" --listen 127.0.0.1:0 --data-dir "$work/data" --log-level warning \
  >"$work/server" 2>&1 &
server=$! started+=($!)
"$bin/streamkit-worker" --data-dir "$work/data" --metrics-listen 127.0.0.1:0 \
  >"$work/worker" 2>&1 &
worker=$! started+=($!)
url=$(last_word "$work/server" "listening on")
metrics=http://127.0.0.1:$(last_word "$work/worker" "metrics on port")/metrics

echo "machine: $(nproc) cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
"$bin/streamkit-capture" --api-base "$url" --input "$input" --loop --size 720p \
  --duration "$seconds" >"$work/capture" 2>&1 &
capture=$! started+=($!)

wanted=$((seconds / 5))
chunks=0
sum=0
capture_ticks=0
deadline=$((SECONDS + seconds + 60))
while ((chunks < wanted && SECONDS < deadline)); do
  sleep 0.2
  if kill -0 "$capture" 2>/dev/null; then capture_ticks=$(cpu_ticks "$capture"); fi
  now=$(metric streamkit_conversion_seconds_count)
  [ "${now:-0}" -gt "$chunks" ] || continue
  total=$(metric streamkit_conversion_seconds_sum)
  # Two that end between two looks share their time.
  awk -v a="$sum" -v b="$total" -v from="$chunks" -v to="$now" 'BEGIN {
    for (i = from; i < to; i++) printf "chunk %d: %.2f s\n", i, (b - a) / (to - from) }' |
    tee -a "$work/chunks"
  chunks=$now sum=$total
done
((chunks >= wanted)) || { echo "only $chunks of $wanted chunks were converted" >&2; exit 1; }
awk '{ print $3 }' "$work/chunks" | sort -n | awk -v hz="$(getconf CLK_TCK)" \
  -v worker="$(cpu_ticks "$worker")" -v capture="$capture_ticks" -v server="$(cpu_ticks "$server")" '
  { s[NR] = $1 }
  END { printf "chunks %d, conversion median %.2f s, max %.2f s; CPU of a chunk: worker %.2f s, " \
          "capture %.2f s, server %.2f s\n", NR, s[int((NR + 1) / 2)], s[NR], worker / hz / NR,
          capture / hz / NR, server / hz / NR }'
