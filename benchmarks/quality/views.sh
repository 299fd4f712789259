#!/usr/bin/env bash
# View synthesis against reality: draws the right view of stereo pairs with measured disparity and
# compares it with the right picture. PSNR of the whole and of what the left picture does not show
# (holes), SSIM of the whole; the rightmost columns, which the left camera never sees, do not count.
#   benchmarks/quality/views.sh [FOLDER_FOR_PICTURES] [SYNTHESIZE_FLAGS...]
# Scenes are looked for in $STREAMKIT_TEST_DATA/stereo/middlebury (default ../shared/data).
# The reference is the forward warp with fill of another converter, as measured on the same pairs.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${STREAMKIT_TEST_DATA:-../shared/data}/stereo/middlebury
worker=build/bin/streamkit-worker
quality=build/bin/view_quality
for tool in "$worker" "$quality"; do
  [ -x "$tool" ] || { echo "$tool is missing: build with -DSTREAMKIT_WITH_BENCHMARKS=ON" >&2; exit 1; }
done
[ -d "$data" ] || { echo "SKIPPED: no scenes in $data; set STREAMKIT_TEST_DATA"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pictures=${1:-$work}
shift || true
mkdir -p "$pictures"

# scene, left, right, disparity, its value of one pixel, reference: PSNR, in holes, SSIM
scenes="
Art      view1.png view5.png disp1.png 3 21.27 15.28 0.788
Books    view1.png view5.png disp1.png 3
Dolls    view1.png view5.png disp1.png 3
Laundry  view1.png view5.png disp1.png 3
Moebius  view1.png view5.png disp1.png 3
Reindeer view1.png view5.png disp1.png 3
Teddy    im2.png   im6.png   disp2.png 4 27.35 16.21 0.916
Aloe     aloeL.jpg aloeR.jpg aloeGT.png 1
"
printf '%-9s %8s %8s %8s %8s   %s\n' scene PSNR holes SSIM hole-% "reference (PSNR holes SSIM)"
echo "$scenes" | while read -r scene left right disparity scale reference; do
  [ -n "$scene" ] || continue
  folder=$data/$scene
  [ -f "$folder/$left" ] || { echo "$scene: SKIPPED, not there" >&2; continue; }
  "$quality" disparity "$folder/$disparity" "$scale" "$work/$scene.pfm"
  "$worker" synthesize "$folder/$left" "$work/$scene.pfm" "$pictures/$scene.png" "$@"
  score=$("$quality" score "$folder/$right" "$pictures/$scene.png" "$work/$scene.pfm")
  echo "$scene $score $reference"
done | tee "$work/scores" | awk '{
  printf "%-9s %8.2f %8.2f %8.4f %8.1f   %s %s %s\n", $1, $2, $3, $4, 100 * $5, $6, $7, $8 }'
[ -s "$work/scores" ] || { echo "SKIPPED: no scene is there"; exit 0; }
awk '{ p += $2; h += $3; s += $4; ++n; if (NF > 5 && ($2 <= $6 || $3 <= $7 || $4 <= $8)) below = 1 }
  END {
    printf "%-9s %8.2f %8.2f %8.4f %8s   25.71 16.79 0.889 (of eleven scenes)\n", \
      "mean", p / n, h / n, s / n, ""
    exit below
  }' "$work/scores"
