"""What the S3 endpoint must not take: each rule of signatures, credentials, keys, sessions and
bodies broken on its own, by a signer that shares no code with the server.

Usage: s3_refusals_test.py FOLDER_OF_PROGRAMS
"""

import base64
import hashlib
import json
import re
import zlib

import kit
import s3

BODY = b"not really a video, but what is signed is what counts" * 100
DENIED = (403, "AccessDenied")
MISMATCH = (403, "SignatureDoesNotMatch")


class Door:
    """A session to upload to, another one, and what every refusal has in common."""

    def __init__(self, stage, url):
        self.stage = stage
        self.url = url
        self.mine, self.other = (self._create() for _ in range(2))
        self.upload = self.mine["upload"]
        self.folder = f"stream_input/{self.mine['session_id']}"
        self.key = f"{self.folder}/chunk_00000.mp4"
        self.secrets = [text for session in (self.mine, self.other) for text in
                        (session["control_token"], session["upload"]["secret_access_key"],
                         session["upload"]["session_token"])]
        self.checked = 0

    def _create(self):
        answer = kit.request("POST", f"{self.url}/stream_sessions")
        kit.expect_equal(answer.status, 200, "status of POST /stream_sessions")
        return answer.json()

    def call(self, key=None, method="PUT", query="", body=BODY, upload=None, headers=None):
        target = f"/{self.upload['bucket']}/{self.key if key is None else key}"
        return s3.Call(upload or self.upload, method, target + ("?" + query if query else ""),
                       body, headers)

    def refused(self, what, wanted, call):
        answer = call.send()
        kit.expect_equal(answer.outcome() if call.method != "HEAD" else (answer.status,),
                         wanted if call.method != "HEAD" else wanted[:1], what)
        self.check_answer(what, answer)

    def check_answer(self, what, answer):
        kit.expect("x-amz-request-id" in {name.lower() for name in answer.headers},
                   f"{what}: no request id")
        text = answer.body.decode("utf-8", "replace") + str(answer.headers)
        for secret in (*self.secrets, str(self.stage.folder), "/tmp/", ".cpp", ".hpp"):
            kit.expect(secret not in text, f"{what}: the answer tells {secret}")
        self.expect_nothing_stored(what)
        self.checked += 1

    def expect_nothing_stored(self, what):
        objects = self.stage.data_dir / "objects"
        left = [path for path in objects.rglob("*") if path.is_file()]
        kit.expect(not left, f"{what}: left {left}")

    def url_refused(self, what, wanted, url, body=BODY, method="PUT", headers=None):
        answer = kit.request(method, url, body, headers)
        got = s3.S3Answer(answer.status, dict(answer.headers.items()), answer.body)
        kit.expect_equal(got.outcome(), wanted, what)
        self.check_answer(what, got)


def check_signature(door):
    call = door.call().sign()
    call.headers["Content-Type"] = "text/plain"
    kit.expect_equal(call.send().status, 200, "a header that is not signed may be added")
    door.stage.chunk_files(door.mine["session_id"])[0].unlink()

    unsigned = door.call()
    door.refused("no signature", DENIED, unsigned)
    call = door.call(headers={"Content-Type": "video/mp4"}).sign()
    call.headers["Content-Type"] = "text/plain"
    door.refused("a signed header that was changed", MISMATCH, call)
    call = door.call().sign()
    call.headers["x-amz-acl"] = "public-read"
    door.refused("an x-amz- header that is not signed", DENIED, call)
    call = door.call().sign(unsigned=("x-amz-date",))
    door.refused("a date that is not signed", DENIED, call)
    call = door.call().sign(unsigned=("host",))
    door.refused("a host that is not signed", DENIED, call)
    call = door.call().sign()
    call.headers["Host"] = "other.example.org"
    door.refused("another host", MISMATCH, call)
    call = door.call().sign()
    call.path = call.path.replace("chunk_00000", "chunk_00001")
    door.refused("another path", MISMATCH, call)
    call = door.call().sign()
    call.query = "x-id=PutObject"
    door.refused("a query that was added", MISMATCH, call)
    call = door.call(method="POST", query="uploads=", body=b"").sign()
    call.method = "PUT"
    door.refused("another method", MISMATCH, call)
    call = door.call().sign()
    last = call.headers["Authorization"][-1]
    call.headers["Authorization"] = call.headers["Authorization"][:-1] + "0f"[last == "0"]
    door.refused("a signature with one digit changed", MISMATCH, call)
    for what, text in (("cut short", "AWS4-HMAC-SHA256 Credential=x"), ("empty", "AWS4-HMAC-SHA256"),
                       ("twice the same", call.headers["Authorization"] + ", Signature=00")):
        call = door.call().sign()
        call.headers["Authorization"] = text
        door.refused(f"an Authorization that is {what}", (400, "AuthorizationHeaderMalformed"),
                     call)
    kit.note("signatures")


