"""Wrong flags, files, requests and credentials: a clear error and the right status each.

Usage: bad_input_test.py FOLDER_OF_PROGRAMS
"""

import base64
import hashlib
import re
import time

import kit
import media
import s3

PROGRAMS = ("streamkit-server", "streamkit-worker", "streamkit-capture", "streamkit-demo",
            "streamkit-smoke")

# Program, arguments, what the message must name.
WRONG_FLAGS = [
    ("streamkit-server", ["--listen", "nowhere"], "--listen"),
    ("streamkit-server", ["--listen", "127.0.0.1:70000"], "--listen"),
    ("streamkit-server", ["--listen", "0.0.0.0:0"], "--open"),
    ("streamkit-server", ["--threads", "0"], "--threads"),
    ("streamkit-server", ["--max-chunk-mib", "many"], "--max-chunk-mib"),
    ("streamkit-server", ["--hold-seconds", "-1"], "--hold-seconds"),
    ("streamkit-server", ["--start-segments", "0"], "--start-segments"),
    ("streamkit-server", ["--log-level", "loud"], "--log-level"),
    ("streamkit-server", ["--input-bucket", "No_Bucket"], "bucket"),
    ("streamkit-server", ["--data-dir", ""], "--data-dir"),
    ("streamkit-server", ["--operator-key-file", "missing"], "--operator-key-file"),
    ("streamkit-server", ["--public-url", "ftp://example.org"], "public"),
    ("streamkit-worker", ["--concurrency", "0"], "--concurrency"),
    ("streamkit-worker", ["--max-attempts", "x"], "--max-attempts"),
    ("streamkit-worker", ["--inference-backend", "cloud"], "--inference-backend"),
    ("streamkit-worker", ["--preset", "fastest"], "preset"),
    ("streamkit-worker", ["--crf", "52"], "--crf"),
    ("streamkit-worker", ["--divergence", "11"], "--divergence"),
    ("streamkit-worker", ["--convergence", "-1"], "--convergence"),
    ("streamkit-worker", ["convert"], "input"),
    ("streamkit-worker", ["start"], "convert, depth, dead-letters"),
    ("streamkit-worker", ["convert", "in.mp4", "out.mp4", "--mode", "holo"], "--mode"),
    ("streamkit-worker", ["convert", "in.mp4", "out.mp4", "--depth", "deep"], "--depth"),
    ("streamkit-capture", ["--mode", "holo"], "--mode"),
    ("streamkit-capture", ["--chunk-seconds", "0.1"], "--chunk-seconds"),
    ("streamkit-capture", ["--speed", "warp"], "--speed"),
    ("streamkit-capture", ["--duration", "-1"], "--duration"),
    ("streamkit-capture", ["--duration", "nan"], "--duration"),
    ("streamkit-capture", ["--size", "4k"], "--size"),
    ("streamkit-capture", ["--capture-preset", "fastest"], "preset"),
    ("streamkit-capture", ["--capture-crf", "-1"], "--capture-crf"),
    ("streamkit-capture", ["--audio-bit-rate", "1"], "--audio-bit-rate"),
    ("streamkit-capture", ["--api-base", "nowhere"], "nowhere"),
    ("streamkit-demo", ["--listen", "nowhere"], "--listen"),
    ("streamkit-demo", ["--chunk-seconds", "100"], "--chunk-seconds"),
    ("streamkit-demo", ["--mode", "holo"], "--mode"),
    ("streamkit-smoke", [], "--api-base"),
    ("streamkit-smoke", ["--api-base", "http://127.0.0.1:1", "--chunks", "-1"], "--chunks"),
    ("streamkit-smoke", ["--base-url", "http://127.0.0.1:1", "--timeout", "x"], "--timeout"),
    *((program, ["--frobnicate"], "frobnicate") for program in PROGRAMS),
    *((program, ["--log-level"], "log-level") for program in PROGRAMS[:4]),
]

WRONG_ENVIRONMENT = [
    ("streamkit-server", {"STREAMING_ENABLED": "perhaps"}, "STREAMING_ENABLED"),
    ("streamkit-worker", {"INFERENCE_BACKEND": "cloud"}, "INFERENCE_BACKEND"),
]


