#!/bin/bash
# Trains on one GPU within TOTAL_SECONDS: a smoke run, then all VARIANTS beside one another (one alone leaves
# the GPU idle half of the time), then measures, the best one's integer file and its test vectors.
# Usage: OUT=DIR run_gpu.sh        On a CPU, as a test of this script:
#        OUT=DIR DEVICE=cpu TOTAL_SECONDS=150 VARIANTS="base lean" run_gpu.sh
# Writes to OUT, at most eight files: log.txt, VARIANT.tar (best.pt, last.pt), own_depth.bin, own_depth.txt,
# own_depth_vectors.bin, samples.png. What is ready so far is there at any time.
set -u
: "${OUT:?names the folder for the results}"
total=${TOTAL_SECONDS:-575}
device=${DEVICE:-cuda}
variants=${VARIANTS:-base lean no_flat}
last_seconds=${LAST_SECONDS:-80}    # for what comes after the training
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
begin=$(date +%s)
export PYTHONUNBUFFERED=1
mkdir -p "$OUT"
options=(--device "$device")
[ "$device" = cpu ] && options+=(--smoke --threads 1)

note() { echo "[$(($(date +%s) - begin)) s] $*" | tee -a "$work/notes.txt"; }

keep() {  # Copies what there is to OUT.
  for variant in $variants; do
    [ -f "$work/$variant/last.pt" ] || continue
    tar -C "$work/$variant" -cf "$work/$variant.tar" best.pt last.pt 2>/dev/null || continue
    cp "$work/$variant.tar" "$OUT/$variant.tar"
  done
  { cat "$work/notes.txt"
    for file in "$work"/*.log; do echo "== $(basename "$file")"; cat "$file"; done
  } > "$OUT/log.txt" 2>/dev/null
  cp "$work"/samples.png "$OUT/" 2>/dev/null
}

smoke() {
  timeout 130 python3 "$here/train.py" "${options[@]}" --smoke --seconds 8 --out "$work/smoke" \
    > "$work/smoke.log" 2>&1
  code=$?
  tail -n 12 "$work/smoke.log"
  return $code
}

note "smoke run"
if ! smoke; then
  note "the smoke run failed; again without the compiler"
  cp "$work/smoke.log" "$work/compiled_smoke.log"
  options+=(--eager)
  if ! smoke; then
    note "the smoke run failed again"
    keep
    exit 1
  fi
fi
note "smoke run passed"

until=$((begin + total - last_seconds))
processes=()
for variant in $variants; do
  python3 "$here/train.py" "${options[@]}" --variant "$variant" --until $until --out "$work/$variant" \
    > "$work/$variant.log" 2>&1 &
  processes+=($!)
done
while [ "$(date +%s)" -lt $((until + 15)) ]; do
  sleep 5
  alive=0
  for process in "${processes[@]}"; do kill -0 "$process" 2>/dev/null && alive=1; done
  cp "$work/${variants%% *}/samples.png" "$work/samples.png" 2>/dev/null
  keep
  [ $alive = 0 ] && break
done
for process in "${processes[@]}"; do kill "$process" 2>/dev/null; done
keep
note "training ended"

best=$(cd "$here" && python3 - "$work" $variants <<'END'
import pathlib, sys, torch
found = []
for variant in sys.argv[2:]:
    path = pathlib.Path(sys.argv[1]) / variant / "best.pt"
    if path.exists():
        found.append((torch.load(path, map_location="cpu").get("score", 0), variant))
print(max(found)[1] if found else "")
END
)
note "the best is ${best:-none}"
[ -n "$best" ] || { keep; exit 1; }
timeout "$last_seconds" python3 "$here/quantize.py" "$work/$best/best.pt" --out "$work/file" --name "$best" \
  ${QUANTIZE_OPTIONS:-} > "$work/quantize.log" 2>&1 || note "quantizing failed"
cp "$work"/file/* "$OUT/" 2>/dev/null
keep
for variant in $variants; do files+=("$work/$variant/best.pt" "$work/$variant/last.pt"); done
timeout 50 python3 "$here/measure.py" "${files[@]}" > "$work/measures.log" 2>&1 || note "measuring failed"
note "done"
keep
cat "$work/quantize.log" "$work/measures.log"
for variant in $variants; do tail -n 3 "$work/$variant.log"; done
rm -rf "$work"
