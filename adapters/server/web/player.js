// Waits for the stream's first segment, plays it, retries after errors, and keeps a viewer of a
// live stream at its live edge.

const kPlaylistType = "application/vnd.apple.mpegurl";
const kFirstRetryMs = 1000;
const kLongestRetryMs = 15_000;
// With the delays above about a quarter of an hour.
const kRetries = 60;
// A viewer's clock is only mistrusted beyond what the Date header's whole seconds allow.
const kLeastClockErrorMs = 2000;

// Shorter stops, as after a seek, are not worth a word.
const kStallMs = 1000;

// Playing further than this behind where a player joins the stream is not "live"; with long
// segments, whose playlists grow in large steps, two of them.
const kLateSeconds = 4;
const kLateSegments = 2;
// After an outage the stream may catch up faster than it plays: skip seldom.
const kMinReturnIntervalMs = 10_000;

// Whether a response other than 200 says that the stream has no segment yet.
const notStarted = async (response) => {
  const body = await response.json().catch(() => null);
  return body?.error?.code === "not_started";
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Retries {
  constructor() {
    this.reset();
  }
  reset() {
    this.left = kRetries;
    this.delay = kFirstRetryMs;
  }
  // Milliseconds until the next attempt; null when there have been enough.
  next() {
    if (this.left-- <= 0) return null;
    const now = this.delay;
    this.delay = Math.min(this.delay * 1.5, kLongestRetryMs);
    return now;
  }
}

// `tell(kind)` is called with "waiting", "busy" or "silent" (trying again), "interrupted" (trying
// again), "stalled" (nothing left to show for now), "playing", "ended" (the whole stream was
// shown), and, for good, "gone", "empty", "unsupported", "undecodable" or "given_up".
export class Player {
  constructor({ video, playlistUrl, tell }) {
    this.video = video;
    this.hlsJs = Boolean(window.Hls?.isSupported());
    // hls.js starts with one segment; a browser's own player may need as many as the server waits
    // for by itself.
    this.playlistUrl = this.hlsJs ? `${playlistUrl}?start=1` : playlistUrl;
    this.tell = tell;
    this.hls = null;
    this.live = true;
    this.lateSeconds = kLateSeconds;
    this.clockErrorMs = 0;
    this.retries = new Retries();
    this.interrupted = false;
    this.undecodable = false;
    this.atEnd = false;
    // The viewer neither paused nor seeked back: playback returns to the live edge by itself.
    this.following = true;
    this.pausedByViewer = false;
    this.returnedAt = -Infinity;
    this.watchViewer();
    video.addEventListener("playing", () => {
      this.retries.reset();
      this.interrupted = false;
      this.undecodable = false;
      tell("playing");
    });
    video.addEventListener("waiting", () => setTimeout(() => this.tellOfStall(), kStallMs));
    video.addEventListener("durationchange", () => {
      if (!this.hls) this.live = !Number.isFinite(video.duration);
    });
    video.addEventListener("ended", () => {
      this.atEnd = true;
      tell("ended");
    });
    video.addEventListener("seeking", () => {
      if (this.atEnd) tell("playing");
      this.atEnd = false;
    });
  }

  // Also pauses that do not come from this page: media keys, picture in picture. In a tab that
  // nobody sees, it is the browser that pauses a muted video, and plays on when the tab is shown.
  watchViewer() {
    const { video } = this;
    video.addEventListener("pause", () => {
      if (video.ended || document.hidden) return;
      this.pausedByViewer = true;
      this.following = false;
    });
    video.addEventListener("play", () => {
      this.pausedByViewer = false;
    });
  }

  async start() {
    const outcome = await this.waitForFirstSegment();
    if (outcome !== "ready") return this.tell(outcome);
    if (this.hlsJs) {
      this.startHls();
    } else if (this.video.canPlayType(kPlaylistType)) {
      this.startNative();
    } else {
      return this.tell("unsupported");
    }
    // Muted, so browsers allow it; where they do not, the play button remains.
    return this.play();
  }

  // Players take an empty playlist for a broken stream. The server holds each request back and
  // answers 503 when nothing came, so this is no busy loop.
  async waitForFirstSegment() {
    for (;;) {
      let problem = "silent";
      try {
        const response = await fetch(this.playlistUrl, { cache: "no-store" });
        if (response.status === 404) return "gone";
        if (response.ok) {
          this.compareClocks(response.headers.get("Date"));
          const text = await response.text();
          if (text.includes("#EXTINF")) return "ready";
          if (text.includes("#EXT-X-ENDLIST")) return "empty";
          problem = "waiting";
        } else {
          problem = (await notStarted(response)) ? "waiting" : "busy";
        }
      } catch {
        // No response at all.
      }
      this.tell(problem);
      if (problem === "waiting") this.retries.reset();
      const delay = this.retries.next();
      if (delay === null) return "given_up";
      await pause(delay);
    }
  }

  compareClocks(date) {
    const error = Date.now() - Date.parse(date ?? "");
    this.clockErrorMs = Math.abs(error) >= kLeastClockErrorMs ? error : 0;
  }

  startHls() {
    const { Hls } = window;
    // No worker: it would need blob scripts, which the page's security policy forbids.
    // It joins at the newest segment; each time that it runs out of video it stays a second
    // further behind, by up to one target duration.
    this.hls = new Hls({ enableWorker: false, backBufferLength: 60, liveSyncDurationCount: 1 });
    this.hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
      this.live = details.live;
      if (this.interrupted) this.tellOfReturn();
      this.keepUp(details.targetduration);
    });
    // Segments that come are the proof; those that cannot be decoded come, too.
    this.hls.on(Hls.Events.FRAG_BUFFERED, () => {
      if (!this.undecodable) this.retries.reset();
    });
    this.hls.on(Hls.Events.ERROR, (_, error) => {
      if (error.fatal) this.recover(error);
    });
    this.hls.loadSource(this.playlistUrl);
    this.hls.attachMedia(this.video);
  }

  recover({ type, response }) {
    if (response?.code === 404) return this.stop("gone");
    const media = type === window.Hls.ErrorTypes.MEDIA_ERROR;
    this.undecodable = media;
    const delay = this.retries.next();
    if (delay === null) return this.stop(media ? "undecodable" : "given_up");
    this.interrupted = true;
    this.tell("interrupted");
    setTimeout(() => {
      if (!this.hls) return;
      if (media) {
        this.hls.recoverMediaError();
      } else if (this.hls.levels.length > 0) {
        this.hls.startLoad();  // goes on where it was
      } else {
        this.hls.loadSource(this.playlistUrl);
      }
      if (!this.pausedByViewer) this.play();
    }, delay);
    return undefined;
  }

  // Without hls.js the browser itself joins a live stream at its live edge.
  startNative() {
    this.video.src = this.playlistUrl;
    this.video.addEventListener("error", () => {
      const undecodable = this.video.error?.code === MediaError.MEDIA_ERR_DECODE;
      const delay = undecodable ? null : this.retries.next();
      if (delay === null) return this.tell(undecodable ? "undecodable" : "given_up");
      this.interrupted = true;
      this.tell("interrupted");
      const { currentTime } = this.video;
      setTimeout(() => {
        this.video.src = this.playlistUrl;
        if (!this.following) this.video.currentTime = currentTime;
        if (!this.pausedByViewer) this.play();
      }, delay);
      return undefined;
    });
  }

  get stalled() {
    return this.started && !this.video.paused &&
      this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  tellOfStall() {
    if (this.stalled && !this.interrupted && this.live) this.tell("stalled");
  }

  // The server responds again; what is shown may never have stopped.
  tellOfReturn() {
    if (this.undecodable) return;
    this.interrupted = false;
    this.tell(this.stalled ? "stalled" : "playing");
  }

  // Brings a viewer who follows the stream back to its live edge, after an outage or when the
  // machine could not keep up.
  keepUp(segmentSeconds) {
    this.lateSeconds = Math.max(kLateSeconds, kLateSegments * segmentSeconds);
    const { video } = this;
    if (!this.following || !this.live || !this.started || video.paused || video.seeking) return;
    const now = performance.now();
    if (!this.late || now - this.returnedAt < kMinReturnIntervalMs) return;
    this.returnedAt = now;
    this.goLive();
  }

  stop(reason) {
    this.hls?.destroy();
    this.hls = null;
    this.live = false;
    this.tell(reason);
  }

  get started() {
    return this.video.readyState > 0;
  }

  play() {
    if (this.video.ended) this.video.currentTime = 0;
    return this.video.play().catch(() => {});
  }

  togglePlay() {
    if (this.video.paused) {
      this.play();
    } else {
      this.video.pause();
    }
  }

  // [start, end] of what can be shown.
  range() {
    const { seekable } = this.video;
    return seekable.length > 0 ? [seekable.start(0), seekable.end(seekable.length - 1)] : [0, 0];
  }

  // Where a player joins the stream that is live now.
  get liveEdge() {
    return this.hls?.liveSyncPosition ?? this.range()[1];
  }

  get late() {
    return this.liveEdge - this.video.currentTime > this.lateSeconds;
  }

  // A viewer who seeks back stays behind; one who seeks to the live edge follows the stream again.
  seek(seconds) {
    if (!this.started) return;
    const [start, end] = this.range();
    this.video.currentTime = Math.min(Math.max(seconds, start), end);
    this.following = !this.late;
  }

  goLive() {
    if (!this.started) return;
    this.seek(this.liveEdge);
    this.play();
  }

  // Seconds between the capture of what is shown and now; null when that is not known.
  secondsBehind() {
    const shown = this.hls ? this.hls.playingDate : this.video.getStartDate?.();
    if (shown && !Number.isNaN(shown.getTime())) {
      const offset = this.hls ? 0 : this.video.currentTime * 1000;
      const behind = (Date.now() - this.clockErrorMs - shown.getTime() - offset) / 1000;
      // Beyond this, a clock is wrong rather than the stream late.
      if (behind >= 0 && behind < 3600) return behind;
    }
    return this.hls && Number.isFinite(this.hls.latency) ? this.hls.latency : null;
  }
}
