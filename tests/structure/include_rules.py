"""Checks which room includes what, and that public headers show no third-party library.

Usage: include_rules.py SOURCE_ROOT. Prints "file:line: rule" per violation and exits with 1.
"""

import pathlib
import re
import sys

POSIX = ("fcntl.h", "pthread.h", "unistd.h", "dirent.h", "poll.h", "sys/")
INTERNET = ("netinet/", "arpa/", "netdb.h")
FFMPEG = ("libavcodec/", "libavfilter/", "libavformat/", "libavutil/", "libswresample/",
          "libswscale/")


class Room:
    """What a room may include beside the standard library and itself."""

    def __init__(self, rooms=(), libraries=(), private_of=()):
        self.rooms = set(rooms)
        self.libraries = tuple(libraries)
        self.private_of = set(private_of)


# docs/architecture.md has this table in words.
ROOMS = {
    "core": Room((), ("dirent.h", "fcntl.h", "unistd.h", "sys/stat.h")),
    "store": Room(["core"]),
    "telemetry": Room(["core"], POSIX),
    "hls": Room(["core"]),
    "dash": Room(["core"], ("expat.h",)),
    "rtmp": Room(["core"]),
    "media": Room(["core"], FFMPEG + POSIX),
    # One FFmpeg serves both, so capture shares media's handles and filters.
    "capture": Room(["core", "media"], FFMPEG + ("libavdevice/", "linux/videodev2.h") + POSIX, ["media"]),
    "desktop": Room(["core"], ("xcb/", "pulse/", "pipewire/", "spa/", "systemd/sd-bus.h") + POSIX),
    "stereo": Room(["core"], ("immintrin.h",)),
    "onnx": Room(["core"], ("onnxruntime_c_api.h",)),
    "gstreamer": Room(["core"], ("gst/",)),
    "local": Room(["core", "store"], ("sqlite3.h",) + POSIX),
    "net": Room(["core"], ("openssl/", "nlohmann/") + POSIX),
    "client": Room(["core", "store", "net"], ("curl/", "nlohmann/") + POSIX),
    "http": Room(["core", "net"], ("boost/", "openssl/", "zlib.h") + POSIX + INTERNET),
    "s3": Room(["core", "store", "net", "http"], ("expat.h", "openssl/", "zlib.h", "nlohmann/")),
    "live": Room(["core", "store", "hls", "dash", "net"], ("nlohmann/",)),
    "server": Room(["core", "store", "hls", "net", "http", "s3", "live", "telemetry", "media", "rtmp"],
                   ("nlohmann/",) + POSIX),
    "worker": Room(["core", "store", "net", "media", "stereo"],
                   ("seccomp.h", "spawn.h", "sched.h", "malloc.h") + POSIX),
    "testing": Room(["core", "store"]),
}

MOVED = "#pragma once\n\n// Moved to the room `"

# Rooms whose private headers a program may still include.
PRIVATE_ROOMS_OF_PROGRAMS = {"server": ["server"], "demo": ["server"]}

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif)\b")
USING_NAMESPACE = re.compile(r"\s*using\s+namespace\b")
FOREIGN_NAME = re.compile(
    r"\b(AV[A-Z]\w*|av_\w+|sws_\w+|swr_\w+|sqlite3\w*|CURL\w*|curl_(?!global)\w+|SSL\w*|EVP_\w+"
    r"|nlohmann|boost|xcb_\w+|pa_\w+|pw_\w+|spa_\w+|sd_bus\w*|Gst[A-Z]\w*|Ort[A-Z]\w*)\b")
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def without_comments(text):
    """Blanks comments, keeps strings and line numbers."""
    def blank(match):
        found = match.group()
        return found if found.startswith('"') else "\n" * found.count("\n")
    return COMMENT.sub(blank, text)


def check_include(room_name, public, path, bracket, target):
    """Why `room_name` may not include `target`, or None."""
    room = ROOMS[room_name]
    if target.startswith("streamkit/"):
        other = target.split("/")[1]
        if other != room_name and other not in room.rooms:
            return f"room {room_name} must not include room {other}"
        return None if bracket == "<" else "public headers are included with <>"
    if public and (bracket == '"' or re.search(r"[./]", target)):
        return f"a public header must not include '{target}'"
    if bracket == '"':
        other = target.split("/")[0] if "/" in target else room_name
        if other in ROOMS and other != room_name and other not in room.private_of:
            return f"room {room_name} must not include the private header '{target}'"
        if other in ROOMS or (path.parent / target).is_file():
            return None
    elif not re.search(r"[./]", target):
        return None  # <vector>: the standard library's headers have neither dot nor folder
    if target.startswith(room.libraries):
        return None
    return f"room {room_name} must not include '{target}'"


def check_file(room_name, public, path):
    """Yields (line number, rule)."""
    text = path.read_text(encoding="utf-8")
    if public and text.startswith(MOVED):
        return  # It forwards to another room, and is installed with that.
    if path.suffix == ".hpp" and not text.startswith("#pragma once\n"):
        yield 1, "a header begins with #pragma once"
    for number, line in enumerate(without_comments(text).split("\n"), start=1):
        if include := INCLUDE.match(line):
            if rule := check_include(room_name, public, path, *include.groups()):
                yield number, rule
        elif public:
            if CONDITION.match(line):
                yield number, "a public header has no conditional compilation"
            if USING_NAMESPACE.match(line):
                yield number, "a public header has no using namespace"
            if name := FOREIGN_NAME.search(line):
                yield number, f"a public header must not mention '{name.group()}'"


def check_program(base, path):
    """Yields (line number, rule) for a source of a program: it uses the rooms' public headers, its
    own files, and what the adapters have in common. No adapter knows another one."""
    program = path.relative_to(base).parts[0]
    text = without_comments(path.read_text(encoding="utf-8"))
    for number, line in enumerate(text.split("\n"), start=1):
        include = INCLUDE.match(line)
        if not include or include.group(1) == "<":
            continue
        target = include.group(2)
        folder = target.split("/")[0]
        if folder in PRIVATE_ROOMS_OF_PROGRAMS.get(program, ()) and not (base / target).exists():
            continue
        if folder != program and not (base.name == "adapters" and folder == "common"):
            yield number, f"program {program} must not include '{target}'"
        elif not (base / target).is_file():
            yield number, f"program {program} must not include the private header '{target}'"


def check_programs(root):
    """All violations below adapters/ and examples/, as text."""
    found = []
    for base in (root / "adapters", root / "examples"):
        for path in sorted(base.rglob("*.[ch]pp")):
            found += [f"{path.relative_to(root)}:{line}: {rule}"
                      for line, rule in check_program(base, path)]
    return found


def check_tree(root):
    """All violations below `root`, as text."""
    found = check_programs(root)
    for base, public in ((root / "include/streamkit", True), (root / "src", False)):
        for path in sorted(base.rglob("*.[ch]pp")):
            room_name = path.relative_to(base).parts[0]
            where = path.relative_to(root)
            if room_name not in ROOMS:
                found.append(f"{where}:1: '{room_name}' is not a room: add it to the table")
                continue
            found += [f"{where}:{line}: {rule}" for line, rule in
                      check_file(room_name, public, path)]
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    found = check_tree(root)
    print("\n".join(found) if found else f"include rules hold below {root}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
