# SPDX-License-Identifier: BSD-3-Clause
"""Rounds with admission, exits and granted bandwidth, in both hosts: the same tasks are served, in the plan's time, over the plan's
bands as a capture shows them, and what an exit's head answers is what the reference says."""
import math
import os
import unittest

import captures
import testbed

DATA = os.path.join(testbed.SOURCE, "tests", "data", "exits")
TASKS = """
name: exits
duration: 4s
seed: 3
policy: {{name: bsp-exit, upload: 0.025}}
cell: {{bandwidth: 400kHz, grant: granted, delay: 1ms}}
ues:
  count: 6
  network: {data}/blocks-4.net
  distance: 20m..100m
  tx_power: 10dBm
  deadline: 120ms
  arrivals: {{kind: periodic, period: 200ms}}
  list: [{{accuracy: 70%}}, {{accuracy: 80%}}, {{accuracy: 88%}}, {{accuracy: 93%}}, {{accuracy: 70%}}, {{accuracy: 80%}}]
edge: {{{executor}, batching: {{start: {start}, stragglers: drop}}}}
capture: {{points: radio}}
"""
REPLAY = f"executor: replay, profile: {DATA}/blocks-4-stated.csv"
LATE = .03  # of the tasks of a valid run may feel that something was late: the contract allows 1 % of each stage's events
RUNS = {1: 1, 2: 2, 3: 3, 0: 4}  # sub-tasks by exit


def decided(tasks):
    return {(t["ue"], t["task"]): (t["outcome"], t["admitted"], t["exit"], t["accuracy"]) for t in tasks}


def shannon_bps(hertz, gain_db, tx_dbm=10):
    """Over a band of its own, noise of -174 dBm/Hz."""
    return hertz * math.log2(1 + 10 ** ((tx_dbm + gain_db + 174) / 10) / hertz)


def upload_rates(path):
    """{ue: bit/s}: frames behind the first of each upload, over the time from the first to the last."""
    bits, time_ns, first = {}, {}, {}
    for source, length, size, at in captures.rows(path, "tcp.len > 0 and ip.dst == 198.18.0.1", "ip.src", "frame.len", "tcp.len",
                                                  "frame.time_epoch"):
        ue, now = int(source.split(".")[3]) - 1, captures.ns(at)
        if ue in first:
            bits[ue] = bits.get(ue, 0) + 8 * int(length)
            if int(size) < 1448:  # the last
                time_ns[ue] = time_ns.get(ue, 0) + now - first.pop(ue)
        elif int(size) == 1448:
            first[ue] = now
    return {ue: 1e9 * bits[ue] / time_ns[ue] for ue in bits}


