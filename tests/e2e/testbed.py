# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests share: running the built program, reading its records, and skipping where it cannot run."""
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = os.environ.get("AIRBATCH_BUILD", "build")
AIRBATCH = os.path.join(BUILD, "airbatch")
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUICKSTART = os.path.join(SOURCE, "topologies", "quickstart.yaml")

sys.path.insert(0, os.path.join(SOURCE, "scripts", "reproduce"))
from common import why_not  # noqa: E402

needs_root = unittest.skipUnless(os.geteuid() == 0, "needs root: mounts, capabilities or names under /run/netns")


def main(*programs, namespaces=True):
    """Runs the tests; exit status 77 (skipped) with the reason where they cannot run."""
    reason = why_not() if namespaces else None
    for program in programs:
        if not shutil.which(program):
            reason = reason or program + " is not installed"
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    unittest.main(verbosity=2)


def children_of(pid):
    """Direct children of a process: {program: [pid, ...]}."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as f:
                stat = f.read()
            with open(f"/proc/{entry}/comm") as f:
                name = f.read().strip()
        except OSError:
            continue
        if int(stat[stat.rindex(")") + 2:].split()[1]) == pid:
            found.setdefault(name, []).append(int(entry))
    return found


def all_descendants(pid):
    found = []
    for pids in children_of(pid).values():
        for child in pids:
            found += [child] + all_descendants(child)
    return found


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            stat = f.read()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] != "Z"


def network_namespace(pid):
    return os.readlink(f"/proc/{pid}/ns/net")


def network_namespaces():
    """Identities of all network namespaces that a process is in or a name holds."""
    found = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found.add(network_namespace(entry))
            except OSError:
                pass
    folder = "/run/netns"
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        try:
            found.add(f"net:[{os.stat(os.path.join(folder, name)).st_ino}]")
        except OSError:
            pass
    return found


def wait_for(what, seconds, message):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = what()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(message)


class Case(unittest.TestCase):
    """Each test has a folder of its own for topologies and run directories."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="airbatch-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def topology(self, text, name="test.yaml"):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def directory(self, name="run"):
        return os.path.join(self.folder, name)

    def run_airbatch(self, *arguments, timeout=90, env=None):
        return subprocess.run([AIRBATCH, *arguments], capture_output=True, text=True, timeout=timeout, env=env)

    def start(self, *arguments):
        process = subprocess.Popen([AIRBATCH, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def done(self, *arguments, directory="run", timeout=90):
        """Runs to the end, expects success, returns (summary, tasks)."""
        result = self.run_airbatch("run", *arguments, "--out", self.directory(directory), "--quiet", timeout=timeout)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.summary(directory), self.table("tasks", directory)

    def summary(self, directory="run"):
        with open(os.path.join(self.directory(directory), "summary.json")) as f:
            return json.load(f)

    def table(self, name, directory="run"):
        with open(os.path.join(self.directory(directory), name + ".csv")) as f:
            return list(csv.DictReader(f))
