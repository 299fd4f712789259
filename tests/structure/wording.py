"""Checks the wording of public headers and messages against a glossary.

Reads the `///` comments of public headers, and the string literals with a space in them of sources.
Usage: wording.py SOURCE_ROOT. Prints "file:line: 'word': write ..." per violation and exits with 1.
"""

import pathlib
import re
import sys

# Rooms and adapters whose wording is checked. A room is its public headers and its sources.
CHECKED = [
    "adapters/capture",
    "adapters/common",
    "adapters/server",
    "adapters/smoke",
    "adapters/worker",
    "capture",
    "client",
    "core",
    "dash",
    "desktop",
    "gstreamer",
    "hls",
    "http",
    "live",
    "local",
    "media",
    "net",
    "onnx",
    "rtmp",
    "s3",
    "server",
    "stereo",
    "store",
    "telemetry",
    "testing",
    "worker",
]

# Pattern of a word or phrase, and what to write instead. A space also matches a line break.
GLOSSARY = [
    (r"answer(s|ed|ing)?", "response, respond"),
    (r"(?<!coded )(?<!H\.264 )(?<!still )pictures?", "frame (a coded or H.264 picture stays)"),
    (r"sounds?", "audio"),
    (r"at once", "immediately, concurrently"),
    (r"pieces?", "part, chunk"),
    (r"refus(e|es|ed|ing|al|als)", "reject"),
    (r"tells?|telling|told", "report, return, state"),
    (r"says?|saying|said", "report, return, state"),
    (r"bur(y|ies|ied|ying)(?!\()", "dead-letter, move to the dead-letter queue"),
    (r"made (again|anew|by|from|here|of|when|with)", "created, produced, computed"),
    (r"(?<!there )(is|are|was|were|be) (?-i:no|none)(?! (earlier|fewer|larger|later|less|longer|more"
     r"|smaller)\b)", "is not an X, unknown X, invalid X"),
    (r"(?<!the )none of", "not an X, unknown X, invalid X"),
    (r"lies?|lying", "is, is stored"),
    (r"stands?(?! for\b)", "is, is stored"),
    (r"lent|lends?", "must outlive"),
    (r"so (long|many)", "for, the number of"),
    (r"doors?", "handle, connection"),
    (r"(go|goes|going|went) on", "continue, restore"),
    (r"(is|are|was|were|be) there (already|once|twice)", "exists already, is repeated"),
]

# How a docstring does not begin.
OPENINGS = [
    (r"Behind|Of|Whom?|Whose|Whoever|What|Whatever", "a verb, or a plain noun with its article"),
    (r"Makes", "Creates, Produces, Returns"),
    (r"Tells|Says", "Reports, Returns"),
]

# Files that use a word in its own sense, with that word.
ALLOWED = {
}

RULES = [(re.compile(rf"(?<![\w'-])(?:{pattern})(?![\w-])", re.IGNORECASE), better)
         for pattern, better in GLOSSARY]
OPENING_RULES = [(re.compile(rf"({pattern})\b"), better) for pattern, better in OPENINGS]

TOKEN = re.compile(
    r'(?P<comment>//[^\n]*)|/\*.*?\*/|R"(?P<mark>\w*)\((?P<raw>.*?)\)(?P=mark)"'
    r"|\"(?P<text>(?:\\.|[^\"\\\n])*)\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
DOCSTRING = re.compile(r"(?:[ \t]*///[^\n]*\n)+|///<[^\n]*\n")
CODE = re.compile(r"`[^`]*`|https?://\S+|\"[^\"]*\"")


class Words:
    """Text with single spaces that knows where in its file each character is from."""

    def __init__(self):
        self.text = ""
        self.positions = []

    def add(self, text, position):
        for offset, character in enumerate(text):
            if not character.isspace():
                self.text += character
            elif self.text and not self.text.endswith(" "):
                self.text += " "
            else:
                continue
            self.positions.append(position + offset)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def docstrings(text):
    """Yields the words of each `///` comment, without code, quotations and URLs."""
    for match in DOCSTRING.finditer(text):
        words = Words()
        comment = re.sub(r"///<?", blank, match.group())
        words.add(CODE.sub(blank, comment), match.start())
        yield words


def messages(text):
    """Yields the words of each run of neighbouring string literals that has a space in it."""
    words, end = Words(), 0
    for match in TOKEN.finditer(text):
        group = "raw" if match["raw"] is not None else "text"
        line = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        if match[group] is None or line.lstrip().startswith("#include"):
            continue
        if text[end:match.start()].strip():
            yield words
            words = Words()
        words.add(re.sub(r"\\n", "  ", match[group]), match.start(group))
        end = match.end()
    yield words


def violations(text, public):
    """Yields (line, word, better)."""
    found = []
    for words in docstrings(text) if public else ():
        found += [(words, match, better) for rule, better in OPENING_RULES
                  for match in [rule.match(words.text)] if match]
        found += [(words, match, better) for rule, better in RULES
                  for match in rule.finditer(words.text)]
    for words in messages(text):
        if " " in words.text.strip():
            found += [(words, match, better) for rule, better in RULES
                      for match in rule.finditer(words.text)]
    for words, match, better in found:
        yield text.count("\n", 0, words.positions[match.start()]) + 1, match.group(), better


def folders(root, place):
    """(folder, whether its headers are public) of a room or an adapter."""
    if place.startswith("adapters/"):
        return [(root / place, False)]
    return [(root / "include/streamkit" / place, True), (root / "src" / place, False)]


def check_tree(root, places=None):
    """All violations below `root`, as text."""
    found = []
    for place in CHECKED if places is None else places:
        for folder, public in folders(root, place):
            for path in sorted(folder.rglob("*.[ch]pp")):
                where = path.relative_to(root).as_posix()
                for line, word, better in violations(path.read_text(encoding="utf-8"), public):
                    if word.lower() not in ALLOWED.get(where, ()):
                        found.append(f"{where}:{line}: '{word}': write {better}")
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    found = check_tree(root, sys.argv[2:] or None)
    print("\n".join(found) if found else f"the wording holds below {root}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
