"""Ordinary players, driven without a screen. Each plays a playlist to the end by itself and tells
what it showed: `Shown`, with times in seconds as the player gives them."""

import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import tempfile
import threading
import urllib.parse
import wave

import kit
import media


class Shown:
    def __init__(self, pictures, sounds=None):
        self.pictures = pictures  # presentation times
        self.sounds = sounds  # media.Packet, or None when the player does not tell


# --- FFmpeg ---

class FfmpegPlay:
    """Decodes the pictures; the sound's packets are only looked at."""

    def __init__(self, stage, url):
        self._pictures = stage.folder / "ffmpeg-pictures.txt"
        self._sounds = stage.folder / "ffmpeg-sounds.txt"
        self._running = stage.start([
            kit.tool("ffmpeg"), "-nostdin", "-y", "-v", "warning", "-copyts", "-i", url,
            "-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "framecrc",
            self._pictures, "-map", "0:a:0", "-c", "copy", "-f", "framehash", "-hash", "MD5",
            self._sounds])

    def wait_until_loading(self):
        """Waits until the playlist was requested."""
        self._running.wait_until_connected()

    def result(self, seconds):
        self._running.wait(seconds)
        # After each reload of a live playlist FFmpeg reads EXT-X-MAP again, and says so.
        complaints = [line for line in self._running.stderr().splitlines()
                      if "Found duplicated MOOV" not in line and "Last message" not in line]
        kit.expect(not complaints, "FFmpeg complains:\n" + "\n".join(complaints[:20]))
        pictures = [row[0] for row in _rows(self._pictures, "video")]
        sounds = [media.Packet(*row) for row in _rows(self._sounds, "audio")]
        return Shown(pictures, sounds)


def _rows(path, kind):
    """(pts, duration, digest) of each line of a framecrc or framehash file about such a track."""
    bases = {}
    kinds = {}
    found = []
    for line in path.read_text().splitlines():
        base = re.match(r"#tb (\d+): (\d+/\d+)", line)
        if base:
            bases[base[1]] = media.Fraction(base[2])
        media_type = re.match(r"#media_type (\d+): (\w+)", line)
        if media_type:
            kinds[media_type[1]] = media_type[2]
        if line.startswith("#") or not line.strip():
            continue
        index, _dts, pts, duration, _size, digest = (word.strip() for word in line.split(",")[:6])
        if kinds[index] == kind:
            found.append((int(pts) * bases[index], int(duration) * bases[index], digest))
    return found


# --- GStreamer ---

class GstreamerPlay:
    """playbin, or playbin3, with the HLS demuxer that it picks by itself. A tracer tells of each
    buffer that reaches the two sinks: the sinks' own `last-message` skips some under load. With
    `live` it plays at the stream's own pace: else its queues are always empty at the live edge, and
    gst-launch pauses to fill them, now and then for ever."""

    def __init__(self, stage, url, element="playbin", live=False):
        sync = "sync=true" if live else "sync=false"
        self._trace = stage.folder / f"gstreamer-{element}.txt"
        environment = stage.environment(
            GST_TRACERS="stats", GST_DEBUG="GST_TRACER:7", GST_DEBUG_NO_COLOR="1",
            GST_DEBUG_FILE=str(self._trace), GST_REGISTRY_FORK="no")
        self._running = stage.start(
            [kit.tool("gst-launch-1.0"), element, f"uri={url}",
             f"video-sink=fakesink name=pictures {sync}",
             f"audio-sink=fakesink name=sounds {sync}"], env=environment)

    def result(self, seconds):
        self._running.wait(seconds)
        kit.expect("Got EOS" in self._running.stdout(), "GStreamer did not come to the end\n"
                   + self._running.tails())
        sinks = {}
        shown = {"pictures": [], "sounds": []}
        with self._trace.open(errors="replace") as trace:
            for line in trace:
                if "new-element," in line:
                    found = re.search(r", ix=\(uint\)(\d+),.* name=\(string\)(pictures|sounds),",
                                      line)
                    if found:
                        sinks[found[1]] = found[2]
                elif ":: buffer," in line:
                    _take_buffer(line, sinks, shown)
        sounds = [media.Packet(pts, duration, "") for pts, duration in shown["sounds"]]
        return Shown([pts for pts, _ in shown["pictures"]], sounds)


def _take_buffer(line, sinks, shown):
    sink = sinks.get(re.search(r"peer-element-ix=\(uint\)(\d+)", line)[1])
    if sink is None:
        return
    pts = re.search(r"buffer-pts=\(guint64\)(\d+)", line)
    duration = re.search(r"buffer-duration=\(guint64\)(\d+)", line)
    shown[sink].append((media.Fraction(int(pts[1]), 10**9),
                        media.Fraction(int(duration[1]), 10**9)))


