// The steps of a stream as buttons. A button that does not apply stays focusable, so that the focus
// is not lost when a step is done.

import { post } from "./api.js";
import { element } from "./text.js";

const kRunning = ["streaming", "paused"];
const kOver = ["idle", "ended", "failed"];

// Which steps each state allows.
const kAllowed = {
  pause: (state) => kRunning.includes(state),
  mute: (state, meters) => kRunning.includes(state) && meters > 0,
  stop: (state) => kRunning.includes(state) || state === "starting",
  end: (state, _, session) => !kOver.includes(state) && session,
};

export class Actions {
  constructor({ request, meters, problems, showSetup }) {
    this.request = request;
    this.meters = meters;
    this.problems = problems;
    this.status = null;
    this.busy = new Set();
    this.last = Promise.resolve();
    element("setup").addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    element("again").addEventListener("click", showSetup);
    this.wire("pause", () => post("pause", { paused: this.status.state !== "paused" }));
    this.wire("mute", () => this.meters.toggleMute());
    this.wire("stop", () => post("stop"));
    this.wire("end", () => this.end());
  }

  wire(id, act) {
    element(id).addEventListener("click", () => {
      if (element(id).getAttribute("aria-disabled") !== "true") this.run(id, "action", act);
    });
  }

  // Steps are taken one after the other; a button is disabled until its step is taken.
  run(id, code, act) {
    if (this.busy.has(id)) return;
    this.busy.add(id);
    this.show();
    this.last = this.last.then(async () => {
      try {
        await act();
        this.problems.set(code, "");
      } catch (error) {
        this.problems.set(code, error.message);
      }
      this.busy.delete(id);
      this.show();
    });
  }

  start() {
    if (element("start").getAttribute("aria-disabled") === "true") return;
    const request = this.request();
    if (request) this.run("start", "start", () => post("start", request));
  }

  end() {
    const dialog = element("confirm");
    if (this.status.state === "stopped") return post("end");
    return new Promise((done, failed) => {
      dialog.returnValue = "no";
      dialog.addEventListener("close", () => {
        if (dialog.returnValue !== "end") return done();
        return post("end").then(done, failed);
      }, { once: true });
      dialog.showModal();
    });
  }

  update(status, ready, setup) {
    this.status = status;
    this.ready = ready;
    this.setup = setup;
    this.show();
  }

  show() {
    const state = this.status?.state ?? "away";
    const over = kOver.includes(state);
    element("start").hidden = !this.setup && state !== "starting";
    element("again").hidden = this.setup || !over;
    this.allow("start", over && this.ready);
    for (const [id, allowed] of Object.entries(kAllowed)) {
      this.allow(id, allowed(state, this.meters.meters.length, Boolean(this.status?.session_id)));
    }
    const paused = state === "paused";
    element("pause").setAttribute("aria-pressed", String(paused));
    element("pause").textContent = paused ? "Resume" : "Pause";
    element("mute").setAttribute("aria-pressed", String(this.meters.muted));
    element("mute").textContent = this.meters.muted ? "Unmute" : "Mute";
  }

  allow(id, allowed) {
    element(id).setAttribute("aria-disabled", String(!allowed || this.busy.has(id)));
  }
}
