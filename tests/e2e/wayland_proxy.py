"""Stands between xdg-desktop-portal-wlr and the compositor, and states a format of a GPU's buffers
for each frame.

Usage: wayland_proxy.py LISTENING_SOCKET COMPOSITOR_SOCKET

Version 0.7 of that program does not capture from a compositor that has none, as on a machine without
GPU, although it then takes shared memory. Serves until it is ended.
"""

import array
import pathlib
import selectors
import socket
import struct
import sys

# Requests and events by their numbers. Source: wayland.xml, wlr-screencopy-unstable-v1.xml.
DISPLAY = 1
GET_REGISTRY, BIND = 1, 0
MANAGER = b"zwlr_screencopy_manager_v1\0"
CAPTURES = (0, 1)
DESTROY_FRAME = 1
BUFFER, LINUX_DMABUF, BUFFER_DONE = 0, 5, 6
XRGB8888 = 0x34325258

MOST_BYTES, MOST_FILES = 65536, 64


class Direction:
    """What one side sends to the other, message by message, with the files between them."""

    def __init__(self, source, target, before):
        self.source = source
        self._target = target
        self._before = before
        self._waiting = b""

    def pass_on(self):
        """Passes on what has arrived; False at the end."""
        data, ancillary, _, _ = self.source.recvmsg(MOST_BYTES,
                                                    socket.CMSG_SPACE(MOST_FILES * 4))
        files = array.array("i")
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                files.frombytes(payload[:len(payload) - len(payload) % files.itemsize])
        if not data:
            return False
        self._waiting += data
        # Files may come before their message, not after it.
        extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)] if files else []
        messages = self._whole_messages() or b""
        if not messages and files:
            raise OSError("files without a message")
        sent = self._target.sendmsg([messages], extra) if messages else 0
        self._target.sendall(messages[sent:])
        for file in files:
            socket.close(file)
        return True

    def _whole_messages(self):
        """Takes what is complete, with what is to come before each message."""
        taken = bytearray()
        while len(self._waiting) >= 8:
            target, word = struct.unpack_from("=II", self._waiting)
            size, opcode = word >> 16, word & 0xffff
            if size < 8 or len(self._waiting) < size:
                break
            message, self._waiting = self._waiting[:size], self._waiting[size:]
            taken += self._before(target, opcode, message[8:])
            taken += message
        return bytes(taken)


class Connection:
    def __init__(self, client, server):
        self._registries, self._managers = set(), set()
        self._frames = {}  # their sizes
        self.directions = (Direction(client, server, self._on_request),
                           Direction(server, client, self._on_event))

    def _on_request(self, target, opcode, arguments):
        if (target, opcode) == (DISPLAY, GET_REGISTRY):
            self._registries.add(struct.unpack_from("=I", arguments)[0])
        elif target in self._registries and opcode == BIND and MANAGER in arguments:
            self._managers.add(struct.unpack("=I", arguments[-4:])[0])
        elif target in self._managers and opcode in CAPTURES:
            self._frames[struct.unpack_from("=I", arguments)[0]] = (0, 0)
        elif target in self._frames and opcode == DESTROY_FRAME:
            del self._frames[target]
        return b""

    def _on_event(self, target, opcode, arguments):
        if target in self._frames and opcode == BUFFER:
            self._frames[target] = struct.unpack_from("=II", arguments, 4)
        elif target in self._frames and opcode == BUFFER_DONE:
            return struct.pack("=IIIII", target, 20 << 16 | LINUX_DMABUF, XRGB8888,
                               *self._frames[target])
        return b""

    def close(self):
        for direction in self.directions:
            direction.source.close()


def main():
    place, compositor = sys.argv[1:]
    pathlib.Path(place).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(place)
    listening.listen()
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listening:
                client, _ = listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(compositor)
                connection = Connection(client, server)
                for direction in connection.directions:
                    selector.register(direction.source, selectors.EVENT_READ,
                                      (connection, direction))
                continue
            connection, direction = key.data
            try:
                goes_on = direction.pass_on()
            except OSError:
                goes_on = False
            if not goes_on and connection.directions[0].source.fileno() >= 0:
                for one in connection.directions:
                    selector.unregister(one.source)
                connection.close()
                break  # the other direction may be among what was selected


main()