# --- mpv ---

class MpvPlay:
    """Plays as fast as it can into a list of the pictures that it shows."""

    def __init__(self, stage, url):
        self._list = stage.folder / "mpv.txt"
        self._running = stage.start([
            kit.tool("mpv"), "--no-config", "--msg-level=all=warn", "--ytdl=no", url,
            f"--o={self._list}", "--of=framecrc", "--ovc=rawvideo", "--oac=pcm_s16le"])

    def result(self, seconds):
        self._running.wait(seconds)
        # Which track comes first in the list depends on which was ready first.
        return Shown([row[0] for row in _rows(self._list, "video")])


# --- VLC ---

class VlcPlay:
    """Plays at the stream's own pace, as an ordinary user: VLC refuses to run as root."""

    def __init__(self, stage, url):
        # Outside the stage's folder, which belongs to this user alone.
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="streamkit-vlc-"))
        self._folder.chmod(0o777)
        stage.on_exit(lambda: shutil.rmtree(self._folder, ignore_errors=True))
        self._pictures = self._folder / "pictures.y4m"
        self._sound = self._folder / "sound.wav"
        as_nobody = [kit.tool("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"]
        self._running = stage.start(
            [*(as_nobody if os.geteuid() == 0 else []), kit.tool("vlc"), "--intf=dummy", "--no-dbus",
             "--vout=yuv", "--yuv-yuv4mpeg2", f"--yuv-file={self._pictures}", "--aout=afile",
             f"--audiofile-file={self._sound}", "--no-drop-late-frames", "--no-skip-frames",
             "--play-and-exit", url],
            env=stage.environment(HOME=str(self._folder), XDG_RUNTIME_DIR=str(self._folder)))

    def result(self, seconds):
        """(number of pictures, seconds of sound)."""
        self._running.wait(seconds)
        kit.expect(self._pictures.is_file() and self._sound.is_file(),
                   f"VLC played nothing\n{self._running.tails()}")
        # VLC shows a picture again while it waits for the next.
        pictures = 0
        last = None
        with self._pictures.open("rb") as file:
            found = re.match(rb"YUV4MPEG2 .*W(\d+) H(\d+) .*\n", file.readline())
            kit.expect(found, "VLC wrote no Y4M")
            size = int(found[1]) * int(found[2]) * 3 // 2
            while file.readline():
                picture = hashlib.md5(file.read(size)).digest()
                pictures += picture != last
                last = picture
        with wave.open(str(self._sound)) as sound:
            return pictures, sound.getnframes() / sound.getframerate()


# --- Chromium: hls.js, Shaka Player, and the browser's own player ---

_PAGE = """<!doctype html>
<meta charset="utf-8"><title>player</title>
<script src="/player.js"></script>
<video id="video" muted playsinline></video>
<script>
const settings = new URLSearchParams(location.search);
const video = document.getElementById("video");
const errors = [];
let told = false;
function tell() {
  if (told) return;
  told = true;
  const quality = video.getVideoPlaybackQuality();
  const buffered = [];
  for (let i = 0; i < video.buffered.length; ++i) {
    buffered.push([video.buffered.start(i), video.buffered.end(i)]);
  }
  fetch("/result", {method: "POST", body: JSON.stringify({
    errors, buffered, ended: video.ended, time: video.currentTime, duration: video.duration,
    pictures: quality.totalVideoFrames, dropped: quality.droppedVideoFrames,
    soundBytes: video.webkitAudioDecodedByteCount,
    width: video.videoWidth, height: video.videoHeight,
  })});
}
function fail(details, error, fatal = true) {
  errors.push({fatal, details, text: error ? String(error) : "", at: video.currentTime});
  if (fatal) tell();
}
const url = settings.get("playlist");
const engines = {
  "hls.js": () => {
    // On a busy machine the picture may stand for long with all of it buffered: hls.js would take
    // that for a hole, and skip. Or a server may be slow: it would load again what is on its way.
    const patient = {maxTimeToFirstByteMs: Infinity, maxLoadTimeMs: 300_000, timeoutRetry: null,
      errorRetry: null};
    const hls = new Hls({startPosition: 0, backBufferLength: Infinity, maxBufferLength: 60,
      highBufferWatchdogPeriod: 300, manifestLoadPolicy: {default: patient},
      playlistLoadPolicy: {default: patient}, fragLoadPolicy: {default: patient}});
    hls.on(Hls.Events.ERROR, (_, error) => fail(error.details, error.error, error.fatal));
    // Decoded pictures are counted even when the machine is too slow to show them, but only a video
    // that plays at its own pace is sure to decode all of them.
    hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
    hls.loadSource(url);
    hls.attachMedia(video);
  },
  shaka: async () => {
    const player = new shaka.Player();
    player.addEventListener("error", ({detail}) => fail(`Shaka ${detail.code}`, detail.message));
    try {
      await player.attach(video);
      await player.load(url, 0);
      await video.play();
    } catch (error) {
      fail(`Shaka ${error.code}`, error);
    }
  },
  native: () => {
    video.crossOrigin = "anonymous";  // else Chromium plays playlists of the page's origin only
    video.src = url;
    video.play().catch((error) => fail("play", error));
  },
};
video.addEventListener("ended", tell);
video.addEventListener("error", () => fail("video", `${video.error.code} ${video.error.message}`));
setInterval(() => fetch("/progress", {method: "POST", body: video.currentTime + " s, " +
  errors.map((error) => error.details)}), 2000);
fetch("/loading", {method: "POST", body: ""}).then(engines[settings.get("engine")]);
</script>
"""


class ChromiumPlay:
    """A page of the test's own, served from here, that reports back here. `engine`: "hls.js",
    "shaka", or "native", Chromium's own HLS."""

    def __init__(self, stage, url, engine):
        self._engine = engine
        self._player = _find_script(stage, engine)
        self._loading = threading.Event()
        self._told = threading.Event()
        self._result = None
        self._progress = "nothing yet"
        self._httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._httpd.serve_forever, daemon=True).start()
        stage.on_exit(self._httpd.server_close)
        stage.on_exit(self._httpd.shutdown)
        page = f"http://127.0.0.1:{self._httpd.server_port}/?" + urllib.parse.urlencode(
            {"playlist": url, "engine": engine})
        self._browser = stage.start([
            kit.tool("chromium"), "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-extensions",
            "--autoplay-policy=no-user-gesture-required", "--no-proxy-server", "--mute-audio",
            "--log-level=3",
            f"--user-data-dir={stage.folder / f'chromium-{engine}'}", "--remote-debugging-port=0",
            page])

    def _handler(self):
        play = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                path = self.path.partition("?")[0]
                if path == "/player.js":
                    self._answer(200, "text/javascript", play._player)
                elif path == "/":
                    self._answer(200, "text/html", _PAGE.encode())
                else:
                    self._answer(404, "text/plain", b"")

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/result":
                    play._result = json.loads(body)
                    play._told.set()
                elif self.path == "/loading":
                    play._loading.set()
                else:
                    play._progress = body.decode()
                self._answer(204, "text/plain", b"")

            def _answer(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):  # pylint: disable=arguments-differ
                pass

        return Handler

    def wait_until_loading(self):
        """Waits until the playlist was requested."""
        kit.wait_until(self._loading.is_set, 30, f"{self._engine} to load the playlist")

    def result(self, seconds):
        """The page's report, as a dictionary."""
        seconds *= kit.PATIENCE
        in_time = self._told.wait(seconds)
        self._browser.kill()
        kit.expect(in_time, f"{self._engine} did not come to the end within {seconds} s: "
                            f"{self._progress}")
        return self._result


