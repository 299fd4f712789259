"""A broadcaster pushes RTMP with FFmpeg, and players watch: live and to the end, HLS and DASH, every frame
in its place.

Usage: live_rtmp_test.py FOLDER_OF_PROGRAMS [recorded]
"""

import re
import subprocess
import threading
import time

import kit
import media
import players

SECONDS = 12
FPS = 30
FRAMES = SECONDS * FPS


def start_server(stage, *arguments):
    url, running = stage.server("--rtmp-listen", "127.0.0.1:0", *arguments)
    port = running.wait_for_line(r"rtmp on port (\d+)")[1]
    return url, f"rtmp://127.0.0.1:{port}/live", running


def clip(stage):
    """A clip of a moving picture and a tone, with a keyframe each second."""
    path = stage.folder / "clip.flv"
    media.make(path, "-f", "lavfi", "-i", f"testsrc2=size=640x360:rate={FPS}", "-f", "lavfi", "-i",
               "sine=frequency=440:sample_rate=48000", "-t", str(SECONDS), "-c:v", "libx264", "-preset",
               "ultrafast", "-g", str(FPS), "-sc_threshold", "0", "-bf", "0", "-b:v", "1M", "-pix_fmt",
               "yuv420p", "-c:a", "aac", "-b:a", "96k")
    return path


def publish(stage, path, url, *arguments):
    return stage.start([kit.tool("ffmpeg"), "-nostdin", "-v", "error", "-re", "-i", path, "-c", "copy",
                        *arguments, "-f", "flv", url])


