// The address of the stream: to copy, to scan, and what to do with it.

import { modeName } from "./settings.js";
import { element, setLink, setText } from "./text.js";

const kCopiedMs = 2500;
// Frames twice as wide as the source.
const kWideModes = ["sbs", "cross", "rgbd", "vr180"];
const kLocalHosts = ["localhost", "127.0.0.1", "[::1]"];

function hostOf(url) {
  try {
    return new URL(url).hostname;
  } catch {
    return "";
  }
}

// True when `text` is on the clipboard; otherwise it is left selected in `field`.
async function copyText(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field?.focus();
    field?.select();
    return false;
  }
}

// Copies, and shows on the button for a moment that it worked.
export function wireCopy(button, text, announce, field) {
  const label = button.textContent;
  let timer = 0;
  button.addEventListener("click", async () => {
    const copied = await copyText(text(), field);
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    announce(copied ? "The address was copied." : "Press Control C to copy the address.");
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = label; }, kCopiedMs);
  });
}

export class Share {
  constructor(announce) {
    wireCopy(element("copy"), () => element("playlist").value, announce, element("playlist"));
    element("qr").addEventListener("error", () => { element("qr").hidden = true; });
    element("qr").addEventListener("load", () => { element("qr").hidden = false; });
    element("playlist").addEventListener("focus", () => element("playlist").select());
  }

  update(status, mode) {
    const url = status.playlist_url;
    element("share").hidden = !url;
    if (!url) {
      this.url = "";
      element("result").removeAttribute("src");
      return;
    }
    setText(element("instruction"), `Paste it into PotPlayer or a headset’s player and choose 3D ` +
      `${modeName(mode).toLowerCase()}.`);
    setLink(element("watch-link"), status.watch_url);
    document.querySelector(".stage").dataset.wide = kWideModes.includes(mode) ? "yes" : "no";
    if (url === this.url) return;
    this.url = url;
    element("playlist").value = url;
    element("qr").src = `qr.svg?session=${encodeURIComponent(status.session_id)}`;
    element("result").src = `result?session=${encodeURIComponent(status.session_id)}`;
    element("loopback").hidden = !kLocalHosts.includes(hostOf(url));
  }
}
