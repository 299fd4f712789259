"""What the tests of the control page share: a page over a capture that is not one, and what a person
who sees, hears or types meets on it."""

import json
import subprocess

import kit

# Every text on the page with less contrast than WCAG 2.1 1.4.3 asks for.
FAINT = """(() => {
  const parse = (text) => { const [r, g, b, a = 1] = text.match(/[0-9.]+/g).map(Number);
                            return [r, g, b, a]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility()) continue;
    if (node.closest("option, noscript, .unseen, dialog:not([open])")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`${node.textContent.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return found;
})()"""

_NAMED_ROLES = {"button", "textbox", "combobox", "slider", "checkbox", "radio", "radiogroup", "meter",
                "link", "Iframe", "progressbar", "image"}


class Fake:
    """control_page_fake: its page's address, and the capture that the test plays."""

    def __init__(self, stage):
        self._process = subprocess.Popen(
            [stage.program("control_page_fake"), stage.folder], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=stage.environment())
        stage.on_exit(self.kill)
        line = self._process.stdout.readline()
        kit.expect(" at http://127.0.0.1:" in line, f"the page's address: {line!r}")
        self.url = line.split(" at ")[1].strip()
        self.origin = "/".join(self.url.split("/")[:3])
        self.token = self.url.split("/")[3]

    def tell(self, line):
        """Returns when it is done, with what was printed."""
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        printed = []
        while (answer := self._process.stdout.readline().strip()) != "done":
            kit.expect(answer, f"the fake ended at {line!r}")
            printed.append(answer)
        return "".join(printed)

    def request(self):
        """What the last start asked for."""
        return json.loads(self.tell("request").removeprefix("request "))

    def kill(self):
        self._process.kill()
        self._process.wait(10)
        self._process.stdin.close()
        self._process.stdout.close()


def wait_for_text(page, name, text, seconds=20):
    page.wait_for(f"document.getElementById('{name}').textContent.includes({json.dumps(text)})",
                  seconds, f"{text!r} in {name}")


def wait_for_state(page, state):
    page.wait_for(f"document.getElementById('state').dataset.state === {json.dumps(state)}", 20,
                  f"the state {state}")


def choose(page, name, value):
    """As a person would in a field."""
    page.ask(f"(() => {{ const input = document.getElementById('{name}'); "
             f"input.value = {json.dumps(value)}; "
             "for (const kind of ['input', 'change']) input.dispatchEvent("
             "new Event(kind, {bubbles: true})); })()")


def allowed(page):
    """The steps that can be taken now."""
    return page.ask("[...document.querySelectorAll('.dock button')].filter((button) => !button.hidden "
                    "&& button.getAttribute('aria-disabled') !== 'true').map(({id}) => id)")


def wait_for_steps(page, wanted):
    kit.wait_until(lambda: sorted(allowed(page)) == sorted(wanted), 10, f"the steps {wanted}")


def unnamed(page):
    """Roles of controls that a screen reader could not name."""
    page.call("Accessibility.enable")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    return [node["role"]["value"] for node in nodes
            if not node.get("ignored") and node.get("role", {}).get("value") in _NAMED_ROLES
            and not node.get("name", {}).get("value")]


def show_scheme(page, scheme):
    page.call("Emulation.setEmulatedMedia",
              {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def expect_readable(page, what):
    """In both schemes, on a phone and on a desktop."""
    for width, phone in ((390, True), (768, True), (1280, False)):
        page.resize(width, 844, phone)
        found = page.ask("[document.documentElement.scrollWidth, innerWidth]")
        kit.expect(found[0] <= width, f"{what} is {found[0]} px wide on a screen of {width}")
        low = page.ask("[...document.querySelectorAll('button, select, .tile')]"
                       ".filter((node) => node.checkVisibility() && "
                       "node.getBoundingClientRect().height < 36).map(({id}) => id)")
        kit.expect(not low, f"too low to be touched at {width}: {low}")
    for scheme in ("light", "dark"):
        show_scheme(page, scheme)
        found = page.ask(FAINT)
        kit.expect(not found, f"{what}, {scheme}: too little contrast: {found}")
    show_scheme(page, "")
    kit.expect_equal(unnamed(page), [], f"controls of {what} without a name")


def read_code(page, folder):
    """What a reader of QR codes sees on the page."""
    page.ask("document.getElementById('qr').scrollIntoView({block: 'center'})")
    page.wait_for("document.getElementById('qr').complete && "
                  "document.getElementById('qr').naturalWidth > 0", 10, "the QR code")
    path = folder / "page.png"
    page.photograph(path)
    found = kit.run([kit.tool("gst-launch-1.0"), "-m", "filesrc", f"location={path}", "!", "pngdec",
                     "!", "videoconvert", "!", "zbar", "!", "fakesink"], 60).stdout
    if isinstance(found, bytes):
        found = found.decode()
    kit.expect("symbol=(string)" in found, f"no QR code was read: {found[-500:]}")
    return found.split("symbol=(string)")[1].split(",")[0].split(";")[0].strip('"').replace("\\", "")
