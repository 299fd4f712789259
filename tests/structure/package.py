"""Tests the installed package as an application meets it.

Usage: package.py CHECK --build DIR --consumer DIR --work DIR --cmake CMAKE --rooms a b c
                  --version X.Y.Z [--compiler CXX] [--launcher PROGRAM] [--flags "..."]
Prints what it ran and exits with 1 when something does not hold.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree


class Failed(Exception):
    pass


def run(command, succeeds=True, env=None):
    """The command's output; Failed when it did not end as it should."""
    command = [str(part) for part in command]
    print("$", " ".join(command), flush=True)
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=env, check=False)
    if (done.returncode == 0) != succeeds:
        raise Failed(f"{done.stdout}\nexit status {done.returncode}")
    return done.stdout


def expect(condition, message):
    if not condition:
        raise Failed(message)


CHECKS = ("install", "build_paths", "components", "core_alone", "newer_standard", "clang",
          "unknown_component", "missing_component", "missing_runtime", "moved", "pkg_config",
          "options", "subproject", "tools", "desktop_entry", "examples")


def is_elf(path):
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


class Package:
    def __init__(self, args):
        self.args = args
        self.full = args.work / "prefix"
        self.core_only = args.work / "prefix-core"

    def install(self):
        """Each room's component into one prefix, and core alone into another."""
        for prefix, rooms in ((self.full, [*self.args.rooms, "tools"]), (self.core_only, ["core"])):
            shutil.rmtree(prefix, ignore_errors=True)
            for room in rooms:
                run([self.args.cmake, "--install", self.args.build, "--prefix", prefix,
                     "--component", room])

    def build_paths(self):
        """Nothing that is installed leads back to the folders that it was built from or in."""
        source = self.args.consumer.parents[1]
        places = [str(path) for path in (source, self.args.build)]
        for path in sorted(self.full.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            if is_elf(path):
                text = run(["readelf", "--dynamic", path])
                for rpath in re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", text):
                    for folder in rpath.split(":"):
                        expect(folder.startswith("$ORIGIN"), f"{path} looks in '{folder}'")
            elif path.suffix in (".pc", ".cmake", ".hpp"):
                text = path.read_text(encoding="utf-8")
                for place in places:
                    expect(place not in text, f"{path} names {place}")
                expect(path.suffix != ".pc" or "-std=" not in text, f"{path} chooses a standard")

    def configure(self, prefix, components, succeeds=True, defines=(), name="consumer"):
        """Configures the consumer anew; its build folder and the output."""
        folder = self.args.work / name / (prefix.name + "-" + "-".join(components))
        shutil.rmtree(folder, ignore_errors=True)
        output = run([self.args.cmake, "-S", self.args.consumer, "-B", folder, "-G", "Ninja",
                      f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={self.args.compiler}",
                      f"-DCMAKE_CXX_COMPILER_LAUNCHER={self.args.launcher}",
                      f"-DCMAKE_CXX_FLAGS={self.args.flags}",
                      f"-DCONSUMER_COMPONENTS={';'.join(components)}",
                      *[f"-D{define}" for define in defines]], succeeds)
        return folder, output

    def build_and_run(self, prefix, components, **options):
        folder, _ = self.configure(prefix, components, **options)
        run([self.args.cmake, "--build", folder])
        for component in components:
            run([folder / f"consume_{component}"])
        output = run([folder / "consumer"])
        expect("seg_00007.mp4" in output, output)
        expect(f"streamkit {self.args.version}" in output, output)

    def components(self):
        self.build_and_run(self.full, self.args.rooms)

    def core_alone(self):
        folders = {path.name for path in (self.core_only / "include/streamkit").iterdir()}
        expect(folders == {"core"}, f"component core installed headers of {folders}")
        self.build_and_run(self.core_only, ["core"])

    def newer_standard(self):
        """An application may use a later standard than the libraries were built with."""
        self.build_and_run(self.full, self.args.rooms, name="newer_standard",
                           defines=["CMAKE_CXX_STANDARD=23", "CMAKE_CXX_STANDARD_REQUIRED=ON"])

    def clang(self):
        """An application may use another compiler than the libraries were built with."""
        compiler = shutil.which("clang++")
        expect(compiler, "clang++ is not installed; scripts/packages.sh lists what the tests need")
        for standard in (20, 23):
            self.build_and_run(self.full, self.args.rooms, name=f"clang{standard}",
                               defines=[f"CMAKE_CXX_COMPILER={compiler}",
                                        f"CMAKE_CXX_STANDARD={standard}",
                                        "CMAKE_CXX_STANDARD_REQUIRED=ON"])

    def unknown_component(self):
        _, output = self.configure(self.full, ["core", "holograms"], succeeds=False)
        expect("there is no component 'holograms'; installed are: core, " in
               " ".join(output.split()), output)

    def missing_component(self):
        _, output = self.configure(self.core_only, ["hls"], succeeds=False)
        expect("component 'hls' is not installed; installed are: core." in
               " ".join(output.split()), output)

    def missing_runtime(self):
        """A static room's user needs the library of the room, and is told how to name it."""
        if not list(self.full.rglob("libstreamkit_onnx.a")):
            print("skipped: the room onnx is shared and brings its library")
            return
        _, output = self.configure(self.full, ["onnx"], succeeds=False,
                                   defines=["ONNXRUNTIME_ROOT=/nowhere"])
        expect("component 'onnx': ONNX Runtime was not found: ONNXRUNTIME_ROOT is '/nowhere'" in
               " ".join(output.split()), output)

    def moved(self):
        """The package works from a folder other than the one it was installed to."""
        elsewhere = self.args.work / "moved"
        shutil.rmtree(elsewhere, ignore_errors=True)
        shutil.copytree(self.core_only, elsewhere, symlinks=True)
        self.build_and_run(elsewhere, ["core"])

    def options(self):
        """Without one of the options the rest is configured, and without install rules nothing is
        installed."""
        for option in ("STREAMKIT_INSTALL", "STREAMKIT_WITH_CLIENT", "STREAMKIT_WITH_DESKTOP",
                       "STREAMKIT_WITH_SERVER"):
            folder = self.args.work / "options" / option
            shutil.rmtree(folder, ignore_errors=True)
            run([self.args.cmake, "-S", self.args.consumer.parents[1], "-B", folder, "-G", "Ninja",
                 f"-DCMAKE_CXX_COMPILER={self.args.compiler}", "-DSTREAMKIT_WITH_WATCH_PAGE=OFF",
                 f"-D{option}=OFF"])
        prefix = self.args.work / "options-prefix"
        shutil.rmtree(prefix, ignore_errors=True)
        run([self.args.cmake, "--install", self.args.work / "options/STREAMKIT_INSTALL",
             "--prefix", prefix])
        expect(not prefix.exists() or not list(prefix.rglob("*")), f"{prefix} is not empty")

    def subproject(self):
        """With add_subdirectory() an application gets the libraries, and none of our settings."""
        source = self.args.consumer.parent / "subproject"
        folder = self.args.work / "subproject"
        shutil.rmtree(folder, ignore_errors=True)
        run([self.args.cmake, "-S", source, "-B", folder, "-G", "Ninja",
             f"-DSTREAMKIT_SOURCE_DIR={self.args.consumer.parents[1]}",
             f"-DCMAKE_CXX_COMPILER={self.args.compiler}",
             f"-DCMAKE_CXX_COMPILER_LAUNCHER={self.args.launcher}",
             f"-DCMAKE_CXX_FLAGS={self.args.flags}"])
        run([self.args.cmake, "--build", folder, "--parallel", "2", "--target", "consumer"])
        output = run([folder / "consumer"])
        expect(f"streamkit {self.args.version}" in output, output)
        prefix = self.args.work / "subproject-prefix"
        shutil.rmtree(prefix, ignore_errors=True)
        run([self.args.cmake, "--install", folder, "--prefix", prefix])
        expect(not prefix.exists() or not list(prefix.rglob("*")), f"{prefix} is not empty")

    def tools(self):
        """The installed tools start, without a variable that says where the libraries are."""
        env = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        tools = [path for path in sorted((self.full / "bin").iterdir()) if is_elf(path)]
        expect(tools, f"no tool is installed in {self.full}/bin")
        for tool in tools:
            output = run([tool, "--version"], env=env)
            expect(self.args.version in output, output)

    def desktop_entry(self):
        """Menu entry, icon and man page of the capture tool are valid, and name what is there."""
        share = self.full / "share"
        entry = share / "applications" / "streamkit-capture.desktop"
        run(["desktop-file-validate", entry])
        lines = dict(line.split("=", 1) for line in entry.read_text().splitlines() if "=" in line)
        program = self.full / "bin" / lines["Exec"].split()[0]
        expect(program.is_file(), f"{program} is not installed")
        icon = share / "icons/hicolor/scalable/apps" / f"{lines['Icon']}.svg"
        root = xml.etree.ElementTree.parse(icon).getroot()
        expect(root.tag.endswith("}svg"), f"{icon} is not an SVG image")
        page = share / "man/man1" / f"{program.name}.1"
        shown = run(["man", "--warnings", "-l", page], env={**os.environ, "MANPAGER": "cat"})
        expect("warning" not in shown, f"{page}:\n{shown}")
        for command in re.findall(r"streamkit-capture (\w+) ", run([program, "--help"])):
            expect(command in shown, f"{page} does not describe {command}")

    def pkg_config(self):
        folder = next(self.full.rglob("streamkit.pc")).parent
        env = {**os.environ, "PKG_CONFIG_PATH": str(folder)}

        def ask(*options):
            return run(["pkg-config", *options], env=env).split()

        libs = ask("--libs", "streamkit")
        last = {lib: place for place, lib in enumerate(libs)}
        for room in self.args.rooms:
            for needed in ask("--print-requires", f"streamkit-{room}"):
                if needed.startswith("streamkit-"):
                    later = last["-l" + needed.replace("-", "_")]
                    expect(last[f"-lstreamkit_{room}"] < later, f"{needed} comes before streamkit-{room}: {libs}")

        program = self.args.work / "pkg_config_consumer"
        flags = ["-std=c++20", *self.args.flags.split(), *ask("--cflags", "streamkit")]
        source = self.args.consumer / "main.cpp"
        env["LD_LIBRARY_PATH"] = str(folder.parent)
        run([self.args.compiler, *flags, source, *libs, "-o", program])
        run([program], env=env)
        if list(folder.parent.glob("libstreamkit_core.a")):
            # With every object file linked, no symbol may be missing.
            run([self.args.compiler, *flags, source, "-Wl,--whole-archive", *libs,
                 "-Wl,--no-whole-archive", "-o", program])
            run([program], env=env)
            return
        # A shared room brings what it needs, so that nobody else has to name it.
        foreign = [lib for lib in libs if lib.startswith("-l") and "streamkit" not in lib]
        expect(not foreign, f"the users of shared rooms would link {foreign}")

    def examples(self):
        """The programs of examples/sdk, on the installed package alone."""
        folder = self.args.work / "examples"
        shutil.rmtree(folder, ignore_errors=True)
        run([self.args.cmake, "-S", self.args.consumer.parents[1] / "examples/sdk", "-B", folder,
             "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.full}",
             f"-DCMAKE_CXX_COMPILER={self.args.compiler}",
             f"-DCMAKE_CXX_COMPILER_LAUNCHER={self.args.launcher}",
             f"-DCMAKE_CXX_FLAGS={self.args.flags}"])
        run([self.args.cmake, "--build", folder])

        expect("5 chunks stored, 2 retries" in run([folder / "custom_object_store"]),
               "custom_object_store did not store all chunks")
        output = run([folder / "own_logger"])
        expect("session_id=my-session" in output, output)
        expect("streamkit_upload_retries_total = 2" in output, output)

        video, hls = folder / "video.mp4", folder / "hls"
        run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30", "-t",
             "12", "-pix_fmt", "yuv420p", video])
        run([folder / "file_to_hls", video, hls])
        frames = run(["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v",
                      "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0",
                      hls / "playlist.m3u8"])
        expect(frames.split()[0] == "360", f"the playlist plays {frames} of 360 frames")
        run([folder / "file_to_hls", "absent.mp4", hls], succeeds=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("check", choices=CHECKS)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--consumer", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--launcher", default="")
    parser.add_argument("--flags", default="")
    parser.add_argument("--rooms", nargs="+", required=True)
    parser.add_argument("--version", required=True)
    args = parser.parse_args()
    try:
        getattr(Package(args), args.check)()
    except Failed as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
