// The settings of a stream: what is shown, and what is sent to start it.

import { get } from "./api.js";
import { element, make } from "./text.js";

const kDefaultDivergence = 2;
const kDefaultConvergence = 0.5;

function option(value, text) {
  const node = make("option", "", text);
  node.value = value;
  return node;
}

// Selects a value, which is added if the list does not have it.
function select(id, value, text = value) {
  const list = element(id);
  if (![...list.options].some((entry) => entry.value === value)) list.append(option(value, text));
  list.value = value;
}

const kModeNames = {
  sbs: "Side by side",
  half_sbs: "Half side by side",
  tb: "Top and bottom",
  half_tb: "Half top and bottom",
  cross: "Cross-eyed",
  half_cross: "Half cross-eyed",
  row_interlaced: "Interlaced rows",
  anaglyph_color: "Anaglyph, colour",
  anaglyph_half_color: "Anaglyph, half colour",
  anaglyph_gray: "Anaglyph, grey",
  anaglyph_wimmer: "Anaglyph, optimized",
  anaglyph_dubois: "Anaglyph, Dubois",
  vr180: "VR180",
  depth: "Depth alone",
  rgbd: "Frame and depth",
  left: "Left eye alone",
  right: "Right eye alone",
};

export const modeName = (mode) => kModeNames[mode] ?? mode;

function recordingName() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `capture-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}.mp4`;
}

export class Settings {
  constructor() {
    for (const id of ["divergence", "convergence", "convergence-auto"]) {
      element(id).addEventListener("input", () => this.show());
    }
    element("mode").addEventListener("change", () => this.show());
    element("record").addEventListener("change", () => {
      element("recording-row").hidden = !element("record").checked;
      element("recording").value = recordingName();
    });
    this.show();
  }

  async load() {
    const { modes, defaults, current, recordings_dir: folder } = await get("choices");
    // What runs already, if the page was opened again.
    this.current = current;
    this.summaries = Object.fromEntries(modes.map(({ name, summary }) => [name, summary]));
    element("mode").replaceChildren(...modes.map(({ name }) => option(name, modeName(name))));
    element("recording-part").hidden = !folder;
    element("recording-note").textContent = `In ${folder}`;
    this.apply(defaults);
    this.show();
    this.loadEncoders();
    return defaults;
  }

  apply(defaults) {
    element("server").value = defaults.server || "http://localhost:8000";
    if (defaults.width > 0) {
      const { width, height } = defaults;
      select("resolution", `${width}x${height}`, `${width} × ${height}`);
    }
    if (defaults.fps > 0) select("fps", String(defaults.fps));
    const seconds = defaults.chunk_seconds;
    if (seconds > 0) select("chunk", String(seconds), `${seconds} s`);
    if (defaults.codec) element("codec").value = defaults.codec;
    this.encoder = defaults.encoder || "auto";
    const stereo = defaults.stereo ?? {};
    element("mode").value = stereo.mode ?? "sbs";
    element("divergence").value = stereo.divergence ?? kDefaultDivergence;
    element("convergence-auto").checked = stereo.convergence === "auto";
    if (typeof stereo.convergence === "number") element("convergence").value = stereo.convergence;
    element("depth").value = stereo.depth ?? "auto";
  }

  // Encoders are tried when they are listed, which takes a moment.
  async loadEncoders() {
    try {
      const { encoders } = await get("encoders");
      for (const { name, summary } of encoders) select("encoder", name, summary || name);
    } catch {
      // The automatic choice remains.
    }
    select("encoder", this.encoder, this.encoder);
  }

  show() {
    const automatic = element("convergence-auto").checked;
    element("convergence").disabled = automatic;
    const divergence = Number(element("divergence").value).toFixed(1);
    element("divergence-value").textContent = `${divergence} %`;
    element("divergence").setAttribute("aria-valuetext", `${divergence} percent of the width`);
    element("convergence-value").textContent = automatic ? "automatic"
      : Number(element("convergence").value).toFixed(2);
    const summary = this.summaries?.[element("mode").value] ?? "";
    element("mode-note").textContent = summary.slice(0, 1).toUpperCase() + summary.slice(1);
  }

  // What stays at its default is left to the worker.
  get stereo() {
    const stereo = { mode: element("mode").value || "sbs" };
    const divergence = Number(element("divergence").value);
    const convergence = Number(element("convergence").value);
    if (divergence !== kDefaultDivergence) stereo.divergence = divergence;
    if (element("convergence-auto").checked) {
      stereo.convergence = "auto";
    } else if (convergence !== kDefaultConvergence) {
      stereo.convergence = convergence;
    }
    if (element("depth").value !== "auto") stereo.depth = element("depth").value;
    return stereo;
  }

  request(source, audio) {
    const [width, height] = element("resolution").value.split("x").map(Number);
    return {
      source,
      audio,
      width,
      height,
      fps: Number(element("fps").value),
      chunk_seconds: Number(element("chunk").value),
      encoder: element("encoder").value,
      codec: element("codec").value,
      server: element("server").value.trim(),
      stereo: this.stereo,
      recording: element("record").checked ? element("recording").value.trim() : "",
    };
  }
}
