"""Compares what a shared room exports with the committed list, tests/structure/exports/ROOM.txt.

Usage: exports.py NM LIST LIBRARY [--update]. Prints what was added and what is gone, and exits with 1
when there is a difference. --update writes the list instead; a line that goes is a break for the
applications that use it.

Listed are functions and variables. Type information and virtual tables follow from the classes, and
which room holds those of an interface is the compiler's choice.
"""

import pathlib
import re
import subprocess
import sys

SHORTER = (
    (r"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> ?>",
     "std::string"),
    (r"std::basic_string_view<char, std::char_traits<char> ?>", "std::string_view"),
    (r", 18446744073709551615ul>", ">"),
    (r"std::chrono::duration<long, std::ratio<1l, 705600000l> ?>", "streamkit::MediaTime"),
    (r"(std::vector<([^<>]+)), std::allocator<\2> ?>", r"\1>"),
    (r"\[abi:cxx11\]|__cxx11::", ""),
)


def exported(nm, library):
    """The library's strong names in namespace streamkit, demangled and sorted."""
    listing = subprocess.run([nm, "--demangle", "--dynamic", "--defined-only", library],
                             check=True, capture_output=True, text=True).stdout
    names = set()
    for name in re.findall(r"^[0-9a-f]+ [ABCDGRST] (.+)$", listing, re.MULTILINE):
        for long, short in SHORTER:
            name = re.sub(long, short, name)
        names.add(name)
    return sorted(names)


def main():
    nm, list_file, library = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    now = exported(nm, library)
    if not now:
        print(f"{library} exports nothing")
        return 1
    if "--update" in sys.argv[4:]:
        list_file.parent.mkdir(exist_ok=True)
        list_file.write_text("\n".join([*now, ""]), encoding="utf-8")
        print(f"{list_file}: {len(now)} names")
        return 0
    listed = list_file.read_text(encoding="utf-8").splitlines() if list_file.exists() else []
    changes = [f"+ {name}" for name in now if name not in set(listed)]
    changes += [f"- {name}" for name in listed if name not in set(now)]
    if changes:
        print("\n".join(changes))
        print(f"{library} exports something else than {list_file} lists. If that is meant:\n"
              "  cmake --preset shared && cmake --build build/shared --target streamkit_update_exports")
        return 1
    print(f"{library}: {len(now)} names, as listed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
