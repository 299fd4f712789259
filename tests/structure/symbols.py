"""Checks that a room's library defines strong global symbols in namespace streamkit only.

Usage: symbols.py NM LIBRARY. A foreign one would clash with an application's own.
"""

import re
import subprocess
import sys

STRONG = "ABCDGRST"
# Instrumentation that the address sanitizer adds per global object.
SANITIZER = re.compile(r"__odr_asan|__asan_|__tsan_|___asan_")
OURS = re.compile(
    r"((vtable|VTT|typeinfo( name)?|construction vtable|guard variable|reference temporary #\d+)"
    r" for |(non-virtual|virtual|covariant return) thunk to )?(\(anonymous namespace\)::)?"
    r"streamkit::")


def main():
    nm, library = sys.argv[1:]
    dynamic = ["--dynamic"] if ".so" in library else []
    listing = subprocess.run([nm, "--demangle", "--defined-only", "--extern-only", *dynamic, library],
                             check=True, capture_output=True, text=True).stdout
    symbols = re.findall(rf"^[0-9a-f]+ ([{STRONG}]) (.+)$", listing, re.MULTILINE)
    foreign = [name for _, name in symbols if not OURS.match(name) and not SANITIZER.match(name)]
    for name in foreign:
        print(f"{library}: '{name}' lies outside namespace streamkit")
    if not symbols:
        print(f"{library}: no symbol found, so nothing is proved")
    if symbols and not foreign:
        print(f"{library}: {len(symbols)} strong symbols, all in namespace streamkit")
    return 1 if foreign or not symbols else 0


if __name__ == "__main__":
    sys.exit(main())
