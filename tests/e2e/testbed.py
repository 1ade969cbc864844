# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests share: running the built program, reading its records, and skipping where it cannot run."""
import atexit
import contextlib
import csv
import fcntl
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
COMPUTED = os.path.join(SOURCE, "topologies", "quickstart.yaml")
# F_n(b) of no machine in particular: what a test expects of cuts and batches must not hang on this one's speed.
MODEL_GPU = ("--set", "edge.executor=replay", "--set", "edge.profile=mobilenet-v2-gpu-model")


def stated_quickstart():
    """The quickstart's topology with a stated GPU in place of this processor, for as long as the tests run."""
    folder = tempfile.mkdtemp(prefix="airbatch-topology-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with open(COMPUTED) as computed, open(os.path.join(folder, "quickstart.yaml"), "w") as stated:
        text = computed.read()
        assert "  executor: cpu\n" in text
        stated.write(text.replace("  executor: cpu\n", "  executor: replay\n  profile: mobilenet-v2-gpu-model\n"))
    return stated.name


QUICKSTART = stated_quickstart()

sys.path.insert(0, os.path.join(SOURCE, "scripts", "reproduce"))
from common import marks, why_not  # noqa: E402


@contextlib.contextmanager
def turn(name):
    """Names of runs are the machine's: tests that use a fixed one take turns, whichever checkout they belong to."""
    with open(os.path.join(tempfile.gettempdir(), f"airbatch-test-{name}-{os.geteuid()}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


needs_root = unittest.skipUnless(os.geteuid() == 0, "needs root: mounts, capabilities or names under /run/netns")


# A verdict on real time needs a run that kept its own: this often it is tried.
TRIES = 4


class Disturbed(unittest.SkipTest):
    """The machine, not the code, kept a test from its verdict: the reason is what was measured."""


def pressure_s():
    """Seconds for which some process has waited for a processor since the machine started; None where nobody counts them."""
    try:
        with open("/proc/pressure/cpu") as f:
            return int(f.readline().split("total=")[1]) / 1e6
    except (OSError, IndexError, ValueError):
        return None


def main(*programs, namespaces=True):
    """Runs the tests; exit status 77 (skipped) with the reason where they, or some of them, cannot run."""
    reason = why_not() if namespaces else None
    for program in programs:
        if not shutil.which(program):
            reason = reason or program + " is not installed"
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    result = unittest.main(verbosity=2, exit=False).result
    for test, why in result.skipped:
        print(f"skipped: {getattr(test, '_testMethodName', test)}: {why}")
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)


def check_docs(case, name, write):
    """write(docs) replaces what stands between the marks of docs/NAME.md by "new", and nothing else."""
    begin, end = marks(name)
    with tempfile.TemporaryDirectory() as docs:
        page = os.path.join(docs, name + ".md")
        with open(page, "w") as f:
            f.write(f"before\n{begin}\nold\n{end}\nafter\n")
        write(docs)
        with open(page) as f:
            case.assertEqual(f.read(), f"before\n{begin}\n\nnew\n{end}\nafter\n")


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
        process = subprocess.Popen([AIRBATCH, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True)
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

    def until_valid(self, run, directory="run"):
        """What `run` returns (a summary, or a tuple that begins with one) once its run in `directory` is valid. A machine on
        which none of some tries is valid says nothing about the code: the test is skipped with what the last one measured."""
        for _ in range(TRIES):
            result = run()
            summary = result[0] if isinstance(result, tuple) else result
            if summary["valid"]:
                return result
            self.assertTrue(summary["not_valid_because"], "not valid, and nobody says why")
            print("not valid:", "; ".join(summary["not_valid_because"]))
            shutil.rmtree(self.directory(directory))
        raise Disturbed(f"none of {TRIES} runs was valid: {summary['not_valid_because'][0]}")

    def valid(self, *arguments, directory="run", timeout=90):
        """As done, of a run that is valid."""
        return self.until_valid(lambda: self.done(*arguments, directory=directory, timeout=timeout), directory)

    def undisturbed(self, measure):
        """For what no run watches, such as other programs' own times: `measure` returns whether all is as it should be. What is
        wrong while processes do not wait for a processor is the code's fault; what is wrong in every try while they do is not."""
        for _ in range(TRIES):
            began, pressure = time.monotonic(), pressure_s()
            if measure():
                return
            waited = (pressure_s() - pressure) / (time.monotonic() - began) if pressure is not None else 0
            self.assertGreater(waited, 0.02, "nothing disturbed this measurement")
        raise Disturbed(f"processes waited for a processor for {100 * waited:.0f} % of the time")

    def summary(self, directory="run"):
        with open(os.path.join(self.directory(directory), "summary.json")) as f:
            return json.load(f)

    def table(self, name, directory="run"):
        with open(os.path.join(self.directory(directory), name + ".csv")) as f:
            return list(csv.DictReader(f))
