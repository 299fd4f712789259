// What the server tells of a stream as it changes. A server without the feed tells nothing, and the
// page goes by what the player knows.

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

// Calls `tell` with each status. Ends by itself when the stream is complete; the browser connects
// again when the connection breaks, and gives up when the answer is no event stream.
export function followStatus(url, tell) {
  if (!window.EventSource) return;
  const source = new EventSource(url);
  source.addEventListener("message", ({ data }) => {
    const status = readStatus(data);
    if (!status) return;
    tell(status);
    if (status.state === "complete") source.close();
  });
}
