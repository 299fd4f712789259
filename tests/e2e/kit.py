"""What the end-to-end tests share: the programs as processes, HTTP, and checks that say what they
found.

A test is a script with `kit.main(test)`, where test(stage) drives the programs in the folder given
as the first argument. Exit status: 0 passed, 1 failed, 77 skipped. Whatever a test starts is ended
before it exits, and whatever it waits for has a bound.

Bounds are in seconds of a machine that does nothing else; PATIENCE is how many times longer a busy
one may take. A test waits for conditions, so that a longer bound costs time only when it fails.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

SKIPPED = 77
# Named in CMakeLists.txt too.
PATIENCE = 5


class Failed(Exception):
    """Something does not hold."""


class Skip(Exception):
    """The test cannot run here, and why."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def expect_equal(found, wanted, what):
    expect(found == wanted, f"{what}: found {found!r}, wanted {wanted!r}")


def expect_near(found, wanted, tolerance, what):
    expect(abs(found - wanted) <= tolerance,
           f"{what}: found {float(found):.6f}, wanted {float(wanted):.6f} "
           f"within {float(tolerance):.6f}")


def expect_same_list(found, wanted, what):
    """Names the first difference only: these lists are long."""
    for place, (one, other) in enumerate(zip(found, wanted)):
        expect_equal(one, other, f"{what}, number {place} of {len(wanted)}")
    expect_equal(len(found), len(wanted), f"number of {what}")


def note(text):
    """A line of progress; a failing test's output then tells how far it came."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def wait_until(condition, seconds, what):
    """What `condition` returns once that is true; Failed when it never is."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        expect(time.monotonic() < deadline, f"{what}: not within {seconds} s")
        time.sleep(0.05)


def tool(name):
    """The path of a program that the tests need. Missing is a failure: a test that skips itself
    for want of a player proves nothing."""
    path = shutil.which(name)
    expect(path, f"'{name}' is not installed; scripts/packages.sh lists what the tests need")
    return path


def test_data():
    """The folder of real clips, or Skip."""
    folder = os.environ.get("STREAMKIT_TEST_DATA", "")
    videos = pathlib.Path(folder) / "video"
    if not folder or not videos.is_dir():
        raise Skip("STREAMKIT_TEST_DATA names no folder with real clips in video/")
    return videos


def run(command, seconds=60, env=None, succeeds=True, folder=None):
    """Runs a program to its end; its subprocess.CompletedProcess, with text output."""
    command = [str(word) for word in command]
    seconds *= PATIENCE
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=seconds, env=env, cwd=folder, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{' '.join(command)}\nnot done within {seconds} s") from late
    if succeeds and done.returncode != 0:
        raise Failed(f"{' '.join(command)}\nexit status {done.returncode}\n"
                     f"{tail(done.stdout)}{tail(done.stderr)}")
    return done


def tail(text, lines=25):
    kept = text.splitlines()[-lines:]
    return "".join(f"    {line[:400]}\n" for line in kept)


class Running:
    """A program that was started and goes on beside the test."""

    def __init__(self, command, logs, folder, env):
        self.command = [str(word) for word in command]
        self.name = pathlib.Path(self.command[0]).name
        self._out = logs / "stdout"
        self._err = logs / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            # A group of its own: what a browser starts is ended with it.
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, env=env, cwd=folder,
                                            start_new_session=True)

    def stdout(self):
        return self._out.read_text(errors="replace")

    def stderr(self):
        return self._err.read_text(errors="replace")

    def lines(self):
        """The complete lines on standard output so far."""
        text = self.stdout()
        return text[:text.rfind("\n") + 1].splitlines()

    def wait_for_line(self, pattern, seconds=30):
        """The match of the first line that `pattern` matches as a whole."""
        def find():
            ended = self.process.poll() is not None
            for line in self.lines():
                match = re.fullmatch(pattern, line)
                if match:
                    return match
            expect(not ended, f"{self.name} ended with status {self.process.returncode} before it "
                              f"printed /{pattern}/\n{self.tails()}")
            return None
        return wait_until(find, seconds, f"/{pattern}/ from {self.name}")

    def wait(self, seconds, succeeds=True):
        """The exit status."""
        seconds *= PATIENCE
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{self.name} did not end within {seconds} s\n{self.tails()}") from late
        expect(status == 0 or not succeeds, f"{self.name} exit status {status}\n{self.tails()}")
        return status

    def wait_until_connected(self, seconds=30):
        """Waits for the program's first socket."""
        descriptors = pathlib.Path(f"/proc/{self.process.pid}/fd")

        def connected():
            for link in descriptors.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if os.readlink(link).startswith("socket:"):
                        return True
            return False
        wait_until(connected, seconds, f"a connection of {self.name}")

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=20):
        """Asks the program to end; its exit status."""
        self.send(number)
        return self.wait(seconds, succeeds=False)

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def tails(self):
        return (f"  {' '.join(self.command)}\n  standard output:\n{tail(self.stdout())}"
                f"  standard error:\n{tail(self.stderr())}")


