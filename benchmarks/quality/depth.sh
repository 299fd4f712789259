#!/usr/bin/env bash
# Depth against the truth: photographs with measured disparity, standing and passed by a camera,
# rendered scenes with exact depth, flat things that have none, and how still it holds on real clips
# that are coded in chunks as live capture does, at their seams too; how much the whole depth of a
# scene swells and shrinks while a hand-held camera moves around it, which it should not; and which of
# two places in real clips is nearer, judged by eye: 20 pairs of the data's folder, and 20 more of
# more_pairs.json, by which nothing was chosen. "row" is the image row alone, lower is nearer: the
# baseline to beat everywhere. First the built-in depth, then each network in the data's folder depth/
# whose name tells its preset.
#   benchmarks/quality/depth.sh
#   benchmarks/quality/depth.sh --depth onnx --depth-model FILE --depth-preset NAME    that one alone
#   benchmarks/quality/depth.sh --depth auto --part pairs    one part, see depth_quality --help
# Data is looked for in $STREAMKIT_TEST_DATA (default ../shared/data); what is missing is skipped, and
# says so. Nothing is random: two runs print the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=build/bin/depth_quality
data=${STREAMKIT_TEST_DATA:-../shared/data}
[ -x "$program" ] || { echo "$program is missing: build with -DSTREAMKIT_WITH_BENCHMARKS=ON" >&2; exit 1; }
[ $# -eq 0 ] || exec "$program" "$data" "$@"
"$program" "$data"
for model in "$data"/depth/*.onnx; do
  [ -e "$model" ] || continue
  case $(basename "$model") in
    fastdepth*) preset=fast_depth ;;
    midas*) preset=midas ;;
    depth_anything*) preset=depth_anything ;;
    zoe*) preset=zoe_depth ;;
    *) preset= ;;
  esac
  printf '\n%s\n' "$(basename "$model")"
  "$program" "$data" --depth onnx --depth-model "$model" --depth-preset "${preset:-?}" || echo SKIPPED
done
