// Shows a packed two-view video in one of the views that its layout allows.

import { aspectOf, layoutOf } from "./stereo_layout.js";
import { makePainter } from "./stereo_painter.js";

export class StereoView {
  constructor({ stage, video, canvas, mode }) {
    this.stage = stage;
    this.video = video;
    this.canvas = canvas;
    this.layout = layoutOf(mode);
    this.painter = this.layout.eyes ? makePainter(canvas, this.layout.eyes) : null;
    this.view = this.layout.first;
    this.painting = false;
    video.addEventListener("resize", () => this.fit());
    video.addEventListener("loadedmetadata", () => this.fit());
  }

  // [name, label] of each view that this browser can show, the stream's own among them.
  get views() {
    return Object.entries(this.layout.views)
      .filter(([, { paint }]) => paint === null || this.painter)
      .map(([name, { label }]) => [name, label]);
  }

  // False when there is no such view.
  show(view) {
    if (!this.views.some(([name]) => name === view)) return false;
    this.view = view;
    this.fit();
    const painted = this.paintKind() !== null;
    this.canvas.hidden = !painted;
    this.stage.toggleAttribute("data-canvas", painted);
    if (painted) {
      this.paintOnce();  // a paused video has no next frame
      this.paint();
    }
    return true;
  }

  paintKind() {
    return this.layout.views[this.view].paint;
  }

  // The picture's proportions and crop.
  fit() {
    const frame = this.video.videoWidth / this.video.videoHeight || this.expectedAspect();
    this.stage.style.setProperty("--aspect", aspectOf(this.layout, this.view, frame).toFixed(4));
    const cropped = this.view === "left" && this.paintKind() === null;
    this.stage.dataset.crop = cropped ? this.layout.eyes.crop : "";
  }

  // Before the first frame tells: one eye's picture is 16:9.
  expectedAspect() {
    return 16 / 9 / (this.layout.eyes?.stretch ?? 1);
  }

  // Once per decoded frame where the browser tells of them, else once per display frame.
  paint() {
    if (this.painting) return;
    this.painting = true;
    const next = this.video.requestVideoFrameCallback
      ? (step) => this.video.requestVideoFrameCallback(step)
      : (step) => requestAnimationFrame(step);
    const step = () => {
      this.painting = this.paintOnce();
      if (this.painting) next(step);
    };
    step();
  }

  // The frame that is shown now; false when the view needs no painting.
  paintOnce() {
    const kind = this.paintKind();
    if (kind === null) return false;
    if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      this.painter.paint(this.video, kind);
    }
    return true;
  }
}
