// What a running capture is doing: problems, numbers and the state in words.

import { bitRateText, clockText, element, make, setText, stateText } from "./text.js";

// [title, what to do, whether the stream goes on]
const kProblems = {
  server_unreachable: ["The server cannot be reached",
    "Check the server’s address, and that streamkit-server runs there.", false],
  upload_failing: ["Uploading fails",
    "Check the network and the server’s log. Lower the resolution if the network is too slow.", false],
  encoder_missing: ["The encoder is missing",
    "Choose “Automatic”, or another encoder, under “Encoder and chunks”.", false],
  credentials_expiring: ["The credentials are about to expire",
    "They are renewed by themselves when the server responds: check that it does.", true],
  no_sound: ["No sound is coming in",
    "Check that something plays, and that the input is not muted in the system’s settings.", true],
  slow_link: ["The network is too slow",
    "Lower the resolution or the frame rate, or start with --adaptive-bitrate.", true],
  buffer_filling: ["The space for waiting chunks fills up",
    "Chunks are kept until the server takes them: check the server and the network.", false],
  server_rejects: ["The server rejects the stream",
    "Check the API key: streamkit-capture ui --api-key KEY.", false],
  permission_denied: ["Permission denied", "", false],
  source_not_found: ["The source does not exist", "Refresh the list and choose another one.", false],
  source_unavailable: ["The source cannot be captured", "", false],
  wrong_choice: ["A setting does not fit", "", false],
  recording_failed: ["The local recording failed",
    "The stream goes on. Check the free space of the disk.", true],
  failed: ["The capture failed", "", false],
  source_lost: ["The source went away",
    "Open the window or plug the device in again, or stop and choose another source.", true],
  start: ["The stream did not start", "", false],
  action: ["That did not work", "", false],
  program: ["The capture program does not respond",
    "Start streamkit-capture ui again and open the new address.", false],
  sources: ["The sources cannot be listed", "", false],
};

export class Problems {
  constructor() {
    this.cards = new Map();
    this.own = new Map();
    this.told = [];
  }

  // A problem that the page itself found; an empty message takes it back.
  set(code, message) {
    if (message) {
      this.own.set(code, { code, message });
    } else if (!this.own.delete(code)) {
      return;
    }
    this.show();
  }

  tell(problems) {
    this.told = problems;
    this.show();
  }

  // A card stays the same element while its text does, so that it is not read out again.
  show() {
    // The program knows better why a stream did not start.
    const own = [...this.own.values()].filter(({ code }) => code !== "start" || !this.told.length);
    const wanted = [...own, ...this.told];
    const keys = new Set(wanted.map(({ code, message }) => `${code} ${message}`));
    for (const [key, card] of this.cards) {
      if (keys.has(key)) continue;
      card.remove();
      this.cards.delete(key);
    }
    for (const problem of wanted) {
      const key = `${problem.code} ${problem.message}`;
      if (this.cards.has(key)) continue;
      const card = this.card(problem);
      this.cards.set(key, card);
      element("problems").append(card);
    }
  }

  card({ code, message }) {
    const [title, advice, mild] = kProblems[code] ?? ["Something needs attention", "", true];
    const card = make("div", mild ? "problem mild" : "problem");
    card.dataset.code = code;
    const text = make("div");
    text.append(make("strong", "", title));
    if (message) text.append(make("p", "", message[0].toUpperCase() + message.slice(1)));
    if (advice) text.append(make("p", "advice", advice));
    card.append(text);
    if (this.own.has(code) && code !== "program") {
      const close = make("button", "small", "Dismiss");
      close.type = "button";
      close.addEventListener("click", () => this.set(code, ""));
      card.append(close);
    }
    return card;
  }
}

function numbersOf(status) {
  const rows = [
    ["Chunks", `${status.chunks_stored} of ${status.chunks_cut} uploaded`],
    ["Upload lag", `${status.upload_lag_seconds.toFixed(1)} s`],
    ["Frame rate", `${status.fps.toFixed(1)} per second`],
    ["Dropped frames", String(status.dropped_frames)],
    ["Bit rate", bitRateText(status.bits_per_second)],
    ["Encoder", status.encoder || "—"],
  ];
  if (status.recording) rows.push(["Recording", status.recording]);
  return rows;
}

export function showNumbers(status) {
  const list = element("numbers");
  const rows = numbersOf(status);
  if (list.childElementCount !== rows.length) {
    list.replaceChildren(...rows.map(([name]) => {
      const row = make("div");
      row.append(make("dt", "", name), make("dd"));
      return row;
    }));
  }
  rows.forEach(([, value], i) => setText(list.children[i].lastElementChild, value));
  element("progress").value = status.chunk_progress;
}

export function showState(status) {
  element("state").dataset.state = status ? status.state : "away";
  setText(element("state-text"), status ? stateText(status) : "Not connected");
  const running = status && !["idle", "starting"].includes(status.state);
  setText(element("elapsed"), running ? clockText(status.captured_seconds) : "");
  const chunk = status?.chunks_cut > 0 ? ` ${status.chunks_cut}` : "";
  document.title = status?.state === "streaming" ? `● Streaming${chunk}` : "Capture";
}
