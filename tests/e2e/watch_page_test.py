"""The watch page in Chromium, as viewers use it: it waits by itself, plays, shows each view as it
should be, obeys the keys, copies, and fits phones and desktops.

Usage: watch_page_test.py FOLDER_OF_PROGRAMS
"""

import json

import signal

import browser
import kit
import playlists
import watch_page
from watch_page import (expect_no_complaints, seen, text_of, video, wait_for_text,
                        wait_until_playing, wait_until_seen)

SIZES = [(360, 740, True), (768, 1024, True), (1280, 800, False), (1920, 1080, False)]
TOUCH_PX = 44
# At which the live stream is stopped.
LIVE_SEGMENTS = 6
# In the middle of a frame, so that it is clear which one is shown there.
PAUSE_SECONDS = 1 + 0.5 / 30

# The status feed, told by the test.
FAKE_FEED = """
window.EventSource = class extends EventTarget {
  constructor(url) { super(); this.url = url; this.closed = false; window.feed = this; }
  close() { this.closed = true; }
  say(data) { this.dispatchEvent(new MessageEvent("message", {data: JSON.stringify(data)})); }
};
"""

# Pictures as small RGB arrays: parts of the paused video's frame, of a photograph, and what the
# Dubois matrices make of two eyes; and the mean difference of two.
PIXELS = """
window.pixels = {
  w: 320, h: 180,
  draw(image, x, y, width, height) {
    const canvas = new OffscreenCanvas(this.w, this.h);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, x, y, width, height, 0, 0, this.w, this.h);
    return context.getImageData(0, 0, this.w, this.h).data;
  },
  frame(x, y, width, height) {
    const video = document.querySelector("video");
    const [w, h] = [video.videoWidth, video.videoHeight];
    return this.draw(video, x * w, y * h, width * w, height * h);
  },
  async shot(url, x, y, width, height) {
    const image = new Image();
    image.src = url;
    await image.decode();
    const [w, h] = [image.width, image.height];
    return this.draw(image, x * w, y * h, width * w, height * h);
  },
  anaglyph(left, right) {
    const from_left = [[.437, .449, .164], [-.062, -.062, -.024], [-.048, -.050, -.017]];
    const from_right = [[-.011, -.032, -.007], [.377, .761, .009], [-.026, -.093, 1.234]];
    const mixed = new Uint8ClampedArray(left.length);
    for (let at = 0; at < left.length; at += 4) {
      for (let row = 0; row < 3; ++row) {
        let sum = 0;
        for (let i = 0; i < 3; ++i) {
          sum += from_left[row][i] * left[at + i] + from_right[row][i] * right[at + i];
        }
        mixed[at + row] = sum;
      }
    }
    return mixed;
  },
  difference(a, b) {
    let sum = 0;
    for (let at = 0; at < a.length; ++at) if (at % 4 < 3) sum += Math.abs(a[at] - b[at]);
    return sum / (a.length * 3 / 4);
  },
};
"""

LEFT_HALF = "0, 0, 0.5, 1"
RIGHT_HALF = "0.5, 0, 0.5, 1"
WHOLE = "0, 0, 1, 1"
EYES = {
    "sbs": {"left": LEFT_HALF, "right": RIGHT_HALF},
    "tb": {"left": "0, 0, 1, 0.5", "right": "0, 0.5, 1, 0.5"},
    "cross": {"left": RIGHT_HALF, "right": LEFT_HALF},
    "rgbd": {"left": LEFT_HALF, "right": RIGHT_HALF},
}

# What is offered for each mode, the first one at the start.
PAIR = ["3D SBS", "Half-SBS", "Anaglyph", "2D", "Cross-eyed"]
CROSSED = ["Cross-eyed", "3D SBS", "Half-SBS", "Anaglyph", "2D"]
OFFERED = {
    "sbs": PAIR, "half_sbs": PAIR, "tb": ["Top-bottom", *PAIR], "half_tb": ["Top-bottom", *PAIR],
    "cross": CROSSED, "half_cross": CROSSED, "row_interlaced": ["Interlaced", *PAIR],
    **{f"anaglyph_{kind}": ["Anaglyph"]
       for kind in ("color", "half_color", "gray", "wimmer", "dubois")},
    "vr180": ["VR180", *PAIR], "depth": ["Depth"], "rgbd": ["Picture and depth", "2D"],
    "left": ["2D"], "right": ["2D"],
}
FIRST = {"half_sbs": "Half-SBS"}


