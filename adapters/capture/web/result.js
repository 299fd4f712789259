// Plays the 3D result inside the control page. It starts by itself with the first segment, and again
// after an outage.

"use strict";

const kRetryMs = 2000;

const video = document.getElementById("video");
const notice = document.getElementById("notice");
const { playlist } = document.body.dataset;

function tell(text) {
  if (notice.textContent !== text) notice.textContent = text;
}

function play() {
  const hls = new Hls({ enableWorker: false, backBufferLength: 20 });
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    hls.destroy();
    if (video.currentTime > 0) tell("The stream was interrupted. Trying again.");
    setTimeout(play, kRetryMs);
  });
  hls.loadSource(playlist);
  hls.attachMedia(video);
  video.play().catch(() => {});
}

video.addEventListener("playing", () => {
  video.controls = true;
  tell("");
});
video.addEventListener("ended", () => tell("The stream has ended."));

if (window.Hls?.isSupported()) {
  play();
} else {
  tell("This browser cannot play HLS here. Open the watch page instead.");
}
