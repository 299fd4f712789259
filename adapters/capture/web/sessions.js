// Sessions that were started from this page before.

import { get } from "./api.js";
import { wireCopy } from "./share.js";
import { count, element, kStates, make, setLink } from "./text.js";

function row(session, announce) {
  const item = make("li", "session");
  const text = make("div", "session-text");
  const started = new Date(session.started_at);
  const when = Number.isNaN(started.getTime()) ? "" : started.toLocaleString();
  text.append(make("strong", "", session.source || session.session_id));
  const facts = [when, kStates[session.state] ?? session.state];
  if (session.chunks > 0) facts.push(count(session.chunks, "chunk"));
  text.append(make("span", "note", facts.filter(Boolean).join(" · ")));
  const buttons = make("div", "buttons");
  const copy = make("button", "small", "Copy playlist");
  copy.type = "button";
  wireCopy(copy, () => session.playlist_url, announce);
  const watch = make("a", "button small", "Watch");
  Object.assign(watch, { target: "_blank", rel: "noopener" });
  setLink(watch, session.watch_url);
  buttons.append(copy, watch);
  item.append(text, buttons);
  return item;
}

export async function showSessions(announce) {
  try {
    const { sessions } = await get("sessions");
    element("recent-none").hidden = sessions.length > 0;
    element("recent").replaceChildren(...sessions.map((session) => row(session, announce)));
  } catch {
    // The status says that the program does not respond.
  }
}
