"""Chromium without a screen, driven through the DevTools protocol over a pipe: pages are opened,
sized, asked, typed into, clicked and photographed as a viewer's would be."""

import base64
import collections
import contextlib
import fcntl
import json
import os
import queue
import signal
import subprocess
import threading

import kit

_FLAGS = [
    "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--autoplay-policy=no-user-gesture-required", "--no-proxy-server",
    "--mute-audio", "--log-level=3", "--hide-scrollbars=false",
    # WebGL on the processor: pages paint with it, and the machine need not have a GPU.
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
    "--remote-debugging-pipe",
]
_ANSWER_SECONDS = 20 * kit.PATIENCE
_MESSAGES_KEPT = 200

# name: (key, code, key code, text)
_KEYS = {
    "Space": (" ", "Space", 32, " "), "Enter": ("Enter", "Enter", 13, "\r"),
    "Escape": ("Escape", "Escape", 27, ""), "Tab": ("Tab", "Tab", 9, ""),
    "ArrowLeft": ("ArrowLeft", "ArrowLeft", 37, ""), "ArrowUp": ("ArrowUp", "ArrowUp", 38, ""),
    "ArrowRight": ("ArrowRight", "ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", "ArrowDown", 40, ""),
}


class Browser:
    """One Chromium; ended with the stage."""

    def __init__(self, stage):
        to_browser, from_here = os.pipe()
        from_browser, to_here = os.pipe()

        def pipes():
            # DevTools reads from descriptor 3 and writes to 4; first out of their way.
            reading = fcntl.fcntl(to_browser, fcntl.F_DUPFD, 10)
            writing = fcntl.fcntl(to_here, fcntl.F_DUPFD, 10)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        log = stage.folder / "chromium.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # pylint: disable=subprocess-popen-preexec-fn
                [kit.tool("chromium"), *_FLAGS, f"--user-data-dir={stage.folder / 'chromium'}"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=pipes,
                pass_fds=(3, 4), start_new_session=True, env=stage.environment())
        os.close(to_browser)
        os.close(to_here)
        self._out = os.fdopen(from_here, "wb", buffering=0)
        self._in = os.fdopen(from_browser, "rb")
        self._lock = threading.Lock()
        self._last_id = 0
        self._answers = {}
        self._pages = {}
        self.process_id = self._process.pid
        stage.on_exit(self._kill)
        threading.Thread(target=self._read, daemon=True).start()

    def open(self, url, width=1280, height=800, phone=False, script=""):
        """`script` runs in the page before its own do."""
        # In a window of its own: browsers pause videos in tabs that are not shown.
        target = self.call("Target.createTarget",
                           {"url": "about:blank", "newWindow": True})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})
        page = Page(self, target, session["sessionId"])
        self._pages[session["sessionId"]] = page
        for domain in ("Page", "Runtime", "Log"):
            page.call(f"{domain}.enable")
        page.resize(width, height, phone)
        if script:
            page.call("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        page.call("Page.navigate", {"url": url})
        page.wait_for("location.href !== 'about:blank' && document.readyState === 'complete'",
                      20, f"{url} in Chromium")
        return page

    def grant(self, origin, permissions):
        self.call("Browser.grantPermissions", {"origin": origin, "permissions": permissions})

    def call(self, method, parameters=None, session=None):
        answer = queue.Queue()
        with self._lock:
            self._last_id += 1
            number = self._last_id
            self._answers[number] = answer
            message = {"id": number, "method": method, "params": parameters or {}}
            if session:
                message["sessionId"] = session
            self._out.write(json.dumps(message).encode() + b"\0")
        try:
            found = answer.get(timeout=_ANSWER_SECONDS)
        except queue.Empty as late:
            raise kit.Failed(f"Chromium did not answer {method} within "
                             f"{_ANSWER_SECONDS} s") from late
        kit.expect("error" not in found, f"{method}: {found.get('error')}")
        return found["result"]

    def _read(self):
        left = b""
        with contextlib.suppress(OSError, ValueError):
            while piece := self._in.read1(65536):
                *messages, left = (left + piece).split(b"\0")
                for message in messages:
                    self._take(json.loads(message))

    def _take(self, message):
        if "id" in message:
            answer = self._answers.pop(message["id"], None)
            if answer:
                answer.put(message)
            return
        page = self._pages.get(message.get("sessionId"))
        if page:
            page.take_event(message["method"], message["params"])

    def _kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._out.close()


class Page:
    def __init__(self, browser, target, session):
        self._browser = browser
        self._target = target
        self._session = session
        self.complaints = collections.deque(maxlen=_MESSAGES_KEPT)

    def call(self, method, parameters=None):
        return self._browser.call(method, parameters, self._session)

    def take_event(self, method, parameters):
        """Keeps what the browser's console would show in red."""
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description",
                                                                    details["text"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            entry = parameters["entry"]
            self.complaints.append(f"{entry['text']} {entry.get('url', '')}")

    def resize(self, width, height, phone=False):
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone})
        self.call("Emulation.setTouchEmulationEnabled", {"enabled": phone})

    def reduce_motion(self):
        self.call("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-reduced-motion", "value": "reduce"}]})

    def cut_off(self, offline=True):
        """Nothing reaches the page, until it is called with False."""
        self.call("Network.enable")
        self.call("Network.emulateNetworkConditions", {
            "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})

    def ask(self, expression):
        """The value of a JavaScript expression; a promise is waited for. Counts as a click of the
        user's, without which browsers refuse the full screen."""
        found = self.call("Runtime.evaluate", {
            "expression": expression, "returnByValue": True, "awaitPromise": True,
            "userGesture": True})
        kit.expect("exceptionDetails" not in found,
                   f"{expression}: {found.get('exceptionDetails')}")
        return found["result"].get("value")

    def wait_for(self, expression, seconds, what):
        return kit.wait_until(lambda: self.ask(expression), seconds, what)

    def press(self, name):
        key, code, number, text = _KEYS.get(name, (name, "", ord(name[0].upper()), name))
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        self.call("Input.dispatchKeyEvent",
                  {**event, "type": "keyDown" if text else "rawKeyDown", "text": text})
        self.call("Input.dispatchKeyEvent", {**event, "type": "keyUp"})

    def click(self, selector):
        """With the mouse, in the middle of what the selector finds, once that can be pressed and holds
        still."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})"
                      ".getAttribute('aria-disabled') !== 'true'", 20, f"{selector} to be enabled")
        self.wait_for(f"(() => {{ const box = JSON.stringify(document.querySelector("
                      f"{json.dumps(selector)}).getBoundingClientRect()); const still = "
                      "window.lastBox === box; window.lastBox = box; return still; })()",
                      5, f"{selector} to hold still")
        x, y = self.ask(f"(() => {{ const box = document.querySelector({json.dumps(selector)})"
                        ".getBoundingClientRect(); return [box.x + box.width / 2, "
                        "box.y + box.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", {
                "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})

    def photograph(self, path):
        found = self.call("Page.captureScreenshot", {"format": "png"})
        path.write_bytes(base64.b64decode(found["data"]))

    def picture_of(self, selector):
        """What is seen of an element, as a data: URL."""
        clip = self.ask(f"(() => {{ const {{x, y, width, height}} = document.querySelector("
                        f"{json.dumps(selector)}).getBoundingClientRect(); "
                        "return {x, y, width, height, scale: 1}; })()")
        found = self.call("Page.captureScreenshot", {"format": "png", "clip": clip})
        return f"data:image/png;base64,{found['data']}"

    def close(self):
        self._browser.call("Target.closeTarget", {"targetId": self._target})
