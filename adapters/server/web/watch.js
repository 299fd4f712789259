// The watch page: puts its parts together and says in words what the stream is doing.

import { copyText } from "./clipboard.js";
import { Controls, setText } from "./controls.js";
import { followStatus } from "./feed.js";
import { Fullscreen } from "./fullscreen.js";
import { Player } from "./player.js";
import { StereoView } from "./stereo_view.js";

const kRefreshMs = 1000;
const kCopiedMs = 3000;

const kStateTexts = {
  waiting: "Waiting",
  live: "Live",
  interrupted: "Reconnecting",
  ended: "Finishing",
  complete: "Ended",
  stopped: "Stopped",
};
// What the player tells, as [words, whether something is still awaited].
const kNotices = {
  waiting: ["Waiting for the stream to start", true],
  busy: ["The server is busy. Trying again.", true],
  silent: ["The server does not respond. Trying again.", true],
  interrupted: ["The stream was interrupted. Trying again.", true],
  stalled: ["Waiting for more of the stream", true],
  playing: ["", false],
  ended: ["The stream has ended.", false],
  gone: ["There is no such stream, or it has expired.", false],
  empty: ["The stream ended without any video.", false],
  unsupported: ["This browser cannot play HLS. Copy the URL into a player that does.", false],
  undecodable: ["This browser cannot decode the stream. Copy the URL into another player.", false],
  given_up: ["The server does not respond. Reload the page to try again.", false],
};
const kFinal = ["gone", "empty", "unsupported", "undecodable", "given_up"];

const element = (id) => document.getElementById(id);
const { sessionId, mode } = document.body.dataset;
const stage = element("stage");
const video = element("video");
const playlistUrl = new URL(`/stream/${sessionId}/playlist.m3u8`, location.href).href;

let problem = "";
let status = null;
let copiedTimer = 0;

function tell(kind) {
  const [text, busy] = kNotices[kind];
  setText(element("notice"), text);
  element("notice").toggleAttribute("data-busy", busy);
  problem = kFinal.includes(kind) ? kind : "";
  if (problem === "gone") {
    stage.toggleAttribute("data-empty", true);
    for (const id of ["controls", "share"]) element(id).hidden = true;
  }
  refresh();
}

// The feed knows best; without it the player tells.
function streamState() {
  if (problem) return problem === "empty" ? "complete" : "stopped";
  if (player.interrupted && player.live) return "interrupted";
  // What is played is complete when its playlist is: the player learns of that a little later.
  if (status?.state === "complete" && player.started && player.live) return "ended";
  if (status) return status.state;
  if (!player.started) return "waiting";
  return player.live ? "live" : "complete";
}

function countText(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

function factsText(state) {
  const facts = [];
  if (problem) return "";
  const behind = state === "live" && player.started ? player.secondsBehind() : null;
  if (behind !== null) facts.push(`${Math.round(behind)} s behind`);
  if (status?.segments) facts.push(countText(status.segments, "segment", "segments"));
  if (status?.viewers) facts.push(countText(status.viewers, "viewer", "viewers"));
  return facts.join(" · ");
}

function refresh() {
  const state = streamState();
  const text = problem === "gone" ? "Not found" : kStateTexts[state];
  element("state").dataset.state = state;
  setText(element("state"), text);
  setText(element("facts"), factsText(state));
  element("live").toggleAttribute("data-late", player.late || video.paused);
  document.title = `${text} · Stream ${sessionId}`;
}

async function copy() {
  const done = await copyText(playlistUrl, element("url"));
  element("copied").textContent = done ? "Copied" : "Press Ctrl+C to copy";
  clearTimeout(copiedTimer);
  copiedTimer = setTimeout(() => setText(element("copied"), ""), kCopiedMs);
}

// The view is in the address, so that a bookmark or a link opens it again.
function viewOfAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("view") ?? "";
}

function rememberView(view) {
  history.replaceState(null, "", view === stereoView.layout.first ? location.pathname : `#view=${view}`);
}

function fullscreenChanged(active) {
  const button = element("fullscreen");
  button.querySelector("use").setAttribute("href", active ? "#icon-small" : "#icon-full");
  button.setAttribute("aria-label", active ? "Leave full screen" : "Full screen");
}

const player = new Player({ video, playlistUrl, tell });
const stereoView = new StereoView({ stage, video, canvas: element("canvas"), mode });

function main() {
  if (!mode) return tell("gone");
  element("url").value = playlistUrl;
  const fullscreen = new Fullscreen({ stage, video, changed: fullscreenChanged });
  const controls = new Controls({
    player, video, stereoView, fullscreen, copy, viewChanged: rememberView,
  });
  const wanted = viewOfAddress();
  const known = stereoView.views.some(([name]) => name === wanted);
  controls.showView(known ? wanted : stereoView.layout.first);
  followStatus(`/stream/${sessionId}/events`, (told) => {
    status = told;
    refresh();
  });
  setInterval(() => {
    controls.refresh();
    refresh();
  }, kRefreshMs);
  refresh();
  return player.start();
}

main();