def frames_of(url, *arguments, most=FRAMES):
    """The digests of the frames that FFmpeg decodes, with their numbers."""
    found = subprocess.run(
        [kit.tool("ffmpeg"), "-nostdin", "-v", "error", *arguments, "-i", url, "-map", "0:v:0",
         "-frames:v", str(most), "-f", "framemd5", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=90, check=False)
    kit.expect(not found.stderr, f"FFmpeg complains about {url}: {found.stderr.decode()[-500:]}")
    rows = [line.split(",") for line in found.stdout.decode().splitlines() if line[:1] not in ("#", "")]
    return [(int(row[2]), row[5].strip()) for row in rows]


class Watching(threading.Thread):
    """FFmpeg as a viewer of the live stream."""

    def __init__(self, url, *arguments, most=FRAMES):
        super().__init__(daemon=True)
        self._what = (url, *arguments)
        self._most = most
        self.frames = None
        self.failure = None
        self.start()

    def run(self):
        try:
            self.frames = frames_of(*self._what, most=self._most)
        except (kit.Failed, subprocess.TimeoutExpired) as failure:
            self.failure = failure

    def result(self):
        self.join(90)
        kit.expect(not self.is_alive(), f"FFmpeg does not come to the end of {self._what[0]}")
        if self.failure:
            raise self.failure
        return self.frames


def check_reload(url):
    """A playlist with a part that does not exist yet comes when the part does."""
    playlist = kit.get(f"{url}/v0/index.m3u8").decode()
    parts = re.findall(r'#EXT-X-PART:DURATION=[0-9.]+,URI="segment-(\d+)\.(\d+)\.m4s"', playlist)
    kit.expect(parts, f"no parts are listed:\n{playlist}")
    number, part = int(parts[-1][0]), int(parts[-1][1])
    began = time.monotonic()
    text = kit.get(f"{url}/v0/index.m3u8?_HLS_msn={number}&_HLS_part={part + 1}").decode()
    waited = time.monotonic() - began
    kit.expect(f"segment-{number}.{part + 1}.m4s" in text or f"segment-{number + 1}.0.m4s" in text,
               f"part {part + 1} of segment {number} is not listed after {waited:.2f} s:\n{text}")


def test(stage, kept=""):
    url, rtmp, server = start_server(stage)
    path = clip(stage)
    want = [digest for _, digest in frames_of(path)]
    kit.expect_equal(len(want), FRAMES, "the frames of the clip")
    created = kit.request("POST", f"{url}/streams", {"name": "e2e", "record": bool(kept)}).json()
    stream = created["stream_id"]
    kit.expect_equal(created["state"], "PENDING_INGEST", "the state of a new stream")
    publishing = publish(stage, path, f"{rtmp}/{created['stream_key']}")
    hls = f"{url}/hls/{stream}"
    watching = Watching(f"{hls}/index.m3u8", "-live_start_index", "0")
    kit.wait_until(lambda: kit.request("GET", f"{url}/streams/{stream}").json()["state"] == "ACTIVE", 20,
                   "the stream to be active")
    kit.wait_until(lambda: b"#EXT-X-PART:" in kit.get(f"{hls}/v0/index.m3u8"), 20, "parts")
    check_reload(hls)
    # FFmpeg 5.1 does not notice the end of a live manifest.
    dash = Watching(f"{url}/dash/{stream}/timeline.mpd", most=2 * FPS)
    kit.expect_equal(publishing.process.wait(60), 0, f"exit code of the publisher\n{publishing.tails()}")
    state = lambda: kit.request("GET", f"{url}/streams/{stream}").json()["state"]  # noqa: E731
    kit.wait_until(lambda: state() == "ENDED_GRACEFULLY", 20, "the stream to end")
    kit.expect_equal([digest for _, digest in watching.result()], want, "what a viewer of HLS saw live")
    seen = [digest for _, digest in dash.result()]
    first = want.index(seen[0])
    kit.expect_equal(seen, want[first:first + 2 * FPS], "what a viewer of DASH saw live")
    for after in (f"{hls}/index.m3u8", f"{url}/dash/{stream}/manifest.mpd"):
        kit.expect_equal([digest for _, digest in frames_of(after)], want, f"the frames of {after}")
    kit.expect("#EXT-X-ENDLIST" in kit.get(f"{hls}/v0/index.m3u8").decode(), "no end of the playlist")
    if kept:
        check_recording(stage, stream, kit.get(f"{hls}/v0/index.m3u8").decode())
    check_players(stage, f"{hls}/index.m3u8")
    check_refusals(stage, server, rtmp, path, created, url)


def check_recording(stage, stream, playlist):
    """All segments of both tracks are files."""
    kit.expect("#EXT-X-PLAYLIST-TYPE:VOD" in playlist, f"not a playlist of all:\n{playlist}")
    wanted = 2 * playlist.count("#EXTINF")
    kit.wait_until(lambda: len(list((stage.data_dir / "objects" / "live" / stream).rglob("seg_*.m4s"))) == wanted,
                   20, f"{wanted} stored segments")


def check_players(stage, url):
    """Each shows every frame of a stream that has ended."""
    browsers = {engine: players.ChromiumPlay(stage, url, engine) for engine in ("hls.js", "shaka")}
    for name, play in (("mpv", players.MpvPlay), ("GStreamer", players.GstreamerPlay)):
        players.expect_all_shown(name, play(stage, url).result(60), FRAMES, 1 / FPS)
    for engine, browser in browsers.items():
        report = browser.result(60)
        kit.expect(report["ended"] and not [error for error in report["errors"] if error.get("fatal")],
                   f"{engine} did not play to the end: {report}")
        kit.expect_equal(len(report["buffered"]), 1, f"buffered ranges of {engine}: {report}")
        # A browser may end before it has shown the last pictures, and decode one twice.
        kit.expect(FRAMES - 3 <= report["pictures"] <= FRAMES + 3,
                   f"{engine} decoded {report['pictures']} of {FRAMES} pictures")


def check_refusals(stage, server, rtmp, path, created, url):
    deleted = kit.request("DELETE", f"{url}/streams/{created['stream_id']}")
    kit.expect_equal(deleted.status // 100, 2, "status of DELETE")
    publishing = publish(stage, path, f"{rtmp}/{created['stream_key']}")
    kit.expect(publishing.process.wait(30) != 0, "a revoked key may publish")
    kit.expect(created["stream_key"] not in server.stdout() + server.stderr(),
               "the log has the stream key")


kit.main(test, 150)
