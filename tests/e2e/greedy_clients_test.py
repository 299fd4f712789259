"""Clients that hold a server up on purpose hurt themselves only: slow uploads that announce much,
many connections, parallel uploads of one session, viewers that do not read, and a disk that fills.

Usage: greedy_clients_test.py FOLDER_OF_PROGRAMS clients|disk
"""

import contextlib
import pathlib
import socket
import statistics
import time
import urllib.parse

import kit
import s3

MIB = 1024 * 1024


def create(url):
    answer = kit.request("POST", f"{url}/stream_sessions", b"")
    kit.expect_equal(answer.status, 200, f"creating a session: {answer.text()}")
    return answer.json()


def key_of(session, index):
    return f"stream_input/{session['session_id']}/chunk_{index:05d}.mp4"


def put(session, index, body):
    return kit.request("PUT", s3.presigned_url(session["upload"], key_of(session, index)), body)


def connect(url):
    parts = urllib.parse.urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=30 * kit.PATIENCE)


def begin_upload(url, session, index, announced):
    """A connection whose upload was accepted and has sent one byte."""
    parts = urllib.parse.urlsplit(s3.presigned_url(session["upload"], key_of(session, index)))
    connection = connect(url)
    connection.sendall(f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                       f"Content-Length: {announced}\r\nExpect: 100-continue\r\n\r\n".encode())
    answer = connection.recv(4096)
    if answer.startswith(b"HTTP/1.1 100"):
        connection.sendall(b"x")
        return connection, b""
    connection.settimeout(5 * kit.PATIENCE)
    with contextlib.suppress(OSError):
        while part := connection.recv(4096):
            answer += part
    connection.close()
    return None, answer


