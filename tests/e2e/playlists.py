"""Playlists as the tests look at them, and as they grow."""

import re
import threading
import urllib.parse

import kit


class Segment:
    def __init__(self, url, duration, length, offset):
        self.url = url
        self.duration = duration
        self.length = length
        self.offset = offset


class Playlist:
    """A media playlist, as far as the tests look into it."""

    def __init__(self, text, url):
        self.text = text
        lines = text.splitlines()
        kit.expect(lines[:1] == ["#EXTM3U"], f"not a playlist: {text[:200]!r}")
        self.ended = "#EXT-X-ENDLIST" in lines
        self.tags = {}
        self.segments = []
        self.header_range = None
        duration = byte_range = None
        for line in lines:
            tag, _, value = line.partition(":")
            if tag == "#EXTINF":
                duration = float(value.split(",")[0])
            elif tag == "#EXT-X-BYTERANGE":
                byte_range = tuple(int(part) for part in value.split("@"))
            elif tag == "#EXT-X-MAP":
                found = re.search(r'URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"', value)
                kit.expect(found, f"EXT-X-MAP without a URI and a byte range: {line}")
                self.header_range = (urllib.parse.urljoin(url, found[1]), int(found[2]),
                                     int(found[3]))
            elif line.startswith("#"):
                self.tags[tag] = value
            elif line:
                kit.expect(duration is not None, f"a segment without EXTINF: {line}")
                kit.expect(byte_range is not None, f"a segment without EXT-X-BYTERANGE: {line}")
                self.segments.append(Segment(urllib.parse.urljoin(url, line), duration,
                                             *byte_range))
                duration = byte_range = None

    def target_duration(self):
        return int(self.tags["#EXT-X-TARGETDURATION"])


def load(url):
    """The playlist as it is now."""
    return Playlist(kit.get(url + "?nowait=1").decode(), url)


def wait_for_end(url, seconds):
    """The finished playlist."""
    def ended():
        found = load(url)
        return found if found.ended else None
    return kit.wait_until(ended, seconds, f"ENDLIST in {url}")


_STRICT_READER = """
const reader = require(process.argv[1]);
reader.setOptions({strictMode: true});
console.log(reader.parse(require("fs").readFileSync(process.argv[2], "utf8")).segments.length);
"""


def expect_strictly_valid(stage, found):
    """As hls-parser reads it in its strict mode, and by RFC 8216 section 4.3.3.1: rounded to the
    nearest integer, no duration exceeds the target duration."""
    module = stage.bin_dir.parent / "tests/e2e/node_modules/hls-parser"
    kit.expect(module.is_dir(), f"{module} is not there: build the target streamkit_e2e_packages")
    path = stage.folder / "strict.m3u8"
    path.write_text(found.text)
    counted = kit.run([kit.tool("node"), "-e", _STRICT_READER, module, path]).stdout
    kit.expect_equal(int(counted), len(found.segments), "segments that hls-parser counts")
    for segment in found.segments:
        kit.expect(int(segment.duration + 0.5) <= found.target_duration(),
                   f"EXTINF {segment.duration} exceeds the target {found.target_duration()}")


class PlaylistWatch:
    """Reads a playlist again and again beside the test, and remembers each different text."""

    def __init__(self, url):
        self._url = url
        self.texts = []
        self._failure = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        try:
            while not self._stop.wait(0.15):
                self._read()
        except kit.Failed as failure:
            self._failure = failure

    def _read(self):
        text = kit.get(self._url + "?nowait=1").decode()
        if not self.texts or self.texts[-1] != text:
            self.texts.append(text)

    def stop(self):
        self._stop.set()
        self._thread.join(40 * kit.PATIENCE)
        if self._failure:
            raise self._failure
        self._read()

    def expect_only_grew(self):
        kit.expect(len(self.texts) > 1, "the playlist was never seen to grow")
        for earlier, later in zip(self.texts, self.texts[1:]):
            kit.expect(later.startswith(earlier),
                       f"a playlist that was given out was changed\nfrom\n{earlier}\nto\n{later}")
