#!/usr/bin/env bash
# Whole-file conversion to side by side, against FFmpeg doing the same without depth: decode,
# hstack, x264 with the same output size, preset and quality. Run in turn; the figure is the median
# of the pairs' ratios.
#   benchmarks/convert.sh [FILE] [PAIRS] [PRESET]
# Without FILE: 10 s of generated 1280x720 video. Its last lines are "ratio X.XX", and "hdr ratio
# X.XX" of the same in 10-bit HDR: --hdr keep against FFmpeg with libx265.
set -euo pipefail
cd "$(dirname "$0")/.."
worker=build/bin/streamkit-worker
[ -x "$worker" ] || { echo "$worker is missing: build first (scripts/test.sh)" >&2; exit 1; }
pairs=${2:-5}
preset=${3:-veryfast}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

input=${1:-}
hdr=$work/hdr.mp4
if [ -z "$input" ]; then
  input=$work/input.mp4
  ffmpeg -v error -f lavfi -i "mandelbrot=size=1280x720:rate=30,format=yuv420p" \
    -f lavfi -i sine=frequency=440:sample_rate=48000 -t 10 \
    -c:v libx264 -preset veryfast -crf 20 -c:a aac "$input"
fi
ffmpeg -v error -t 5 -i "$input" -map 0:v:0 -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast \
  -x265-params log-level=none -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc \
  -tag:v hvc1 "$hdr"

seconds() { # runs the command, prints its wall time
  local began=$EPOCHREALTIME
  "$@" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
  awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'
}
convert() { seconds "$worker" convert "$@" "$work/ours.mp4" -y -q --preset "$preset" --crf 20; }
hstack() { # FILE, then the encoder's options
  local file=$1
  shift
  seconds ffmpeg -v error -y -i "$file" -filter_complex "[0:v:0]split[l][r];[l][r]hstack[v]" \
    -map "[v]" -map "0:a:0?" "$@" -preset "$preset" -crf 20 -c:a copy "$work/theirs.mp4"
}
ours() { convert "$input"; }
theirs() { hstack "$input" -c:v libx264; }
ours_hdr() { convert --hdr keep "$hdr"; }
theirs_hdr() { hstack "$hdr" -c:v libx265 -x265-params log-level=none:open-gop=0 -bf 3; }

compare() { # NAME, ours, theirs
  local name=$1 a b i
  rm -f "$work/ratios"
  "$2" >/dev/null; "$3" >/dev/null # warm up
  for ((i = 1; i <= pairs; i++)); do
    a=$("$2"); b=$("$3")
    awk -v a="$a" -v b="$b" -v i="$i" \
      'BEGIN { printf "pair %d: streamkit %.2f s, ffmpeg %.2f s, ratio %.2f\n", i, a, b, a / b }'
    awk -v a="$a" -v b="$b" 'BEGIN { print a / b }' >>"$work/ratios"
  done
  sort -n "$work/ratios" | awk -v name="$name" '{ r[NR] = $1 }
    END { m = NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2; printf "%s %.2f\n", name, m }'
}

echo "machine: $(nproc) cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
compare ratio ours theirs
compare "hdr ratio" ours_hdr theirs_hdr