def check_waits_by_itself(chromium, url, capture):
    """`capture` goes on until it is stopped."""
    page = chromium.open(f"{url}/watch/{capture.session_id}", script=watch_page.RECORDER)
    page.reduce_motion()
    kit.expect_equal(page.ask("getComputedStyle(document.getElementById('notice'), '::before')"
                              ".animationName"), "none", "animation with reduced motion")
    wait_until_playing(page)
    wait_until_seen(page, "state", "Live")
    kit.expect_equal(seen(page, "state")[0], "Waiting", "the first state")
    page.wait_for("seen.facts.some((text) => text.match(/^[0-9]+ s behind/))", 10, "the latency")
    kit.expect_equal(seen(page, "notice")[0], "Waiting for the stream to start", "the first notice")
    wait_until_seen(page, "notice", "")
    page.wait_for("seen.live.includes(true)", 10, "the button to go live")
    kit.wait_until(lambda: len(playlists.load(capture.playlist_url).segments) >= LIVE_SEGMENTS, 60,
                   f"{LIVE_SEGMENTS} segments")
    kit.expect("Ended" not in seen(page, "state"), "a stream that is live is said to have ended")
    kit.expect_equal(capture.running.stop(signal.SIGINT, 60), 0, "exit status of the capture")
    check_end(page)
    # While there is no segment, held requests end with 503, which the browser puts on record.
    expect_no_complaints(page, ["status of 503"])
    page.close()


def check_end(page):
    """The page says that the stream ended, and plays it again."""
    page.wait_for("document.querySelector('video').ended", 60, "the page to play to the end")
    wait_for_text(page, "state", "Ended")
    wait_for_text(page, "notice", "The stream has ended.")
    page.wait_for("document.getElementById('live').hidden", 10, "no button to go live")
    kit.expect_equal(page.ask("document.querySelector('#big-play use').getAttribute('href')"),
                     "#icon-again", "the icon of the button at the end")
    page.click("#big-play")
    page.wait_for("(({paused, currentTime, duration}) => !paused && currentTime < duration / 2)"
                  "(document.querySelector('video'))", 10, "the page to play again")
    wait_for_text(page, "notice", "")


def check_not_found(chromium, url):
    page = chromium.open(f"{url}/watch/nobody")
    wait_for_text(page, "state", "Not found")
    kit.expect("no such stream" in text_of(page, "notice"), "it is not said in words")
    kit.expect(page.ask("document.getElementById('controls').hidden"), "controls of nothing")
    expect_no_complaints(page, but=["/watch/nobody"])
    page.close()


def check_server_away(chromium, url):
    session = kit.request("POST", f"{url}/stream_sessions").json()["session_id"]
    page = chromium.open(f"{url}/watch/{session}")
    wait_for_text(page, "notice", "Waiting for the stream to start")
    page.cut_off()
    wait_for_text(page, "notice", "The server does not respond. Trying again.")
    page.cut_off(False)
    wait_for_text(page, "notice", "Waiting for the stream to start")
    page.close()


def check_feed(chromium, url, session_id):
    page = chromium.open(f"{url}/watch/{session_id}", script=FAKE_FEED)
    wait_until_playing(page)
    kit.expect_equal(page.ask("feed.url"), f"/stream/{session_id}/events", "where the feed is")

    def told(status):
        page.ask(f"feed.say({json.dumps(status)})")
        return text_of(page, "state"), text_of(page, "facts")

    state, facts = told({"state": "live", "segments": 3, "viewers": 1, "duration_seconds": 3})
    kit.expect_equal(state, "Live", "state from the feed")
    kit.expect(facts.endswith("3 segments · 1 viewer"), f"facts from the feed: {facts}")
    told({"state": "<b>", "segments": 9})
    page.ask("feed.dispatchEvent(new MessageEvent('message', {data: '{'}))")
    kit.expect_equal(text_of(page, "state"), "Live", "state after messages that are none")
    kit.expect_equal(told({"state": "ended", "segments": 4})[0], "Finishing", "state after the end")
    kit.expect(not page.ask("feed.closed"), "the feed was left before the end")
    state, facts = told({"state": "complete", "segments": 4, "viewers": 12})
    kit.expect_equal((state, facts), ("Ended", "4 segments · 12 viewers"), "complete")
    kit.expect(page.ask("feed.closed"), "the feed of a complete stream is still followed")
    expect_no_complaints(page)
    page.close()


