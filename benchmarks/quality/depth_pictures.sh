#!/usr/bin/env bash
# Makes the pictures of docs/stereo.md that show built-in depth: source, depth of the network, of cues
# and motion, fused depth, and the anaglyph, at one moment of the generated scene and of three clips.
#   benchmarks/quality/depth_pictures.sh [FOLDER]      docs/images by default
# The clips are mdn_monster.mp4, mdn_rabbit.mp4 and mdn_crystal.mp4 of $STREAMKIT_TEST_DATA/video, which
# are in the public domain (CC0).
set -euo pipefail
cd "$(dirname "$0")/../.."
worker=build/bin/streamkit-worker
scene=build/bin/scene_video
for program in "$worker" "$scene"; do
  [ -x "$program" ] || { echo "$program is missing: build with -DSTREAMKIT_WITH_BENCHMARKS=ON" >&2; exit 1; }
done
folder=${1:-docs/images}
clips=${STREAMKIT_TEST_DATA:-../shared/data}/video
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

picture() { # VIDEO SECONDS NAME
  [ -e "$1" ] || { echo "SKIPPED: no $1" >&2; return; }
  "$worker" convert "$1" --compare "$work/sheet.png" --compare-times "$2" --quiet --overwrite
  # Of seven columns, each 388 pixels wide, the first four and the last one.
  ffmpeg -v error -y -i "$work/sheet.png" -filter_complex \
    "split[a][b];[a]crop=1556:ih:0:0[l];[b]crop=388:ih:2332:0[r];[l][r]hstack,scale=1200:-2" \
    -q:v 4 "$folder/$3"
  echo "$folder/$3: $(stat -c %s "$folder/$3") bytes"
}

"$scene" 4 >"$work/scene.y4m"
picture "$work/scene.y4m" 3 depth_scene.jpg
picture "$clips/mdn_monster.mp4" 3 depth_monster.jpg
picture "$clips/mdn_rabbit.mp4" 5 depth_rabbit.jpg
picture "$clips/mdn_crystal.mp4" 7 depth_crystal.jpg
