"""Pipes and signals of the tools: a pipe is as good as a file, and whoever stops a program leaves nothing
unfinished behind.

Usage: pipes_test.py FOLDER_OF_PROGRAMS
"""

import os
import pathlib
import re
import shlex
import signal

import kit
import media

SECONDS = 4
PICTURES = 30 * SECONDS
SOURCE = ["-f", "lavfi", "-i", f"testsrc2=size=160x120:rate=30:duration={SECONDS}", "-f", "lavfi", "-i",
          f"sine=frequency=440:sample_rate=48000:duration={SECONDS}", "-c:v", "libx264", "-preset",
          "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]


def shell(stage, line, succeeds=True):
    """Runs one line of a shell, in which our programs stand by their names."""
    for name in ("streamkit-worker", "streamkit-capture"):
        line = line.replace(name, shlex.quote(str(stage.program(name))))
    return kit.run(["sh", "-c", line], 60, stage.environment(), succeeds, stage.folder)


def expect_whole(path, name):
    kit.expect_equal(len(media.track(path, "video").packets), PICTURES, f"pictures, {name}")
    kit.expect(media.track(path, "audio") is not None, f"no sound, {name}")
    kit.note(name)


def check_convert(stage):
    convert = "streamkit-worker convert -q --preset ultrafast"
    for kind in ("ts", "mkv", "mp4"):
        source = media.make(stage.folder / f"in.{kind}", *SOURCE, "-movflags", "+faststart")
        shell(stage, f"cat in.{kind} | {convert} - from_{kind}.mkv")
        expect_whole(stage.folder / f"from_{kind}.mkv", f"standard input, {source.name}")
        shell(stage, f"{convert} in.{kind} - --format {kind} | cat > to.{kind}")
        expect_whole(stage.folder / f"to.{kind}", f"standard output, {kind}")
    shell(stage, f"cat in.ts | {convert} /dev/stdin - | {convert} - twice.mp4")
    expect_whole(stage.folder / "twice.mp4", "one program after the other")
    media.make(stage.folder / "behind.mp4", *SOURCE)
    refused = shell(stage, f"cat behind.mp4 | {convert} - refused.mkv", succeeds=False)
    kit.expect("index" in refused.stderr, f"the message does not name the index: {refused.stderr}")
    shell(stage, f"{convert} - redirected.mkv < behind.mp4")
    expect_whole(stage.folder / "redirected.mkv", "redirected file")


def check_capture(stage):
    url, _server = stage.server("--log-level", "warning")
    done = shell(stage, f"cat in.ts | streamkit-capture --input - --api-base {url} --speed max "
                        "--chunk-seconds 1")
    session_id = re.search(r"session (\S+)", done.stdout).group(1)
    pictures = sum(len(media.track(file, "video").packets)
                   for file in stage.chunk_files(session_id))
    kit.expect(abs(pictures - PICTURES) <= 2, f"{pictures} pictures captured, not {PICTURES}")
    kit.note("captured standard input")


def start_convert(stage, source, output):
    running = stage.start([stage.program("streamkit-worker"), "convert", "-q", source, output])
    kit.wait_until(output.with_name(output.name + ".part").is_file, 30, "a conversion")
    return running


def check_signals(stage):
    endless = media.make(stage.folder / "endless.mp4", "-stream_loop", "200", "-i",
                         stage.folder / "in.mp4", "-c", "copy")
    folder = stage.folder / "signals"
    folder.mkdir()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        running = start_convert(stage, endless, folder / "out.mp4")
        if number == signal.SIGHUP:
            running.send(number)  # a closing terminal sends more than one
        kit.expect_equal(running.stop(number, 30), 1, f"exit status after {number.name}")
        kit.expect_equal(list(folder.iterdir()), [], f"files after {number.name}")
        kit.note(f"{number.name} ends a conversion")

    output = folder / "kept.mp4"
    program = shlex.quote(str(stage.program("streamkit-worker")))
    kept = stage.start(["sh", "-c", f"trap '' HUP; exec {program} convert -q in.mp4 {output}"])
    kit.wait_until(output.with_name("kept.mp4.part").is_file, 30, "a conversion")
    kept.send(signal.SIGHUP)
    kept.wait(60)
    expect_whole(output, "an ignored hang-up")


def has_open(running, path):
    descriptors = pathlib.Path(f"/proc/{running.process.pid}/fd")
    return any(os.path.realpath(link) == os.path.realpath(path) for link in descriptors.iterdir())


def check_waiting(stage):
    """A pipe of which nothing comes any longer."""
    for name, fed in (("silent", "exec sleep 1000"), ("stalled", "head -c 20000 in.ts; exec sleep 1000")):
        fifo = stage.folder / name
        kit.run(["mkfifo", str(fifo)], 10)
        feeder = stage.start(["sh", "-c", f"exec > {fifo}; {fed}"])
        running = stage.start([stage.program("streamkit-worker"), "convert", "-q", fifo,
                               stage.folder / f"{name}.mp4"])
        kit.wait_until(lambda: has_open(running, fifo), 30, "the pipe to be opened")
        kit.expect_equal(running.stop(signal.SIGINT, 30), 1, f"exit status, {name} pipe")
        feeder.kill()
        kit.expect(not (stage.folder / f"{name}.mp4.part").exists(), "the .part file stays")
        kit.note(f"a {name} pipe")


def test(stage):
    check_convert(stage)
    check_capture(stage)
    check_signals(stage)
    check_waiting(stage)


kit.main(test, 170)
