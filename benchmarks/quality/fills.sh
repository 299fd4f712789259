#!/usr/bin/env bash
# How what the source hides is filled in motion: a disc and a rod move before a wall, the camera
# pans, or all is still with noise; depth is exact, and each eye's view is compared with the true one.
# PSNR; flicker: by how much more or less a pixel changes between two pictures than it truly does, in
# steps of 8 bits; the share of such pixels. Beside them, of the same pixels, two plain fills.
#   benchmarks/quality/fills.sh [DIVERGENCE]
# The exit status is 1 where hidden pixels are filled worse, or less steadily, than by stretching.
set -euo pipefail
cd "$(dirname "$0")/../.."
quality=build/bin/fill_quality
[ -x "$quality" ] || { echo "$quality is missing: build with -DSTREAMKIT_WITH_BENCHMARKS=ON" >&2; exit 1; }
exec "$quality" "${1:-6}"
