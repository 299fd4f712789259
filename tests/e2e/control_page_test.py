"""The control page in Chromium, as people use it: from choosing a source to the end of the session, by
mouse and by keyboard alone, on a phone and on a desktop, when something is wrong, and when somebody
else tries to use it.

Usage: control_page_test.py FOLDER_OF_PROGRAMS
"""

import functools
import http.server
import json
import socket
import threading

import browser
import control_page
import kit
from control_page import choose, wait_for_state, wait_for_steps, wait_for_text
from watch_page import expect_no_complaints

# A camera without a preview, and a stream without a server.
EXPECTED = ["preview.jpg", "/playlist.m3u8", "blob:"]
MOST_TABS = 60


def check_setup(page):
    page.wait_for("document.querySelectorAll('#sources .tile').length === 5", 20, "the sources")
    names = page.ask("[...document.querySelectorAll('#sources .tile-name')].map((n) => n.textContent)")
    kit.expect("<b>Tom & \"Jerry\"</b>" in names, f"a window's title is not shown as text: {names}")
    kit.expect_equal(page.ask("document.querySelector('input[name=source]:checked').value"),
                     "screen:0", "the source that is chosen at first")
    page.wait_for("[...document.querySelectorAll('#sources img')]"
                  ".filter((image) => image.naturalWidth > 0).length === 4", 30, "four previews")
    page.wait_for("document.querySelectorAll('#mode option').length > 10", 10, "the modes")
    page.wait_for("document.querySelectorAll('#encoder option').length === 3", 10, "the encoders")
    wait_for_steps(page, ["start"])
    control_page.expect_readable(page, "the page before a stream")


def check_start(page, fake):
    page.click("#sources .tile:has([value='window:7'])")
    page.click("#audio-choices input[value='mic:0']")
    for name, value in (("resolution", "1920x1080"), ("fps", "60"), ("mode", "half_sbs"),
                        ("divergence", "3.5"), ("depth", "cues"), ("codec", "hevc"), ("chunk", "2"),
                        ("encoder", "libx265"), ("server", "http://localhost:8123")):
        choose(page, name, value)
    page.ask("document.getElementById('record').click()")
    choose(page, "recording", "take one.mp4")
    page.click("#start")
    wait_for_state(page, "streaming")
    kit.expect_equal(fake.request() | {"recording": ""}, {
        "source": "window:7", "audio": 2, "width": 1920, "fps": 60, "chunk": 2,
        "encoder": "libx265", "codec": "hevc", "server": "http://localhost:8123", "recording": "",
        "stereo": {"mode": "half_sbs", "divergence": 3.5, "depth": "cues"}}, "what was asked for")
    kit.expect(fake.request()["recording"].endswith("/recordings/take one.mp4"), "the recording")
    page.wait_for("document.getElementById('state-text').textContent.match(/^Streaming… chunk [1-9]/)",
                  20, "the number of the chunk")
    wait_for_steps(page, ["pause", "mute", "stop", "end"])


