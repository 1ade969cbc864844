# SPDX-License-Identifier: BSD-3-Clause
"""Batching as planned, by size, timer and deadline, simulated and emulated, judged by the rows of batches.csv and tasks.csv."""
import shutil
import unittest

import testbed

SIZE, TIMER_MS, GUARD_MS, COUNT = 3, 6.0, 8.0, 5
# Stated batch times that are long beside a late wake-up; two networks would need two sets of samples: see test_batcher_modes.
TOPOLOGY = """
name: batching
duration: %ss
policy: %s
cell: {bandwidth: 5MHz}
ues:
  count: 5
  distance: 20m..80m
  deadline: 150ms
  arrivals: {kind: poisson, rate: 4}
edge:
  executor: replay
  profile: mobilenet-v2-gpu-model
  guard: 8ms
  verify: false
  batching: {mode: %s}
"""
KEYS = {"planned": "planned", "size": "size, size: 3", "timer": "timer, size: 3, timer: 6ms", "deadline": "deadline, size: 3"}
# They have to offload, and the time for it, however fast this processor is.
SLOW_PHONES = ("--set", "ues.device.f_max=2GFLOP/s", "--set", "ues.deadline=450ms")
REASONS = {"size": {"full", "drained"}, "timer": {"full", "timer"}, "deadline": {"full", "deadline", "late"},
           "planned": {"planned", "busy", "waited", "left", "straggler"}}


class Batching(testbed.Case):
    def text(self, mode, policy="ip-ssa-np", seconds=3):
        return TOPOLOGY % (seconds, policy, KEYS[mode])

    def numbers(self, directory):
        return [{k: v if k in ("who", "reason") else float(v) for k, v in b.items()} for b in self.table("batches", directory)]

    def check_mode(self, mode, directory, summary, late_ms):
        """Laws of a run; late_ms: how much later than in the model a batch may start, for the host's sake."""
        batches, tasks = self.numbers(directory), self.table("tasks", directory)
        self.assertGreater(len(batches), 20)
        self.assertLessEqual({b["reason"] for b in batches}, REASONS[mode])
        self.assertEqual(sum(summary["batches"]["reasons"].values()), len(batches))
        served = {}
        for b in batches:
            for who in b["who"].split():
                served.setdefault(who, []).append(int(b["subtask"]))
        done = {f"ue{t['ue']}:{t['task']}": t for t in tasks if t["outcome"] == "done" and int(t["cut"]) < int(t["subtasks"])}
        self.assertGreater(len(done), 10)
        for who, task in done.items():  # each sub-task once, in order
            self.assertEqual(served[who], list(range(int(task["cut"]), int(task["subtasks"]))))
        for a, b in zip(batches, batches[1:]):  # one at a time
            self.assertGreaterEqual(b["start_ms"], a["end_ms"] - 1e-6)
        if mode == "planned":
            return
        self.assertLessEqual(max(b["members"] for b in batches), SIZE)
        self.assertEqual({t["promised"] for t in done.values()}, {"0"})
        for k, b in enumerate(batches):
            if b["reason"] == "full" and mode != "deadline":
                self.assertEqual(b["members"], SIZE)
            free_ms = batches[k - 1]["end_ms"] if k else 0
            if mode in ("size", "timer"):  # it starts when it may, unless others run
                waited = [o for o in batches[:k] if o["start_ms"] >= b["planned_start_ms"] - 1e-6]
                if not waited:
                    self.assertLess(b["start_ms"], max(b["planned_start_ms"], free_ms) + late_ms)
        if mode == "timer":
            first = {}
            for b in batches:
                for who in b["who"].split():
                    first.setdefault(who, b)
            longest = max(b["run_ms"] for b in batches)
            for b in first.values():
                self.assertLess(b["start_ms"], b["first_input_ms"] + TIMER_MS + 9 * longest * COUNT + late_ms)
        if mode == "deadline":
            missed = [t for t in done.values() if t["met"] == "0"]
            self.assertLessEqual(len(missed), len(done) // 10)

    def check_both(self, mode):
        path = self.topology(self.text(mode))
        result = self.run_airbatch("sim", path, "--out", self.directory("sim"), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_mode(mode, "sim", self.summary("sim"), 1e-5)
        summary, _ = self.valid(path)
        self.check_mode(mode, "run", summary, 25)
        self.assertIsNone(summary["edge"]["worker"])  # a replay has none

    def test_as_planned(self):
        self.check_both("planned")

    def test_by_size(self):
        self.check_both("size")

    def test_by_timer(self):
        self.check_both("timer")

    def test_by_deadline(self):
        self.check_both("deadline")

    def computed(self, *arguments):
        self.summary_of, _ = self.done(testbed.COMPUTED, "--duration", "2s", *SLOW_PHONES, *arguments)
        self.assertEqual(self.summary_of["tasks"]["differing_results"], 0)
        self.assertGreater(self.summary_of["tasks"]["offloaded"], 10)
        self.assertEqual(self.summary_of["tasks"]["checked"], self.summary_of["tasks"]["done"])

    def explained(self):
        """Whether the batches' run times explain the time that the worker measured of itself, but for preemption between stamps."""
        self.computed()
        worker = self.summary_of["edge"]["worker"]
        print(f"run {worker['run_s']:.4f} s of {worker['busy_s']:.4f} s: {100 * worker['explained']:.2f} %; "
              f"{worker['copied_batches']} of {self.summary_of['batches']['n']} batches copied")
        self.assertLessEqual(worker["run_s"], worker["busy_s"])
        # Processor time: less than the wall's where others take the processor, never more on one thread.
        self.assertLessEqual(worker["cpu_s"], 1.02 * worker["busy_s"])
        self.assertIn("source", self.summary_of["edge"]["energy"])
        shutil.rmtree(self.directory())
        return worker["explained"] > 0.98

    def test_computed_batches_explain_the_workers_time(self):
        self.undisturbed(self.explained)

    def test_inputs_that_lie_together_are_not_copied(self):
        summary, _ = self.until_valid(lambda: (self.computed(), (self.summary_of, None))[1])
        self.assertEqual(summary["edge"]["worker"]["copied_batches"], 0)

    def test_batches_of_inputs_apart_are_computed_right(self):
        self.computed("--set", "edge.batching.mode=timer", "--set", "edge.batching.timer=20ms", "--set", "edge.batching.size=2")

    def test_what_does_not_go_together_is_refused(self):
        path = self.topology(self.text("timer", policy="ps"))
        for command in ("sim", "run"):
            result = self.run_airbatch(command, path, "--out", self.directory(command), "--quiet")
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("edge.batching.mode is timer: the policy ps shares the GPU", result.stderr)
        result = self.run_airbatch("sim", path, "--set", "edge.batching.mode=sometimes", "--out", self.directory("x"))
        self.assertEqual(result.returncode, 2)
        self.assertIn("planned, size, timer, deadline or cores", result.stderr)
        result = self.run_airbatch("sim", path, "--set", "edge.batching.size=0", "--out", self.directory("x"))
        self.assertEqual(result.returncode, 2)


if __name__ == "__main__":
    testbed.main()