def expect_refusal(stage, program, arguments, status, named, env=None):
    """Few lines on standard error that name `named`, and nothing else. `status` may be several."""
    done = stage.run(program, *arguments, seconds=30, env=env, succeeds=False)
    call = f"{program} {' '.join(str(word) for word in arguments)}"
    wanted = status if isinstance(status, tuple) else (status,)
    kit.expect(done.returncode in wanted,
               f"exit status of {call}: {done.returncode}, wanted {status}\n{done.stderr}")
    kit.expect(str(named) in done.stderr, f"{call} does not name {named}:\n{done.stderr}")
    kit.expect(len(done.stderr.splitlines()) <= 3
               and done.stderr.startswith(f"{program}: "), f"{call} says too much:\n{done.stderr}")
    kit.expect(not done.stdout, f"{call} prints on standard output:\n{done.stdout}")


def check_flags(stage):
    complaints = []
    calls = [(program, arguments, named, {}) for program, arguments, named in WRONG_FLAGS]
    calls += [(program, [], named, variables) for program, variables, named in WRONG_ENVIRONMENT]
    for program, arguments, named, variables in calls:
        try:
            expect_refusal(stage, program, arguments, 2, named, stage.environment(**variables))
        except kit.Failed as complaint:
            complaints.append(str(complaint))
    kit.expect(not complaints, "\n".join(complaints))


def check_help(stage):
    for program, *command in [(name,) for name in PROGRAMS] + [("streamkit-worker", "convert")]:
        done = stage.run(program, *command, "--help")
        kit.expect(done.stdout.startswith("Usage: "), f"{program} --help: {done.stdout[:200]}")
        kit.expect("--version" in done.stdout, f"{program} --help does not name --version")
        done = stage.run(program, *command, "--version")
        kit.expect(re.fullmatch(rf"{program} \d+\.\d+\.\d+\n", done.stdout),
                   f"{program} --version: {done.stdout}")
    server = stage.run("streamkit-server", "--help").stdout
    for name in ("INPUT_BUCKET_NAME", "AWS_REGION", "STREAMING_ENABLED"):
        kit.expect(name in server, f"streamkit-server --help does not name {name}")
    capture = stage.run("streamkit-capture", "--help").stdout
    kit.expect("STREAM_CAPTURE_API_BASE" in capture, "streamkit-capture --help names no variable")


def check_files(stage, url):
    missing = stage.folder / "missing.mp4"
    expect_refusal(stage, "streamkit-capture", ["--api-base", url, "--input", missing], 1, missing)
    output = stage.folder / "out.mp4"
    expect_refusal(stage, "streamkit-worker", ["convert", missing, output], 1, missing)
    kit.expect(not output.exists(), "a conversion that failed left a file behind")

    clip = media.make(stage.folder / "clip.mp4", "-f", "lavfi", "-i",
                      "testsrc2=size=160x120:rate=10:duration=1", "-c:v", "libx264")
    output.write_text("precious")
    expect_refusal(stage, "streamkit-worker", ["convert", clip, output], 1, output)
    kit.expect_equal(output.read_text(), "precious", "what the output held before")
    expect_refusal(stage, "streamkit-worker", ["convert", clip, clip, "--overwrite"], 2, "same")
    nowhere = stage.folder / "nowhere" / "out.mp4"
    expect_refusal(stage, "streamkit-worker", ["convert", clip, nowhere, "--quiet"], 1, nowhere.parent)
    kit.expect_equal(stage.run("streamkit-worker", "convert", clip, stage.folder / "good.mp4",
                               "--quiet").stderr, "", "what a quiet conversion says")


def check_places(stage, url, closed_url):
    address = url.removeprefix("http://")
    expect_refusal(stage, "streamkit-server", ["--listen", address], 1, address)
    expect_refusal(stage, "streamkit-demo", ["--listen", address], 1, address)
    file = stage.folder / "file"
    file.write_text("not a folder")
    # A file is a wrong flag, if one likes. The second cannot be made even by root.
    for folder, status in ((file, (1, 2)), ("/proc/streamkit", 1)):
        for program in ("streamkit-server", "streamkit-worker", "streamkit-demo"):
            arguments = ["--listen", "127.0.0.1:0"] if program != "streamkit-worker" else []
            expect_refusal(stage, program, [*arguments, "--data-dir", folder], status, folder)
    expect_refusal(stage, "streamkit-capture", ["--api-base", closed_url], 1, closed_url)