def resident_mib(process):
    status = pathlib.Path(f"/proc/{process.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def serve_others(url, session, first):
    """Uploads and views as a client that does nothing wrong; the median of the times in ms."""
    times = []
    for index in range(first, first + 8):
        begin = time.monotonic()
        kit.expect_equal(put(session, index, b"x" * MIB).status, 200, "an upload beside them")
        answer = kit.request("GET", f"{url}/stream/{session['session_id']}/playlist.m3u8?nowait=1")
        kit.expect_equal(answer.status, 200, "a playlist without segments")
        times.append(time.monotonic() - begin)
    return statistics.median(times) * 1000


def check_slow_uploads(url, server):
    session = create(url)
    alone = serve_others(url, session, 0)
    before = resident_mib(server)
    slow = []
    for number in (8, 64):
        others = create(url)
        greedy = [create(url) for _ in range(4)]
        while len(slow) < number:
            connection, answer = begin_upload(url, greedy[len(slow) % 4], len(slow), 64 * MIB)
            kit.expect(connection, f"slow upload {len(slow)}: {answer!r}")
            slow.append(connection)
        for connection in slow:
            connection.sendall(b"x")
        beside = serve_others(url, others, 0)
        kit.note(f"{number} slow uploads of 64 MiB: an upload and a playlist take {beside:.1f} ms, "
                 f"alone {alone:.1f} ms; memory {before:.0f} -> {resident_mib(server):.0f} MiB")
    kit.expect(resident_mib(server) < before + 64, "slow uploads take memory for what they announce")
    kit.wait_until(lambda: closed_with(slow[0], b"RequestTimeout"), 60, "the end of a slow upload")
    for connection in slow:
        connection.close()


def closed_with(connection, code):
    """Sends a byte as a slow client does; whether the response has come."""
    connection.setblocking(False)
    with contextlib.suppress(OSError):
        connection.send(b"x")
    try:
        return code in connection.recv(4096)
    except BlockingIOError:
        return False
    finally:
        connection.setblocking(True)


def check_parallel_uploads(url):
    greedy = create(url)
    held, refused = [], 0
    for index in range(40):
        connection, answer = begin_upload(url, greedy, index, 64 * MIB)
        if connection:
            held.append(connection)
        else:
            kit.expect(b"SlowDown" in answer, f"a refused upload: {answer!r}")
            refused += 1
    kit.expect_equal((len(held), refused), (32, 8), "uploads of one session, and those refused")
    kit.expect_equal(put(create(url), 0, b"x").status, 200, "an upload of another session")
    kit.note("one session: 32 uploads at a time, further ones get SlowDown")
    for connection in held:
        connection.close()


def check_connections(url):
    many = [connect(url) for _ in range(1000)]
    kit.expect_equal(kit.request("GET", f"{url}/healthz").status, 200, "health beside 1,000")
    kit.note("1,000 idle connections leave room for others")
    for connection in many:
        connection.close()


def check_slow_readers(url, server, data_dir):
    session = create(url)
    segment = data_dir / "objects" / "stream_output" / session["session_id"] / "seg_00000.mp4"
    segment.parent.mkdir(parents=True, exist_ok=True)
    with segment.open("wb") as file:
        file.truncate(256 * MIB)
    path = f"/stream/{session['session_id']}/seg_00000.mp4"
    kit.expect_equal(kit.request("HEAD", url + path).status, 200, "the segment")
    before = resident_mib(server)
    readers = []
    for _ in range(100):
        reader = connect(url)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        readers.append(reader)
    for _ in range(3):
        for reader in readers:
            kit.expect(reader.recv(1), "a byte of the segment")
        kit.expect_equal(kit.request("GET", f"{url}/healthz").status, 200, "health beside readers")
    grown = resident_mib(server) - before
    kit.note(f"100 readers of one byte at a time: the server grows by {grown:.1f} MiB")
    kit.expect(grown < 32, "slow readers take memory")

    def open_connections():
        text = kit.get(f"{url}/metrics").decode()
        return int(float(text.split("\nstreamkit_http_connections ")[1].split()[0]))

    def read_slowly():
        for reader in readers:
            with contextlib.suppress(OSError):
                reader.recv(1, socket.MSG_DONTWAIT)
        return open_connections() < 50
    kit.wait_until(read_slowly, 60, "the end of the slow readers")
    for reader in readers:
        reader.close()


def test_clients(stage):
    url, server = stage.server("--max-bodies-mib", "128", "--session-rate", "0")
    check_slow_uploads(url, server)
    check_parallel_uploads(url)
    check_connections(url)
    check_slow_readers(url, server, stage.data_dir)
    kit.expect_equal(server.stop(), 0, "exit status of the server")


def test_disk(stage):
    disk = stage.folder / "disk"
    disk.mkdir()
    mounted = kit.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], succeeds=False)
    if mounted.returncode != 0:
        raise kit.Skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    stage.on_exit(lambda: kit.run(["umount", "-l", disk], succeeds=False))
    url, server = stage.server("--disk-reserve-mib", "16", data_dir=disk)
    session = create(url)
    stored = 0
    while (answer := put(session, stored, b"x" * (2 * MIB))).status == 200:
        stored += 1
        kit.expect(stored < 40, "the reserve is not kept")
    kit.expect(answer.status == 503 and "SlowDown" in answer.text(), f"{answer.status} {answer.text()}")
    kit.note(f"{stored} chunks of 2 MiB fit a disk of 64 MiB with a reserve of 16")
    kit.expect(20 <= stored <= 24, f"{stored} chunks")
    small = stored
    while put(session, small, b"x" * 4096).status == 200:
        small += 1
        kit.expect(small < stored + 1000, "the reserve is not kept")
    refused = kit.request("POST", f"{url}/stream_sessions", b"")
    kit.expect_equal((refused.status, refused.json()["error"]["code"]), (503, "disk_full"),
                     "creating a session")
    # The reserve is for the workers' segments and the database.
    (disk / "objects" / "segment").write_bytes(b"x" * (8 * MIB))
    ended = kit.request("POST", f"{url}/stream_sessions/{session['session_id']}/end", b"")
    kit.expect_equal(ended.status, 204, "the end of a session beside a full disk")
    kit.expect("Store" not in server.stderr(), server.tails())
    for path in sorted((disk / "objects" / "stream_input" / session["session_id"]).iterdir())[:10]:
        path.unlink()
    kit.wait_until(lambda: kit.request("POST", f"{url}/stream_sessions", b"").status == 200, 20,
                   "room for a new session")
    kit.expect_equal(put(create(url), 0, b"x" * MIB).status, 200, "an upload once there is room")
    kit.expect_equal(server.stop(), 0, "exit status of the server")


def test(stage, part):
    {"clients": test_clients, "disk": test_disk}[part](stage)


if __name__ == "__main__":
    kit.main(test, 170)
