"""Players of the newest segment, and which frame each showed when."""

import json

import browser
import frame_tag
import glass
import kit

# The window of ffplay shows the left eye at this size; a block of the tag is 8 pixels wide.
_WINDOW = (640, 360)
_BLOCK = 8
# ffplay has run out of video, or this machine of time.
_STALL_SECONDS = 0.25


class Ffplay:
    """ffplay on a screen, which is read as a camera would."""

    name = "ffplay"

    def __init__(self, stage, screen, url):
        self.stalls = 0
        play = [kit.tool("ffplay"), "-v", "error", "-live_start_index", "-1", "-noborder", "-left", "0",
                "-top", "0", "-x", str(_WINDOW[0]), "-y", str(_WINDOW[1]), "-vf",
                "crop=iw/2:ih:0:0", url]
        self._play = glass.start_apart(lambda: stage.start(play, screen.environment),
                                       lambda running: running.process.pid)
        self._camera = glass.TagCamera(screen, _BLOCK)

    def stop(self):
        self._play.kill()
        self._camera.stop()
        shown = self._camera.shown
        gaps = [after[0] - before[0] for before, after in zip(shown, shown[1:])]
        self.stalls = sum(gap > _STALL_SECONDS for gap in gaps)
        return shown


def open_screen(stage):
    return glass.Screen(stage, *_WINDOW)


# Notes the levels of the tag's blocks, at five shifts sideways, with each frame that is presented.
_RECORDER = """
window.shownFrames = [];
window.stalls = 0;
(() => {
  const canvas = new OffscreenCanvas(88, 48);
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const levels = (pixels, shift) => Array.from({length: 32}, (_, place) => {
    const x = 8 + shift + place % 8 * 8 + 4, y = 8 + Math.floor(place / 8) * 8 + 4;
    return pixels[(y * 88 + x) * 4 + 1];
  });
  const watch = (video) => video.requestVideoFrameCallback((now, frame) => {
    const scale = video.videoHeight / 45 / 8;
    pen.drawImage(video, 0, 0, 88 * scale, 48 * scale, 0, 0, 88, 48);
    const pixels = pen.getImageData(0, 0, 88, 48).data;
    window.shownFrames.push([performance.timeOrigin + frame.expectedDisplayTime,
                             [0, 2, -2, 4, -4].map((shift) => levels(pixels, shift))]);
    watch(video);
  });
  const find = () => {
    const video = document.querySelector("video");
    if (!video) return setTimeout(find, 5);
    // Frames that a busy machine drops are no stall.
    video.addEventListener("waiting", () => { if (shownFrames.length > 0) window.stalls += 1; });
    return watch(video);
  };
  find();
})();
"""


class WatchPage:
    """The watch page in Chromium."""

    name = "watch page"

    def __init__(self, stage, chromium, url):
        del stage
        self.stalls = 0
        self._page = chromium.open(url, script=_RECORDER)

    def stop(self):
        frames = json.loads(self._page.ask("JSON.stringify(shownFrames)"))
        self.stalls = self._page.ask("stalls")
        self._page.close()
        shown = []
        for milliseconds, readings in frames:
            numbers = [number for number in map(frame_tag.number_of, readings) if number is not None]
            if numbers:
                shown.append((milliseconds / 1000, numbers[0]))
        return shown


def open_browser(stage):
    return glass.start_apart(lambda: browser.Browser(stage), lambda started: started.process_id)
