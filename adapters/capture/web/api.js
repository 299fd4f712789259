// The calls of the capture program that serves this page. All addresses are relative: the page's
// own address holds the token.

async function read(response) {
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Error(answer.error?.message ?? `the program responded with ${response.status}`);
}

async function request(name, options = {}) {
  let response;
  try {
    response = await fetch(`api/${name}`, options);
  } catch {
    throw new Error("the capture program does not respond");
  }
  return read(response);
}

export function get(name) {
  return request(name);
}

export function post(name, body = {}) {
  return request(name, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

// The same picture is asked for again under another address.
let pictures = 0;

export function previewUrl(source) {
  pictures += 1;
  return `api/preview.jpg?source=${encodeURIComponent(source)}&n=${pictures}`;
}

// Calls `tell` with each status, and with null while the program does not respond.
export function followStatus(tell) {
  const source = new EventSource("api/events");
  source.addEventListener("message", ({ data }) => tell(JSON.parse(data)));
  source.addEventListener("error", () => {
    tell(null);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => followStatus(tell), 2000);
  });
}
