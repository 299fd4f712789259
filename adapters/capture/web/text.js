// Numbers and states in words.

export const kStates = {
  idle: "Ready",
  starting: "Starting…",
  streaming: "Streaming…",
  paused: "Paused",
  stopped: "Capture stopped",
  ended: "Ended",
  failed: "Failed",
};

export function stateText(status) {
  const waiting = status.chunks_cut - status.chunks_stored;
  switch (status.state) {
    case "streaming":
      return status.chunks_cut > 0 ? `Streaming… chunk ${status.chunks_cut}` : "Streaming…";
    case "paused":
      return "Paused: the last frame and silence are sent";
    case "stopped":
      return waiting > 0 ? `Capture stopped, ${count(waiting, "chunk")} to upload`
        : "Capture stopped, all is uploaded";
    case "ended":
      return "Ended: the stream is complete";
    default:
      return kStates[status.state] ?? status.state;
  }
}

export function count(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  if (hours > 0) parts.unshift(hours);
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

export function bitRateText(bitsPerSecond) {
  if (bitsPerSecond >= 1e6) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

export function element(id) {
  return document.getElementById(id);
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A new element with a class and a text.
export function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

// Links of a session come from a server: only web addresses become links.
export function setLink(link, url) {
  const valid = /^https?:\/\//.test(url);
  link.hidden = !valid;
  if (valid && link.href !== url) link.href = url;
}