class Views:
    """The views of a paused picture, each measured against the eyes in its frame, or those of
    another page's where they cannot be cut out of it."""

    def __init__(self, page, mode, others=None):
        self._page = page
        if others:
            page.ask("window.eyes = {" + ", ".join(
                f"{eye}: new Uint8ClampedArray({pixels})" for eye, pixels in others.items()) + "}")
        else:
            page.ask("window.eyes = {" + ", ".join(
                f"{eye}: pixels.frame({part})" for eye, part in EYES[mode].items()) + "}")
        page.ask("""(() => {
          document.styleSheets[0].insertRule(".big-play, .notice { visibility: hidden }");
          eyes.anaglyph = pixels.anaglyph(eyes.left, eyes.right);
        })()""")
        self.apart = page.ask("pixels.difference(eyes.left, eyes.right)")
        kit.expect(self.apart > 3, f"the two eyes hardly differ: {self.apart}")

    def eyes(self):
        return {eye: self._page.ask(f"JSON.stringify([...eyes.{eye}])") for eye in ("left", "right")}

    def show(self, view):
        self._page.ask(f"document.querySelector('[data-view={view}]').click()")
        kit.expect_equal(self._page.ask("document.querySelector('[aria-pressed=true]')"
                                        ".dataset.view"), view, "the view that is marked")

    def expect_aspect(self, wanted, what):
        found = self._page.ask("(() => { const box = document.getElementById('picture')"
                               ".getBoundingClientRect(); return box.width / box.height; })()")
        kit.expect_near(found, wanted, 0.03, f"width over height of {what}")

    def expect_part(self, part, eye, what):
        """That part of the picture is this eye's, and not the other's."""
        differences = ()

        def shown():
            nonlocal differences
            shot = self._page.picture_of("#picture")
            differences = self._page.ask(f"""pixels.shot({json.dumps(shot)}, {part}).then(
              (shot) => [pixels.difference(shot, eyes.{eye}),
                         pixels.difference(shot, eyes.{'right' if eye == 'left' else 'left'})])""")
            own, other = differences
            # Scaling alone makes some difference.
            return own * 1.5 < other and own < 4
        try:
            # The page has drawn it, but the browser may not have shown it yet.
            kit.wait_until(shown, 10, what)
        except kit.Failed as failure:
            raise kit.Failed(f"{what} is not the {eye} eye's: it differs by {differences[0]:.1f} "
                             f"from it, by {differences[1]:.1f} from the other, the two by "
                             f"{self.apart:.1f}") from failure


def check_offers(chromium, url):
    """The buttons of a page that waits for its stream; the modes are those of the server."""
    refused = kit.request("POST", f"{url}/stream_sessions", {"mode": "no_such"}).text()
    for mode, offered in OFFERED.items():
        kit.expect(mode in refused, f"{mode} is no mode of the server: {refused}")
        created = kit.request("POST", f"{url}/stream_sessions", {"mode": mode})
        kit.expect_equal(created.status, 200, f"a session of {mode}: {created.text()}")
        page = chromium.open(f"{url}/watch/{created.json()['session_id']}")
        found = page.ask("[...document.querySelectorAll('#views button')]"
                         ".map((button) => button.textContent)")
        kit.expect_equal(found, offered, f"views of {mode}")
        shown = page.ask("document.querySelector('#views [aria-pressed=true]').textContent")
        kit.expect_equal(shown, FIRST.get(mode, offered[0]), f"the first view of {mode}")
        expect_no_complaints(page)
        page.close()


