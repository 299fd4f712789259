"""A window that moves, and flashes when its sound clicks: what the tests of the desktop capture.

Usage: flash_window.py [--size WxH] [--at X,Y] [--title TEXT] [--sink NAME] [--tone HZ]

Without --sink it makes no sound, and flashes once a second. Prints "window ID" when it is shown, and
for each flash "flash CLICK_TIME PAINT_TIME" in seconds of the monotonic clock: when the click leaves
the sound server, and when the flash was painted. Commands on standard input, one a line: "resize W
H", "move X Y", "hide", "show", "still", "moving", "close".
"""

import argparse
import ctypes
import ctypes.util
import math
import queue
import selectors
import struct
import sys
import threading
import time

RATE_HZ = 48_000
BLOCK_SAMPLES = 480
FLASH_SECONDS = 0.1
CLICK_SAMPLES = 960
PAINTS_PER_SECOND = 60
GRAY, BAR, WHITE = 0x303030, 0x3060C0, 0xFFFFFF


class Window:
    """One X window, painted by hand."""

    def __init__(self, size, at, title):
        x11 = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        for name in ("XOpenDisplay", "XCreateGC"):
            getattr(x11, name).restype = ctypes.c_void_p
        for name in ("XRootWindow", "XCreateSimpleWindow"):
            getattr(x11, name).restype = ctypes.c_ulong
        self._x11 = x11
        self._display = ctypes.c_void_p(x11.XOpenDisplay(None))
        if not self._display.value:
            sys.exit("no X display")
        screen = x11.XDefaultScreen(self._display)
        root = x11.XRootWindow(self._display, screen)
        self.width, self.height = size
        self.id = x11.XCreateSimpleWindow(self._display, ctypes.c_ulong(root), *at, *size, 0,
                                          ctypes.c_ulong(0), ctypes.c_ulong(GRAY))
        self._window = ctypes.c_ulong(self.id)
        x11.XStoreName(self._display, self._window, title.encode())
        # The window stays where it is put, with or without a window manager.
        x11.XMapRaised(self._display, self._window)
        x11.XMoveWindow(self._display, self._window, *at)
        self._gc = ctypes.c_void_p(x11.XCreateGC(self._display, self._window, ctypes.c_ulong(0),
                                                 None))
        x11.XSync(self._display, 0)

    def fill(self, color, x, y, width, height):
        self._x11.XSetForeground(self._display, self._gc, ctypes.c_ulong(color))
        self._x11.XFillRectangle(self._display, self._window, self._gc, int(x), int(y), int(width),
                                 int(height))

    def sync(self):
        self._x11.XSync(self._display, 1)

    def command(self, words):
        if words[0] == "resize":
            self.width, self.height = int(words[1]), int(words[2])
            self._x11.XResizeWindow(self._display, self._window, self.width, self.height)
        elif words[0] == "move":
            self._x11.XMoveWindow(self._display, self._window, int(words[1]), int(words[2]))
        elif words[0] == "hide":
            self._x11.XUnmapWindow(self._display, self._window)
        elif words[0] == "show":
            self._x11.XMapRaised(self._display, self._window)
        elif words[0] == "close":
            self._x11.XDestroyWindow(self._display, self._window)
        self._x11.XSync(self._display, 0)


class _SampleSpec(ctypes.Structure):
    _fields_ = [("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8)]


class _BufferAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32)
                for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize")]


class Sound(threading.Thread):
    """A quiet tone with a loud click each second; puts the time of each click into `clicks`."""

    def __init__(self, sink, tone_hz, clicks):
        super().__init__(daemon=True)
        self._sink = sink
        self._tone_hz = tone_hz
        self._clicks = clicks
        self._pulse = ctypes.CDLL("libpulse-simple.so.0")
        self._pulse.pa_simple_new.restype = ctypes.c_void_p
        self._pulse.pa_simple_get_latency.restype = ctypes.c_uint64

    def run(self):
        while True:
            stream = self._open()
            if stream.value:
                self._play(stream)
            time.sleep(0.2)  # the sound server is gone, and comes back

    def _open(self):
        playback, s16le, unset = 1, 3, 0xFFFFFFFF
        spec = _SampleSpec(s16le, RATE_HZ, 2)
        target = RATE_HZ * 4 // 10
        attributes = _BufferAttributes(unset, target, unset, unset, unset)
        error = ctypes.c_int()
        return ctypes.c_void_p(self._pulse.pa_simple_new(
            None, b"flash_window", playback, self._sink.encode(), b"clicks", ctypes.byref(spec),
            None, ctypes.byref(attributes), ctypes.byref(error)))

    def _play(self, stream):
        error = ctypes.c_int()
        position = 0
        while True:
            click_at = None
            values = []
            for sample in range(position, position + BLOCK_SAMPLES):
                value = 0.05 * math.sin(2 * math.pi * self._tone_hz * sample / RATE_HZ)
                since = sample % RATE_HZ - RATE_HZ // 2
                if 0 <= since < CLICK_SAMPLES:
                    value = 0.8 if since // 12 % 2 == 0 else -0.8
                if since == 0:
                    click_at = sample - position
                values += [int(value * 32767)] * 2
            if click_at is not None:
                latency = self._pulse.pa_simple_get_latency(stream, ctypes.byref(error)) / 1e6
                self._clicks.put(time.monotonic() + latency + click_at / RATE_HZ)
            block = struct.pack(f"<{len(values)}h", *values)
            if self._pulse.pa_simple_write(stream, block, len(block), ctypes.byref(error)) < 0:
                self._pulse.pa_simple_free(stream)
                return
            position += BLOCK_SAMPLES


def paint_until_closed(window, clicks, own_clock):
    moving, shown = True, True
    flash = None  # when the next one is due
    painted = None  # when the last one was
    number = 0
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    if own_clock:
        clicks.put(time.monotonic() + 1)
    while True:
        if selector.select(0):
            line = sys.stdin.readline()
            words = line.split() or ["close"]
            if words[0] in ("still", "moving"):
                moving = words[0] == "moving"
            window.command(words)
            shown = {"hide": False, "show": True}.get(words[0], shown)
            if words[0] == "close":
                return
        now = time.monotonic()
        if flash is None and not clicks.empty():
            flash = clicks.get()
        if flash is not None and now >= flash:
            window.fill(WHITE, 0, 0, window.width, window.height)
            window.sync()
            painted = time.monotonic()
            print(f"flash {flash:.6f} {painted:.6f}", flush=True)
            if own_clock:
                clicks.put(flash + 1)
            flash = None
        elif painted is not None and now - painted < FLASH_SECONDS:
            pass
        elif moving and shown or painted is not None:
            painted = None
            number += 1
            window.fill(GRAY, 0, 0, window.width, window.height)
            window.fill(BAR, number * 4 % max(1, window.width - 40), 0, 40, window.height)
            window.sync()
        due = now + 1 / PAINTS_PER_SECOND
        if flash is not None:
            due = min(due, max(flash, now))
        time.sleep(max(0.0, due - time.monotonic()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--at", default="0,0")
    parser.add_argument("--title", default="flashes")
    parser.add_argument("--sink")
    parser.add_argument("--tone", type=int, default=440)
    options = parser.parse_args()
    window = Window([int(side) for side in options.size.split("x")],
                    [int(place) for place in options.at.split(",")], options.title)
    print(f"window {window.id:#x}", flush=True)
    clicks = queue.Queue()
    if options.sink:
        Sound(options.sink, options.tone, clicks).start()
    paint_until_closed(window, clicks, own_clock=not options.sink)


main()
