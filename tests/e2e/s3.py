"""Signature Version 4 for the tests, written anew: our own signer must not check itself."""

import hashlib
import hmac
import time
import urllib.parse


def presigned_url(upload, key, method="PUT", seconds=300):
    """A URL that stands for itself: with it, no client needs to sign.
    Source: Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters".
    """
    def quote(text):
        return urllib.parse.quote(text, safe="-_.~")

    endpoint = urllib.parse.urlsplit(upload["endpoint"])
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{now[:8]}/{upload['region']}/s3/aws4_request"
    path = "/" + urllib.parse.quote(f"{upload['bucket']}/{key}", safe="/-_.~")
    query = "&".join(f"{name}={quote(value)}" for name, value in sorted({
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{upload['access_key_id']}/{scope}", "X-Amz-Date": now,
        "X-Amz-Expires": str(seconds), "X-Amz-Security-Token": upload["session_token"],
        "X-Amz-SignedHeaders": "host"}.items()))
    canonical = f"{method}\n{path}\n{query}\nhost:{endpoint.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signing_key = ("AWS4" + upload["secret_access_key"]).encode()
    for part in scope.split("/"):
        signing_key = hmac.new(signing_key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(signing_key, text.encode(), hashlib.sha256).hexdigest()
    return f"{upload['endpoint']}{path}?{query}&X-Amz-Signature={signature}"