def check_scope(door):
    for minutes in (16, -16, 24 * 60):
        door.refused(f"a clock {minutes} minutes off", (403, "RequestTimeTooSkewed"),
                     door.call().sign(offset=minutes * 60))
    for what, named in (("region", {"region": "eu-west-9"}), ("service", {"service": "sqs"}),
                        ("day", {"date": "20130524"})):
        door.refused(f"another {what}", DENIED, door.call().sign(**named))
    changed = {**door.upload}
    for name, value, wanted in (
            ("secret_access_key", "wrong", MISMATCH),
            ("access_key_id", "UNKNOWN", (403, "InvalidAccessKeyId")),
            ("session_token", "wrong", (400, "InvalidToken")),
            ("session_token", "", (400, "InvalidToken")),
            ("session_token", door.other["upload"]["session_token"], (400, "InvalidToken"))):
        door.refused(f"{name} '{value[:5]}'", wanted,
                     door.call(upload={**changed, name: value}).sign())
    kit.note("scopes and credentials")


def check_presigned(door):
    def refused(what, wanted, url, **named):
        door.url_refused(f"presigned: {what}", wanted, url, **named)

    def url(**named):
        return s3.presigned_url(door.upload, door.key, **named)

    refused("expired", DENIED, url(seconds=60, offset=-61))
    refused("from the future", DENIED, url(offset=16 * 60))
    refused("too long", (400, "AuthorizationQueryParametersError"), url(seconds=604801))
    refused("for no time", (400, "AuthorizationQueryParametersError"), url(seconds=0))
    refused("its time changed", MISMATCH, url().replace("Expires=300", "Expires=301"))
    refused("its key changed", MISMATCH, url().replace("chunk_00000", "chunk_00001"))
    refused("its date changed", MISMATCH,
            re.sub(r"X-Amz-Date=\w+", f"X-Amz-Date={s3.timestamp(-60)}", url()))
    refused("its query changed", MISMATCH, url() + "&x-id=PutObject")
    refused("without its signature", (400, "AuthorizationHeaderMalformed"),
            url().rpartition("&")[0])
    refused("used for another method", MISMATCH, url(method="POST"))
    refused("with a header that is not signed", DENIED, url(), headers={"x-amz-acl": "private"})
    refused("of another session's key", DENIED,
            s3.presigned_url(door.upload, f"stream_input/{door.other['session_id']}/"
                             "chunk_00000.mp4"))
    kit.note("presigned URLs")


def check_keys(door):
    other = door.other["session_id"]
    for key in (f"stream_input/{other}/chunk_00000.mp4", f"{door.folder}/chunk_1.mp4",
                f"{door.folder}/chunk_000001.mp4", f"{door.folder}/chunk_-0001.mp4",
                f"{door.folder}/other.txt", f"{door.folder}/", door.folder, "", "x", "%20",
                f"{door.folder}/../{other}/chunk_00000.mp4",
                f"{door.folder}/..%2F{other}%2Fchunk_00000.mp4",
                f"{door.folder}%2F..%2F{other}/chunk_00000.mp4",
                f"{door.folder}//chunk_00000.mp4", f"{door.folder}/./chunk_00000.mp4",
                f"/{door.folder}/chunk_00000.mp4", f"{door.folder}/chunk_00000.mp4%00",
                f"{door.folder}/chunk_%D9%A0%D9%A0%D9%A0%D9%A0%D9%A0.mp4",
                f"{door.folder}/caf%C3%A9.mp4", f"{door.folder}/%FF%FE", "k" * 1024,
                f"stream_output/{door.mine['session_id']}/seg_00000.mp4",
                f"segments/{door.mine['session_id']}/00000_00001_sbs.mp4",
                f"multipart/{door.mine['session_id']}/x/manifest", ".tmp/x"):
        door.refused(f"the key '{key[:60]}'", DENIED, door.call(key).sign())
    door.refused("a key of 1025 bytes", (400, "KeyTooLongError"), door.call("k" * 1025).sign())
    bad_escape = door.call().sign()
    bad_escape.path += "%zz"
    door.refused("an escape that is none", (400, "InvalidURI"), bad_escape)
    bucket = s3.Call(door.upload, "PUT", f"/other-bucket/{door.key}", BODY).sign()
    door.refused("another bucket", DENIED, bucket)
    kit.note("keys")