def check_smoke(stage, url, closed_url):
    done = stage.run("streamkit-smoke", "--base-url", closed_url, succeeds=False)
    kit.expect_equal(done.returncode, 1, "exit status of a smoke test against nothing")
    kit.expect(closed_url in done.stderr and "look at" in done.stderr,
               f"the smoke test does not say what to look at:\n{done.stderr}")
    kit.expect(done.stdout.startswith("FAIL"), f"no line for the check that failed: {done.stdout}")
    done = stage.run("streamkit-smoke", "--api-base", url, "--chunks", "0")
    kit.expect(re.fullmatch(r"created: (\S+)\nplaylist URL: http://\S+/stream/\1/playlist\.m3u8\n"
                            r"playlist OK\nENDLIST\nall checks passed\n", done.stdout),
               f"the lines of the API alone: {done.stdout}")
    done = stage.run("streamkit-smoke", "--base-url", url, "--timeout", "1", "--chunks", "1",
                     succeeds=False)
    kit.expect_equal(done.returncode, 1, "exit status of a smoke test without a worker")
    kit.expect("worker" in done.stderr, f"the smoke test does not name the worker:\n{done.stderr}")


# --- HTTP ---

def expect_status(status, method, url, body=None, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = kit.request(method, url, body, headers)
    kit.expect_equal(answer.status, status, f"status of {method} {url} {str(body)[:80]}, "
                                            f"{answer.text()[:200]}")
    if status >= 400 and method != "HEAD":
        error = answer.json()["error"]
        kit.expect(error["code"] and error["message"], f"an error without words: {answer.text()}")
        kit.expect("/tmp" not in error["message"], f"an error that tells paths: {answer.text()}")
    return answer


def check_api(stage, url):
    sessions = f"{url}/stream_sessions"
    for body in (b"{", b"[]", b'"sbs"', b"\xff\xfe", {"mode": "holo"}, {"mode": 5},
                 {"chunk_seconds": 0.1}, {"chunk_seconds": "5"}):
        expect_status(400, "POST", sessions, body)
    expect_status(413, "POST", sessions, b'{"mode":"' + b"x" * 2_000_000 + b'"}')
    for method in ("GET", "PUT", "DELETE"):
        expect_status(405, method, sessions)
    for wrong in ("..", "%2e%2e", "a%2Fb", "a.b", "x" * 65, "%00"):
        expect_status(400, "POST", f"{sessions}/{wrong}/end")
        expect_status(400, "GET", f"{url}/stream/{wrong}/playlist.m3u8")
    expect_status(404, "POST", f"{sessions}/unknown/end")
    expect_status(404, "PATCH", f"{sessions}/unknown", {"ended": True})
    expect_status(404, "POST", f"{sessions}/unknown/credentials", token="x")
    for path in ("/stream/unknown/playlist.m3u8", "/stream/unknown/seg_00000.mp4", "/nothing",
                 "/stream/unknown/seg_1.mp4", "/stream/unknown/other.txt", "/metrics/more"):
        expect_status(404, "GET", url + path)
    for path in ("/healthz", "/metrics"):
        expect_status(200, "GET", url + path)
        expect_status(405, "POST", url + path, b"")

    session = expect_status(200, "POST", sessions, {"mode": "half_sbs"}).json()
    one = f"{sessions}/{session['session_id']}"
    expect_status(405, "DELETE", one)
    expect_status(405, "GET", f"{one}/end")
    expect_status(404, "POST", f"{one}/stop")
    expect_status(400, "PATCH", one, {"ended": False})
    expect_status(400, "PATCH", one, b"ended")
    expect_status(405, "POST", session["playlist_url"], b"")
    expect_status(401, "POST", f"{one}/credentials")
    expect_status(403, "POST", f"{one}/credentials", token="wrong")
    renewed = expect_status(200, "POST", f"{one}/credentials", token=session["control_token"])
    kit.expect(renewed.json()["upload"]["access_key_id"] != session["upload"]["access_key_id"],
               "renewed credentials are the old ones")
    for _ in range(2):
        expect_status(204, "POST", f"{one}/end")
        expect_status(204, "PATCH", one, {"ended": True})
    expect_status(409, "POST", f"{one}/credentials", token=session["control_token"])


def check_playlist(url):
    session = expect_status(200, "POST", f"{url}/stream_sessions").json()
    began = time.monotonic()
    answer = kit.request("GET", session["playlist_url"])
    kit.expect(time.monotonic() - began >= 0.9, "the first request was not held back")
    kit.expect_equal(answer.status, 503, "status of a playlist without a segment")
    kit.expect_equal(answer.json()["error"]["code"], "not_started", "the code of that response")
    kit.expect_equal(answer.headers["Retry-After"], "1", "its Retry-After")
    expect_status(400, "GET", session["playlist_url"] + "?start=0")
    answer = kit.request("GET", session["playlist_url"] + "?nowait=1")
    kit.expect_equal(answer.status, 200, "status of an empty playlist")
    wanted = {"Content-Type": "application/vnd.apple.mpegurl", "Cache-Control": "no-store",
              "Access-Control-Allow-Origin": "*"}
    for name, value in wanted.items():
        kit.expect_equal(answer.headers[name], value, f"{name} of a playlist")
    kit.expect("#EXTINF" not in answer.text(), "an empty playlist lists a segment")
    expect_status(204, "POST", f"{url}/stream_sessions/{session['session_id']}/end")
    began = time.monotonic()
    answer = kit.request("GET", session["playlist_url"])
    kit.expect(time.monotonic() - began < 0.9, "the playlist of an ended session is held back")
    kit.expect_equal(answer.status, 200, "status of the playlist of an ended session")
    kit.expect("#EXT-X-ENDLIST" in answer.text(), "the playlist of an ended session is open")


def put(upload, key, body=b"x", method="PUT", headers=None, sign_as="PUT"):
    answer = kit.request(method, s3.presigned_url(upload, key, sign_as), body, headers)
    code = re.search(r"<Code>(\w+)</Code>", answer.text())
    return answer.status, code[1] if code else ""


def check_credentials(stage, url, server):
    session = expect_status(200, "POST", f"{url}/stream_sessions").json()
    other = expect_status(200, "POST", f"{url}/stream_sessions").json()
    upload = session["upload"]
    folder = f"stream_input/{session['session_id']}"
    key = f"{folder}/chunk_00000.mp4"

    def refused(wanted, what, *arguments, **named):
        kit.expect_equal(put(*arguments, **named), wanted, what)

    refused((403, "SignatureDoesNotMatch"), "a wrong secret",
            {**upload, "secret_access_key": "wrong"}, key)
    refused((403, "InvalidAccessKeyId"), "an unknown key",
            {**upload, "access_key_id": "UNKNOWN"}, key)
    refused((400, "InvalidToken"), "a wrong token", {**upload, "session_token": "wrong"}, key)
    refused((400, "InvalidToken"), "another session's token",
            {**upload, "session_token": other["upload"]["session_token"]}, key)
    refused((403, "SignatureDoesNotMatch"), "another method", upload, key, sign_as="GET")
    denied = (403, "AccessDenied")
    for wrong in (f"stream_input/{other['session_id']}/chunk_00000.mp4", f"{folder}/chunk_1.mp4",
                  f"{folder}/chunk_000001.mp4", f"{folder}/other.txt", f"{folder}/chunk_-0001.mp4",
                  f"{folder}/../{other['session_id']}/chunk_00000.mp4", "segments/x", "x",
                  f"stream_output/{session['session_id']}/seg_00000.mp4"):
        refused(denied, f"the key {wrong}", upload, wrong)
    for method in ("GET", "DELETE", "HEAD"):
        status, _ = put(upload, key, None, method, sign_as=method)
        kit.expect_equal(status, 403, f"status of {method} with a session's credentials")
    plain = kit.request("PUT", f"{upload['endpoint']}/{upload['bucket']}/{key}", b"x")
    kit.expect_equal(plain.status, 403, "status of an upload without credentials")
    wrong_digest = base64.b64encode(hashlib.md5(b"y").digest()).decode()
    refused((400, "BadDigest"), "a wrong digest", upload, key,
            headers={"Content-MD5": wrong_digest})
    kit.expect(not stage.chunk_files(session["session_id"]), "a refused upload was stored")
    kit.expect_equal(put(upload, key), (200, ""), "a right upload")

    said = server.stderr() + server.stdout()
    for secret in (upload["secret_access_key"], upload["session_token"], session["control_token"]):
        kit.expect(secret not in said, "a secret is in the server's log")


def test(stage):
    check_help(stage)
    url, server = stage.server("--hold-seconds", "1")
    closed_url, gone = stage.server(data_dir=stage.folder / "gone")
    gone.stop()
    check_files(stage, url)
    check_places(stage, url, closed_url)
    kit.note("files and places are refused")
    check_api(stage, url)
    check_playlist(url)
    check_credentials(stage, url, server)
    kit.note("requests are refused")
    check_smoke(stage, url, closed_url)
    check_flags(stage)
    kit.note("flags are refused")
    kit.expect_equal(server.process.poll(), None, "the server ended with status")


kit.main(test, 150)
