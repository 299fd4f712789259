// What the server tells of a stream as it changes. A server without the feed tells nothing, and the
// page goes by what the player knows.

const kReconnectMs = 5000;
const kStates = ["waiting", "live", "ended", "complete"];
const count = (value) => (Number.isInteger(value) && value >= 0 ? value : null);

// { state, segments, viewers }, each null when the message does not tell; null for no message of
// this kind.
export function readStatus(text) {
  try {
    const { state, segments, viewers } = JSON.parse(text);
    if (!kStates.includes(state)) return null;
    return { state, segments: count(segments), viewers: count(viewers) };
  } catch {
    return null;
  }
}

// Calls `tell` with each status, and with null while there is none to be had. Ends by itself when
// the stream is complete. The browser connects again when the connection breaks, but not after a
// response that is not an event stream, as a proxy sends while the server is away: this then does,
// except to a server that never had a feed.
export function followStatus(url, tell) {
  if (!window.EventSource) return;
  let known = false;
  const connect = () => {
    const source = new EventSource(url);
    source.addEventListener("message", ({ data }) => {
      const status = readStatus(data);
      if (!status) return;
      known = true;
      tell(status);
      if (status.state === "complete") source.close();
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED || !known) return;
      tell(null);
      setTimeout(connect, kReconnectMs);
    });
  };
  connect();
}
