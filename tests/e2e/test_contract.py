# SPDX-License-Identifier: BSD-3-Clause
"""The accuracy contract: a run that says valid kept its promises but for the radio's reasons; a disturbed one names its stage."""
import glob
import os
import re
import signal
import subprocess
import time
import unittest

import testbed
from test_containers import group_of

REPLAY = ("--set", "edge.executor=replay", "--set", "edge.profile=mobilenet-v2-gpu-model")
STOP_S = 1


def stages(summary):
    """What broke the contract, by the first word of each sentence."""
    return [sentence.split(":")[0] for sentence in summary["not_valid_because"]]


class Contract(testbed.Case):
    def hold(self, summary, tasks):
        """What every record of a run must satisfy, disturbed or not."""
        for name, stage in summary["host_lateness"].items():
            self.assertLessEqual(stage["p50_us"], stage["p99_us"], name)
            self.assertLessEqual(stage["p99_us"], stage["max_us"], name)
            self.assertEqual(stage["kept"], name not in stages(summary), name)
        missed = [t for t in tasks if t["promised"] == "1" and t["outcome"] == "done" and t["met"] == "0"]
        by_host = [t for t in missed if t["missed_by"] == "host"]
        self.assertEqual(len(missed), summary["tasks"]["promised_but_missed"])
        self.assertEqual(len(by_host), summary["tasks"]["missed_by_host"])
        self.assertEqual(len(missed) - len(by_host), sum(t["missed_by"] == "radio" for t in tasks))
        if by_host:
            self.assertFalse(summary["valid"])
            self.assertIn("promises", stages(summary))
        for t in missed:
            late = float(t["latency_ms"]) - float(t["deadline_ms"])
            self.assertEqual(t["missed_by"] == "host", late <= float(t["host_ms"]) + 2e-6, t)
        self.assertEqual(summary["valid"], not summary["not_valid_because"])

    def stopped(self, program):
        """A run in which one process of this program was stopped for a second."""
        process = self.start("run", testbed.QUICKSTART, "--policy", "ip-ssa", "--duration", "5s", "--out", self.directory(),
                             "--quiet", *REPLAY)
        links = os.path.join(self.directory(), "links.csv")
        testbed.wait_for(lambda: os.path.exists(links) and os.path.getsize(links) > 2000, 60, "the run did not start")
        victim = testbed.children_of(process.pid)[program][0]
        os.kill(victim, signal.SIGSTOP)
        time.sleep(STOP_S)
        os.kill(victim, signal.SIGCONT)
        process.communicate(timeout=60)
        summary = self.summary()
        self.hold(summary, self.table("tasks"))
        self.assertFalse(summary["valid"], summary["host_lateness"])
        return summary

    def test_a_stopped_shaper_is_named(self):
        summary = self.stopped("airbatch-shaper")
        self.assertTrue({"shaper_timer", "shaper_ring", "shaper_send"} & set(stages(summary)), stages(summary))
        self.assertGreater(summary["host_lateness"]["shaper_timer"]["max_us"], .9e6 * STOP_S)

    def test_a_stopped_ue_is_named(self):
        summary = self.stopped("airbatch-ue")
        self.assertTrue({"ue_timer", "ue_read"} & set(stages(summary)), stages(summary))

    def test_a_stopped_edge_is_named(self):
        summary = self.stopped("airbatch-edge")
        self.assertTrue({"edge_timer", "edge_read", "replay", "planning"} & set(stages(summary)), stages(summary))

    def measured(self, environment, name, *more):
        result = self.run_airbatch("run", testbed.COMPUTED, "--policy", "ip-ssa", "--duration", "4s", "--out",
                                   self.directory(name), "--quiet", *more, env=environment, timeout=180)
        self.assertEqual(result.returncode, 0, result.stderr)
        summary = self.summary(name)
        self.hold(summary, self.table("tasks", name))
        return summary

    def test_batches_three_times_too_long_are_named(self):
        environment = dict(os.environ, XDG_CACHE_HOME=self.folder)
        self.measured(environment, "first")
        [profile] = glob.glob(os.path.join(self.folder, "airbatch", "profile-*.csv"))
        with open(profile) as f:
            lines = f.read().splitlines()
        for i, line in enumerate(lines):
            if re.match(r"\d", line):
                fields = line.split(",")
                lines[i] = ",".join(fields[:3] + [repr(float(x) / 3) for x in fields[3:7]] + fields[7:])
            elif line.startswith("# disturbed:"):
                lines[i] = "# disturbed: no"
        with open(profile, "w") as f:
            f.write("\n".join(lines) + "\n")
        summary = self.measured(environment, "scaled", "--set", "ues.deadline=300ms", "--set", "ues.device.f_max=2GFLOP/s")
        self.assertGreater(summary["batches"]["n"], 0)
        self.assertIn("batch", stages(summary))

    @testbed.needs_root
    def test_a_fifth_of_a_processor_is_named(self):
        with group_of(.2) as procs:
            subprocess.run(["sh", "-ec", 'echo $$ > "$0"; timeout 12 sh -c "while :; do :; done" & exec "$@"', procs, testbed.AIRBATCH,
                            "run", testbed.COMPUTED, "--policy", "ip-ssa", "--duration", "4s", "--out", self.directory(),
                            "--quiet"], capture_output=True, text=True, timeout=170)
        summary = self.summary()
        self.hold(summary, self.table("tasks"))
        if summary["batches"]["n"] == 0 and summary["valid"]:
            self.skipTest("every task stayed on its UE, and the loops that go first need no more than a fifth")
        self.assertFalse(summary["valid"], summary["host_lateness"])

    def test_fifty_ues_keep_to_the_contract(self):
        topology = self.topology("name: fifty\nduration: 4s\npolicy: ip-ssa\ncell: {bandwidth: 50MHz}\n"
                                 "ues: {count: 50, distance: 20m..80m, deadline: 250ms, arrivals: {kind: poisson, rate: 1}}\n"
                                 "edge: {executor: replay, profile: mobilenet-v2-gpu-model}\n")
        result = self.run_airbatch("run", topology, "--out", self.directory(), "--quiet", timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        summary = self.summary()
        self.hold(summary, self.table("tasks"))
        if summary["valid"]:
            self.assertLess(summary["tasks"]["latency_error"]["p50"], .01)

    def test_the_radios_misses_leave_a_run_valid(self):
        """ue1 loses most of its rate while it uploads, and has it back before the edge plans anew: the radio's doing."""
        trace = self.directory("deep.gain")
        with open(trace, "w") as f:
            f.write("time_s,ue,gain_db\n")
            for k in range(12):
                for after, deep in ((0, False), (.05, False), (.051, True), (.25, True), (.251, False)):
                    f.writelines(f"{.5 * k + after:.3f},ue{ue},{-125 if deep and ue == 1 else -70}\n" for ue in (1, 2, 3, 4))
        result = self.run_airbatch("run", testbed.QUICKSTART, "--policy", "ip-ssa", "--duration", "5s", "--out", self.directory(), "--quiet",
                                   "--set", "cell.trace.gain=" + trace, *REPLAY)
        self.assertEqual(result.returncode, 0, result.stderr)
        summary, tasks = self.summary(), self.table("tasks")
        self.hold(summary, tasks)
        self.assertGreater(sum(t["missed_by"] == "radio" for t in tasks), 0)


if __name__ == "__main__":
    testbed.main()
