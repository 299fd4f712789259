// The player over the whole screen, with controls that hide while nobody uses them.

const kIdleMs = 3000;

export class Fullscreen {
  // `changed` is called when it is entered or left.
  constructor({ stage, video, changed }) {
    this.stage = stage;
    this.video = video;
    this.changed = changed;
    this.timer = 0;
    document.addEventListener("fullscreenchange", () => this.update());
    for (const name of ["pointermove", "pointerdown", "keydown", "focusin"]) {
      stage.addEventListener(name, () => this.wake());
    }
    document.addEventListener("keydown", () => this.wake());
    for (const name of ["play", "pause"]) video.addEventListener(name, () => this.wake());
  }

  get active() {
    return document.fullscreenElement === this.stage || this.stage.hasAttribute("data-filling");
  }

  toggle() {
    if (document.fullscreenElement) {
      document.exitFullscreen();
    } else if (this.stage.requestFullscreen && !this.stage.hasAttribute("data-filling")) {
      this.stage.requestFullscreen().catch(() => this.fillWindow());
    } else {
      this.fillWindow();
    }
  }

  // For phones that let only a bare video fill the screen, which would lose the chosen view.
  fillWindow() {
    this.stage.toggleAttribute("data-filling");
    this.update();
  }

  leave() {
    if (this.stage.hasAttribute("data-filling")) this.fillWindow();
  }

  update() {
    this.stage.toggleAttribute("data-full", this.active);
    this.wake();
    this.changed(this.active);
  }

  // Shows the controls, and hides them again after a while.
  wake() {
    clearTimeout(this.timer);
    this.stage.removeAttribute("data-idle");
    if (!this.active || this.video.paused) return;
    this.timer = setTimeout(() => this.stage.setAttribute("data-idle", ""), kIdleMs);
  }
}
