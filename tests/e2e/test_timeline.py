#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""trace.json of a simulation and of an emulated run: its format, and what it says against the tables."""
import bisect
import collections
import json
import os
import unittest

import testbed

STAGES = {"plan": "plan", "local": "compute", "upload": "upload", "wait": "wait", "batch": "batch", "result": "result"}
REQUIRED = {"X": {"name", "pid", "tid", "ts", "dur", "args"}, "b": {"name", "cat", "id", "pid", "tid", "ts", "args"},
            "e": {"name", "cat", "id", "pid", "tid", "ts"}, "i": {"name", "s", "pid", "tid", "ts", "args"},
            "C": {"name", "pid", "ts", "args"}, "M": {"name", "pid", "args"},
            "s": {"name", "cat", "id", "pid", "tid", "ts"}, "t": {"name", "cat", "id", "pid", "tid", "ts"},
            "f": {"name", "cat", "id", "pid", "tid", "ts", "bp"}}
US = 0.0015  # three decimals, of two numbers

# Poisson arrivals faster than they can be served, in a fading channel: tasks queue, deadlines are missed.
BUSY = ("--duration", "3s", "--set", "ues.arrivals.kind=poisson", "--set", "ues.arrivals.rate=20", "--set",
        "cell.fading.kind=rayleigh")


def number(text):
    return float(text)


