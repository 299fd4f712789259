# What the benchmarks of the server share: sourced, not run. Gives $work (a temporary folder that
# goes away at the end), $bin, and the functions below. Every process that is started ends with the
# script, by its id.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=$PWD/build/bin
work=$(mktemp -d)
started=()
server_pid=
nginx_pid=

clean_up() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'echo "failed: $BASH_COMMAND" >&2' ERR
trap 'exit 130' INT TERM

fail() { echo "$*" >&2; exit 1; }

need() { # need TOOL PACKAGE
  command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] ||
    fail "$1 is missing: apt-get install $2"
}

need_built() {
  local program
  for program in "$@"; do
    [ -x "$bin/$program" ] || fail "$bin/$program is missing: build first (scripts/test.sh)"
  done
}

print_machine() {
  echo "machine: $(nproc) cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
}

# The core of the servers and the core of the load: the last two that this process may use, which
# are one and the same on a machine with one.
choose_cores() {
  local cores
  cores=($(python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)))'))
  server_core=${cores[0]}
  load_core=${cores[${#cores[@]} - 1]}
}

wait_for_line() { # wait_for_line FILE PATTERN
  local i
  for ((i = 0; i < 200; i++)); do
    grep -q "$2" "$1" 2>/dev/null && return
    sleep 0.1
  done
  fail "nothing came of it: $(tail -n 5 "$1")"
}

# start_server DIR FLAGS...: sets $server_pid and $base. $server_prefix goes before the command.
start_server() {
  local dir=$1
  shift
  : >"$work/server.log"  # Of a server before this one, too early to be read below.
  ${server_prefix:-} "$bin/streamkit-server" --listen 127.0.0.1:0 --data-dir "$dir" \
    --log-level warning "$@" >"$work/server.log" 2>&1 &
  server_pid=$!
  started+=("$server_pid")
  wait_for_line "$work/server.log" "listening on"
  base=$(awk '/listening on/ { print $3 }' "$work/server.log")
}

# start_nginx DIR: serves DIR with one worker on the servers' core; sets $nginx_pid and $nginx_base.
start_nginx() {
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >"$work/nginx.conf" <<NGINX
worker_processes 1;
daemon off;
error_log $work/nginx-error.log;
pid $work/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 60;
  keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=60s;
  types { application/vnd.apple.mpegurl m3u8; video/mp4 mp4; }
  client_body_temp_path $work/nginx-body;
  proxy_temp_path $work/nginx-proxy;
  fastcgi_temp_path $work/nginx-fastcgi;
  uwsgi_temp_path $work/nginx-uwsgi;
  scgi_temp_path $work/nginx-scgi;
  server { listen 127.0.0.1:$port; root $1; }
}
NGINX
  chmod 755 "$work" "$1"
  taskset -c "$server_core" "$(PATH=$PATH:/usr/sbin command -v nginx)" -c "$work/nginx.conf" \
    -e "$work/nginx-error.log" >"$work/nginx.log" 2>&1 &
  nginx_pid=$!
  started+=("$nginx_pid")
  nginx_base=http://127.0.0.1:$port
  local i
  for ((i = 0; i < 100; i++)); do
    curl -s -o /dev/null "$nginx_base/" && return
    sleep 0.1
  done
  fail "nginx does not start: $(cat "$work/nginx.log" "$work/nginx-error.log")"
}

# make_stream DIR CHUNK_SECONDS WORKER_FLAG... -- CAPTURE_FLAG...: a whole stream, converted, in
# DIR. Sets $session. The server runs for this only.
make_stream() {
  local dir=$1 seconds=$2 worker_flags=() pid i
  shift 2
  while [ "$1" != -- ]; do worker_flags+=("$1"); shift; done
  shift
  start_server "$dir"
  "$bin/streamkit-worker" --data-dir "$dir" --log-level warning "${worker_flags[@]}" \
    >"$work/worker.log" 2>&1 &
  pid=$!
  started+=("$pid")
  "$bin/streamkit-capture" --api-base "$base" --speed max --chunk-seconds "$seconds" "$@" \
    >"$work/capture.log" 2>&1 || fail "capture: $(tail -n 5 "$work/capture.log")"
  session=$(ls "$dir/objects/stream_input" | tail -n 1)
  for ((i = 0; i < 1200; i++)); do
    curl -s "$base/stream/$session/playlist.m3u8?nowait=1" >"$work/playlist"
    grep -q ENDLIST "$work/playlist" && break
    sleep 0.1
  done
  grep -q ENDLIST "$work/playlist" || fail "the stream was not converted in time"
  kill "$pid" "$server_pid"
  wait "$pid" "$server_pid" || true
}

median() { # of the numbers on standard input
  sort -n | awk '{ r[NR] = $1 }
    END { printf "%.2f\n", NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2 }'
}

cpu_ticks() { # of a process and its children
  local pid total=0 ticks
  for pid in "$1" $(cat "/proc/$1/task/$1/children"); do
    ticks=$(awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat")
    total=$((total + ticks))
  done
  echo "$total"
}

# Seconds that a process's threads were ready to run but had no core.
waited_for_core() {
  awk '{ waited += $2 } END { printf "%.1f", waited / 1e9 }' /proc/"$1"/task/*/schedstat
}

# measure NAME PID URL CONNECTIONS SECONDS: runs wrk from the load's core and leaves requests per
# second, bytes per second and server CPU time per request (us) in "$work/NAME".
measure() {
  local before after
  before=$(cpu_ticks "$2")
  taskset -c "$load_core" wrk -t1 -c"$4" -d"$5s" "$3" >"$work/wrk" 2>&1 || fail "$(cat "$work/wrk")"
  after=$(cpu_ticks "$2")
  if grep -Eq "Non-2xx|Socket errors" "$work/wrk"; then fail "$1: $(cat "$work/wrk")"; fi
  awk -v cpu=$((after - before)) -v hz="$(getconf CLK_TCK)" '
    function bytes(text,   n) { n = text + 0
      if (text ~ /KB/) n *= 1024; if (text ~ /MB/) n *= 1048576; if (text ~ /GB/) n *= 1073741824
      return n }
    / requests in / { requests = $1 }
    /^Requests\/sec/ { rate = $2 }
    /^Transfer\/sec/ { transfer = bytes($2) }
    END { if (requests < 1) exit 1
      printf "%.1f %.0f %.2f\n", rate, transfer, cpu / hz * 1e6 / requests }' \
    "$work/wrk" >"$work/$1" || fail "$1: no request was answered: $(cat "$work/wrk")"
}
