#!/usr/bin/env bash
# What capturing a screen costs, on an X server and a sound server of its own, 1280x720 at 30 frames a
# second with a moving picture that fills it.
#   benchmarks/capture.sh cpu [SECONDS]      CPU time beside `ffmpeg -f x11grab ... -f segment` with the same
#                                            encoder settings, 60 s each, twice in turn. No worker runs. Its
#                                            last line is "cpu ratio R (with the X server R), dropped D of N
#                                            frames"; the goal is 1.05 and no dropped frame.
#   benchmarks/capture.sh memory [MINUTES]   resident memory while a capture runs, 30 minutes by default. Its
#                                            last line is "memory: peak N MB, growth N MB in M minutes":
#                                            growth is the last quarter's median over that of the time
#                                            between minute 1 and the middle.
# CPU seconds compare on a busy machine too; dropped frames need one that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/build/bin
for program in streamkit-server streamkit-capture; do
  [ -x "$bin/$program" ] || {
    echo "$bin/$program is missing: build first (scripts/test.sh)" >&2
    exit 1
  }
done
what=${1:-cpu}
work=$(mktemp -d)
started=()
trap 'for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT

wait_for() { # COMMAND...: until it succeeds, for at most 20 seconds
  for ((i = 0; i < 200; i++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "not within 20 seconds: $*" >&2
  return 1
}
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

Xvfb -displayfd 3 -screen 0 1280x720x24 -nolisten tcp -noreset 3>"$work/display" >/dev/null 2>&1 &
xserver=$! started+=($!)
wait_for test -s "$work/display"
export DISPLAY=:$(<"$work/display")
mkdir -m 700 "$work/runtime"
export XDG_RUNTIME_DIR=$work/runtime PULSE_SERVER=unix:$work/runtime/sound XDG_STATE_HOME=$work/state
pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --log-level=error \
  -L "module-native-protocol-unix socket=$work/runtime/sound auth-anonymous=1" \
  -L "module-null-sink sink_name=bench rate=48000 channels=2" >/dev/null 2>&1 &
started+=($!)
wait_for pactl info

# One picture that scrolls around: each second costs an encoder the same, and the end meets the beginning.
ffmpeg -v error -f lavfi -i "mandelbrot=size=1280x720:start_scale=0.02:end_scale=0.02:rate=30,trim=end_frame=1" \
  -frames:v 1 "$work/picture.png"
ffmpeg -v error -loop 1 -framerate 30 -t 10 -i "$work/picture.png" \
  -vf "scroll=h=1/150:v=1/100,format=yuv420p" -c:v libx264 -preset veryfast -crf 16 "$work/moving.mp4"
ffplay -v quiet -loop 0 -noframedrop -noborder -an -x 1280 -y 720 "$work/moving.mp4" >/dev/null 2>&1 &
started+=($!)
"$bin/streamkit-server" --listen 127.0.0.1:0 --data-dir "$work/data" --log-level warning >"$work/server" &
started+=($!)
wait_for grep -q "listening on" "$work/server"
url=$(awk '/listening on/ { print $3; exit }' "$work/server")
id_of() { # KIND: the id of the first source of a kind
  "$bin/streamkit-capture" sources --json | python3 -c '
import json, sys
print(next(one["id"] for one in json.load(sys.stdin) if one["kind"] == sys.argv[1]))' "$1"
}
screen=$(id_of screen)
sound=$(id_of system_audio)
# The generated picture shows before anything is measured.
sleep 2

capture() { # FILE: captures until it is stopped; sets $pid
  "$bin/streamkit-capture" start --source "$screen" --audio "$sound" --fps 30 --chunk-seconds 5 \
    --encoder libx264 --api-base "$url" --json >"$1" 2>&1 &
  pid=$!
  wait_for grep -q '"chunks_stored":1' "$1"
}

# Without the queue and the small fragments, x11grab waits for each second of sound, and then takes the
# frames it missed in one moment: as many copies of one picture, which cost an encoder nothing.
grab() { # FOLDER: the same with FFmpeg; sets $pid
  mkdir "$1"
  ffmpeg -nostdin -v error -thread_queue_size 512 -f x11grab -framerate 30 -video_size 1280x720 \
    -i "$DISPLAY" -thread_queue_size 512 -f pulse -fragment_size 7680 -i bench.monitor \
    -pix_fmt yuv420p -c:v libx264 -preset superfast -crf 23 -bf 0 -forced-idr 1 -force_key_frames 'expr:gte(t,n_forced*5)' \
    -x264-params scenecut=0:repeat-headers=1:keyint=100000 -c:a aac -b:a 128k \
    -f segment -segment_time 5 -reset_timestamps 0 -segment_format mp4 "$1/%05d.mp4" &
  pid=$!
  wait_for test -s "$1/00001.mp4"
}

measure() { # SECONDS: prints the CPU ticks of $pid and of the X server
  local process server
  process=$(cpu_ticks "$pid") server=$(cpu_ticks "$xserver")
  sleep "$1"
  echo $(($(cpu_ticks "$pid") - process)) $(($(cpu_ticks "$xserver") - server))
}

compare() { # SECONDS
  local seconds=$1 round
  for round in 1 2; do
    capture "$work/capture$round"
    measure "$seconds" >>"$work/ours"
    kill -INT "$pid"
    wait "$pid"
    grab "$work/grab$round"
    measure "$seconds" >>"$work/theirs"
    kill -INT "$pid"
    wait "$pid" || true
  done
  python3 - "$work" "$seconds" "$(getconf CLK_TCK)" <<'PYTHON'
import json
import pathlib
import sys

work, seconds, ticks = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
ours, theirs = ([[int(word) / ticks for word in line.split()]
                 for line in (work / name).read_text().splitlines()] for name in ("ours", "theirs"))
for name, rounds in (("capture", ours), ("ffmpeg", theirs)):
    for process, server in rounds:
        print(f"{name}: {process / seconds:.3f} cores, the X server {server / seconds:.3f}")
dropped = frames = 0
for path in sorted(work.glob("capture[12]")):
    last = json.loads(path.read_text().splitlines()[-1])
    dropped += last["dropped_frames"]
    frames += round(last["captured_seconds"] * 30)
total = [sum(one for one, _ in rounds) for rounds in (ours, theirs)]
with_server = [sum(one + other for one, other in rounds) for rounds in (ours, theirs)]
print(f"cpu ratio {total[0] / total[1]:.2f} (with the X server "
      f"{with_server[0] / with_server[1]:.2f}), dropped {dropped} of {frames} frames")
PYTHON
}

watch_memory() { # MINUTES
  capture "$work/capture1"
  local end=$((SECONDS + $1 * 60)) began=$SECONDS
  while ((SECONDS < end)); do
    kill -0 "$pid" || { tail -n 3 "$work/capture1" >&2; return 1; }
    awk -v t=$((SECONDS - began)) '/VmRSS/ { print t, $2 / 1024 }' "/proc/$pid/status" >>"$work/samples"
    sleep 1
  done
  kill -INT "$pid"
  wait "$pid"
  python3 - "$work/samples" "$1" <<'PYTHON'
import statistics
import sys

samples = [[float(word) for word in line.split()] for line in open(sys.argv[1])]
last = samples[-1][0]
early = [value for time, value in samples if min(60, last / 4) <= time <= last / 2]
late = [value for time, value in samples if time >= last * 3 / 4]
print(f"memory: peak {max(value for _, value in samples):.0f} MB, growth "
      f"{statistics.median(late) - statistics.median(early):.0f} MB in {sys.argv[2]} minutes")
PYTHON
}

case $what in
  cpu) compare "${2:-60}" ;;
  memory) watch_memory "${2:-30}" ;;
  *)
    sed -n '2,15s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
