// The control page: puts its parts together. The capture runs in the program; the page shows its
// status and asks for the next step.

import { Actions } from "./actions.js";
import { followStatus } from "./api.js";
import { AudioChoices, Meters } from "./audio.js";
import { Problems, showNumbers, showState } from "./live.js";
import { showSessions } from "./sessions.js";
import { Settings } from "./settings.js";
import { Share } from "./share.js";
import { SourcePicture, Sources } from "./sources.js";
import { element, kStates, setText } from "./text.js";

const kAwayMs = 3000;

const announce = (text) => setText(element("announce"), text);
const problems = new Problems();
const failed = (message) => problems.set("action", message);
const settings = new Settings();
const choices = new AudioChoices();
const meters = new Meters(failed);
const share = new Share(announce);
const picture = new SourcePicture();

let status = null;
let setup = true;
let lastState = "";
let captured = { id: "", mode: "sbs" };
let awayTimer = 0;

const sources = new Sources({
  audioFound: (inputs) => choices.render(inputs),
  changed: () => refresh(),
  failed: (message) => problems.set("sources", status ? message : ""),
});

const actions = new Actions({
  meters,
  problems,
  request() {
    const source = sources.chosen;
    if (!source) {
      problems.set("start", "Choose a source first.");
      return null;
    }
    captured = { id: source.id, mode: settings.stereo.mode };
    return settings.request(source.id, choices.chosen);
  },
  showSetup() {
    setup = true;
    refresh();
    window.scrollTo({ top: 0 });
    (document.querySelector("input[name=source]:checked") ?? element("refresh")).focus();
  },
});

// While a capture runs the page shows it; after its end until a new one is wanted.
function chooseView(state) {
  if (!["idle", "ended", "failed"].includes(state)) setup = false;
  if (state === "idle") setup = true;
  if (state === "failed" && !status.session_id) setup = true;
}

function refresh() {
  document.body.dataset.view = setup ? "setup" : "live";
  element("setup").hidden = !setup;
  element("live").hidden = setup;
  sources.active = setup;
  picture.source = setup || status?.state === "ended" ? "" : captured.id;
  actions.update(status, sources.chosen !== null, setup);
}

function stateChanged() {
  announce(kStates[status.state] ?? "");
  showSessions(announce);
  if (status.state === "streaming") problems.set("start", "");
}

// The feed connects again by itself, which need not be noticed.
function lose() {
  status = null;
  showState(null);
  problems.set("sources", "");
  problems.set("program", "The page is not connected any more.");
  refresh();
}

function take(next) {
  if (!next) {
    awayTimer ||= setTimeout(lose, kAwayMs);
    return;
  }
  clearTimeout(awayTimer);
  awayTimer = 0;
  problems.set("program", "");
  status = next;
  chooseView(status.state);
  showState(status);
  showNumbers(status);
  meters.update(status.audio, ["streaming", "paused"].includes(status.state));
  share.update(status, captured.mode);
  problems.tell(status.problems);
  refresh();
  if (status.state !== lastState) stateChanged();
  lastState = status.state;
}

async function begin() {
  try {
    const defaults = await settings.load();
    if (defaults.audio?.length > 0) choices.wanted = defaults.audio;
    const { source, stereo } = settings.current;
    if (source) captured = { id: source, mode: stereo?.mode ?? "sbs" };
    if (defaults.source) sources.select(defaults.source);
  } catch (error) {
    problems.set("action", error.message);
  }
  followStatus(take);
}

begin();
