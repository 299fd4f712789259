"""A Wayland desktop of the tests' own: a compositor without a screen (sway), the desktop portal, and
PipeWire. All of it runs in a folder of the test, and is ended with it."""

import json
import os
import pathlib
import shutil
import subprocess

import desktop
import kit

OUTPUT = "HEADLESS-1"
# Where the portal of sway finds the compositor: see wayland_proxy.py.
PORTAL_DISPLAY = "wayland-portal"
LIBEXEC = "/usr/libexec:/usr/lib/xdg-desktop-portal:/usr/lib"

# No service is started but the one that remembers what portals may do.
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

# Prints what the file `answer` has: the name of an output, or nothing, which refuses.
CHOOSER = """#!/bin/sh
echo asked >>{folder}/asked
cat {folder}/answer
"""


def service(name):
    """The path of a program that is not in PATH."""
    path = shutil.which(name, path=f"{LIBEXEC}:{os.environ.get('PATH', '')}")
    kit.expect(path, f"'{name}' is not installed; scripts/packages.sh lists what the tests need")
    return path


class WaylandDesktop:
    def __init__(self, stage, size="1280x720"):
        self._stage = stage
        self.folder = stage.folder / "wayland"
        self._runtime = self.folder / "run"
        self._runtime.mkdir(parents=True, mode=0o700)
        self._bus_socket = self._runtime / "bus"
        self._processes = {}
        self.answer(OUTPUT)
        self._start_bus()
        self._start_compositor(size)
        self._start_proxy()
        self.start_pipewire()
        self.start_portal()

    def environment(self, **extra):
        """For programs that see this desktop, and nothing of the machine's."""
        kept = {name: value for name, value in self._stage.environment().items()
                if not name.startswith(("WAYLAND_", "PIPEWIRE_", "PULSE_", "XDG_", "SWAY", "DBUS_"))}
        kept.update({
            "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self._runtime),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "share"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CACHE_HOME": str(self.folder / "cache"), "XDG_CURRENT_DESKTOP": "sway",
            "XDG_SESSION_TYPE": "wayland", "WAYLAND_DISPLAY": "wayland-1", "DISPLAY": "",
            "SWAYSOCK": str(self._runtime / "sway"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._bus_socket}", **extra})
        return kept

    def _start(self, name, command, **extra):
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=out, env=self.environment(**extra),
                                       start_new_session=True, cwd=self.folder)
        if name not in self._processes:
            self._stage.on_exit(lambda: self.kill(name))
        self._processes[name] = process

    def _wait_for(self, name, condition, what):
        def arrived():
            kit.expect(self._processes[name].poll() is None, f"{name} ended\n{self.log(name)}")
            return condition()
        try:
            kit.wait_until(arrived, 20, what)
        except kit.Failed as failure:
            raise kit.Failed(f"{failure}\n{self.log(name)}") from failure

    def log(self, name):
        return kit.tail((self.folder / f"{name}.log").read_text(errors="replace"))

    def logs(self):
        return "".join(f"  {name}:\n{self.log(name)}" for name in self._processes)

    def kill(self, name):
        desktop.end(self._processes[name])

    def _has_name(self, name):
        done = subprocess.run(
            [kit.tool("dbus-send"), f"--bus=unix:path={self._bus_socket}", "--print-reply",
             "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
             "org.freedesktop.DBus.NameHasOwner", f"string:{name}"], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=30)
        return "true" in done.stdout

    def _start_bus(self):
        services = self.folder / "services"
        services.mkdir()
        name = "org.freedesktop.impl.portal.PermissionStore"
        (services / f"{name}.service").write_text(
            f"[D-BUS Service]\nName={name}\nExec={service('xdg-permission-store')}\n")
        config = self.folder / "bus.conf"
        config.write_text(BUS_CONFIG.format(socket=self._bus_socket, services=services))
        self._start("bus", [kit.tool("dbus-daemon"), f"--config-file={config}", "--nofork",
                            "--nopidfile"])
        self._wait_for("bus", self._bus_socket.exists, "the session bus")

    def _start_compositor(self, size):
        config = self.folder / "sway.conf"
        config.write_text(f"output {OUTPUT} mode --custom {size}\n"
                          "default_border none\nxwayland disable\n")
        # sway does not run as root; within such a namespace it has another number for the same user.
        as_user = []
        if os.geteuid() == 0:
            as_user = [kit.tool("unshare"), "--user", "--map-user=1000", "--map-group=1000"]
            if kit.run([*as_user, "true"], succeeds=False).returncode != 0:
                raise kit.Skip("sway does not run as root, and user namespaces are not allowed here")
        self._start("sway", [*as_user, kit.tool("sway"), "-c", config], WLR_BACKENDS="headless",
                    WLR_RENDERER="pixman", WLR_LIBINPUT_NO_DEVICES="1", WLR_HEADLESS_OUTPUTS="1",
                    WAYLAND_DISPLAY="")
        self._wait_for("sway", (self._runtime / "wayland-1").exists, "the compositor")
        self._wait_for("sway", (self._runtime / "sway").exists, "the compositor's commands")

    def _start_proxy(self):
        script = pathlib.Path(__file__).with_name("wayland_proxy.py")
        place = self._runtime / PORTAL_DISPLAY
        self._start("proxy", [kit.tool("python3"), "-B", script, place,
                              self._runtime / "wayland-1"])
        self._wait_for("proxy", place.exists, "the proxy of the compositor")

    def start_pipewire(self):
        self._start("pipewire", [kit.tool("pipewire")])
        self._wait_for("pipewire", (self._runtime / "pipewire-0").exists, "PipeWire")
        self._start("wireplumber", [kit.tool("wireplumber")])
        self._wait_for("wireplumber", lambda: "WirePlumber" in self._clients(), "WirePlumber")

    def stop_pipewire(self):
        self.kill("wireplumber")
        self.kill("pipewire")
        (self._runtime / "pipewire-0").unlink(missing_ok=True)

    def start_sound(self):
        """A sound server of PipeWire, with one sink that nobody hears."""
        self._start("pipewire-pulse", [kit.tool("pipewire-pulse")])
        self._wait_for("pipewire-pulse", (self._runtime / "pulse" / "native").exists,
                       "the sound server")
        kit.run([kit.tool("pactl"), "load-module", "module-null-sink",
                 f"sink_name={desktop.SINK}"], env=self.environment())

    def play(self, file):
        """Plays 48 kHz stereo of 16 bits, until the stage ends."""
        self._stage.start([kit.tool("pacat"), f"--device={desktop.SINK}", "--rate=48000",
                           "--channels=2", "--format=s16le", file], env=self.environment())

    def _clients(self):
        done = subprocess.run([kit.tool("pw-cli"), "ls", "Client"], env=self.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=30)
        return done.stdout

    def start_portal(self):
        folder = self.folder / "config" / "xdg-desktop-portal-wlr"
        folder.mkdir(parents=True, exist_ok=True)
        chooser = self.folder / "chooser"
        chooser.write_text(CHOOSER.format(folder=self.folder))
        chooser.chmod(0o755)
        (folder / "config").write_text(
            f"[screencast]\nmax_fps=60\nchooser_type=simple\nchooser_cmd={chooser}\n")
        self._start("portal-wlr", [service("xdg-desktop-portal-wlr"), "-r", "-l", "INFO"],
                    WAYLAND_DISPLAY=PORTAL_DISPLAY)
        self._wait_for("portal-wlr",
                       lambda: self._has_name("org.freedesktop.impl.portal.desktop.wlr"),
                       "the portal of sway")
        self._start("portal", [service("xdg-desktop-portal"), "-r"])
        self._wait_for("portal", lambda: self._has_name("org.freedesktop.portal.Desktop"),
                       "the desktop portal")

    def kill_portal(self):
        self.kill("portal")
        self.kill("portal-wlr")

    def answer(self, output):
        """What the user will choose; empty: refuses."""
        (self.folder / "answer").write_text(f"{output}\n" if output else "")

    def times_asked(self):
        asked = self.folder / "asked"
        return len(asked.read_text().splitlines()) if asked.exists() else 0

    def command(self, text):
        """A command of the compositor."""
        kit.run([kit.tool("swaymsg"), "--", text], env=self.environment())

    def _windows(self):
        return kit.run([kit.tool("swaymsg"), "-t", "get_tree"], env=self.environment()).stdout

    def show(self, picture):
        """Shows a picture of lavfi that fills the screen, until the stage ends."""
        running = self._stage.start(
            [kit.tool("mpv"), "--no-config", "--vo=wlshm", "--fullscreen", "--osc=no",
             "--osd-level=0", "--cursor-autohide=no", "--really-quiet", f"av://lavfi:{picture}"],
            env=self.environment())
        kit.wait_until(lambda: '"app_id": "mpv"' in self._windows(), 30, "the window of mpv")
        return running

    def sources(self):
        done = self._stage.run("streamkit-capture", "sources", "--json", env=self.environment())
        return json.loads(done.stdout)

    def capture(self, api_base, *arguments):
        """A capture of this desktop that has its session."""
        running = self._stage.start([self._stage.program("streamkit-capture"), *arguments,
                                     "--json", "--api-base", api_base], env=self.environment())
        return desktop.Capture(running)
