// Sound: which inputs are captured, and their meters, levels and mutes while they are.

import { post } from "./api.js";
import { element, make, setText } from "./text.js";

const kLeastDb = -60;
const kMostPercent = 200;
const kSendMs = 80;
const kFallMs = 120;

export const toDb = (peak) => (peak > 0 ? Math.max(kLeastDb, 20 * Math.log10(peak)) : kLeastDb);

export class AudioChoices {
  constructor() {
    this.wanted = null;
    this.ids = [];
  }

  render(inputs) {
    const chosen = this.chosen;
    const known = new Set(this.ids);
    this.ids = inputs.map(({ id }) => id);
    element("audio-none").hidden = inputs.length > 0;
    element("audio-choices").replaceChildren(...inputs.map((input) => {
      const label = make("label", "choice");
      const box = make("input");
      Object.assign(box, { type: "checkbox", value: input.id });
      box.checked = known.has(input.id) ? chosen.includes(input.id)
        : this.wanted ? this.wanted.includes(input.id)
          : input.kind === "system_audio" && input.default;
      const text = make("span", "", input.name);
      text.append(make("small", "", input.kind === "microphone" ? "Microphone" : "System sound"));
      label.append(box, text);
      return label;
    }));
  }

  get chosen() {
    return [...element("audio-choices").querySelectorAll("input:checked")].map(({ value }) => value);
  }
}

class Meter {
  constructor(input, failed) {
    this.id = input.id;
    this.failed = failed;
    this.muted = input.muted;
    this.level = input.level;
    this.shown = kLeastDb;
    this.peak = kLeastDb;
    this.build(input);
  }

  build(input) {
    this.row = make("li", "meter-row");
    const name = make("span", "meter-name", input.name || input.id);
    this.note = make("span", "meter-note");
    this.scale = make("div", "meter");
    this.scale.setAttribute("role", "meter");
    this.scale.setAttribute("aria-label", `Level of ${input.name}`);
    this.scale.setAttribute("aria-valuemin", String(kLeastDb));
    this.scale.setAttribute("aria-valuemax", "0");
    this.bar = make("div", "bar");
    this.scale.append(this.bar);
    this.mute = make("button", "small", "Mute");
    this.mute.type = "button";
    this.mute.setAttribute("aria-label", `Mute ${input.name}`);
    this.mute.addEventListener("click", () => this.set(this.level, !this.muted));
    this.slider = make("input");
    Object.assign(this.slider, { type: "range", min: "0", max: String(kMostPercent), step: "5" });
    this.slider.setAttribute("aria-label", `Volume of ${input.name}`);
    this.slider.addEventListener("input", () => {
      this.set(Number(this.slider.value) / 100, this.muted);
    });
    this.percent = make("output", "meter-percent");
    const head = make("div", "meter-head");
    head.append(name, this.note);
    this.row.append(head, this.scale, this.mute, this.slider, this.percent);
  }

  set(level, muted) {
    this.level = level;
    this.muted = muted;
    this.changedAt = performance.now();
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      post("audio", { id: this.id, level, muted }).catch((error) => this.failed(error.message));
    }, kSendMs);
  }

  update(input, running) {
    // What was just set here may not have reached the program.
    if (performance.now() - (this.changedAt ?? -1e9) > 1000) {
      this.level = input.level;
      this.muted = input.muted;
    }
    const db = toDb(input.peak);
    this.peak = db;
    this.scale.setAttribute("aria-valuenow", db.toFixed(0));
    this.scale.setAttribute("aria-valuetext", db <= kLeastDb ? "silent" : `${db.toFixed(0)} decibels`);
    const silent = running && input.silent;
    setText(this.note, this.muted ? "Muted" : silent ? "No sound is coming in" : "");
    this.row.classList.toggle("is-silent", silent && !this.muted);
    this.show();
  }

  // The bar falls slowly, as those of other meters do.
  fall() {
    this.shown = Math.max(this.peak, this.shown - 4);
    this.bar.style.clipPath = `inset(0 ${(100 * this.shown) / kLeastDb}% 0 0)`;
  }

  show() {
    const percent = Math.round(this.level * 100);
    if (!this.slider.matches(":active")) this.slider.value = String(percent);
    this.slider.setAttribute("aria-valuetext", `${percent} percent`);
    setText(this.percent, `${percent} %`);
    this.mute.setAttribute("aria-pressed", String(this.muted));
    this.row.classList.toggle("is-muted", this.muted);
  }
}

export class Meters {
  constructor(failed) {
    this.failed = failed;
    this.meters = [];
    setInterval(() => this.meters.forEach((meter) => meter.fall()), kFallMs);
  }

  update(inputs, running) {
    const ids = inputs.map(({ id }) => id).join();
    if (ids !== this.shown) {
      this.shown = ids;
      this.meters = inputs.map((input) => new Meter(input, this.failed));
      element("meters").replaceChildren(...this.meters.map(({ row }) => row));
      element("meters-none").hidden = inputs.length > 0;
    }
    inputs.forEach((input, i) => this.meters[i].update(input, running));
  }

  get muted() {
    return this.meters.length > 0 && this.meters.every(({ muted }) => muted);
  }

  // All inputs together.
  toggleMute() {
    const muted = !this.muted;
    for (const meter of this.meters) meter.set(meter.level, muted);
    return muted;
  }
}
