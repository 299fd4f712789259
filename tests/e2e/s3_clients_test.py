"""S3 clients that nobody here wrote, on the S3 endpoint: AWS CLI and boto3 of two generations,
rclone, s3cmd and curl. What each puts is stored byte for byte and raises one job.

Usage: s3_clients_test.py FOLDER_OF_PROGRAMS
"""

import base64
import json
import os
import pathlib
import re
import shutil
import zlib

import kit
import s3

OPERATOR = {"access_key_id": "operator", "secret_access_key": "the-operators-own-secret",
            "session_token": ""}


class Door:
    """A server with a session, two files to put, and what it stored so far."""

    def __init__(self, stage, url, authority=None):
        self.stage = stage
        self.url = url
        self.authority = authority
        self.small = stage.folder / "small"
        self.large = stage.folder / "large"
        if not self.small.exists():
            self.small.write_bytes(os.urandom(300_000))
            self.large.write_bytes(os.urandom(20_000_000))
        self.session = None
        self.prefix = ""
        self.jobs = 0

    def new_session(self):
        if self.authority:
            done = kit.run([kit.tool("curl"), "--silent", "--fail", "--noproxy", "*", "--cacert",
                            self.authority, "--request", "POST", f"{self.url}/stream_sessions"])
            self.session = json.loads(done.stdout)
        else:
            answer = kit.request("POST", f"{self.url}/stream_sessions")
            kit.expect_equal(answer.status, 200, "status of POST /stream_sessions")
            self.session = answer.json()
        self.prefix = f"stream_input/{self.session['session_id']}/chunk_"
        return self.session["upload"]

    def environment(self, upload):
        none = str(self.stage.folder / "none")
        token = {"AWS_SESSION_TOKEN": upload["session_token"]} if upload["session_token"] else {}
        found = self.stage.environment(
            AWS_ACCESS_KEY_ID=upload["access_key_id"], AWS_DEFAULT_REGION="us-east-1",
            AWS_SECRET_ACCESS_KEY=upload["secret_access_key"], AWS_CONFIG_FILE=none,
            AWS_EC2_METADATA_DISABLED="true", AWS_SHARED_CREDENTIALS_FILE=none,
            HOME=str(self.stage.folder), **token)
        found.pop("SSL_CERT_FILE", None)
        return found

    def expect_stored(self, who, *files):
        """Chunks 0, 1, ... of the session are these files, and as many jobs came since the last
        call."""
        stored = self.stage.chunk_files(self.session["session_id"])
        kit.expect_equal(len(stored), len(files), f"number of chunks that {who} stored")
        for place, (path, file) in enumerate(zip(stored, files)):
            kit.expect(path.read_bytes() == file.read_bytes(), f"{who}: chunk {place} differs")
        waiting = self.waiting()
        kit.expect_equal(waiting - self.jobs, len(files), f"number of jobs that {who} raised")
        self.jobs = waiting
        unfinished = [path for path in (self.stage.data_dir / "objects" / "multipart").rglob("*")
                      if path.is_file() and path.parent.name != ".completed"]
        kit.expect(not unfinished, f"{who}: left parts behind: {unfinished}")
        kit.note(who)

    def waiting(self):
        if self.authority:
            text = kit.run([kit.tool("curl"), "--silent", "--fail", "--noproxy", "*", "--cacert",
                            self.authority, f"{self.url}/metrics"]).stdout
        else:
            text = kit.get(f"{self.url}/metrics").decode()
        return int(re.search(r"^streamkit_queue_waiting (\d+)", text, re.MULTILINE)[1])


def installed(name):
    """Debian's, which must be there, and another generation where there is one."""
    debian = shutil.which(name, path="/usr/bin")
    kit.expect(debian, f"'{name}' is not installed; scripts/packages.sh lists what the tests need")
    found = [debian]
    other = shutil.which(name)
    if other and pathlib.Path(other).resolve() != pathlib.Path(debian).resolve():
        found.append(other)
    return found


def aws(door, program, upload, *arguments):
    return kit.run([program, "--endpoint-url", door.url, "s3", *arguments], 60,
                   door.environment(upload), folder=door.stage.folder)


def check_aws(door):
    programs = installed("aws")
    for program in programs:
        upload = door.new_session()
        for number, path in enumerate((door.small, door.large)):
            aws(door, program, upload, "cp", "--no-progress", path,
                f"s3://{upload['bucket']}/{door.prefix}{number:05d}.mp4")
        version = kit.run([program, "--version"], env=door.environment(upload)).stdout.split()[0]
        door.expect_stored(version, door.small, door.large)
    if len(programs) == 1:
        kit.note("skipped: no newer AWS CLI on this machine")


