#!/usr/bin/env bash
# Uploads over bad links, between two network namespaces of this machine (tests/e2e/link.py: `tc
# tbf` for the rate, a relay for delay and loss):
#   throughput  a backlog of chunks at 20 Mbit/s and 200 ms round trip, beside one plain TCP
#               connection over the same link
#   loss        a live stream with 2 % loss at 200 ms round trip
#   slow        a live stream that adapts its bit rate while the link is slow for a minute
#   outage      a live stream while the network is away for 45 s
# Needs root, /dev/net/tun and iproute2, and a machine that is not busy: the relay is a process too.
#   benchmarks/upload.sh [throughput|loss|slow|outage]...
set -euo pipefail
source "$(dirname "$0")/serving.sh"
need_built streamkit-server streamkit-upload-load streamkit-test-publisher
print_machine
nice -n "$([[ $EUID -eq 0 ]] && echo -10 || echo 0)" \
  python3 -B "$(dirname "$0")/upload.py" "$bin" "$@"