class HlsJsPlay(ChromiumPlay):
    def __init__(self, stage, url):
        super().__init__(stage, url, "hls.js")


def _find_script(stage, engine):
    places = {"hls.js": ("share/streamkit/web/hls.min.js", "streamkit_watch_page"),
              "shaka": ("tests/e2e/node_modules/shaka-player/dist/shaka-player.compiled.js",
                        "streamkit_e2e_packages")}
    if engine not in places:
        return b""
    place, target = places[engine]
    path = stage.bin_dir.parent / place
    kit.expect(path.is_file(), f"{path} is not there: build the target {target}")
    return path.read_bytes()


# --- What each must have shown ---

def expect_all_shown(name, shown, pictures, frame):
    """Every picture, none twice, and no gap, wherever the player's timeline begins."""
    kit.expect_equal(len(shown.pictures), pictures, f"pictures that {name} decoded")
    media.expect_steady(sorted(shown.pictures), frame, name)


def expect_hls_js_showed_all(report, pictures, duration, frame):
    kit.expect(not [error for error in report["errors"]
                    if error["fatal"] or error["details"] != "bufferStalledError"],
               f"hls.js met errors: {report['errors']}")
    kit.expect(report["ended"], f"hls.js did not end: {report}")
    kit.expect_equal(report["pictures"], pictures, f"pictures that hls.js decoded, {report}")
    kit.expect_equal(len(report["buffered"]), 1, f"buffered ranges of hls.js, {report['buffered']}")
    start, end = report["buffered"][0]
    kit.expect_near(start, 0, frame / 2, "start of what hls.js buffered")
    kit.expect_near(end, duration, frame, "end of what hls.js buffered")
    kit.expect_near(report["duration"], duration, frame, "duration in hls.js")
    kit.expect(report["soundBytes"] > 0, "hls.js decoded no sound")