def check_boto3(door):
    used = 0
    for python in installed("python3"):
        upload = door.new_session()
        environment = door.environment(upload)
        asked = kit.run([python, "-c", "import boto3; print(boto3.__version__)"], 60, environment,
                        succeeds=python.startswith("/usr/bin/"))
        if asked.returncode != 0:
            continue
        used += 1
        script = pathlib.Path(__file__).with_name("boto3_calls.py")
        extra = [door.authority] if door.authority else []
        kit.run([python, "-B", script, door.url, upload["bucket"], door.prefix, door.small,
                 door.large, *extra], 60, environment)
        files = [door.small, door.large] + ([] if door.authority else [door.small])
        door.expect_stored(f"boto3 {asked.stdout.strip()} over {door.url[:5]}", *files)
    if used == 1:
        kit.note("skipped: no newer boto3 on this machine")


def rclone(door, upload, *arguments):
    environment = door.environment(upload)
    for name, value in (("TYPE", "s3"), ("PROVIDER", "Other"), ("ENDPOINT", door.url),
                        ("ACCESS_KEY_ID", upload["access_key_id"]), ("REGION", "us-east-1"),
                        ("SECRET_ACCESS_KEY", upload["secret_access_key"]),
                        ("SESSION_TOKEN", upload["session_token"])):
        environment[f"RCLONE_CONFIG_DOOR_{name}"] = value
    # Otherwise rclone wants to load it in a way that its HTTP client does not support.
    environment.pop("AWS_CA_BUNDLE", None)
    return kit.run([kit.tool("rclone"), "--config", "/dev/null", "--retries", "1",
                    "--low-level-retries", "1", *arguments], 60, environment)


def check_rclone(door):
    upload = door.new_session()
    # A session may not look at what is there, as rclone does before and after it puts.
    blind = ["--s3-no-check-bucket", "--s3-no-head", "--no-check-dest"]
    for number, (path, options) in enumerate((
            (door.small, []), (door.large, ["--s3-upload-cutoff", "6M", "--s3-chunk-size", "5M"]))):
        rclone(door, upload, *blind, *options, "copyto", path,
               f"door:{upload['bucket']}/{door.prefix}{number:05d}.mp4")
    door.expect_stored("rclone", door.small, door.large)


def check_curl(door):
    upload = door.new_session()
    command = [kit.tool("curl"), "--silent", "--show-error", "--fail-with-body", "--noproxy", "*",
               "--max-time", "30", "--upload-file", door.large]
    kit.run([*command, s3.presigned_url(upload, f"{door.prefix}00000.mp4")])
    # Virtual-host style: the bucket is in the host's name.
    host = f"{upload['bucket']}.s3.test:{door.url.rpartition(':')[2]}"
    virtual = s3.Call({**upload, "endpoint": f"http://{host}"}, "PUT",
                      f"/{door.prefix}00001.mp4").sign(s3.UNSIGNED)
    headers = [word for name, value in virtual.headers.items() for word in
               ("--header", f"{name}: {value}")]
    kit.run([*command, *headers, f"{door.url}{virtual.path}"])
    kit.run([*command, "--aws-sigv4", "aws:amz:us-east-1:s3", "--user",
             f"{upload['access_key_id']}:{upload['secret_access_key']}", "--header",
             f"x-amz-security-token: {upload['session_token']}", "--header",
             f"x-amz-content-sha256: {s3.UNSIGNED}",
             f"{door.url}/{upload['bucket']}/{door.prefix}00002.mp4"])
    door.expect_stored("curl", door.large, door.large, door.large)


def check_chunked(door):
    """What SDKs send over TLS, and older ones always."""
    upload = door.new_session()
    body = door.large.read_bytes()
    crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    trailer = ("x-amz-checksum-crc32", crc)

    def call(number):
        return s3.Call(upload, "PUT", f"/{upload['bucket']}/{door.prefix}{number:05d}.mp4")
    for signed in (call(0).sign_chunks(body), call(1).sign_chunks(body, 65536, trailer),
                   call(2).unsigned_chunks(body, trailer)):
        answer = signed.send()
        kit.expect_equal(answer.outcome(), (200, ""), "an aws-chunked upload")
    kit.expect_equal(answer.headers.get("x-amz-checksum-crc32"), crc, "the checksum told")
    door.expect_stored("aws-chunked", door.large, door.large, door.large)