def open_paused(chromium, url, session_id):
    """A page that shows the frame at PAUSE_SECONDS, once the browser has presented it."""
    page = chromium.open(f"{url}/watch/{session_id}", script=PIXELS)
    wait_until_playing(page)
    page.ask(f"""(() => {{
      const video = document.querySelector("video");
      window.presented = null;
      const keep = (_, {{mediaTime}}) => {{
        window.presented = mediaTime;
        video.requestVideoFrameCallback(keep);
      }};
      video.requestVideoFrameCallback(keep);
      video.pause();
      video.currentTime = {PAUSE_SECONDS};
    }})()""")
    page.wait_for(f"!document.querySelector('video').seeking && presented !== null && "
                  f"Math.abs(presented - {PAUSE_SECONDS}) < 0.6 / 30", 20,
                  f"the frame at {PAUSE_SECONDS:.3f} s")
    return page


def check_views(chromium, url, session_id, mode):
    page = open_paused(chromium, url, session_id)
    views = Views(page, mode)
    eyes = views.eyes()
    if mode == "tb":
        views.show("tb")
        views.expect_aspect(8 / 9, "the top-bottom stream")
        views.expect_part("0, 0, 1, 0.5", "left", "the upper half")
    views.show("sbs")
    views.expect_aspect(32 / 9, "side by side")
    views.expect_part(LEFT_HALF, "left", "the left half")
    views.expect_part(RIGHT_HALF, "right", "the right half")
    views.show("half_sbs")
    views.expect_aspect(16 / 9, "half side by side")
    views.expect_part(LEFT_HALF, "left", "the left half, squeezed")
    views.expect_part(RIGHT_HALF, "right", "the right half, squeezed")
    views.show("left")
    views.expect_aspect(16 / 9, "2D")
    views.expect_part(WHOLE, "left", "2D")
    views.show("cross")
    views.expect_part(LEFT_HALF, "right", "the left half, cross-eyed")
    views.expect_part(RIGHT_HALF, "left", "the right half, cross-eyed")
    views.show("anaglyph")
    views.expect_aspect(16 / 9, "the anaglyph")
    views.expect_part(WHOLE, "anaglyph", "the anaglyph")
    kit.expect_equal(page.ask("location.hash"), "#view=anaglyph", "the view in the address")
    expect_no_complaints(page)
    page.close()
    page = chromium.open(f"{url}/watch/{session_id}#view=anaglyph")
    kit.expect_equal(page.ask("document.querySelector('[aria-pressed=true]').dataset.view"),
                     "anaglyph", "the view of the address")
    page.close()
    return eyes


def check_interlaced(chromium, url, session_id, eyes):
    page = open_paused(chromium, url, session_id)
    views = Views(page, "row_interlaced", eyes)
    views.show("sbs")
    views.expect_aspect(32 / 9, "side by side of rows")
    views.expect_part(LEFT_HALF, "left", "the left half of rows")
    views.expect_part(RIGHT_HALF, "right", "the right half of rows")
    views.show("left")
    views.expect_aspect(16 / 9, "2D of rows")
    views.expect_part(WHOLE, "left", "2D of rows")
    expect_no_complaints(page)
    page.close()


def check_sphere(chromium, url, session_id, eyes):
    """The picture is in the middle of a square that is 90 degrees wide and high."""
    page = open_paused(chromium, url, session_id)
    views = Views(page, "vr180", eyes)
    views.expect_aspect(2, "VR180")
    views.show("sbs")
    views.expect_aspect(2, "side by side of spheres")
    views.expect_part("0, 0.21875, 0.5, 0.5625", "left", "the left half of spheres")
    views.expect_part("0.5, 0.21875, 0.5, 0.5625", "right", "the right half of spheres")
    views.show("left")
    views.expect_aspect(1, "2D of spheres")
    views.expect_part("0, 0.21875, 1, 0.5625", "left", "2D of spheres")
    expect_no_complaints(page)
    page.close()


