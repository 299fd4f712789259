"""Signature Version 4 for the tests, written anew: our own signer must not check itself."""

import hashlib
import hmac
import http.client
import re
import time
import urllib.parse


def presigned_url(upload, key, method="PUT", seconds=300, offset=0):
    """A URL that stands for itself: with it, no client needs to sign.
    Source: Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters".
    """
    def quote(text):
        return urllib.parse.quote(text, safe="-_.~")

    endpoint = urllib.parse.urlsplit(upload["endpoint"])
    now = timestamp(offset)
    scope = f"{now[:8]}/{upload['region']}/s3/aws4_request"
    path = "/" + urllib.parse.quote(f"{upload['bucket']}/{key}", safe="/-_.~")
    token = {"X-Amz-Security-Token": upload["session_token"]} if upload["session_token"] else {}
    query = "&".join(f"{name}={quote(value)}" for name, value in sorted({
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{upload['access_key_id']}/{scope}", "X-Amz-Date": now,
        "X-Amz-Expires": str(seconds), "X-Amz-SignedHeaders": "host", **token}.items()))
    canonical = f"{method}\n{path}\n{query}\nhost:{endpoint.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(signing_key(upload["secret_access_key"], scope), text.encode(),
                         hashlib.sha256).hexdigest()
    return f"{upload['endpoint']}{path}?{query}&X-Amz-Signature={signature}"


EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"


def signing_key(secret, scope):
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def timestamp(offset=0):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + offset))


def canonical_query(query):
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    pairs = [(urllib.parse.quote(urllib.parse.unquote(name), safe="-_.~"),
              urllib.parse.quote(urllib.parse.unquote(value), safe="-_.~"))
             for name, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


class Call:
    """A call and its signature. Change any of it after sign(), and send() sends it as it is."""

    def __init__(self, upload, method, target, body=b"", headers=None):
        self.upload = upload
        self.method = method
        self.path, _, self.query = target.partition("?")
        self.body = body
        self.headers = {"Host": urllib.parse.urlsplit(upload["endpoint"]).netloc,
                        **(headers or {})}
        self.signature = ""
        self.amz_date = ""
        self.scope = ""

    def sign(self, payload_hash=None, offset=0, region=None, service="s3", date=None,
             unsigned=()):
        """`unsigned`: headers that the signature leaves out."""
        upload = self.upload
        self.amz_date = timestamp(offset)
        day = date or self.amz_date[:8]
        self.scope = f"{day}/{region or upload['region']}/{service}/aws4_request"
        if payload_hash is None:
            payload_hash = hashlib.sha256(self.body).hexdigest()
        self.headers["x-amz-date"] = self.amz_date
        self.headers["x-amz-content-sha256"] = payload_hash
        if upload.get("session_token"):
            self.headers["x-amz-security-token"] = upload["session_token"]
        covered = {name.lower(): " ".join(value.split()) for name, value in self.headers.items()
                   if name.lower() not in unsigned}
        names = ";".join(sorted(covered))
        lines = "".join(f"{name}:{covered[name]}\n" for name in sorted(covered))
        canonical = "\n".join([self.method, self.path, canonical_query(self.query), lines, names,
                               payload_hash])
        text = "\n".join(["AWS4-HMAC-SHA256", self.amz_date, self.scope,
                          hashlib.sha256(canonical.encode()).hexdigest()])
        self.signature = hmac.new(signing_key(upload["secret_access_key"], self.scope),
                                  text.encode(), hashlib.sha256).hexdigest()
        self.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={upload['access_key_id']}/{self.scope}, "
            f"SignedHeaders={names}, Signature={self.signature}")
        return self

    def sign_chunks(self, data, piece_bytes=65536, trailer=None, tamper=None):
        """An aws-chunked body with a signature for each piece; `trailer` is (name, value).
        Source: Amazon S3 API Reference, "Transferring Payload in Multiple Chunks"."""
        payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
        self.headers["Content-Encoding"] = "aws-chunked"
        self.headers["x-amz-decoded-content-length"] = str(len(data))
        if trailer:
            self.headers["x-amz-trailer"] = trailer[0]
        self.sign(payload)
        key = signing_key(self.upload["secret_access_key"], self.scope)
        previous = self.signature
        pieces = [data[i:i + piece_bytes] for i in range(0, len(data), piece_bytes)] + [b""]
        body = b""
        for number, piece in enumerate(pieces):
            text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", self.amz_date, self.scope, previous,
                              EMPTY_SHA256, hashlib.sha256(piece).hexdigest()])
            previous = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
            if number == tamper:
                piece = bytes([piece[0] ^ 1]) + piece[1:]
            body += f"{len(piece):x};chunk-signature={previous}\r\n".encode() + piece
            body += b"\r\n" if piece or not trailer else b""
        if trailer:
            line = f"{trailer[0]}:{trailer[1]}\n"
            text = "\n".join(["AWS4-HMAC-SHA256-TRAILER", self.amz_date, self.scope, previous,
                              hashlib.sha256(line.encode()).hexdigest()])
            previous = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
            body += f"{line[:-1]}\r\nx-amz-trailer-signature:{previous}\r\n\r\n".encode()
        self.body = body
        return self

    def unsigned_chunks(self, data, trailer):
        """An aws-chunked body without signatures, `trailer` as (name, value)."""
        self.headers["Content-Encoding"] = "aws-chunked"
        self.headers["x-amz-decoded-content-length"] = str(len(data))
        self.headers["x-amz-trailer"] = trailer[0]
        self.sign("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        self.body = (f"{len(data):x}\r\n".encode() + data + b"\r\n0\r\n" +
                     f"{trailer[0]}:{trailer[1]}\r\n\r\n".encode())
        return self

    def send(self, seconds=30):
        """Target and headers go out as they are; S3Answer."""
        place = urllib.parse.urlsplit(self.upload["endpoint"])
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=seconds)
        try:
            target = self.path + ("?" + self.query if self.query else "")
            connection.putrequest(self.method, target, skip_host=True, skip_accept_encoding=True)
            headers = {"Content-Length": str(len(self.body)), **self.headers}
            for name, value in headers.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(self.body)
            answer = connection.getresponse()
            return S3Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()


class S3Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def text_in(self, element):
        """The text of the first element of this name; empty when there is none."""
        found = re.search(rf"<{element}>(.*?)</{element}>", self.body.decode("utf-8", "replace"),
                          re.DOTALL)
        return found[1] if found else ""

    def outcome(self):
        """(status, code)"""
        return self.status, self.text_in("Code")
