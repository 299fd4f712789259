"""What Linux tells of a program and of those it started."""

import pathlib
import threading


def family(pid):
    """A process and its descendants, as far as they still run."""
    found, left = [], [pid]
    while left:
        process = left.pop()
        found.append(process)
        for listed in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
            try:
                left += [int(child) for child in listed.read_text().split()]
            except OSError:
                continue
    return found


def children(pid):
    return [process for process in family(pid) if process != pid]


class Usage:
    """What a family of processes holds: bytes of memory, descriptors, threads, processes. Memory that
    several of them share is counted once (the proportional set size)."""

    def __init__(self, pid):
        self.memory = self.descriptors = self.threads = self.processes = 0
        for process in family(pid):
            self._add(pathlib.Path(f"/proc/{process}"))

    def _add(self, place):
        try:
            status = dict(line.split(":", 1) for line in
                          (place / "status").read_text().splitlines() if ":" in line)
            memory = dict(line.split(":", 1) for line in
                          (place / "smaps_rollup").read_text().splitlines()[1:])
            descriptors = len(list((place / "fd").iterdir()))
        except OSError:
            return
        if "Pss" not in memory:
            return
        self.memory += 1024 * int(memory["Pss"].split()[0])
        self.descriptors += descriptors
        self.threads += int(status["Threads"])
        self.processes += 1


def most(usages):
    """The most of each that one of them has."""
    found = usages[0]
    for usage in usages[1:]:
        found.memory = max(found.memory, usage.memory)
        found.descriptors = max(found.descriptors, usage.descriptors)
        found.threads = max(found.threads, usage.threads)
        found.processes = max(found.processes, usage.processes)
    return found


class MemoryWatch:
    """Remembers the most memory that a family of processes held."""

    def __init__(self, pid):
        self.most = 0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._stop.wait(0.03):
            self.most = max(self.most, Usage(self._pid).memory)

    def take(self):
        """The most since the last call."""
        most, self.most = self.most, 0
        return most

    def stop(self):
        self._stop.set()
        self._thread.join(10)