def check_picture_and_depth(chromium, url, session_id):
    page = open_paused(chromium, url, session_id)
    views = Views(page, "rgbd")
    views.expect_aspect(32 / 9, "picture and depth")
    views.show("left")
    views.expect_aspect(16 / 9, "2D of picture and depth")
    views.expect_part(WHOLE, "left", "2D of picture and depth")
    expect_no_complaints(page)
    page.close()


def check_keys(chromium, url, session_id):
    page = chromium.open(f"{url}/watch/{session_id}")
    wait_until_playing(page)
    video(page, "loop = true")
    for key in ("Space", "k"):
        was = video(page, "paused")
        page.press(key)
        page.wait_for(f"document.querySelector('video').paused !== {json.dumps(was)}", 5,
                      f"the key {key} to act")
    page.press("m")
    kit.expect_equal(video(page, "muted"), False, "muted after m")
    page.press("ArrowDown")
    kit.expect_near(video(page, "volume"), 0.9, 0.001, "volume after one step down")
    page.press("ArrowUp")
    kit.expect_near(video(page, "volume"), 1, 0.001, "volume after one step up")
    page.press("Space")
    video(page, "currentTime = 3")
    page.press("ArrowLeft")
    kit.expect_near(video(page, "currentTime"), 0, 0.01, "time after going back beyond the start")
    page.press("2")
    kit.expect_equal(page.ask("document.querySelector('[aria-pressed=true]').textContent"),
                     "Half-SBS", "the view after 2")
    page.press("?")
    kit.expect(page.ask("document.getElementById('help').open"), "? shows no help")
    kit.expect("Full screen" in text_of(page, "keys"), "the help does not tell of full screen")
    page.press("1")
    kit.expect_equal(page.ask("document.querySelector('[aria-pressed=true]').dataset.view"),
                     "half_sbs", "the view after a key behind the help")
    page.press("Escape")
    kit.expect(not page.ask("document.getElementById('help').open"), "Escape leaves the help open")
    page.press("Tab")
    kit.expect_equal(page.ask("getComputedStyle(document.activeElement).outlineStyle"), "solid",
                     "outline of what has the focus")
    expect_no_complaints(page)
    page.close()


def check_full_screen(chromium, url, session_id):
    page = chromium.open(f"{url}/watch/{session_id}", script=watch_page.RECORDER + """
      document.addEventListener("fullscreenchange", () => {
        window.opacityAtFirst ??= getComputedStyle(document.getElementById("controls")).opacity;
      });""")
    wait_until_playing(page)
    video(page, "loop = true")
    page.press("f")
    page.wait_for("document.fullscreenElement?.id === 'stage'", 5, "full screen")
    page.wait_for("window.opacityAtFirst", 5, "full screen to be announced")
    kit.expect_equal(page.ask("opacityAtFirst"), "1", "controls at first")
    page.wait_for("seen.idle.includes(true)", 8, "the controls to hide")
    hidden = len(seen(page, "idle"))
    page.press("ArrowUp")
    page.wait_for(f"seen.idle.slice({hidden}).includes(false)", 5,
                  "a key to bring the controls back")
    page.press("f")
    page.wait_for("!document.fullscreenElement", 5, "the end of full screen")
    # Phones without the API fill the window instead.
    page.ask("document.getElementById('stage').requestFullscreen = undefined")
    page.click("#fullscreen")
    page.wait_for("(() => { const box = document.getElementById('stage').getBoundingClientRect();"
                  " return String([box.x, box.y, box.width, box.height]); })() === '0,0,1280,800'",
                  5, "the stage to fill the window")
    page.press("Escape")
    kit.expect(not page.ask("document.getElementById('stage').hasAttribute('data-full')"),
               "Escape does not leave the filled window")
    page.close()


