// Buttons, sliders and keys of the player.

const kSeekSeconds = 5;
const kVolumeStep = 0.1;

const element = (id) => document.getElementById(id);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  if (hours > 0) parts.unshift(hours);
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

function setIcon(button, icon, label) {
  const use = button.querySelector("use");
  if (use.getAttribute("href") === `#icon-${icon}`) return;
  use.setAttribute("href", `#icon-${icon}`);
  button.setAttribute("aria-label", label);
  button.title = label;
}

export class Controls {
  constructor({ player, video, stereoView, fullscreen, copy, viewChanged }) {
    this.player = player;
    this.video = video;
    this.stereoView = stereoView;
    this.fullscreen = fullscreen;
    this.viewChanged = viewChanged;
    this.copy = copy;
    this.seek = element("seek");
    this.volume = element("volume");
    this.keys = this.makeKeys();
    this.wireButtons();
    this.wirePicture();
    this.makeViewButtons();
    this.makeHelp();
    document.addEventListener("keydown", (event) => this.press(event));
    for (const name of ["play", "pause", "volumechange", "timeupdate", "ended", "seeked"]) {
      video.addEventListener(name, () => this.refresh());
    }
    this.refresh();
  }

  // [keys, what they do, how]: the help lists them as they are here.
  makeKeys() {
    const { player, video } = this;
    const keys = [
      [["Space", "k"], "Play or pause", () => player.togglePlay()],
      [["←", "→"], "Back or on by 5 seconds", (key) => {
        player.seek(video.currentTime + (key === "→" ? kSeekSeconds : -kSeekSeconds));
      }],
      [["↑", "↓"], "Louder or softer", (key) => {
        this.setVolume(video.volume + (key === "↑" ? kVolumeStep : -kVolumeStep));
      }],
      [["m"], "Sound off or on", () => this.toggleMute()],
      [["l"], "Go live", () => player.goLive()],
      [["f"], "Full screen", () => this.fullscreen.toggle()],
      [["c"], "Copy the playlist's URL", () => this.copy()],
      [["?"], "These keys", () => this.toggleHelp()],
    ];
    this.stereoView.views.forEach(([view, label], i) => {
      keys.push([[String(i + 1)], `View: ${label}`, () => this.showView(view)]);
    });
    return keys;
  }

  press(event) {
    if (event.key === "Escape") this.fullscreen.leave();
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const focus = event.target instanceof Element ? event.target : document.body;
    const names = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
    const key = names[event.key] ?? (event.key.length === 1 ? event.key.toLowerCase() : "");
    // What has the focus keeps the keys that are its own; behind the help only "?" works.
    if (key === "Space" && focus.closest("button")) return;
    if (names[event.key] && focus.closest("input")) return;
    if (element("help").open && key !== "?") return;
    const found = this.keys.find(([keys]) => keys.includes(key));
    if (!found || (event.repeat && !names[event.key])) return;
    event.preventDefault();
    found[2](key);
  }

  wireButtons() {
    const click = (id, action) => element(id).addEventListener("click", action);
    click("play", () => this.player.togglePlay());
    click("big-play", () => this.player.play());
    click("mute", () => this.toggleMute());
    click("live", () => this.player.goLive());
    click("fullscreen", () => this.fullscreen.toggle());
    click("copy", () => this.copy());
    click("help-open", () => this.toggleHelp());
    click("help-close", () => this.toggleHelp());
    this.seek.addEventListener("input", () => this.player.seek(Number(this.seek.value)));
    this.volume.addEventListener("input", () => this.setVolume(this.volume.value / 100));
  }

  // A click plays or pauses, two fill the screen; on a touch screen a tap in full screen only
  // brings the controls back.
  wirePicture() {
    const picture = element("picture");
    picture.addEventListener("click", (event) => {
      if (event.target.closest("button") || !this.player.started) return;
      if (event.pointerType === "touch" && this.fullscreen.active) return;
      this.player.togglePlay();
    });
    picture.addEventListener("dblclick", () => this.fullscreen.toggle());
  }

  makeViewButtons() {
    this.viewButtons = this.stereoView.views.map(([view, label], i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.view = view;
      button.textContent = label;
      button.setAttribute("aria-keyshortcuts", String(i + 1));
      button.addEventListener("click", () => this.showView(view));
      return button;
    });
    element("views").replaceChildren(...this.viewButtons);
  }

  makeHelp() {
    for (const [keys, what] of this.keys) {
      const term = document.createElement("dt");
      for (const key of keys) {
        const cap = document.createElement("kbd");
        cap.textContent = key;
        term.append(cap);
      }
      const meaning = document.createElement("dd");
      meaning.textContent = what;
      element("keys").append(term, meaning);
    }
  }

  toggleHelp() {
    const help = element("help");
    if (help.open) return help.close();
    return help.showModal();
  }

  showView(view) {
    if (!this.stereoView.show(view)) return;
    for (const button of this.viewButtons) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    }
    this.viewChanged(view);
  }

  toggleMute() {
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 0.5;
  }

  setVolume(volume) {
    const bounded = Math.min(Math.max(volume, 0), 1);
    this.video.volume = Math.round(bounded * 100) / 100;
    this.video.muted = bounded === 0;
  }

  refresh() {
    const { video, player } = this;
    const { started } = player;
    const playIcon = !video.paused ? "pause" : video.ended ? "again" : "play";
    setIcon(element("play"), playIcon, { pause: "Pause", again: "Play again", play: "Play" }[playIcon]);
    element("play").disabled = !started;
    element("big-play").hidden = !started || !video.paused;
    setIcon(element("big-play"), video.ended ? "again" : "play", "Play");
    setIcon(element("mute"), video.muted ? "muted" : "sound", video.muted ? "Unmute" : "Mute");
    const volume = video.muted ? 0 : Math.round(video.volume * 100);
    this.volume.value = String(volume);
    this.volume.setAttribute("aria-valuetext", `${volume} percent`);
    element("live").hidden = !(started && player.live);
    this.seek.disabled = !started;
    if (!started) return;
    const [start, end] = player.range();
    this.seek.min = String(start);
    this.seek.max = String(end);
    if (!this.seek.matches(":active")) this.seek.value = String(video.currentTime);
    this.seek.setAttribute("aria-valuetext", clockText(video.currentTime));
    setText(element("time"), `${clockText(video.currentTime)} / ${clockText(end)}`);
  }
}
