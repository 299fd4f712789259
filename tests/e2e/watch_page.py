"""What the tests of the watch page share: what a page shows, and what it has shown since it was
opened, for texts that may be gone before a busy machine looks at them."""

import json

import kit

# Keeps, from the first on, every value of each thing that a viewer sees change.
RECORDER = """
window.seen = {state: [], facts: [], notice: [], copied: [], live: [], idle: [], seeks: []};
(() => {
  const keep = (list, value) => { if (list.at(-1) !== value) list.push(value); };
  const look = () => {
    const element = (id) => document.getElementById(id);
    for (const id of ["state", "facts", "notice", "copied"]) {
      if (element(id)) keep(seen[id], element(id).textContent);
    }
    if (element("live")) keep(seen.live, !element("live").hidden);
    if (element("stage")) keep(seen.idle, element("stage").hasAttribute("data-idle"));
  };
  new MutationObserver(look).observe(document,
    {childList: true, subtree: true, characterData: true, attributes: true});
  document.addEventListener("seeking", (event) => seen.seeks.push(event.target.currentTime), true);
})();
"""


def text_of(page, name):
    return page.ask(f"document.getElementById('{name}').textContent")


def video(page, member):
    return page.ask(f"document.querySelector('video').{member}")


def seen(page, name):
    """The values that were seen of one of RECORDER's things, as a list."""
    return page.ask(f"seen.{name}")


def wait_for_text(page, name, text, seconds=20):
    page.wait_for(f"document.getElementById('{name}').textContent === {json.dumps(text)}", seconds,
                  f"the {name} {text!r}")


def wait_until_seen(page, name, text, seconds=20):
    page.wait_for(f"seen.{name}.includes({json.dumps(text)})", seconds, f"the {name} {text!r}")


def wait_until_playing(page):
    page.wait_for("document.querySelector('video').currentTime > 0.2", 30, "the page to play")


def expect_no_complaints(page, but=()):
    """A server without the status feed responds with 404 there: the page goes on without."""
    found = [text for text in page.complaints
             if not any(known in text for known in ("/events", *but))]
    kit.expect(not found, f"the browser complains: {found}")
