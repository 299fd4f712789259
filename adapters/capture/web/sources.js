// The list of what can be captured, with previews.

import { get, previewUrl } from "./api.js";
import { count, element, make } from "./text.js";

const kListMs = 5000;
const kPreviewMs = 3000;
const kRestMs = 30000;
const kMostPreviews = 24;
const kGroups = [["screen", "Screens"], ["window", "Windows"], ["camera", "Cameras"]];

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

function note(source) {
  const size = source.width > 0 ? `${source.width} × ${source.height}` : "";
  return [source.application, size].filter(Boolean).join(" · ");
}

function tile(source, checked) {
  const label = make("label", "tile");
  const input = make("input");
  Object.assign(input, { type: "radio", name: "source", value: source.id, checked });
  const shot = make("span", `shot ${source.kind}`);
  const image = make("img");
  image.alt = "";
  image.hidden = true;
  image.dataset.source = source.id;
  // Looking through a camera turns it on: that needs a person's choice.
  const camera = source.kind === "camera";
  if (camera) image.dataset.failed = "";
  shot.append(image, make("span", "no-shot", camera ? "Choose it to see it" : "No preview"));
  label.append(input, shot, make("span", "tile-name", source.name || source.id),
    make("span", "tile-note", note(source)));
  label.title = source.name;
  return label;
}

function show(image, url) {
  return new Promise((done) => {
    const next = new Image();
    next.onload = () => {
      image.src = next.src;
      image.hidden = false;
      done(true);
    };
    next.onerror = () => {
      image.hidden = true;
      image.dataset.failed = "";
      done(false);
    };
    next.src = url;
  });
}

export class Sources {
  constructor({ audioFound, changed, failed }) {
    this.audioFound = audioFound;
    this.changed = changed;
    this.failed = failed;
    this.list = [];
    this.known = "";
    this.resting = new Map();
    this.active = true;
    element("refresh").addEventListener("click", () => this.refresh());
    element("setup").addEventListener("change", ({ target }) => {
      if (target.name === "source") this.choose();
    });
    element("address").addEventListener("input", () => this.changed());
    this.keepListing();
    this.keepLooking();
  }

  // { id, name }, or null.
  get chosen() {
    const input = document.querySelector("input[name=source]:checked");
    if (!input) return null;
    if (input.id === "address-choice") {
      const id = element("address").value.trim();
      return id ? { id, name: id } : null;
    }
    const found = this.list.find(({ id }) => id === input.value);
    return { id: input.value, name: found?.name ?? "Test scene" };
  }

  choose() {
    element("address-row").hidden = !element("address-choice").checked;
    if (element("address-choice").checked) element("address").focus();
    this.changed();
  }

  select(id) {
    const inputs = [...document.querySelectorAll("input[name=source]")];
    const found = inputs.find((input) => input.value === id && id !== "");
    if (found) {
      found.checked = true;
    } else if (id) {
      element("address-choice").checked = true;
      element("address").value = id;
      element("address-row").hidden = false;
    }
    this.changed();
  }

  async refresh() {
    element("refresh").setAttribute("aria-disabled", "true");
    try {
      const { sources } = await get("sources");
      const text = JSON.stringify(sources);
      if (text !== this.known) this.render(sources);
      this.known = text;
      this.failed("");
    } catch (error) {
      this.failed(error.message);
    }
    element("refresh").removeAttribute("aria-disabled");
    element("sources").setAttribute("aria-busy", "false");
  }

  render(sources) {
    const before = document.querySelector("#sources input:checked")?.value;
    const focused = document.activeElement?.closest("#sources") ? document.activeElement.value : null;
    this.list = sources;
    const parts = [];
    for (const [kind, title] of kGroups) {
      const members = sources.filter((source) => source.kind === kind);
      if (members.length === 0) continue;
      const tiles = make("div", "tiles");
      for (const source of members) tiles.append(tile(source, source.id === before));
      const heading = make("h3", "", title);
      heading.append(make("span", "unseen", `, ${count(members.length, "source")}`));
      parts.push(heading, tiles);
    }
    if (parts.length === 0) {
      parts.push(make("p", "note", "No screen, window or camera was found on this computer."));
    }
    element("sources").replaceChildren(...parts);
    if (focused !== null) {
      [...document.querySelectorAll("#sources input")].find(({ value }) => value === focused)?.focus();
    }
    this.audioFound(sources.filter(({ kind }) => kind === "microphone" || kind === "system_audio"));
    if (!document.querySelector("input[name=source]:checked")) {
      const first = sources.find(({ kind, default: best }) => best && kind === "screen") ??
        sources.find(({ kind }) => kind === "screen");
      if (first) this.select(first.id);
    }
    this.changed();
  }

  async keepListing() {
    for (;;) {
      if (this.active && !document.hidden) await this.refresh();
      await pause(kListMs);
    }
  }

  // What has no preview now is asked for less often.
  async look(image) {
    const { source } = image.dataset;
    const camera = image.parentElement.classList.contains("camera");
    if (camera && !image.closest(".tile").querySelector("input").checked) return;
    if (performance.now() < (this.resting.get(source) ?? 0)) {
      image.dataset.failed = "";
      return;
    }
    this.resting.delete(source);
    const shown = await show(image, previewUrl(source));
    if (!shown || camera) this.resting.set(source, performance.now() + kRestMs);
  }

  // One preview after the other, so that many windows do not cost more than one.
  async keepLooking() {
    for (;;) {
      const images = [...document.querySelectorAll("#sources img")].slice(0, kMostPreviews);
      for (const image of images) {
        if (!this.active || document.hidden) break;
        await this.look(image);
      }
      await pause(images.length > 0 ? kPreviewMs : 300);
    }
  }
}

// The picture of the source while it is captured.
export class SourcePicture {
  constructor() {
    this.source = "";
    this.keepLooking();
  }

  async keepLooking() {
    for (;;) {
      const look = this.source && !document.hidden;
      const shown = !look || await show(element("source-shot"), previewUrl(this.source));
      await pause(shown ? 1000 : 5000);
    }
  }
}
