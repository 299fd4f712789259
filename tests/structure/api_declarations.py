"""Checks that everything that public headers declare is marked STREAMKIT_API, which a shared room
needs to export it, and that nothing else is.

Usage: api_declarations.py SOURCE_ROOT [--fix]. Prints "file:line: rule" per violation and exits
with 1. With --fix the headers are changed instead; run clang-format on them afterwards.

Marked are classes, structs and unions where they are defined, and functions and variables that are
declared only. Inline functions, function templates, enums, aliases and forward declarations are
not. Some private headers serve another room, too: PRIVATE names them.
"""

import pathlib
import re
import sys

MACRO = "STREAMKIT_API"
INCLUDE = "#include <streamkit/core/api.hpp>\n"

# Private headers of a room that another room uses; see private_of in include_rules.py.
PRIVATE = ("src/media/ffmpeg_error.hpp", "src/media/filter_chain.hpp", "src/media/input_file.hpp",
           "src/media/picture_decoder.hpp", "src/media/video_normalizer.hpp")

BLANKED = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\''
                     r"|^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.DOTALL | re.MULTILINE)
ATTRIBUTE = re.compile(r"\[\[.*?\]\]\s*", re.DOTALL)
CLASS = re.compile(rf"((?:\[\[.*?\]\]\s*)*)(class|struct|union)\s+((?:\[\[.*?\]\]\s*|{MACRO}\s+)*)",
                   re.DOTALL)
SKIPPED = re.compile(r"(enum|using|static_assert|friend|typedef|concept|requires|extern\s*\")\b|;|$")
INLINE = re.compile(r"\b(inline|constexpr|consteval|static)\b")


def blanked(text):
    """The text without comments, strings and preprocessor lines, everything else in its place."""
    return BLANKED.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def matching(text, start, pair):
    """The position after the bracket that closes the one at `start`."""
    depth = 0
    for position in range(start, len(text)):
        if text[position] == pair[0]:
            depth += 1
        elif text[position] == pair[1]:
            depth -= 1
            if depth == 0:
                return position + 1
    raise ValueError(f"'{pair[0]}' at {start} is not closed")


def statement_end(text, start):
    """Where the statement's head ends, at a ';' or a '{' that is in no parentheses."""
    position = start
    while position < len(text):
        if text[position] == "(":
            position = matching(text, position, "()")
        elif text[position] == "[" and text[position + 1] == "[":
            position = matching(text, position, "[]")
        elif text[position] in ";{":
            return position
        else:
            position += 1
    return position


def after_template(text, start):
    """The position after any `template <...>`, and whether there was one with parameters."""
    is_template = False
    while match := re.compile(r"template\s*(?=<)").match(text, start):
        end = matching(text, match.end(), "<>")
        is_template |= bool(text[match.end() + 1:end - 1].strip())
        start = end + len(text[end:]) - len(text[end:].lstrip())
    return start, is_template


def insertions(text):
    """Yields the positions where the macro has to be inserted."""
    code = blanked(text)
    yield from in_namespace(code, 0, len(code))


def in_namespace(code, start, end):
    position = start
    while position < end:
        if code[position].isspace() or code[position] == ";":
            position += 1
            continue
        stop = statement_end(code, position)
        if stop >= end:
            return
        head, is_template = after_template(code, position)
        opens = code[stop] == "{"
        after = matching(code, stop, "{}") if opens else stop + 1
        if re.match(r"(inline\s+)?namespace\b", code[head:stop]):
            yield from in_namespace(code, stop + 1, after - 1)
        elif opens and (match := CLASS.match(code, head)):
            if MACRO not in match.group(3):
                yield match.start(2) + len(match.group(2)) + 1
        elif not opens and not is_template:
            yield from of_declaration(code, head, stop)
        position = after


def of_declaration(code, head, stop):
    """The position for a declared function or variable, if it needs one."""
    declaration = code[head:stop]
    bare = ATTRIBUTE.sub("", declaration)
    if MACRO in declaration or SKIPPED.match(bare) or INLINE.search(bare.split("(")[0]):
        return
    if "(" in bare and not re.search(r"=\s*delete\s*$", bare) or bare.startswith("extern"):
        yield head


def headers(root):
    yield from sorted((root / "include/streamkit").rglob("*.hpp"))
    for name in PRIVATE:
        if (root / name).exists():
            yield root / name


def fixed(text, positions):
    for position in sorted(positions, reverse=True):
        text = text[:position] + MACRO + " " + text[position:]
    if INCLUDE not in text:
        first = re.search(r"^#include <streamkit/", text, re.MULTILINE)
        if first:
            text = text[:first.start()] + INCLUDE + text[first.start():]
        elif first := re.search(r"(^#include <[^\n]*\n)+", text, re.MULTILINE):
            text = text[:first.end()] + INCLUDE + text[first.end():]
        else:
            text = text.replace("#pragma once\n\n", "#pragma once\n\n" + INCLUDE + "\n", 1)
    return text


def check_tree(root, fix=False):
    found = []
    for path in headers(root):
        text = path.read_text(encoding="utf-8")
        positions = list(insertions(text))
        if positions and fix:
            path.write_text(fixed(text, positions), encoding="utf-8")
            continue
        for position in positions:
            line = text.count("\n", 0, position) + 1
            found.append(f"{path.relative_to(root)}:{line}: {MACRO} is missing")
    return found


def main():
    found = check_tree(pathlib.Path(sys.argv[1]), "--fix" in sys.argv[2:])
    print("\n".join(found) if found else "every public declaration is marked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