def check_operations(door):
    for method in ("GET", "HEAD", "DELETE"):
        door.refused(f"{method} of an own key", DENIED, door.call(method=method, body=b"").sign())
    for method, query in (("GET", "list-type=2"), ("GET", ""), ("HEAD", ""), ("POST", "delete="),
                          ("GET", "uploads="), ("PUT", ""), ("GET", "location=")):
        target = f"/{door.upload['bucket']}" + ("?" + query if query else "")
        door.refused(f"{method} {query} of the bucket", DENIED,
                     s3.Call(door.upload, method, target).sign())
    door.refused("the list of buckets", DENIED, s3.Call(door.upload, "GET", "/").sign())
    for query in ("acl=", "tagging=", "versionId=1", "partNumber=1", "torrent="):
        door.refused(f"PUT ?{query}", DENIED, door.call(query=query).sign())
    door.refused("a copy", DENIED,
                 door.call(body=b"", headers={"x-amz-copy-source": f"/b/{door.key}"}).sign())
    door.refused("encryption", (501, "NotImplemented"),
                 door.call(headers={"x-amz-server-side-encryption": "AES256"}).sign())
    for query in ("uploads=", "partNumber=1&uploadId=x", "uploadId=x"):
        method = "PUT" if "partNumber" in query else "POST"
        door.refused(f"another session's {method} ?{query}", DENIED,
                     door.call(f"stream_input/{door.other['session_id']}/chunk_00000.mp4", method,
                               query, b"").sign())
    door.refused("a part of no upload", (404, "NoSuchUpload"),
                 door.call(query="partNumber=1&uploadId=..").sign())
    kit.note("operations")


def check_bodies(door):
    digest = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    call = door.call().sign()
    call.body = BODY[:-1] + b"x"
    door.refused("a body that was changed", (400, "XAmzContentSHA256Mismatch"), call)
    door.refused("no hash of the body", (400, "InvalidRequest"), door.call().sign("hash"))
    for name, value, code in (
            ("Content-MD5", digest, "BadDigest"), ("Content-MD5", "x", "InvalidDigest"),
            ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
            ("x-amz-checksum-crc32c", "AAAAAA==", "BadDigest"),
            ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", "BadDigest"),
            ("x-amz-checksum-sha1", "A" * 27 + "=", "BadDigest"),
            ("x-amz-checksum-sha256", "A" * 43 + "=", "BadDigest"),
            ("x-amz-checksum-sha256", "A", "InvalidRequest")):
        door.refused(f"{name}: {value}", (400, code),
                     door.call(headers={name: value}).sign(s3.UNSIGNED))
    call = door.call().sign()
    call.headers["Content-Length"] = str(64 * 1024 * 1024 + 1)
    call.body = b""
    door.refused("a body too large", (400, "EntityTooLarge"), call)
    call = door.call().sign()
    call.headers["Content-Length"] = None
    call.body = b""
    door.refused("no length", (411, "MissingContentLength"), call)
    kit.note("bodies")


def check_chunked(door):
    crc = base64.b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()
    name = "x-amz-checksum-crc32"
    door.refused("a piece that was changed", MISMATCH, door.call().sign_chunks(BODY, 1000, tamper=2))
    door.refused("a signed trailer that is wrong", (400, "BadDigest"),
                 door.call().sign_chunks(BODY, 1000, (name, "AAAAAA==")))
    door.refused("an unsigned trailer that is wrong", (400, "BadDigest"),
                 door.call().unsigned_chunks(BODY, (name, "AAAAAA==")))
    call = door.call().sign_chunks(BODY, 1000, (name, crc))
    call.body = call.body.replace(crc.encode(), b"AAAAAA==")
    door.refused("a signed trailer that was changed", MISMATCH, call)
    call = door.call().sign_chunks(BODY, 1000)
    call.body = call.body[:len(call.body) // 2]
    door.refused("pieces cut short", (400, "IncompleteBody"), call)
    call = door.call().sign_chunks(BODY, 1000)
    call.body = b"not framed at all\r\n" + call.body
    door.refused("pieces without framing", (400, "InvalidRequest"), call)
    call = door.call()
    call.headers["x-amz-trailer"] = name
    call.sign("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")
    door.refused("another streaming signature", (501, "NotImplemented"), call)
    kit.note("aws-chunked bodies")


def check_after_the_end(door):
    call = door.call().sign()
    ended = kit.request("POST", f"{door.url}/stream_sessions/{door.mine['session_id']}/end")
    kit.expect_equal(ended.status, 204, "status of POST .../end")
    # Under way at the end: taken, but never in the place of what is there.
    kit.expect_equal(call.send().status, 200, "an upload within the time of grace")
    kit.expect_equal(call.send().status, 200, "the same upload again")
    answer = door.call(body=b"other").sign().send()
    kit.expect_equal(answer.outcome(), DENIED, "another body after the end")
    stored = door.stage.chunk_files(door.mine["session_id"])
    kit.expect_equal([path.read_bytes() for path in stored], [BODY], "stored chunks")
    kit.note("the end")


def test(stage):
    url, server = stage.server()
    door = Door(stage, url)
    check_signature(door)
    check_scope(door)
    check_presigned(door)
    check_keys(door)
    check_operations(door)
    check_bodies(door)
    check_chunked(door)
    metrics = kit.get(f"{url}/metrics").decode()
    kit.expect("streamkit_queue_waiting 1\n" in metrics, "a refused upload raised a job")
    check_after_the_end(door)
    said = server.stderr() + server.stdout()
    for secret in door.secrets:
        kit.expect(secret not in said, "a secret is in the server's log")
    for line in server.stderr().splitlines():
        kit.expect(json.loads(line)["level"] != "error", f"an error in the log: {line}")
    kit.note(f"{door.checked} refusals")


kit.main(test, 150)