def check_address(chromium, page, fake, folder):
    playlist = page.ask("document.getElementById('playlist').value")
    kit.expect(playlist.endswith("/stream/fake-session-1/playlist.m3u8"), f"playlist {playlist}")
    wait_for_text(page, "instruction", "PotPlayer or a headset’s player and choose 3D half side by side")
    kit.expect(page.ask("!document.getElementById('loopback').hidden"), "no word that the address is local")
    kit.expect_equal(control_page.read_code(page, folder), playlist, "the QR code")
    chromium.grant(fake.origin, ["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.click("#copy")
    wait_for_text(page, "copy", "Copied")
    kit.expect_equal(page.ask("navigator.clipboard.readText()"), playlist, "the clipboard")
    kit.expect_equal(page.ask("document.getElementById('watch-link').href"),
                     "http://127.0.0.1:8000/watch/fake-session-1", "the link to the watch page")


def check_sound(page, fake):
    bars = "[...document.querySelectorAll('.bar')].map((bar) => bar.style.clipPath)"
    before = page.ask(bars)
    kit.expect_equal(len(before), 2, "the number of meters")
    kit.wait_until(lambda: page.ask(bars) != before, 10, "the meters to move")
    page.click("#mute")
    page.wait_for("document.getElementById('mute').textContent === 'Unmute'", 10, "all to be muted")
    page.wait_for("[...document.querySelectorAll('.meter-note')].every((n) => n.textContent === 'Muted')",
                  10, "each to be muted")
    page.click("#mute")
    page.wait_for("document.getElementById('mute').textContent === 'Mute'", 10, "none to be muted")
    page.ask("(() => { const slider = document.querySelector('.meters [type=range]'); slider.value = 50; "
             "slider.dispatchEvent(new Event('input', {bubbles: true})); })()")
    status = functools.partial(kit.request, "GET", f"{fake.url}api/status")
    kit.wait_until(lambda: status().json()["audio"][0]["level"] == 0.5, 10, "the level to be set")


def check_end(page, fake):
    page.click("#pause")
    wait_for_state(page, "paused")
    wait_for_text(page, "pause", "Resume")
    page.click("#pause")
    wait_for_state(page, "streaming")
    page.click("#end")
    page.wait_for("document.getElementById('confirm').open", 5, "the question before the end")
    page.press("Escape")
    page.wait_for("!document.getElementById('confirm').open", 5, "the question to close")
    kit.expect_equal(kit.request("GET", f"{fake.url}api/status").json()["state"], "streaming",
                     "the state after Escape")
    page.click("#stop")
    wait_for_state(page, "stopped")
    wait_for_text(page, "state-text", "Capture stopped, all is uploaded")
    wait_for_steps(page, ["end"])
    page.click("#end")
    wait_for_state(page, "ended")
    wait_for_steps(page, ["again"])
    page.wait_for("document.getElementById('recent').textContent.includes('Ended')", 10,
                  "the session among the recent ones")
    wait_for_text(page, "recent", "Alpine flight")
    page.click("#again")
    page.wait_for("document.body.dataset.view === 'setup'", 5, "the settings of the next stream")
    wait_for_steps(page, ["start"])


def check_flow(chromium, stage):
    """Every step with the mouse."""
    fake = control_page.Fake(stage)
    page = chromium.open(fake.url)
    check_setup(page)
    check_start(page, fake)
    check_address(chromium, page, fake, stage.folder)
    control_page.expect_readable(page, "the page of a stream")
    check_sound(page, fake)
    again = chromium.open(fake.url)
    wait_for_state(again, "streaming")
    again.close()
    check_end(page, fake)
    elsewhere = page.ask("performance.getEntriesByType('resource').map(({name}) => name)"
                         f".filter((name) => !name.startsWith({json.dumps(fake.url)}))")
    kit.expect_equal(elsewhere, [], "what the page loads from elsewhere")
    expect_no_complaints(page, EXPECTED)
    fake.kill()
    wait_for_text(page, "problems", "The capture program does not respond")
    wait_for_steps(page, [])
    page.close()


def tab_to(page, found, what):
    """Presses Tab until the focus is there; it is seen wherever it comes."""
    for _ in range(MOST_TABS):
        page.press("Tab")
        hidden = page.ask("""(() => {
          const node = document.activeElement;
          const shown = node.closest(".tile") ?? node;
          const style = getComputedStyle(shown);
          return node !== document.body && node.tagName !== "IFRAME" && style.outlineStyle === "none"
            ? node.outerHTML : "";
        })()""")
        kit.expect(not hidden, f"the focus is not seen on {hidden}")
        if page.ask(f"(() => {{ const node = document.activeElement; return {found}; }})()"):
            return
    raise kit.Failed(f"Tab does not reach {what}")


def check_keyboard(chromium, stage):
    fake = control_page.Fake(stage)
    page = chromium.open(fake.url)
    page.wait_for("document.querySelectorAll('#sources .tile').length === 5", 20, "the sources")
    page.press("Tab")
    kit.expect_equal(page.ask("document.activeElement.className"), "skip", "the first stop of Tab")
    tab_to(page, "node.value === 'screen:0'", "the sources")
    page.press("ArrowDown")
    kit.expect_equal(page.ask("document.activeElement.value"), "screen:1", "the next source")
    tab_to(page, "node.id === 'divergence'", "the depth")
    page.press("ArrowRight")
    tab_to(page, "node.id === 'start'", "the start")
    page.wait_for("document.activeElement.getAttribute('aria-disabled') === 'false'", 20,
                  "the state of the program, without which nothing starts")
    page.press("Enter")
    wait_for_state(page, "streaming")
    kit.expect_equal((fake.request()["source"], fake.request()["stereo"]["divergence"]),
                     ("screen:1", 2.1), "what was chosen with keys")
    page.wait_for("document.getElementById('announce').textContent.startsWith('Streaming')", 10,
                  "the start to be read out")
    tab_to(page, "node.id === 'pause'", "Pause")
    page.press("Space")
    wait_for_state(page, "paused")
    kit.expect_equal(page.ask("document.activeElement.id"), "pause", "the focus after Pause")
    tab_to(page, "node.id === 'stop'", "Stop capture")
    page.press("Enter")
    wait_for_state(page, "stopped")
    kit.expect_equal(page.ask("document.activeElement.id"), "stop", "the focus after Stop")
    tab_to(page, "node.id === 'end'", "End session")
    page.press("Enter")
    wait_for_state(page, "ended")
    page.close()
    fake.kill()


def check_problems(chromium, stage):
    fake = control_page.Fake(stage)
    page = chromium.open(fake.url)
    page.wait_for("document.querySelectorAll('#sources .tile').length === 5", 20, "the sources")
    fake.tell("fail-starts the server at http://localhost:8000 cannot be reached: is it running?")
    wait_for_steps(page, ["start"])
    page.click("#start")
    wait_for_text(page, "problems", "The server at http://localhost:8000 cannot be reached")
    wait_for_steps(page, ["start"])
    fake.tell("fail-starts ")
    page.click("#start")
    wait_for_state(page, "streaming")
    page.wait_for("document.getElementById('problems').textContent === ''", 10, "no problem to be left")
    for code, title, advice in (
            ("server_unreachable", "The server cannot be reached", "Check the server’s address"),
            ("upload_failing", "Uploading fails", "Lower the resolution"),
            ("encoder_missing", "The encoder is missing", "Choose “Automatic”"),
            ("credentials_expiring", "The credentials are about to expire", "They are renewed"),
            ("no_sound", "No sound is coming in", "Check that something plays"),
            ("source_lost", "The source went away", "Open the window"),
            ("something_new", "Something needs attention", "")):
        fake.tell(f"problem {code} <i>what happened</i> in words")
        for text in (title, advice, "<i>what happened</i> in words"):
            wait_for_text(page, "problems", text)
    control_page.expect_readable(page, "the page with every problem")
    fake.tell("silent on")
    page.wait_for("document.querySelector('.meter-note').textContent === 'No sound is coming in'", 10,
                  "the silent input")
    fake.tell("clear")
    page.wait_for("document.getElementById('problems').textContent === ''", 10, "no problem to be left")
    fake.tell("fail")
    wait_for_state(page, "failed")
    wait_for_steps(page, ["again"])
    page.close()
    fake.kill()


def check_refusals(fake):
    """Requests that no page of its own makes."""
    start = {"source": "test"}
    own = {"Origin": fake.origin}
    for path in ("", "api/status", "api/sources", "x" * 32 + "/", fake.token[:-1] + "/",
                 fake.token[:-1] + "x/api/status", fake.token):
        answer = kit.request("GET", f"{fake.origin}/{path}")
        kit.expect_equal(answer.status, 404, f"status of /{path}")
        kit.expect(fake.token not in answer.text(), "the token is in a refusal")
    for host in ("evil.example", "127.0.0.1.evil.example", "10.0.0.1"):
        answer = kit.request("GET", f"{fake.url}api/status", headers={"Host": host})
        kit.expect_equal(answer.status, 403, f"status under the host {host}")
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"},
                    {"Origin": fake.origin + "0"}, {"Origin": "http://localhost"}):
        for call in ("start", "pause", "audio", "stop", "end"):
            answer = kit.request("POST", f"{fake.url}api/{call}", start, headers)
            kit.expect_equal(answer.status, 403, f"status of {call} with {headers}")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = kit.request("POST", f"{fake.url}api/start", start, {**own, "Content-Type": kind})
        kit.expect_equal(answer.status, 415, f"status of a body of {kind}")
    huge = kit.request("POST", f"{fake.url}api/start", b" " * 2_000_000,
                       {**own, "Content-Type": "application/json"})
    kit.expect_equal(huge.status, 413, "status of a huge body")
    for body in (b"{", b"[" * 16000, b"\xff", b"null"):
        answer = kit.request("POST", f"{fake.url}api/start", body,
                             {**own, "Content-Type": "application/json"})
        kit.expect_equal(answer.status, 400, f"status of the body {body[:8]}")
    answer = kit.request("OPTIONS", f"{fake.url}api/start", headers={"Origin": "http://evil.example"})
    kit.expect(answer.headers.get("Access-Control-Allow-Origin") is None, "CORS is granted")
    kit.expect_equal(kit.request("GET", f"{fake.url}api/status").json()["state"], "idle",
                     "the state after all of that")


def check_paths(fake):
    """As they are: a client library would tidy them up."""
    port = int(fake.origin.rsplit(":", 1)[1])
    for name in ("../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/control.html", "//etc/passwd",
                 "control.js%00.css", "\\..\\x", "." * 3000):
        with socket.create_connection(("127.0.0.1", port), 20) as connection:
            connection.sendall(f"GET /{fake.token}/assets/{name} HTTP/1.1\r\nHost: localhost\r\n"
                               "Connection: close\r\n\r\n".encode())
            with connection.makefile("rb") as answer:
                status = answer.readline().split()[1]
        kit.expect(status in (b"400", b"404"), f"status {status} of the path {name[:40]}")


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def check_other_page(chromium, stage, fake):
    """A page of another site that even knows the address."""
    (stage.folder / "evil.html").write_text("<!doctype html><title>evil</title>")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                             functools.partial(Silent, directory=stage.folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stage.on_exit(server.server_close)
    stage.on_exit(server.shutdown)
    page = chromium.open(f"http://localhost:{server.server_port}/evil.html")
    url = json.dumps(fake.url)
    read = f"fetch({url} + 'api/status').then((r) => r.text(), () => 'blocked')"
    kit.expect_equal(page.ask(read), "blocked", "reading the status from another page")
    post = (f"fetch({url} + 'api/start', {{method: 'POST', mode: 'no-cors', body: '{{}}'}})"
            ".then(() => 'sent', () => 'blocked')")
    page.ask(post)
    image = (f"new Promise((done) => {{ const image = new Image(); image.onload = () => done('shown'); "
             f"image.onerror = () => done('blocked'); image.src = {url} + 'api/preview.jpg?source=screen:0';"
             "})")
    kit.expect_equal(page.ask(image), "blocked", "a preview in another page")
    page.ask(f"new Promise((done) => {{ const frame = document.createElement('iframe'); "
             f"frame.onload = done; frame.src = {url}; document.body.append(frame); }}).then(() => 1)")
    # The control page has a frame inside it, what a browser shows in its place has none.
    kit.expect_equal(page.ask("frames[0].length"), 0, "frames in the page that was framed")
    kit.expect_equal(kit.request("GET", f"{fake.url}api/status").json()["state"], "idle",
                     "the state after another page's requests")
    page.close()


def test(stage):
    chromium = browser.Browser(stage)
    check_flow(chromium, stage)
    check_keyboard(chromium, stage)
    check_problems(chromium, stage)
    fake = control_page.Fake(stage)
    check_refusals(fake)
    check_paths(fake)
    check_other_page(chromium, stage, fake)


kit.main(test, 180)
