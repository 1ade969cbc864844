# SPDX-License-Identifier: BSD-3-Clause
"""Running and left-over runs as `ls` and `clean` show them, and what works on a running run by its name."""
import json
import os
import signal
import subprocess
import time

import testbed
from test_completion import BASH, SCRIPT


class Runs(testbed.Case):
    def setUp(self):
        super().setUp()
        self.name = f"r{os.getpid()}-{self._testMethodName[-10:].replace('_', '')}"

    def running(self, *more):
        process = self.start("run", testbed.QUICKSTART, "--duration", "30s", "--name", self.name, "--out",
                             self.directory(), "--quiet", "--set", "capture.points=none", *more)
        links = os.path.join(self.directory(), "links.csv")
        testbed.wait_for(lambda: os.path.exists(links) and os.path.getsize(links) > 400, 30, "the run did not start")
        return process

    def listed(self):
        """This test's entry of `airbatch ls --json`, or None."""
        runs = json.loads(self.run_airbatch("ls", "--json").stdout)
        return next((r for r in runs if r["name"] == self.name), None)

    def complete(self, line):
        line = line.replace("airbatch", os.path.abspath(testbed.AIRBATCH), 1)
        result = subprocess.run(["bash", "--norc", "-c", BASH, "bash", SCRIPT, line], capture_output=True, text=True,
                                timeout=20)
        return result.stdout.split()

    def stop(self, process):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    @testbed.needs_root
    def test_killed(self):
        before = time.time()
        process = self.running("--publish")
        run = self.listed()
        self.assertEqual((run["state"], run["pid"], run["policy"]), ("running", process.pid, "ip-ssa"))
        self.assertEqual(os.path.realpath(run["directory"]), os.path.realpath(self.directory()))
        self.assertLess(abs(run["age_s"] - (time.time() - before)), 20)
        self.assertRegex(self.run_airbatch("ls").stdout, rf"(?m)^{self.name} +running +{process.pid} .* ip-ssa ")
        descendants = testbed.all_descendants(process.pid)
        process.kill()
        process.communicate(timeout=10)
        testbed.wait_for(lambda: not any(map(testbed.alive, descendants)), 5, "a process is left")
        self.assertEqual(self.listed()["state"], "left over")
        would = self.run_airbatch("clean", "--dry-run").stdout
        self.assertIn(self.name, would)
        self.assertIn("would be removed", would)
        self.assertTrue([n for n in os.listdir("/run/netns") if self.name in n])
        removed = json.loads(self.run_airbatch("clean", "--json").stdout)
        self.assertIn(self.name, [r["name"] for r in removed])
        self.assertIsNone(self.listed())
        self.assertFalse([n for n in os.listdir("/run/netns") if self.name in n])
        self.assertTrue(os.path.isdir(self.directory()))  # what was measured stays

    def test_wrong_usage(self):
        for command in ("ls", "clean", "doctor", "exec", "set", "version"):
            result = self.run_airbatch(command, "--nonsense")
            self.assertEqual(result.returncode, 2, command)
        self.assertEqual(self.run_airbatch("exec", "nobody", "ue1", "--", "true").returncode, 1)
        self.assertEqual(self.run_airbatch("exec", "nobody", "ue1").returncode, 2)

    def test_exec_and_completion(self):
        process = self.running()
        ping = self.run_airbatch("exec", self.name, "ue2", "--", "ping", "-c", "2", "-i", "0.2", "198.18.0.1")
        self.assertEqual(ping.returncode, 0, ping.stderr)
        self.assertIn(" 0% packet loss", ping.stdout)
        # The command's own options are its own, with or without "--", and its exit status is ours.
        self.assertEqual(self.run_airbatch("exec", self.name, "ue2", "sh", "-c", "exit 7").returncode, 7)
        self.assertIn("no node 'ue9'", self.run_airbatch("exec", self.name, "ue9", "--", "true").stderr)
        self.assertIn(self.name, self.complete("airbatch exec "))
        self.assertEqual(self.complete(f"airbatch exec {self.name} e"), ["edge"])
        self.assertEqual(self.complete(f"airbatch set {self.name} ue3."), ["ue3.gain=", "ue3.loss=", "ue3.grant=", "ue3.delay="])
        self.assertIn("cell.bandwidth=", self.complete(f"airbatch set {self.name} "))
        self.assertEqual(self.run_airbatch("set", self.name, "ue3.gain=-100dB").returncode, 0)
        self.stop(process)
        self.assertNotIn(self.name, self.complete("airbatch exec "))


if __name__ == "__main__":
    testbed.main("ping")