def check_copy(chromium, url, session_id):
    chromium.grant(url, ["clipboardReadWrite", "clipboardSanitizedWrite"])
    wanted = f"{url}/stream/{session_id}/playlist.m3u8"
    page = chromium.open(f"{url}/watch/{session_id}", script=watch_page.RECORDER)
    page.click("#copy")
    wait_until_seen(page, "copied", "Copied")
    kit.expect_equal(page.ask("navigator.clipboard.readText()"), wanted, "the clipboard")
    page.close()
    page = chromium.open(f"{url}/watch/{session_id}", script=watch_page.RECORDER + (
        "Object.defineProperty(window.navigator, 'clipboard', {value: undefined});"))
    page.press("c")
    page.wait_for("seen.copied.some(Boolean)", 5, "word of the copy")
    kit.expect_equal(page.ask("(() => { const url = document.getElementById('url'); return "
                              "url.value.slice(url.selectionStart, url.selectionEnd); })()"),
                     wanted, "what is selected where the clipboard API is missing")
    expect_no_complaints(page)
    page.close()


BOXES = """
[...document.querySelectorAll("button, input")].filter((node) => node.checkVisibility())
  .filter((node) => node.id !== "big-play").map((node) => {
    const {x, y, width, height} = node.getBoundingClientRect();
    return {name: node.id || node.textContent, x, y, width, height};
  })
"""


def overlap(one, other):
    return (one["x"] + one["width"] > other["x"] + 0.5 and
            other["x"] + other["width"] > one["x"] + 0.5 and
            one["y"] + one["height"] > other["y"] + 0.5 and
            other["y"] + other["height"] > one["y"] + 0.5)


def check_sizes(chromium, url, session_id):
    for width, height, phone in SIZES:
        what = f"{width}x{height}"
        page = chromium.open(f"{url}/watch/{session_id}", width, height, phone)
        wait_until_playing(page)
        page.ask("document.getElementById('live').hidden = false")  # the fullest row
        kit.expect_equal(page.ask("[innerWidth, document.documentElement.scrollWidth]"),
                         [width, width], f"widths of window and page at {what}")
        boxes = page.ask(BOXES)
        kit.expect(len(boxes) >= 10, f"controls at {what}: {boxes}")
        for place, box in enumerate(boxes):
            name = f"{box['name']} at {what}: {box}"
            kit.expect(box["x"] >= 0 and box["x"] + box["width"] <= width, f"outside: {name}")
            kit.expect(box["y"] >= 0 and box["y"] + box["height"] <= height, f"below: {name}")
            kit.expect(box["height"] >= TOUCH_PX, f"too low to touch: {name}")
            kit.expect(box["width"] >= TOUCH_PX, f"too narrow to touch: {name}")
            for other in boxes[:place]:
                kit.expect(not overlap(box, other), f"{other['name']} is covered by {name}")
        expect_no_complaints(page)
        page.close()


def test(stage):
    url, _ = stage.server("--log-level", "warning", "--hold-seconds", "1")
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    chromium = browser.Browser(stage)
    live = stage.capture(url, "--input", "test", "--speed", "realtime", "--chunk-seconds", "1")
    check_waits_by_itself(chromium, url, live)
    kit.note("the page waited by itself")
    others = {mode: stage.capture(url, "--input", "test", "--mode", mode, "--speed", "max",
                                  "--chunk-seconds", "1", "--duration", "2")
              for mode in ("tb", "cross", "row_interlaced", "vr180", "rgbd")}
    check_not_found(chromium, url)
    check_server_away(chromium, url)
    check_feed(chromium, url, live.session_id)
    check_offers(chromium, url)
    eyes = check_views(chromium, url, live.session_id, "sbs")
    for capture in others.values():
        playlists.wait_for_end(capture.playlist_url, 60)
    check_views(chromium, url, others["tb"].session_id, "tb")
    check_views(chromium, url, others["cross"].session_id, "cross")
    check_interlaced(chromium, url, others["row_interlaced"].session_id, eyes)
    check_sphere(chromium, url, others["vr180"].session_id, eyes)
    check_picture_and_depth(chromium, url, others["rgbd"].session_id)
    kit.note("the views are right")
    check_keys(chromium, url, live.session_id)
    check_full_screen(chromium, url, live.session_id)
    check_copy(chromium, url, live.session_id)
    kit.note("keys, full screen and copying work")
    check_sizes(chromium, url, live.session_id)


kit.main(test, 150)
