#!/usr/bin/env bash
# The built-in depth against the truth: photographs with measured disparity, standing and passed by
# a camera, rendered scenes with exact depth, flat things that have none, and how still it holds on
# real clips that are coded in chunks as live capture does, at their seams too. "row" is the image
# row alone, lower is nearer: the baseline to beat everywhere.
#   benchmarks/quality/depth.sh
# Photographs and clips are looked for in $STREAMKIT_TEST_DATA (default ../shared/data); what is
# missing is skipped, and says so. Nothing is random: two runs print the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=build/bin/depth_quality
[ -x "$program" ] || { echo "$program is missing: build with -DSTREAMKIT_WITH_BENCHMARKS=ON" >&2; exit 1; }
exec "$program" "${STREAMKIT_TEST_DATA:-../shared/data}"