class Timeline(testbed.Case):
    def load(self, directory):
        with open(os.path.join(self.directory(directory), "trace.json")) as f:
            return json.load(f)["traceEvents"]

    def check_schema(self, events):
        for e in events:
            self.assertIn(e["ph"], REQUIRED)
            self.assertLessEqual(REQUIRED[e["ph"]], set(e), e)
            if e["ph"] == "X":
                self.assertGreaterEqual(e["dur"], 0, e)
            if e["ph"] == "C":
                self.assertTrue(all(isinstance(v, (int, float)) for v in e["args"].values()), e)
        named = {(e["pid"], e.get("tid")) for e in events if e["ph"] == "M"}
        for e in events:
            if e["ph"] in "Xbi":
                self.assertIn((e["pid"], e["tid"]), named)

    def check_nesting(self, events):
        """On every track slices come in order of time, each inside the one that is open or after it."""
        open_slices = collections.defaultdict(list)
        for e in (e for e in events if e["ph"] == "X"):
            stack = open_slices[e["pid"], e["tid"]]
            while stack and stack[-1][1] <= e["ts"] + US:
                stack.pop()
            if stack:
                self.assertGreaterEqual(e["ts"], stack[-1][0] - US, e)
                self.assertLessEqual(e["ts"] + e["dur"], stack[-1][1] + US, e)
            stack.append((e["ts"], e["ts"] + e["dur"]))
        pairs = collections.Counter()
        for e in (e for e in events if e["ph"] in "be"):
            pairs[e["pid"], e["tid"], e["id"], e["name"]] += 1 if e["ph"] == "b" else -1
        self.assertEqual(set(pairs.values()) - {0}, set())

    def check_tasks(self, events, rows):
        names = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
        stages, tasks = collections.defaultdict(float), {}
        current = {}
        for e in events:
            ue = names[e["pid"]] if e["pid"] in names else ""
            if e["ph"] == "X" and e["name"].startswith("task "):
                current[ue] = e["args"]["task"]
                tasks[ue, current[ue]] = e
            elif e["ph"] == "X" and ue.startswith("ue"):
                stages[ue, current[ue], e["name"]] += e["dur"]
            elif e["ph"] in "be" and e["name"] == "queue":
                key = (ue, e["id"] & 0xffffffff, "plan")  # queue and plan are the table's plan
                stages[key] += e["ts"] if e["ph"] == "e" else -e["ts"]
        self.assertEqual(len(tasks), len(rows))
        for row in rows:
            key = ("ue" + row["ue"], int(row["task"]))
            for column, name in STAGES.items():
                self.assertAlmostEqual(stages[key + (name,)], 1e3 * number(row[column + "_ms"]), delta=US)
            e = tasks[key]
            self.assertAlmostEqual(e["ts"] + e["dur"], 1e3 * (number(row["arrival_ms"]) + number(row["latency_ms"])),
                                   delta=US)
            self.assertEqual(e["args"]["met"], int(row["met"]))
        marks = collections.Counter(e["name"] for e in events if e["ph"] == "i")
        self.assertEqual(marks["deadline"], len(rows))
        self.assertEqual(marks["missed"], sum(row["met"] == "0" for row in rows))

    def check_edge(self, events, batches, rounds):
        slices = {e["args"]["batch"]: e for e in events if e["ph"] == "X" and "batch" in e["args"]}
        self.assertEqual(len(slices), len(batches))
        for row in batches:
            e = slices[int(row["batch"])]
            self.assertAlmostEqual(e["ts"], 1e3 * number(row["start_ms"]), delta=US)
            self.assertAlmostEqual(e["ts"] + e["dur"], 1e3 * number(row["end_ms"]), delta=US)
            self.assertEqual((e["args"]["members"], e["args"]["reason"]), (row["who"], row["reason"]))
        decisions = [e for e in events if e["ph"] == "X" and e["name"].startswith("round ")]
        self.assertEqual([(e["args"]["requests"], e["args"]["batches"]) for e in decisions],
                         [(int(r["requests"]), int(r["batches"])) for r in rounds])
        for e, row in zip(decisions, rounds):
            self.assertAlmostEqual(e["dur"], number(row["decision_us"]), delta=US)
        return decisions

    def check_arrows(self, events):
        """Each arrow begins in an upload, passes every batch of its task, and ends in a result."""
        points = collections.defaultdict(list)
        for e in (e for e in events if e["ph"] in "stf"):
            points[e["id"]].append((e["ts"], e["ph"]))
        members = collections.Counter()
        for e in (e for e in events if e["ph"] == "X" and "members" in e["args"]):
            for member in e["args"]["members"].split():
                ue, task = member[2:].split(":")
                members[(int(ue) << 32) + int(task)] += 1
        for task, path in points.items():
            kinds = "".join(kind for _, kind in sorted(path))
            self.assertEqual(kinds, "s" + "t" * members[task] + "f")

    def check_counters(self, events, links):
        """Counters hold their values until they change: at each record they say what it says."""
        names = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
        curves = collections.defaultdict(list)
        for e in (e for e in events if e["ph"] == "C"):
            for key, value in e["args"].items():
                curves[names[e["pid"]], e["name"], key].append((e["ts"], value))

        def at(curve, time):
            times = [t for t, _ in curve]
            self.assertEqual(times, sorted(times))
            return curve[bisect.bisect_right(times, time) - 1][1]

        before = {}
        for row in links:
            ue, now = "ue" + row["ue"], 1e3 * number(row["time_ms"]) + US
            self.assertEqual(at(curves[ue, "gain (dB)", "gain"], now), number(row["gain_db"]))
            self.assertAlmostEqual(at(curves[ue, "rate (Mbit/s)", "uplink"], now), number(row["up_bps"]) / 1e6, delta=2e-6)
            self.assertEqual(at(curves[ue, "queue (bytes)", "uplink"], now), number(row["up_queue_bytes"]))
            if ue in before:
                last = before[ue]
                span = number(row["time_ms"]) - number(last["time_ms"])
                share = (number(row["up_airtime_ms"]) - number(last["up_airtime_ms"])) / span
                seen = at(curves["radio", "airtime of " + ue, "uplink"], 1e3 * number(last["time_ms"]) + US)
                self.assertAlmostEqual(seen, share, delta=1e-5)
            before[ue] = row

    def check(self, directory):
        events = self.load(directory)
        self.check_schema(events)
        self.check_nesting(events)
        self.check_tasks(events, self.table("tasks", directory))
        self.check_arrows(events)
        self.check_counters(events, self.table("links", directory))
        return self.check_edge(events, self.table("batches", directory), self.table("rounds", directory))

    def simulate(self, *arguments):
        result = self.run_airbatch("sim", *arguments, "--out", self.directory("run"), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_of_a_simulation(self):
        self.simulate(testbed.QUICKSTART, "--duration", "2s")
        decisions = self.check("run")
        self.assertEqual({e["dur"] for e in decisions}, {0})

    def test_where_tasks_queue_and_miss(self):
        self.simulate(testbed.QUICKSTART, *BUSY)
        events = self.load("run")
        self.assertTrue(any(e["name"] == "queue" for e in events))
        self.assertTrue(any(e["name"] == "missed" for e in events))
        self.check("run")

    def test_where_batches_share_the_gpu(self):
        path = os.path.join(testbed.SOURCE, "topologies", "offline-mobilenet-v2.yaml")
        self.simulate(path, "--policy", "ps", "--duration", "1s", "--set", "ues.count=5")
        self.check("run")

    def test_of_an_emulated_run(self):
        if testbed.why_not():
            self.skipTest(testbed.why_not())
        self.done(testbed.QUICKSTART, "--duration", "2s")
        decisions = self.check("run")
        self.assertTrue(all(e["dur"] > 0 for e in decisions))


if __name__ == "__main__":
    unittest.main(verbosity=2)
