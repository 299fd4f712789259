#!/usr/bin/env bash
# Resident memory of converting and of capturing a long file, sampled twice a second from /proc: the
# peak, and the growth of the median after the first minute.
#   benchmarks/memory.sh [MINUTES] [SIZE] [PRESET]
# 10 minutes of 1280x720 by default, which take about as long on 2 cores; PRESET is x264's of the
# conversion, ultrafast by default. Peaks are those of the first seconds: 1 1920x1080 veryfast.
# Its last lines are "convert: peak N MB, growth N MB" and "capture: ...".
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-10}
size=${2:-1280x720}
preset=${3:-ultrafast}
bin=$PWD/build/bin
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

# A minute of video, repeated without encoding it again.
ffmpeg -v error -f lavfi -i "testsrc2=size=$size:rate=30" \
  -f lavfi -i sine=frequency=440:sample_rate=48000 -t 60 \
  -c:v libx264 -preset ultrafast -crf 28 -pix_fmt yuv420p -c:a aac "$work/minute.mp4"
for ((i = 0; i < minutes; i++)); do echo "file 'minute.mp4'"; done >"$work/list"
ffmpeg -v error -f concat -i "$work/list" -c copy "$work/long.mp4"

watch_memory() { # NAME COMMAND...: runs it and prints its peak and growth
  local name=$1 pid began
  shift
  "$@" >/dev/null 2>"$work/errors" &
  pid=$!
  : >"$work/samples"
  began=$SECONDS
  while kill -0 "$pid" 2>/dev/null; do
    awk -v t=$((SECONDS - began)) '/VmRSS/ { print t, $2 / 1024 }' "/proc/$pid/status" \
      >>"$work/samples" 2>/dev/null || true
    sleep 0.5
  done
  wait "$pid" || { cat "$work/errors" >&2; exit 1; }
  # Growth: the last quarter's median against that of the samples between minute 1 and the middle.
  awk -v name="$name" '
    { t[NR] = $1; m[NR] = $2; if ($2 > peak) peak = $2 }
    function median(from, to,   i, j, n, v, x) {
      n = 0
      for (i = from; i <= to; i++) v[++n] = m[i]
      for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
        x = v[j]; v[j] = v[j - 1]; v[j - 1] = x }
      return v[int((n + 1) / 2)]
    }
    END {
      first = 1
      while (first < NR && t[first] < 60) first++
      if (first >= NR / 2) first = int(NR / 4) + 1
      printf "%s: peak %.0f MB, growth %.0f MB (%d samples, %d s)\n", name, peak,
        median(int(NR * 3 / 4), NR) - median(first, int(NR / 2)), NR, t[NR]
    }' "$work/samples"
}

watch_memory convert "$bin/streamkit-worker" convert "$work/long.mp4" "$work/out.mp4" -q \
  --preset "$preset"
"$bin/streamkit-server" --listen 127.0.0.1:0 --data-dir "$work/data" --log-level warning >"$work/server" &
server=$!
for ((i = 0; i < 100; i++)); do grep -q listening "$work/server" && break; sleep 0.1; done
url=$(awk '/listening on/ { print $3 }' "$work/server")
watch_memory capture "$bin/streamkit-capture" --api-base "$url" --input "$work/long.mp4" \
  --speed max