class Stage:
    """A temporary folder and the programs that run in it; a context that leaves nothing behind.
    The folder is where the programs are started: what they make by default goes there too."""

    def __init__(self, bin_dir):
        self.bin_dir = pathlib.Path(bin_dir).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="streamkit-e2e-"))
        self.data_dir = self.folder / "data"
        self._running = []
        self._cleanups = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and not isinstance(error, Skip):
            for running in self._running:
                status = running.process.poll()
                if status == 0 and not running.stderr():
                    continue
                state = "still running" if status is None else f"exit status {status}"
                print(f"--- {running.name}, {state}\n{running.tails()}", flush=True)
        for running in reversed(self._running):
            running.kill()
        self._cleanups.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def on_exit(self, cleanup):
        self._cleanups.callback(cleanup)

    def environment(self, **extra):
        """This process's, without what would steer the programs from outside."""
        steering = re.compile(r"AWS_|STREAM|INPUT_BUCKET|OUTPUT_BUCKET|REGION$|INFERENCE_|VIDEO_"
                              r"|GST_|https?_proxy$|no_proxy$", re.IGNORECASE)
        kept = {name: value for name, value in os.environ.items() if not steering.match(name)}
        return {**kept, **extra}

    def program(self, name):
        path = self.bin_dir / name
        expect(path.is_file(), f"{path} is not there: build it first")
        return path

    def start(self, command, env=None):
        logs = self.folder / "logs" / f"{len(self._running):02d}"
        logs.mkdir(parents=True)
        running = Running(command, logs, self.folder, env or self.environment())
        self._running.append(running)
        return running

    def run(self, name, *arguments, seconds=60, env=None, succeeds=True):
        """Runs one of our programs to its end."""
        return run([self.program(name), *arguments], seconds, env or self.environment(), succeeds,
                   self.folder)

    def server(self, *arguments, data_dir=None, listen="127.0.0.1:0"):
        """A server on loopback, on a free port unless `listen` names one, that accepts requests;
        its base URL and process."""
        running = self.start([self.program("streamkit-server"), "--listen", listen,
                              "--data-dir", data_dir or self.data_dir, *arguments])
        url = running.wait_for_line(r"listening on (http://127\.0\.0\.1:\d+)")[1]
        return url, running

    def worker(self, *arguments, data_dir=None):
        running = self.start([self.program("streamkit-worker"), "--data-dir",
                              data_dir or self.data_dir, *arguments])
        running.wait_for_line(r"working on .*")
        return running

    def capture(self, api_base, *arguments):
        """A capture that has its session; Capture."""
        running = self.start([self.program("streamkit-capture"), "--api-base", api_base,
                              *arguments])
        session_id = running.wait_for_line(r"session (\S+)", 60)[1]
        playlist_url = running.wait_for_line(r"http://\S+/playlist\.m3u8")[0]
        return Capture(running, session_id, playlist_url)

    def chunk_files(self, session_id):
        """What capture uploaded, in order."""
        folder = self.data_dir / "objects" / "stream_input" / session_id
        return sorted(folder.glob("chunk_*.mp4"))


class Capture:
    def __init__(self, running, session_id, playlist_url):
        self.running = running
        self.session_id = session_id
        self.playlist_url = playlist_url


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


def request(method, url, body=None, headers=None, seconds=30):
    """Any status is an answer; no answer is a failure. A body that is no bytes is sent as JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    call = urllib.request.Request(url, data=body, headers=headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(call, timeout=seconds * PATIENCE) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, refused.headers, refused.read())
    except OSError as failure:
        raise Failed(f"{method} {url}: {failure}") from failure


def get(url, seconds=30):
    """The body of a 200."""
    answer = request("GET", url, seconds=seconds)
    expect_equal(answer.status, 200, f"status of GET {url}, {answer.text()[:200]}")
    return answer.body


def main(test, seconds=300):
    """Runs test(stage, *arguments) with what the command line says after the folder of programs."""
    seconds *= PATIENCE

    def out_of_time(_number, _frame):
        raise Failed(f"the test did not end within {seconds} s")

    if len(sys.argv) < 2:
        print(f"usage: {sys.argv[0]} FOLDER_OF_PROGRAMS [ARGUMENT...]", file=sys.stderr)
        sys.exit(2)
    def ended_from_outside(_number, _frame):
        raise Failed("the test was asked to end")

    signal.signal(signal.SIGALRM, out_of_time)
    signal.signal(signal.SIGTERM, ended_from_outside)
    signal.alarm(seconds)
    try:
        with Stage(sys.argv[1]) as stage:
            test(stage, *sys.argv[2:])
    except Skip as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    except Exception as failure:  # pylint: disable=broad-except
        traceback.print_exc(file=sys.stdout)
        print(f"\nFAILED: {failure}")
        sys.exit(1)
    print("passed")
