"""A network link between two namespaces of this machine: a client's and a server's.

The link is two TUN devices and a relay between them, which delays every packet and drops a share of
them; the rate is that of `tc tbf` on the client's side. It needs root (CAP_NET_ADMIN), /dev/net/tun
and iproute2; Unavailable says what is missing.
"""

import collections
import ctypes
import fcntl
import os
import random
import select
import shutil
import struct
import subprocess
import threading
import time

CLIENT_ADDRESS = "10.199.0.1"
SERVER_ADDRESS = "10.199.0.2"
_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000
_DEVICE = "sklink"
_MOST_BYTES = 65536
# Packets on their way in one direction, beyond which more are dropped as by a full router.
_MOST_PACKETS = 20000


class Unavailable(Exception):
    """This machine does not let the link be made, and why."""


def _call(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(words)}: {done.stderr.strip()}")


class Link:
    """A context. Commands whose words come from client() or server() run at its ends."""

    def __init__(self, delay_s=0.0, loss=0.0, rate_bps=0, seed=1):
        self.delay_s = delay_s      # one way
        self.loss = loss            # share of the packets, in each direction
        self.is_cut = False         # then every packet is dropped
        self.dropped = 0
        self.passed = 0
        self._rate_bps = rate_bps
        self._random = random.Random(seed)
        self._names = [f"sk{os.getpid()}{end}" for end in "cs"]
        self._made = []
        self._tuns = []
        self._stop = threading.Event()
        self._relay = None

    def __enter__(self):
        if shutil.which("ip") is None or shutil.which("tc") is None:
            raise Unavailable("iproute2 is not installed")
        try:
            for name, address in zip(self._names, (CLIENT_ADDRESS, SERVER_ADDRESS)):
                self._make_end(name, address)
        except BaseException:
            self._remove()
            raise
        if self._rate_bps:
            self.set_rate(self._rate_bps)
        self._relay = threading.Thread(target=self._run, daemon=True)
        self._relay.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._relay.join()
        self._remove()

    def client(self, *words):
        return ["ip", "netns", "exec", self._names[0], *words]

    def server(self, *words):
        return ["ip", "netns", "exec", self._names[1], *words]

    def set_rate(self, rate_bps):
        """Bounds what the client sends. Its queue holds a quarter of a second."""
        _call("ip", "netns", "exec", self._names[0], "tc", "qdisc", "replace", "dev", _DEVICE,
              "root", "tbf", "rate", f"{int(rate_bps)}bit", "burst", "16kb", "latency", "250ms")

    def _make_end(self, name, address):
        _call("ip", "netns", "add", name)
        self._made.append(name)
        self._tuns.append(_open_tun(name))
        for words in (["addr", "add", f"{address}/24", "dev", _DEVICE],
                      ["link", "set", _DEVICE, "up"], ["link", "set", "lo", "up"]):
            _call("ip", "netns", "exec", name, "ip", *words)

    def _remove(self):
        for tun in self._tuns:
            os.close(tun)
        for name in self._made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def _run(self):
        ways = [(self._tuns[0], self._tuns[1], collections.deque()),
                (self._tuns[1], self._tuns[0], collections.deque())]
        while not self._stop.is_set():
            due = [way[2][0][0] for way in ways if way[2]]
            wait = max(0.0, min([0.1] + [time_ - time.monotonic() for time_ in due]))
            ready = select.select(self._tuns, [], [], wait)[0]
            for source, sink, under_way in ways:
                if source in ready:
                    self._take(source, under_way)
                now = time.monotonic()
                while under_way and under_way[0][0] <= now:
                    os.write(sink, under_way.popleft()[1])

    def _take(self, source, under_way):
        for _ in range(64):
            try:
                packet = os.read(source, _MOST_BYTES)
            except BlockingIOError:
                return
            lost = self.loss > 0 and self._random.random() < self.loss
            if self.is_cut or lost or len(under_way) >= _MOST_PACKETS:
                self.dropped += 1
                continue
            self.passed += 1
            under_way.append((time.monotonic() + self.delay_s, packet))


def _open_tun(namespace):
    """A TUN device in the namespace; its descriptor works in any."""
    libc = ctypes.CDLL(None, use_errno=True)
    opened = []

    def open_there():
        # A thread of its own: only its namespace changes.
        try:
            with open(f"/run/netns/{namespace}", "rb") as place:
                if libc.setns(place.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", _DEVICE.encode(),
                                                     _IFF_TUN | _IFF_NO_PI))
            opened.append(tun)
        except OSError as failure:
            opened.append(failure)

    thread = threading.Thread(target=open_there)
    thread.start()
    thread.join()
    if isinstance(opened[0], OSError):
        raise Unavailable(f"a TUN device: {opened[0]}")
    return opened[0]
