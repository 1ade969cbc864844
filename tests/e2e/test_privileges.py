# SPDX-License-Identifier: BSD-3-Clause
"""What each process of a run may do: no capability in any thread, none to be gained, and its files readable all the same."""
import glob
import os
import signal
import subprocess
import unittest

import testbed

SETS = ("CapInh", "CapPrm", "CapEff", "CapAmb")
CAP_SYS_ADMIN, CAP_SYS_NICE = 21, 23


def status_of(task):
    with open(f"/proc/{task}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def threads_of(pid):
    return [f"{pid}/task/{name}" for name in os.listdir(f"/proc/{pid}/task")]


class Privileges(testbed.Case):
    def living(self, *more):
        """A run that has begun: its control socket answers."""
        run = self.start("run", testbed.QUICKSTART, "--duration", "30s", "--quiet", "--out", self.directory(), *more)
        testbed.wait_for(lambda: os.path.exists(os.path.join(self.directory(), "control")) and self.has_begun(), 40, "no run")
        return run

    def has_begun(self):
        path = os.path.join(self.directory(), "links.csv")
        return os.path.exists(path) and os.path.getsize(path) > 1000

    def ended(self, run):
        run.send_signal(signal.SIGINT)
        run.wait(timeout=60)

    def check_children(self, run):
        children = testbed.children_of(run.pid)
        self.assertEqual({name: len(pids) for name, pids in children.items()},
                         {"airbatch-shaper": 1, "airbatch-edge": 1, "airbatch-ue": 4})
        for name, pids in children.items():
            for pid in pids:
                for thread in threads_of(pid):
                    status = status_of(thread)
                    with self.subTest(program=name, thread=thread):
                        may = 1 << CAP_SYS_NICE if name == "airbatch-shaper" else 0  # where limits give it no priorities
                        self.assertEqual({key: int(status[key], 16) & ~may for key in SETS}, dict.fromkeys(SETS, 0))
                        self.assertEqual(int(status["NoNewPrivs"]), 1)
        return children

    def test_no_thread_of_a_child_has_a_capability(self):
        run = self.living()
        try:
            children = self.check_children(run)
            shaper, edge = children["airbatch-shaper"][0], children["airbatch-edge"][0]
            for pid in (shaper, edge):
                bounding = int(status_of(pid)["CapBnd"], 16)
                self.assertEqual(bounding & (1 << CAP_SYS_ADMIN), 0)
        finally:
            self.ended(run)
        summary = self.summary()
        self.assertEqual(summary["status"], "interrupted")
        self.assertGreater(summary["tasks"]["done"], 0)

    @testbed.needs_root
    def test_scheduling_is_kept(self):
        """Limits on nice and rtprio stand in for CAP_SYS_NICE."""
        if not self.may_be_realtime():
            self.skipTest("real-time priorities are not to be had here")
        run = self.living()
        try:
            for pids in testbed.children_of(run.pid).values():
                for pid in pids:
                    self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), -20)
        finally:
            self.ended(run)
        self.assertTrue(self.summary()["shaper"]["high_priority"])

    @staticmethod
    def may_be_realtime():
        return subprocess.run(["chrt", "-f", "1", "true"], capture_output=True, check=False).returncode == 0

    @testbed.needs_root
    def test_captures_go_on_to_new_files(self):
        run = self.living("--pcap", "all", "--rotate", "64kB")
        self.ended(run)
        self.assertGreater(len(glob.glob(os.path.join(self.directory(), "radio*.pcap"))), 1)
        for capture in self.summary()["captures"]:
            self.assertTrue(capture["complete"], capture)

    @testbed.needs_root
    def test_folders_of_others_are_no_hindrance(self):
        """As under sudo: run directory and topology lie below a folder that only another user may enter."""
        home = os.path.join(self.folder, "home")
        os.mkdir(home, 0o700)
        os.chown(home, 4711, 4711)
        result = self.run_airbatch("run", testbed.QUICKSTART, "--duration", "1s", "--quiet", "--out", os.path.join(home, "run"))
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    testbed.main()
