"""Builds the programs of docs/embedding.md against the installed package and runs them.

Usage: embedding.py --page FILE --prefix DIR --work DIR --cmake CMAKE
                    [--compiler CXX] [--launcher PROGRAM] [--flags "..."]
Each section of the page that begins with "## " and holds C++ is a project: its cmake block is the
CMakeLists.txt, which names the file that the cpp block goes to. Every program has a check here.
"""

import argparse
import contextlib
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

from package import Failed, expect, run

BLOCK = re.compile(r"^```(cpp|cmake)\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXECUTABLE = re.compile(r"^add_executable\((\w+) (\w+\.cpp)\)$", re.MULTILINE)
URL = r"(http://\S+)"
PATIENCE_S = 120
FRAMES = 180


def projects(page):
    """{program: {file name: text}} of each section of the page that holds C++."""
    found = {}
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        title = section.split("\n", 1)[0]
        blocks = [match.groups() for match in BLOCK.finditer(section)]
        if not any(language == "cpp" for language, _ in blocks):
            continue
        expect(sorted(language for language, _ in blocks) == ["cmake", "cpp"],
               f"section '{title}': one block of C++ and one of CMake make a project")
        texts = dict(blocks)
        named = EXECUTABLE.search(texts["cmake"])
        expect(named, f"section '{title}': its CMakeLists.txt names no program")
        found[named.group(1)] = {"CMakeLists.txt": texts["cmake"], named.group(2): texts["cpp"]}
    return found


@contextlib.contextmanager
def running(command):
    """A program that runs until it is interrupted, which it must survive with exit status 0."""
    print("$", " ".join(map(str, command)), "&", flush=True)
    # Unbuffered, so that select() sees what was not read yet.
    with subprocess.Popen([str(part) for part in command], bufsize=0, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        try:
            yield process
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=PATIENCE_S)
            expect(process.returncode == 0,
                   f"{output.decode()}\nexit status {process.returncode}")
        finally:
            process.kill()


def printed(process, pattern):
    """What the group in `pattern` matches in the next line that has it."""
    seen = ""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not select.select([process.stdout], [], [], 1)[0]:
            continue
        line = process.stdout.readline().decode()
        seen += line
        if found := re.search(pattern, line):
            return found.group(1)
        if not line:
            break
    raise Failed(f"no '{pattern}' in: {seen}")


def await_end(url):
    """Waits until every segment of an ended stream is listed; its playlist is answered before."""
    for _ in range(600):
        with urllib.request.urlopen(url, timeout=60) as answer:
            if b"#EXT-X-ENDLIST" in answer.read():
                return
        time.sleep(0.1)
    expect(False, f"{url} is not complete after a minute")


def expect_stream(playlist):
    """Plays a stream of the test's video: all its frames, both views side by side, and sound."""
    output = run(["ffprobe", "-v", "error", "-count_frames", "-show_entries",
                  "stream=codec_type,width,nb_read_frames", "-of", "compact", playlist])
    streams = dict(re.findall(r"codec_type=(\w+)\|(.*)", output))
    expect("audio" in streams, output)
    expect(f"nb_read_frames={FRAMES}" in streams.get("video", ""), output)
    expect("width=640" in streams["video"], output)


class Embedding:
    def __init__(self, args):
        self.args = args
        self.work = args.work
        self.server = args.prefix / "bin/streamkit-server"

    def build(self, program, files):
        source = self.work / program
        for name, text in files.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        run([self.args.cmake, "-S", source, "-B", source / "build", "-G", "Ninja",
             f"-DCMAKE_PREFIX_PATH={self.args.prefix}",
             f"-DCMAKE_CXX_COMPILER={self.args.compiler}",
             f"-DCMAKE_CXX_COMPILER_LAUNCHER={self.args.launcher}",
             f"-DCMAKE_CXX_FLAGS={self.args.flags} -Wall -Wextra -Werror"])
        run([self.args.cmake, "--build", source / "build"])

    def program(self, name):
        return self.work / name / "build" / name

    def video(self):
        """6 seconds with sound: a whole chunk and a shorter one."""
        video = self.work / "video.mp4"
        if not video.exists():
            run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30",
                 "-f", "lavfi", "-i", "sine", "-t", "6", "-pix_fmt", "yuv420p", video])
        return video

    def check_file_to_3d(self):
        folder = self.work / "stream"
        run([self.program("file_to_3d"), self.video(), folder])
        expect_stream(folder / "playlist.m3u8")
        output = run([self.program("file_to_3d"), "absent.mp4", folder], succeeds=False)
        expect("absent.mp4" in output, output)

    def check_publish(self):
        """Together with stereo_worker, and the server that is installed."""
        data = self.work / "data"
        server = [self.server, "--data-dir", data, "--listen", "127.0.0.1:0"]
        if not self.server.exists():
            print("skipped: publish is not run, because the tools are not built")
            return
        with running(server) as serving, running([self.program("stereo_worker"), data]):
            output = run([self.program("publish"), self.video(), printed(serving, URL)])
            playlist = re.search(URL, output)
            expect(playlist, output)
            await_end(playlist.group())
            expect_stream(playlist.group())
        output = run([self.program("publish"), self.video(), "http://127.0.0.1:9"], succeeds=False)
        expect("127.0.0.1:9" in output, output)

    def check_stereo_worker(self):
        output = run([self.program("stereo_worker"), "/dev/null"], succeeds=False)
        expect("/dev/null" in output, output)

    def check_s3_endpoint(self):
        with running([self.program("s3_endpoint"), self.work / "objects", "127.0.0.1:0"]) as serving:
            url = printed(serving, URL) + "/folder/video.mp4"
            curl = ["curl", "-sS", "--fail-with-body", "--noproxy", "*", "--aws-sigv4",
                    "aws:amz:us-east-1:s3", "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD", url]
            signed = [*curl, "--user", "my-key:my-secret"]
            run([*signed, "-T", self.video()])
            copy = self.work / "copy.mp4"
            run([*signed, "-o", copy])
            expect(copy.read_bytes() == self.video().read_bytes(), "the object has changed")
            expect("this key does not delete" in run([*signed, "-X", "DELETE"], succeeds=False),
                   "the authorizer's message does not reach the client")
            run([*curl, "--user", "my-key:not-my-secret"], succeeds=False)
            stored = printed(serving, r"me stored (\S+)")
        expect(stored == "folder/video.mp4", stored)

    def check_check_store(self):
        run([self.program("check_store")])

    def run_all(self):
        shutil.rmtree(self.work, ignore_errors=True)
        found = projects(self.args.page.read_text(encoding="utf-8"))
        checks = {name.removeprefix("check_"): getattr(self, name) for name in dir(self)
                  if name.startswith("check_")}
        expect(found.keys() == checks.keys(),
               f"the page has {sorted(found)}, and there are checks of {sorted(checks)}")
        readme = (self.args.page.parents[1] / "README.md").read_text(encoding="utf-8")
        shown = next(text for language, text in BLOCK.findall(readme) if language == "cpp")
        expect(any(shown in files.values() for files in found.values()),
               f"the README's program is not one of {self.args.page}")
        for program, files in found.items():
            self.build(program, files)
        for check in checks.values():
            check()


def main():
    parser = argparse.ArgumentParser()
    for folder in ("--page", "--prefix", "--work"):
        parser.add_argument(folder, type=pathlib.Path, required=True)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--launcher", default="")
    parser.add_argument("--flags", default="")
    try:
        Embedding(parser.parse_args()).run_all()
    except Failed as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
