"""One sender as a process of its own: puts chunks in order, and writes down which were acknowledged.

Usage: sender.py ORDER, a file that Stream in survival.py writes
"""

import email.utils
import hashlib
import http.client
import json
import pathlib
import random
import sys
import time
import urllib.parse

import s3

DISTINCT_CHUNKS = 20
# So many chunks may wait for their conversion before a sender pauses.
MOST_AHEAD = 12


def fetch(method, url, body=None, headers=None, seconds=10):
    """Status, body; None when there was no whole answer, as from a server that died."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=seconds)
    try:
        path = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Journal:
    """The chunks that were acknowledged, by index: one line for each, written at once."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def add(self, index, digest):
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{index} {digest}\n".encode())

    def entries(self):
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines(keepends=True)
        return [line.split() for line in lines if line.endswith("\n")]


def chunk_bytes(folder, session_id, index):
    """No two chunks are equal: a box that players skip holds the chunk's name.
    Source: ISO/IEC 14496-12, 8.1.2, "Free Space Box"."""
    path = pathlib.Path(folder) / f"piece_{index % DISTINCT_CHUNKS:03d}.mp4"
    name = f"{session_id} {index}".encode()
    return path.read_bytes() + (8 + len(name)).to_bytes(4, "big") + b"free" + name


def server_offset(url):
    """How many seconds the server's clock is ahead of ours; 0 when it does not answer."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", "/healthz/live")
        date = connection.getresponse().getheader("Date")
        return round(email.utils.parsedate_to_datetime(date).timestamp() - time.time())
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def renew(order):
    """New credentials, as a sender gets them whose own have expired."""
    session = order["session"]
    answer = fetch("POST", order["renew"], b"",
                   {"Authorization": f"Bearer {session['control_token']}"})
    if answer and answer[0] == 200:
        session["upload"] = json.loads(answer[1])["upload"]


def send_chunk(order, index):
    """Goes on until the chunk is acknowledged. A server whose clock was set is followed, as
    clients of S3 do."""
    session = order["session"]
    body = chunk_bytes(order["chunks"], session["session_id"], index)
    key = f"stream_input/{session['session_id']}/chunk_{index:05d}.mp4"
    offset = 0
    while True:
        answer = fetch("PUT", s3.presigned_url(session["upload"], key, offset=offset), body,
                       {"Content-Type": "video/mp4"})
        if answer and answer[0] == 200:
            return hashlib.sha256(body).hexdigest()
        if answer and answer[0] < 500:
            if not order["clock_steps"]:
                sys.exit(f"chunk {index} was refused: {answer}")
            offset = server_offset(order["end"])
            if b"<Code>ExpiredToken</Code>" in answer[1]:
                renew(order)
        time.sleep(random.uniform(0.02, 0.1))


def wait_for_workers(order, sent):
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and not pathlib.Path(order["stop"]).exists():
        answer = fetch("GET", order["session"]["playlist_url"] + "?nowait=1")
        if answer and answer[1].count(b"\nseg_") + MOST_AHEAD >= sent:
            return
        time.sleep(0.1)


def send(order_path):
    """Goes on where the journal ends, until told to stop; then ends the session. The chunk behind
    the journal's last one is sent in any case: it may be stored, and was not written down."""
    order = json.loads(pathlib.Path(order_path).read_text())
    journal = Journal(order["journal"])
    index = len(journal.entries())
    while True:
        journal.add(index, send_chunk(order, index))
        index += 1
        if pathlib.Path(order["stop"]).exists():
            break
        if index % 4 == 0:
            wait_for_workers(order, index)
        time.sleep(random.uniform(0, 0.15))
    while (fetch("POST", order["end"]) or [0])[0] != 204:
        time.sleep(0.05)


if __name__ == "__main__":
    send(sys.argv[1])