def check_operator_with_s3cmd(door, bucket):
    place = door.url.rpartition("/")[2]
    command = [kit.tool("s3cmd"), "--config", "/dev/null", f"--host={place}",
               f"--host-bucket={place}", "--no-ssl", "--no-progress", "--region=us-east-1",
               f"--access_key={OPERATOR['access_key_id']}",
               f"--secret_key={OPERATOR['secret_access_key']}"]

    def s3cmd(*arguments):
        return kit.run([*command, *arguments], 60, door.environment(OPERATOR)).stdout
    s3cmd("put", door.small, f"s3://{bucket}/s3cmd/small")
    s3cmd("put", "--multipart-chunk-size-mb=5", door.large, f"s3://{bucket}/s3cmd/large")
    listed = s3cmd("ls", "--recursive", f"s3://{bucket}")
    kit.expect("s3cmd/small" in listed and "s3cmd/large" in listed, f"s3cmd ls: {listed}")
    kit.expect("multipart/" not in listed, f"s3cmd ls shows uploads: {listed}")
    got = door.stage.folder / "got"
    s3cmd("get", "--force", f"s3://{bucket}/s3cmd/large", got)
    kit.expect(got.read_bytes() == door.large.read_bytes(), "s3cmd got other bytes")
    s3cmd("del", "--recursive", "--force", f"s3://{bucket}/s3cmd/")
    kit.expect("s3cmd/" not in s3cmd("ls", "--recursive", f"s3://{bucket}"), "s3cmd del left some")
    kit.note("s3cmd with the operator's key")


def check_operator(door, bucket):
    got = door.stage.folder / "got"
    for program in installed("aws"):
        aws(door, program, OPERATOR, "cp", "--no-progress", door.large, f"s3://{bucket}/aws/large")
        aws(door, program, OPERATOR, "cp", "--no-progress", f"s3://{bucket}/aws/large", got)
        kit.expect(got.read_bytes() == door.large.read_bytes(), "the AWS CLI got other bytes")
        listed = aws(door, program, OPERATOR, "ls", f"s3://{bucket}/").stdout
        kit.expect("PRE aws/" in listed and "PRE stream_input/" in listed, f"aws ls: {listed}")
        kit.expect("multipart" not in listed, f"aws ls shows uploads: {listed}")
        aws(door, program, OPERATOR, "rm", "--recursive", f"s3://{bucket}/aws/")
    rclone(door, OPERATOR, "--s3-upload-cutoff", "6M", "--s3-chunk-size", "5M", "copyto",
           door.large, f"door:{bucket}/rclone/large")
    rclone(door, OPERATOR, "copyto", f"door:{bucket}/rclone/large", got)
    kit.expect(got.read_bytes() == door.large.read_bytes(), "rclone got other bytes")
    kit.expect_equal(rclone(door, OPERATOR, "lsf", f"door:{bucket}/rclone").stdout, "large\n",
                     "what rclone lists")
    rclone(door, OPERATOR, "deletefile", f"door:{bucket}/rclone/large")
    check_operator_with_s3cmd(door, bucket)
    kit.expect_equal(door.waiting(), door.jobs, "jobs that objects beside the contract raised")


def tls_server(stage):
    """A server with a certificate of its own; its URL and the certificate."""
    folder = stage.folder / "tls"
    folder.mkdir()
    certificate, key = folder / "cert.pem", folder / "key.pem"
    kit.run([kit.tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", key, "-out", certificate])
    running = stage.start([stage.program("streamkit-server"), "--listen", "127.0.0.1:0",
                           "--data-dir", stage.data_dir, "--tls-cert", certificate, "--tls-key",
                           key])
    place = running.wait_for_line(r"listening on https?://(127\.0\.0\.1:\d+)")[1]
    return f"https://{place}", certificate


def test(stage):
    key_file = stage.folder / "operator.key"
    key_file.write_text(f"{OPERATOR['access_key_id']}:{OPERATOR['secret_access_key']}\n")
    key_file.chmod(0o600)
    url, server = stage.server("--operator-key-file", key_file)
    door = Door(stage, url)
    check_aws(door)
    check_boto3(door)
    check_rclone(door)
    check_curl(door)
    check_chunked(door)
    check_operator(door, door.session["upload"]["bucket"])
    kit.expect(OPERATOR["secret_access_key"] not in server.stderr(), "the log tells a secret")
    server.stop()

    secure_url, certificate = tls_server(stage)
    secure = Door(stage, secure_url, certificate)
    secure.jobs = door.jobs
    check_boto3(secure)


kit.main(test, 200)
