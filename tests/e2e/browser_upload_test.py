"""A page of another origin uploads chunks from Chromium, and pages that may not cannot.

Usage: browser_upload_test.py FOLDER_OF_PROGRAMS
"""

import base64
import http.server
import json
import threading

import browser
import kit
import media
import playlists
import s3

ALLOWED = "https://app.example.com"


class PageServer:
    """An empty page on an origin of its own."""

    def __init__(self, stage):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>sender</title>")

            def log_message(self, *_arguments):  # pylint: disable=arguments-differ
                pass

        self._httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._httpd.serve_forever, daemon=True).start()
        stage.on_exit(self._httpd.server_close)
        stage.on_exit(self._httpd.shutdown)
        self.origin = f"http://127.0.0.1:{self._httpd.server_port}"


def fetch(page, method, url, body=b"", headers=None):
    """[status, ETag, body], or the words of what the browser refused."""
    content = "Uint8Array.from(atob(%s), (c) => c.charCodeAt(0))" % json.dumps(
        base64.b64encode(body).decode())
    return page.ask(
        f"fetch({json.dumps(url)}, {{method: {json.dumps(method)}, body: {content}, "
        f"headers: {json.dumps(headers or {})}}}).then(async (answer) => [answer.status, "
        "answer.headers.get('ETag'), await answer.text()], (error) => String(error))")


def create(url):
    return kit.request("POST", f"{url}/stream_sessions", {"chunk_seconds": 2}).json()


def key_of(session, index=0):
    return f"stream_input/{session['session_id']}/chunk_{index:05d}.mp4"


def check_upload(stage, page, url):
    session = create(url)
    upload = session["upload"]
    chunks = media.make_chunks(stage.folder / "chunks", 2, 2)
    put = fetch(page, "PUT", s3.presigned_url(upload, key_of(session)), chunks[0].read_bytes(),
                {"Content-Type": "video/mp4"})
    kit.expect(isinstance(put, list), f"the browser refused to put a chunk: {put}")
    kit.expect_equal(put[0], 200, f"status of the page's PUT, {put[2]}")
    kit.expect(put[1], "the page cannot read the ETag")

    url_of = s3.presigned_url(upload, key_of(session, 2))
    denied = fetch(page, "PUT", url_of + "0", b"x")
    kit.expect(isinstance(denied, list), f"the page cannot read an error: {denied}")
    kit.expect_equal(denied[0], 403, "status of a wrong signature")
    kit.expect("<Code>SignatureDoesNotMatch</Code>" in denied[2], f"another error: {denied[2]}")

    put = fetch(page, "PUT", s3.presigned_url(upload, key_of(session, 1)), chunks[1].read_bytes())
    kit.expect_equal(put[0], 200, "status of the second PUT")
    kit.request("POST", f"{url}/stream_sessions/{session['session_id']}/end")
    found = playlists.wait_for_end(session["playlist_url"], 60)
    kit.expect_equal(len(found.segments), 2, "segments of what the page put")


def check_others(page, url):
    session = create(url)
    put = fetch(page, "PUT", s3.presigned_url(session["upload"], key_of(session)), b"x")
    kit.expect(isinstance(put, str), f"a page of another origin could put: {put}")


def check_preflight(url):
    session = create(url)
    asked = "authorization,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token"
    place = f"{url}/{session['upload']['bucket']}/{key_of(session)}"
    headers = {"Origin": ALLOWED, "Access-Control-Request-Method": "PUT",
               "Access-Control-Request-Headers": asked}
    answer = kit.request("OPTIONS", place, headers=headers)
    kit.expect_equal(answer.status, 200, f"status of a preflight, {answer.text()}")
    kit.expect_equal(answer.headers["Access-Control-Allow-Origin"], ALLOWED, "allowed origin")
    kit.expect("PUT" in answer.headers["Access-Control-Allow-Methods"], "PUT is not allowed")
    kit.expect_equal(answer.headers["Access-Control-Allow-Headers"], asked, "allowed headers")
    refused = kit.request("OPTIONS", place, headers={**headers, "Origin": "https://b.example.com"})
    kit.expect_equal(refused.status, 403, "status of another origin's preflight")


def test(stage):
    sender = PageServer(stage)
    chromium = browser.Browser(stage)
    page = chromium.open(sender.origin + "/")
    url, _ = stage.server("--log-level", "warning")
    stage.worker("--log-level", "warning", "--preset", "ultrafast")
    check_upload(stage, page, url)
    kit.note("a page of this machine uploaded")
    guarded, _ = stage.server("--log-level", "warning", "--cors-origins", ALLOWED,
                              data_dir=stage.folder / "guarded")
    check_preflight(guarded)
    check_others(page, guarded)
    named, _ = stage.server("--log-level", "warning", "--cors-origins",
                            f"{ALLOWED}, {sender.origin}", data_dir=stage.folder / "named")
    session = create(named)
    put = fetch(page, "PUT", s3.presigned_url(session["upload"], key_of(session)), b"x")
    kit.expect(isinstance(put, list) and put[0] == 200, f"the named origin cannot put: {put}")
    kit.note("origins are told apart")


kit.main(test, 120)
