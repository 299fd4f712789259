#!/usr/bin/env bash
# What becomes of a depth network's maps, with networks that are known: perfect ones, made of exact
# depth or, for real clips, of brightness, of which every n-th picture's map is carried along; and
# one that gives each picture another scale, offset and blotches.
#   benchmarks/quality/network_depth.sh
# First the mean error of depth from 0 to 1 where the last map seen is held and where it is carried,
# and the processor time for each picture beside the network's; then the change in pixels per frame
# where the picture stands still (divergence 2, 1280 wide) and the mean error, by ema_decay.
# Clips are looked for in $STREAMKIT_TEST_DATA (default ../shared/data); what is missing is skipped,
# and says so. Nothing is random: two runs print the same but for the time.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=build/bin/network_depth
[ -x "$program" ] || { echo "$program is missing: build with -DSTREAMKIT_WITH_BENCHMARKS=ON" >&2; exit 1; }
exec "$program" "${STREAMKIT_TEST_DATA:-../shared/data}"