class EarlyExit(testbed.Case):
    def file(self, start="planned", executor=REPLAY):
        return self.topology(TASKS.format(data=DATA, start=start, executor=executor))

    def done_in(self, clock, *arguments):
        result = self.run_airbatch(clock, *arguments, "--out", self.directory(clock), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.summary(clock), self.table("tasks", clock)

    def simulate(self, path):
        return self.done_in("sim", path)

    def check_batches(self, directory):
        """Who takes an exit is in the batches before it, and in none behind."""
        last = {}
        for m in self.table("members", directory):
            key = (m["ue"], m["task"])
            self.assertEqual(int(m["subtask"]), last.get(key, -1) + 1)
            last[key] = int(m["subtask"])
        served = [t for t in self.table("tasks", directory) if t["outcome"] == "done"]
        self.assertEqual(last, {(t["ue"], t["task"]): RUNS[int(t["exit"])] - 1 for t in served})

    def check_rates(self, directory, within):
        """The capture's rate of each UE is that of its grant."""
        summary, granted = self.summary(directory), {}
        for t in self.table("tasks", directory):
            if t["outcome"] == "done":
                granted.setdefault(int(t["ue"]), set()).add(float(t["hertz"]))
        rates = upload_rates(os.path.join(self.directory(directory), "radio.pcap"))
        self.assertEqual(set(rates), set(granted))
        for ue, hertz in granted.items():
            self.assertEqual(len(hertz), 1)
            expected = shannon_bps(hertz.copy().pop(), summary["radio"][ue - 1]["gain_db"])
            print(f"  ue{ue}: {rates[ue] / 1e3:.2f} of {expected / 1e3:.2f} kbit/s")
            self.assertAlmostEqual(rates[ue] / expected, 1, delta=within)

    def test_a_simulation_is_the_plan(self):
        summary, tasks = self.simulate(self.file())
        self.assertGreater(summary["tasks"]["served"], 0)
        self.assertGreater(summary["tasks"]["refused"], 0)
        self.assertEqual(summary["tasks"]["served"] + summary["tasks"]["refused"], len(tasks))
        for t in tasks:
            if t["outcome"] == "done":
                self.assertAlmostEqual(float(t["latency_ms"]), float(t["plan_latency_ms"]), delta=.001)
        self.check_batches("sim")
        self.check_rates("sim", .0005)

    def same_decisions(self, tasks, simulated):
        """A valid run may be late here and there, and a task at the edge of its time is then decided otherwise."""
        here, there = decided(tasks), decided(simulated)
        self.assertEqual(set(here), set(there))
        others = {key: (here[key], there[key]) for key in here if here[key] != there[key]}
        self.assertLessEqual(len(others), LATE * len(here), others)

    def test_the_emulation_serves_the_same_in_the_plans_time(self):
        path = self.file()
        _, simulated = self.simulate(path)
        summary, tasks = self.valid(path)
        self.same_decisions(tasks, simulated)
        off = sorted(abs(float(t["latency_ms"]) / float(t["plan_latency_ms"]) - 1) for t in tasks if t["outcome"] == "done")
        print(f"  tasks end within {100 * off[-1]:.2f} % of the plan")
        self.assertLess(off[int((1 - LATE) * (len(off) - 1))], .05)
        self.assertEqual([t for t in tasks if t["missed_by"] == "host"], [])
        self.assertLessEqual(summary["tasks"]["dropped"], LATE * len(tasks))
        self.check_batches("run")
        self.check_rates("run", .005)

    def test_heads_answer_as_the_reference(self):
        """On this processor, batch by batch, whatever else it does; with batches that need not wait for their times."""
        summary, tasks = self.done(self.file("ready", "executor: cpu"))
        done = [t for t in tasks if t["outcome"] == "done"]
        self.assertGreater(len(done), 10)
        self.assertEqual({t["check"] for t in done}, {"equal"})
        self.assertEqual(summary["tasks"]["checked"], len(done))
        self.assertGreaterEqual(len(summary["tasks"]["exits"]), 2)
        self.assertAlmostEqual(summary["tasks"]["accuracy"], sum(float(t["accuracy"]) for t in done) / len(done))
        self.check_batches("run")

    def test_the_topology_is_the_same_in_both_hosts(self):
        """topologies/early-exit.yaml: the trained network, batches when they are ready, who is late is dropped."""
        path = os.path.join(testbed.SOURCE, "topologies", "early-exit.yaml")
        _, simulated = self.simulate(path)
        summary, tasks = self.valid(path)
        self.same_decisions(tasks, simulated)
        self.assertEqual(summary["tasks"]["served"], summary["tasks"]["done"])
        self.assertLessEqual(summary["tasks"]["dropped"], LATE * len(tasks))
        self.assertEqual([t for t in tasks if t["missed_by"] == "host"], [])
        self.assertEqual(set(summary["tasks"]["exits"]), {"1", "2", "3"})
        self.check_batches("run")

    def count_right(self, directory, exit_taken=None):
        """(right, known, different inputs) of the tasks done, of one exit or all."""
        known = [t for t in self.table("tasks", directory) if t["class_right"] != "" and exit_taken in (None, int(t["exit"]))]
        self.assertEqual({t["outcome"] for t in known}, {"done"})
        return sum(int(t["class_right"]) for t in known), len(known), len({t["sample"] for t in known})

    def test_accuracy_is_measured_where_results_are_computed(self):
        """Trained weights on this processor: every result is held against its input's class; who is not admitted is computed on its UE."""
        with open(os.path.join(testbed.SOURCE, "topologies", "early-exit.yaml")) as f:
            text = f.read()
        here = text.replace("executor: replay", "executor: cpu").replace("  profile: pentominoes-4-gpu-model\n", "").replace(
            "not_admitted: refuse", "not_admitted: local")
        summary, tasks = self.done(self.topology(here + "samples: {inputs: 32}\n"), "--set", "duration=4s", "--set", "cell.bandwidth=2MHz")
        accuracy = summary["accuracy"]
        self.assertFalse(accuracy["modelled"])
        for figure, right in [(accuracy["overall"], self.count_right("run"))] + [(e, self.count_right("run", e["exit"])) for e in accuracy["exits"]]:
            self.assertEqual((figure["right"], figure["known"], figure["inputs"]), right)
            self.assertLessEqual(figure["low"], figure["measured"])
            self.assertLessEqual(figure["measured"], figure["high"])
        self.assertEqual(accuracy["overall"]["known"], sum(t["outcome"] == "done" for t in tasks))
        self.assertGreater(accuracy["overall"]["measured"], .5)
        self.assertRegex(self.run_airbatch("show", self.directory("run")).stdout, r"exit 1: promised 0.6219, measured 0\.\d+ \(95 %: ")
        summary, tasks = self.simulate(self.topology(text))
        self.assertTrue(summary["accuracy"]["modelled"])
        self.assertIsNone(summary["accuracy"]["overall"]["measured"])
        self.assertEqual({t["class_right"] for t in tasks}, {""})
        self.assertRegex(self.run_airbatch("show", self.directory("sim")).stdout, "promised 0\\.\\d+; the edge is MODELLED")

    def test_exits_by_confidence_are_the_same_in_both_hosts(self):
        """Replayed: each task stands for the same held-out input in both, and leaves at the same exit wherever it is served."""
        path = os.path.join(testbed.SOURCE, "topologies", "early-exit-confidence.yaml")
        summary, simulated = self.done_in("sim", path, "--set", "duration=3s")
        self.assertTrue(any("held-out" in what for what in summary["modelled"]))
        _, tasks = self.valid(path, "--set", "duration=3s")
        there = {(t["ue"], t["task"]): t for t in simulated if t["outcome"] == "done"}
        both = [(t, there[t["ue"], t["task"]]) for t in tasks if t["outcome"] == "done" and (t["ue"], t["task"]) in there]
        self.assertGreater(len(both), 100)
        columns = ("exit", "subtasks", "accuracy")
        differ = [here for here, other in both if [here[c] for c in columns] != [other[c] for c in columns]]
        self.assertLessEqual(len(differ), LATE * len(both), differ[:3])
        self.assertEqual({t["exit"] for t in tasks if t["outcome"] == "done"}, {"0", "1", "2", "3"})
        self.check_batches("run")
        self.check_batches("sim")

    def test_exits_by_confidence_are_computed(self):
        """On this processor: what the head answered is the result, and who goes on has the answer of where it leaves."""
        with open(os.path.join(testbed.SOURCE, "topologies", "early-exit-confidence.yaml")) as f:
            text = f.read().replace("executor: replay", "executor: cpu").replace("  profile: pentominoes-4-gpu-model\n", "")
        summary, tasks = self.done(self.topology(text), "--set", "duration=3s")
        done = [t for t in tasks if t["outcome"] == "done"]
        self.assertGreater(len(done), 10)
        self.assertEqual({t["check"] for t in done}, {"equal"})
        self.assertGreaterEqual(len(summary["tasks"]["exits"]), 2)
        self.assertEqual(summary["accuracy"]["overall"]["known"], len(done))
        self.check_batches("run")

    def test_what_cannot_be_is_refused(self):
        for change, says in (("ue4.accuracy=95%", "ue4: accuracy is 95 %, which no exit of blocks-4 reaches: at most 93 %"),
                             ("ues.network=mobilenet-v2", "mobilenet-v2 tells no accuracies"),
                             ("ues.accuracy=120%", "ues.accuracy is 120%: must be <= 1")):
            result = self.run_airbatch("sim", self.file(), "--set", change, "--out", self.directory("none"), "--quiet")
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(says, result.stderr)
            self.assertFalse(os.path.exists(self.directory("none")))

    def test_what_was_decided_is_shown(self):
        self.simulate(self.file())
        shown = self.run_airbatch("show", self.directory("sim")).stdout
        self.assertRegex(shown, r"tasks refused, 0 dropped; mean accuracy 0\.\d+")
        plans = captures.rows(os.path.join(self.directory("sim"), "radio.pcap"), 'airbatch.type == "plan"', "airbatch.ue",
                              "airbatch.task", "airbatch.plan.admission", "airbatch.plan.exit", "airbatch.plan.hertz",
                              "airbatch.plan.accuracy")
        tasks = {(t["ue"], t["task"]): t for t in self.table("tasks", "sim")}
        self.assertEqual(len(plans), len(tasks))
        for ue, task, admission, exit_taken, hertz, accuracy in plans:
            row = tasks[ue, task]
            self.assertEqual((admission == "0", exit_taken), (row["admitted"] == "1", row["exit"]))
            self.assertAlmostEqual(float(hertz), float(row["hertz"]), places=2)
            self.assertAlmostEqual(float(accuracy), float(row["accuracy"]))


if __name__ == "__main__":
    testbed.main("tshark")
