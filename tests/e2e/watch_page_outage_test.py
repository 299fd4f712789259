"""The watch page through an outage: the server ends and comes back on the same port and data while
pages play. A viewer who follows the stream is back at its live edge without a click; one who paused
or seeked back stays there. In the end the page says that the stream ended.

Usage: watch_page_outage_test.py FOLDER_OF_PROGRAMS
"""

import browser
import kit
import media
import playlists
import s3
import watch_page
from watch_page import expect_no_complaints, seen, text_of, video, wait_for_text, wait_until_playing

# Chunks, of a second each, before the outage, from the outage and after it.
BEFORE, MISSED, LATER = 20, 20, 12
# hls.js plays one target duration behind the end, and up to one more where it stalled.
LIVE_BEHIND = 3
# Slower than the stream, as on a machine that cannot keep up; the slowest that browsers allow.
CRAWL = 0.0625


class Publisher:
    """Puts chunks when it is told to: the stream grows as the test wants it, however fast the
    machine is."""

    def __init__(self, url, chunks):
        answer = kit.request("POST", f"{url}/stream_sessions", {"chunk_seconds": 1})
        kit.expect_equal(answer.status, 200, f"status of POST /stream_sessions, {answer.text()}")
        self.session = answer.json()
        self.id = self.session["session_id"]
        self._chunks = chunks
        self._sent = 0

    def publish(self, url, count):
        """Puts the next chunks and waits until their segments are listed."""
        upload = {**self.session["upload"], "endpoint": url}
        for _ in range(count):
            key = f"stream_input/{self.id}/chunk_{self._sent:05d}.mp4"
            answer = kit.request("PUT", s3.presigned_url(upload, key),
                                 self._chunks[self._sent].read_bytes(),
                                 {"Content-Type": "video/mp4"})
            kit.expect_equal(answer.status, 200, f"status of PUT {key}, {answer.text()}")
            self._sent += 1
        playlist = f"{url}/stream/{self.id}/playlist.m3u8"
        kit.wait_until(lambda: len(playlists.load(playlist).segments) == self._sent, 60,
                       f"{self._sent} segments")

    def end(self, url):
        answer = kit.request("POST", f"{url}/stream_sessions/{self.id}/end")
        kit.expect_equal(answer.status, 204, "status of POST .../end")


def start_server(stage, listen="127.0.0.1:0"):
    return stage.server("--log-level", "error", "--hold-seconds", "1", listen=listen)


def open_page(chromium, url, stream):
    page = chromium.open(f"{url}/watch/{stream.id}", script=watch_page.RECORDER)
    wait_until_playing(page)
    return page


def wait_for_return(page):
    wait_for_text(page, "state", "Live", 60)
    page.wait_for("document.getElementById('notice').textContent !== "
                  "'The stream was interrupted. Trying again.'", 20, "the notice to end")


def check_outage(stage, chromium, url, server, stream):
    """The pages of three viewers; the server that came back, and those of the pages that are used
    further."""
    follower, late, paused = (open_page(chromium, url, stream) for _ in range(3))
    for _ in range(2):
        late.press("ArrowLeft")
    late.wait_for("(({seeking, currentTime, readyState}) => !seeking && readyState > 2 && "
                  f"currentTime < {BEFORE - LIVE_BEHIND})(document.querySelector('video'))", 20,
                  "the page to play from where it seeked back to")
    paused.press("Space")
    paused.wait_for("document.querySelector('video').paused", 10, "the page to pause")

    server.stop()
    for page in (follower, late, paused):
        wait_for_text(page, "notice", "The stream was interrupted. Trying again.", 60)
        wait_for_text(page, "state", "Reconnecting")
    kit.note("the pages noticed the outage")
    before = {page: video(page, "currentTime") for page in (late, paused)}
    moves = len(seen(late, "seeks"))
    # The stream goes on where the pages cannot see it.
    hidden_url, hidden = start_server(stage)
    stream.publish(hidden_url, MISSED)
    hidden.stop()
    _, server = start_server(stage, url.removeprefix("http://"))

    for page in (follower, late, paused):
        wait_for_return(page)
    edge = BEFORE + MISSED - LIVE_BEHIND
    follower.wait_for(f"document.querySelector('video').currentTime >= {edge}", 30,
                      "the page to return to the live edge")
    kit.expect(seen(follower, "seeks")[-1] >= edge, "the page played all that it had missed")
    kit.note("the page returned to the live edge")

    late.wait_for(f"document.querySelector('video').currentTime > {before[late]}", 30,
                  "the page that had seeked back to play on")
    moved = [time for time in seen(late, "seeks")[moves:] if time > BEFORE]
    kit.expect(not moved, f"a page that had seeked back was moved to {moved}")
    late.wait_for("document.getElementById('live').hasAttribute('data-late')", 10,
                  "a page that is behind to show it")
    kit.expect_equal(video(paused, "currentTime"), before[paused],
                     "time of the page that had paused")
    kit.expect(video(paused, "paused"), "the page that had paused plays")
    late.press("l")
    late.wait_for(f"document.querySelector('video').currentTime >= {edge}", 30,
                  "the page to go live by its key")
    kit.note("pages that were behind stayed there")
    late.close()
    return server, follower, paused


def check_slow_player(page, url, stream):
    """A player that fell far behind without any error."""
    video(page, f"playbackRate = {CRAWL}")
    stream.publish(url, LATER)
    edge = BEFORE + MISSED + LATER - LIVE_BEHIND
    page.wait_for(f"seen.seeks.at(-1) >= {edge}", 30, "the slow page to return to the live edge")
    video(page, "playbackRate = 1")
    kit.note("a slow page returned to the live edge")


def check_ended(follower, paused, url, stream):
    kit.expect("Ended" not in seen(follower, "state"), "a live stream is said to have ended")
    stream.end(url)
    follower.wait_for("document.querySelector('video').ended", 60, "the page to play to the end")
    for page in (follower, paused):
        wait_for_text(page, "state", "Ended")
        page.wait_for("document.getElementById('live').hidden", 10, "no button to go live")
    wait_for_text(follower, "notice", "The stream has ended.")
    kit.expect_equal(text_of(paused, "notice"), "", "notice of a page that has not played it all")
    follower.press("ArrowLeft")
    wait_for_text(follower, "notice", "")
    states = [state for state in seen(follower, "state") if state != "Finishing"]
    kit.expect_equal(states[-2:], ["Live", "Ended"], "the last states")


def test(stage):
    chunks = media.make_chunks(stage.folder / "chunks", BEFORE + MISSED + LATER, 1)
    url, server = start_server(stage)
    stage.worker("--log-level", "error", "--preset", "ultrafast")
    stream = Publisher(url, chunks)
    stream.publish(url, BEFORE)
    chromium = browser.Browser(stage)
    server, follower, paused = check_outage(stage, chromium, url, server, stream)
    check_slow_player(follower, url, stream)
    check_ended(follower, paused, url, stream)
    expect_no_complaints(follower, but=["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET",
                                        "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING"])
    kit.expect_equal(server.stop(), 0, "exit status of the server")


kit.main(test, 150)
