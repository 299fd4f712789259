"""Compiles the complete programs in README.md and docs/*.md, so that they stay true.

Usage: docs_examples.py SOURCE_ROOT COMPILER. Only fenced C++ blocks with a main() count.
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```cpp\n(.*?)^```", re.DOTALL | re.MULTILINE)


def main():
    root, compiler = pathlib.Path(sys.argv[1]), sys.argv[2]
    failures = programs = 0
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        for block in BLOCK.finditer(text):
            if "int main(" not in block.group(1):
                continue
            programs += 1
            line = text.count("\n", 0, block.start()) + 2
            done = subprocess.run(
                [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                 f"-I{root / 'include'}", "-x", "c++", "-"],
                input=block.group(1), text=True, capture_output=True, check=False)
            if done.returncode != 0:
                failures += 1
                print(f"{page.relative_to(root)}:{line}: does not compile\n{done.stderr}")
    print(f"{programs - failures} of {programs} programs compile")
    return 1 if failures or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
