#!/usr/bin/env bash
# PUT of objects of 5 MB with signed payloads, against the SHA-256 speed of one core (the store in
# memory, so that only the processor counts), and against what the disk takes from plain files of
# that size, each synced. In turn; each figure is the median of the pairs' ratios. The client runs on
# the same machine and takes 1 ms of a core per object; on two cores that, the copies into and out
# of the server and the hash have to share.
#   benchmarks/put.sh [DISK] [PAIRS] [OBJECTS]     DISK: a folder on the disk to measure
# Its last two lines are "disk ratio X.XX" and "ratio X.XX".
set -euo pipefail
source "$(dirname "$0")/serving.sh"
disk=${1:-$work}
pairs=${2:-5}
objects=${3:-100}
connections=4
need_built streamkit-server streamkit-load
disk=$(mktemp -d -p "$disk")
memory=$(mktemp -d -p /dev/shm)
trap 'clean_up; rm -rf "$disk" "$memory"' EXIT

rate() { # the MB/s that streamkit-load prints
  "$bin/streamkit-load" "$@" >"$work/rate" 2>"$work/errors" || fail "$(cat "$work/errors")"
  awk '{ print $1 }' "$work/rate"
}
put_into() { # a server with its store in this folder takes the objects
  local result cpu
  start_server "$1/data"
  result=$(rate put --endpoint "$base" --objects "$objects" --connections "$connections")
  cpu=$(cpu_ticks "$server_pid")
  kill "$server_pid"
  wait "$server_pid" || true
  rm -rf "$1/data"
  echo "$result" "$(awk -v cpu="$cpu" -v hz="$(getconf CLK_TCK)" -v n="$objects" \
    'BEGIN { printf "%.2f", cpu / hz / n * 1000 }')"
}

print_machine
put_into "$memory" >"$work/put" # warm up: memory that the machine has not used yet comes slowly
echo "$objects objects of 5 MB, $connections at a time"
for ((i = 1; i <= pairs; i++)); do
  put_into "$memory" >"$work/put"; sha=$(rate sha256)
  put_into "$disk" >"$work/put_disk"
  plain=$(rate disk --dir "$disk" --objects "$objects" --connections "$connections")
  paste -d' ' "$work/put" "$work/put_disk" | awk -v i="$i" -v sha="$sha" -v plain="$plain" '{
    printf "pair %d: memory %.0f MB/s (CPU per object %.2f ms), SHA-256 %.0f MB/s, ratio %.2f; ",
      i, $1, $2, sha, $1 / sha
    printf "disk %.0f MB/s, plain files %.0f MB/s, ratio %.2f\n", $3, plain, $3 / plain }'
  awk -v sha="$sha" '{ print $1 / sha }' "$work/put" >>"$work/ratios"
  awk -v plain="$plain" '{ print $1 / plain }' "$work/put_disk" >>"$work/disk_ratios"
done
echo "disk ratio $(median <"$work/disk_ratios")"
echo "ratio $(median <"$work/ratios")"
