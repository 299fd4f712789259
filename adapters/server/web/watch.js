// The watch page: waits for the first segment, plays, and shows what the stream is doing.

import { StereoView } from "./stereo_view.js";

const kRetryMs = 2000;
const kPlaylistType = "application/vnd.apple.mpegurl";
const kViewLabels = {
  sbs: "3D side by side",
  half_sbs: "3D side by side",
  tb: "3D top-bottom",
  half_tb: "3D top-bottom",
  anaglyph_dubois: "Anaglyph",
};

const element = (id) => document.getElementById(id);
const { sessionId, mode } = document.body.dataset;
const playlistUrl = `/stream/${sessionId}/playlist.m3u8`;
const stage = element("stage");
const video = element("video");
const seek = element("seek");
const viewButtons = [...document.querySelectorAll("#views button")];
const stereoView = new StereoView({ stage, video, canvas: element("anaglyph"), mode });

let hls = null;
let live = true;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setState(state, text) {
  element("state").dataset.state = state;
  setText(element("state"), text);
}

function setNotice(text) {
  setText(element("notice"), text);
}

// --- The stream ---

// Resolves when the playlist has a segment: players take an empty one for a broken stream. The
// server holds each request back for some seconds, so this is no busy loop.
async function waitForFirstSegment() {
  for (;;) {
    try {
      const answer = await fetch(playlistUrl, { cache: "no-store" });
      if (answer.status === 404) return false;
      if (answer.ok) {
        const text = await answer.text();
        if (text.includes("#EXTINF")) return true;
        if (text.includes("#EXT-X-ENDLIST")) return false;
        setState("waiting", "Waiting");
        setNotice("Waiting for the stream to start");
        await pause(250);
        continue;
      }
      setNotice("The server is busy. Trying again.");
    } catch {
      setNotice("The server does not answer. Trying again.");
    }
    await pause(kRetryMs);
  }
}

function startHls() {
  // No worker: it would need blob scripts, which the page's security policy forbids.
  hls = new window.Hls({ enableWorker: false, backBufferLength: 60 });
  hls.on(window.Hls.Events.LEVEL_UPDATED, (_, { details }) => {
    live = details.live;
  });
  hls.on(window.Hls.Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    setNotice("The stream was interrupted. Trying again.");
    if (error.type === window.Hls.ErrorTypes.MEDIA_ERROR) {
      setTimeout(() => hls.recoverMediaError(), kRetryMs);
    } else {
      setTimeout(() => hls.loadSource(playlistUrl), kRetryMs);
    }
  });
  hls.loadSource(playlistUrl);
  hls.attachMedia(video);
}

function startPlayer() {
  if (window.Hls?.isSupported()) {
    startHls();
  } else if (video.canPlayType(kPlaylistType)) {
    video.src = playlistUrl;
    video.addEventListener("durationchange", () => {
      live = !Number.isFinite(video.duration);
    });
  } else {
    setState("ended", "Not supported");
    setNotice("This browser cannot play HLS.");
    return;
  }
  // Muted, so browsers allow it; where they do not, the play button remains.
  video.play().catch(() => {});
}

// Seconds between the capture of what is shown and now; null when that is not known.
function secondsBehind() {
  const shown = hls ? hls.playingDate : video.getStartDate?.();
  if (shown && !Number.isNaN(shown.getTime())) {
    const offset = hls ? 0 : video.currentTime * 1000;
    const behind = (Date.now() - shown.getTime() - offset) / 1000;
    // Beyond this, a clock is wrong rather than the stream late.
    if (behind >= 0 && behind < 3600) return behind;
  }
  return hls && Number.isFinite(hls.latency) ? hls.latency : null;
}

// --- What is shown ---

function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  if (hours > 0) parts.unshift(hours);
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

function liveEdge() {
  const ranges = video.seekable;
  return ranges.length > 0 ? ranges.end(ranges.length - 1) : 0;
}

function refresh() {
  const started = video.readyState > 0;
  setText(element("play"), video.paused ? "Play" : "Pause");
  setText(element("mute"), video.muted ? "Unmute" : "Mute");
  seek.disabled = !started;
  element("live").hidden = !(started && live);
  if (!started) return;
  const edge = liveEdge();
  seek.max = String(edge);
  if (document.activeElement !== seek || !seek.matches(":active")) {
    seek.value = String(video.currentTime);
  }
  seek.setAttribute("aria-valuetext", clockText(video.currentTime));
  setText(element("time"), `${clockText(video.currentTime)} / ${clockText(edge)}`);
  if (video.ended) {
    setState("ended", "Ended");
    setText(element("latency"), "");
    return;
  }
  setState(live ? "live" : "ended", live ? "Live" : "Recording");
  const behind = live ? secondsBehind() : null;
  setText(element("latency"), behind === null ? "" : `${Math.round(behind)} s behind`);
}

function showView(view) {
  stereoView.show(view);
  for (const button of viewButtons) {
    button.setAttribute("aria-pressed", String(button.dataset.view === stereoView.view));
  }
}

// --- Controls ---

function togglePlay() {
  if (!video.paused) return video.pause();
  if (video.ended) video.currentTime = 0;
  video.play().catch(() => {});
}

function toggleMute() {
  video.muted = !video.muted;
}

function goLive() {
  video.currentTime = hls?.liveSyncPosition ?? liveEdge();
  video.play().catch(() => {});
}

function toggleFullscreen() {
  if (document.fullscreenElement) {
    document.exitFullscreen();
  } else if (stage.requestFullscreen) {
    stage.requestFullscreen().catch(() => {});
  } else {
    // Phones that let only the video itself fill the screen.
    video.webkitEnterFullscreen?.();
  }
}

const kKeys = {
  k: togglePlay,
  m: toggleMute,
  l: goLive,
  f: toggleFullscreen,
  1: () => showView("stereo"),
  2: () => showView("left"),
  3: () => showView("anaglyph"),
};

function wireControls() {
  element("play").addEventListener("click", togglePlay);
  element("mute").addEventListener("click", toggleMute);
  element("live").addEventListener("click", goLive);
  element("fullscreen").addEventListener("click", toggleFullscreen);
  seek.addEventListener("input", () => {
    video.currentTime = Number(seek.value);
  });
  for (const button of viewButtons) {
    const available = stereoView.views.includes(button.dataset.view);
    button.hidden = !available;
    button.addEventListener("click", () => showView(button.dataset.view));
  }
  setText(viewButtons[0], kViewLabels[mode] ?? "3D");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    kKeys[event.key.toLowerCase()]?.();
  });
  for (const name of ["play", "pause", "volumechange", "timeupdate", "ended", "seeked"]) {
    video.addEventListener(name, refresh);
  }
  video.addEventListener("playing", () => setNotice(""));
  setInterval(refresh, 1000);
  showView("stereo");
}

async function main() {
  if (!mode) {
    setState("ended", "Not found");
    setNotice("There is no such stream, or it has expired.");
    element("controls").hidden = true;
    element("keys").hidden = true;
    return;
  }
  wireControls();
  if (await waitForFirstSegment()) {
    startPlayer();
  } else {
    setState("ended", "Ended");
    setNotice("The stream ended without a picture, or it has expired.");
  }
}

main();
