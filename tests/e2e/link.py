"""A network link between two namespaces of this machine: a client's and a server's.

The link is two TUN devices and a relay between them, which delays every packet, drops a share of
them and resets connections; the rate is that of `tc tbf` on the client's side. It needs root (CAP_NET_ADMIN), /dev/net/tun
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
_TCP = 6
_SYN, _RST, _ACK = 0x02, 0x04, 0x10


class Unavailable(Exception):
    """This machine does not let the link be made, and why."""


def _call(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(words)}: {done.stderr.strip()}")


class _Segment:
    """An IPv4 packet with a TCP segment."""

    def __init__(self, packet):
        self.source, self.target = packet[12:16], packet[16:20]
        begin = (packet[0] & 15) * 4
        (self.source_port, self.target_port, self.sequence, self.acknowledged, _, self.flags) = (
            struct.unpack("!HHIIBB", packet[begin:begin + 14]))

    def reset(self):
        """The packet that ends the connection at the sender of this one."""
        def checksum(data):
            total = sum(struct.unpack(f"!{len(data) // 2}H", data))
            total = (total & 0xffff) + (total >> 16)
            return ~(total + (total >> 16)) & 0xffff
        tcp = struct.pack("!HHIIBBH", self.target_port, self.source_port, self.acknowledged, 0,
                          5 << 4, _RST, 0)
        pseudo = self.target + self.source + struct.pack("!BBH", 0, _TCP, 20)
        tcp += struct.pack("!HH", checksum(pseudo + tcp + bytes(4)), 0)
        head = struct.pack("!BBHHHBB", 0x45, 0, 40, 0, 0x4000, 64, _TCP)
        addresses = self.target + self.source
        return head + struct.pack("!H", checksum(head + bytes(2) + addresses)) + addresses + tcp


def _segment(packet):
    is_tcp = len(packet) >= 40 and packet[0] >> 4 == 4 and packet[9] == _TCP
    return _Segment(packet) if is_tcp else None


class Link:
    """A context. Commands whose words come from client() or server() run at its ends."""

    def __init__(self, delay_s=0.0, loss=0.0, rate_bps=0, seed=1):
        self.delay_s = delay_s      # one way
        self.loss = loss            # share of the packets, in each direction
        self.is_cut = False         # then every packet is dropped
        self.dropped = 0
        self.passed = 0
        self.connections = 0        # begun by the client
        self.resets = 0
        self._reset_until = 0.0
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

    def reset_connections(self, seconds=0.3):
        """Ends each connection over which the client sends something in this time, as some router
        does that has lost its state: the client hears of it, the server does not."""
        self._reset_until = time.monotonic() + seconds

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
            if source == self._tuns[0] and self._resets(packet):
                continue
            self.passed += 1
            under_way.append((time.monotonic() + self.delay_s, packet))


    def _resets(self, packet):
        segment = _segment(packet)
        if segment is None:
            return False
        if segment.flags & (_SYN | _ACK) == _SYN:
            self.connections += 1
        if time.monotonic() >= self._reset_until or not segment.flags & _ACK:
            return False
        self.resets += 1
        os.write(self._tuns[0], segment.reset())
        return True


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
