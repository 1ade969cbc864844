#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Bursts of jobs of a UE in both clocks: each is done when its plan says, device and uplink work at once."""
import collections
import json
import os
import unittest

import testbed

PIPELINE = os.path.join(testbed.SOURCE, "topologies", "pipeline.yaml")
SHARED = os.path.join(testbed.SOURCE, "topologies", "pipeline-shared.yaml")
POLICIES = ("jps", "jps-plus", "jps-plus:server", "jps-hetero", "layer-schedule", "local-only", "cloud-only", "partition-only",
            "schedule-only")
BURSTS, SIZE, UES = 3, 8, 2
SHORT = ("--duration", f"{2 * BURSTS - 1}s")


class Pipeline(testbed.Case):
    def simulated(self, *arguments, directory="sim"):
        result = self.run_airbatch("sim", PIPELINE, "--quiet", "--out", self.directory(directory), *SHORT, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.summary(directory)

    def check_bursts(self, summary, within):
        """Each burst is complete, and takes what its plan says."""
        bursts = summary["bursts"]
        self.assertEqual([(b["ue"], b["burst"]) for b in bursts], [(u + 1, k + 1) for u in range(UES) for k in range(BURSTS)])
        for b in bursts:
            self.assertEqual((b["tasks"], b["done"]), (SIZE, SIZE))
            measured, planned = b["measured"], b["planned"]
            for key in ("upload_makespan_ms", "makespan_ms"):
                self.assertAlmostEqual(measured[key], planned[key], delta=within * planned[key], msg=(key, b))
            self.assertLessEqual(measured["overlap_ms"], min(measured["device_busy_ms"], measured["uplink_busy_ms"]) + 1e-6)

    def check_order(self, directory):
        """Device and uplink: one task after the other, both in the plan's order."""
        by_burst = collections.defaultdict(list)
        for t in self.table("tasks", directory):
            start = float(t["arrival_ms"]) + float(t["plan_ms"])
            end = start + float(t["local_ms"])
            planned = float(t["arrival_ms"]) + float(t["plan_plan_ms"])
            by_burst[t["ue"], t["arrival_ms"]].append((planned, start, end, end + float(t["upload_ms"]), t["cut"] == t["subtasks"]))
        for jobs in by_burst.values():
            jobs.sort()
            for a, b in zip(jobs, jobs[1:]):
                self.assertGreaterEqual(b[1], a[2] - 1e-3)  # the device
            uploads = [j[3] for j in jobs if not j[4]]
            self.assertEqual(uploads, sorted(uploads))

    def turns(self, directory, ue):
        """Slices of the UE's device and of its uplink in trace.json."""
        with open(os.path.join(self.directory(directory), "trace.json")) as f:
            events = json.load(f)["traceEvents"]
        names = {e["args"]["name"]: e["tid"] for e in events if e["name"] == "thread_name" and e["pid"] == 2 + ue}
        return [[(e["ts"], e["ts"] + e["dur"]) for e in events if e["ph"] == "X" and (e["pid"], e["tid"]) == (2 + ue, names[n])]
                for n in ("device", "uplink")]

    def check_timeline(self, directory, summary):
        """What is seen at once is what the summary counts."""
        for ue in range(1, UES + 1):
            device, uplink = self.turns(directory, ue)
            for turns in (device, uplink):
                self.assertTrue(all(a[1] <= b[0] + .01 for a, b in zip(sorted(turns), sorted(turns)[1:])))
            both = sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in device for b in uplink) / 1e3
            counted = sum(b["measured"]["overlap_ms"] for b in summary["bursts"] if b["ue"] == ue)
            self.assertAlmostEqual(both, counted, delta=.1)
            self.assertGreater(both, 0)

    def test_simulated_bursts_take_what_is_planned(self):
        for policy in POLICIES:
            with self.subTest(policy):
                name = policy.replace(":", "-")
                # Tensors end in a segment that is not full, which plans take for one.
                self.check_bursts(self.simulated("--policy", policy, directory=name), .003)
                self.check_order(name)

    def test_the_first_burst_is_planned_as_airbatch_plan_says(self):
        for name, *more in (["all"], ["three", "--set", "ues.open_tasks=3"], ["server", "--policy", "jps-plus:server"]):
            with self.subTest(name):
                self.simulated(*more, directory=name)
                result = self.run_airbatch("plan", PIPELINE, "--json", *more)
                planned = [(u["ue"].split("/")[0], u["cut"], u["energy_j"]) for u in json.loads(result.stdout)["users"]]
                tasks = [t for t in self.table("tasks", name) if int(t["task"]) <= len(planned) // UES]
                self.assertEqual(sorted((u, c) for u, c, _ in planned), sorted(("ue" + t["ue"], int(t["cut"])) for t in tasks))
                self.assertAlmostEqual(sum(j for _, _, j in planned), sum(float(t["plan_energy_mj"]) for t in tasks) / 1e3, places=4)

    def test_a_burst_whose_requests_outlast_the_window_is_planned_whole(self):
        self.simulated("--set", "edge.admission_window=300us", "--set", "ues.count=1")
        self.assertEqual([r["requests"] for r in self.table("rounds", "sim")], [str(SIZE)] * BURSTS)

    def test_simulated_timeline_shows_both_at_once(self):
        summary = self.simulated()
        self.check_timeline("sim", summary)
        for b in summary["bursts"]:
            self.assertGreaterEqual(b["measured"]["overlap_ms"], .95 * b["planned"]["overlap_ms"])

    def test_jps_plus_is_never_slower_than_the_others(self):
        def makespan(policy):
            summary = self.simulated("--policy", policy, "--set", "ue2.distance=140m", directory=policy)
            return [b["measured"]["upload_makespan_ms"] for b in summary["bursts"]]
        best = makespan("jps-plus")
        for policy in ("jps", "partition-only", "local-only", "cloud-only", "schedule-only"):
            for mine, other in zip(best, makespan(policy)):
                self.assertLessEqual(mine, 1.003 * other, policy)

    def test_emulated_bursts_take_what_is_planned(self):
        summary, _ = self.valid(PIPELINE, *SHORT)
        self.check_bursts(summary, .03)
        self.check_timeline("run", summary)
        for b in summary["bursts"]:
            self.assertGreaterEqual(b["measured"]["overlap_ms"], .95 * b["planned"]["overlap_ms"])

    def shared(self, policy):
        directory = policy.replace(":", "-")
        result = self.run_airbatch("sim", SHARED, "--quiet", "--out", self.directory(directory), "--policy", policy, "--duration", "3s")
        self.assertEqual(result.returncode, 0, result.stderr)
        summary = self.summary(directory)
        for b in summary["bursts"]:
            self.assertEqual(b["done"], b["tasks"])
            for key in ("upload_makespan_ms", "makespan_ms"):
                self.assertAlmostEqual(b["measured"][key], b["planned"][key], delta=.003 * b["planned"][key], msg=(policy, key, b))
        return summary["bursts"]

    def test_simulated_phones_that_share_are_done_together(self):
        """Band, batches and frequencies of several phones, as planned; the last of them not later than with every phone by itself."""
        last = {policy: max(b["measured"]["upload_makespan_ms"] for b in self.shared(policy))
                for policy in ("jps-joint", "jps-joint:no-batches", "jps-joint:no-band", "jps-joint:dvfs", "jps-plus")}
        self.assertLessEqual(last["jps-joint"], 1.003 * last["jps-joint:no-band"])
        self.assertLessEqual(last["jps-joint"], 1.003 * last["jps-plus"])
        self.assertLessEqual(last["jps-joint:dvfs"], 1.003 * last["jps-joint"])
        self.assertTrue([b for b in self.table("batches", "jps-joint") if int(b["members"]) > 1])
        for r in self.table("rounds", "jps-joint"):
            self.assertAlmostEqual(float(r["hertz"]), .95 * 8e6, delta=1e3)  # the rest is for UEs at rest

    def test_lower_frequencies_keep_the_makespan(self):
        fast = self.simulated(directory="fast")
        slow = self.simulated("--policy", "jps-plus:dvfs", directory="slow")
        for a, b in zip(fast["bursts"], slow["bursts"]):
            self.assertLessEqual(b["measured"]["upload_makespan_ms"], 1.003 * a["measured"]["upload_makespan_ms"])
        for a, b in zip(fast["ues"], slow["ues"]):
            self.assertLess(b["compute_mj"], a["compute_mj"])

    def test_emulated_phones_that_share_are_done_as_planned(self):
        summary, _ = self.valid(SHARED, "--duration", "3s")
        for b in summary["bursts"]:
            self.assertEqual(b["done"], b["tasks"])
            for key in ("upload_makespan_ms", "makespan_ms"):
                self.assertAlmostEqual(b["measured"][key], b["planned"][key], delta=.05 * b["planned"][key], msg=(key, b))

    def test_a_burst_larger_than_what_may_be_open_is_done_in_parts(self):
        summary = self.simulated("--set", "ues.open_tasks=3")
        self.assertEqual([b["done"] for b in summary["bursts"]], [SIZE] * UES * BURSTS)

    def test_online_policies_take_one_task_at_a_time(self):
        self.simulated("--policy", "tw-0:og")
        tasks = self.table("tasks", "sim")
        for ue in range(1, UES + 1):
            mine = [(float(t["arrival_ms"]) + float(t["plan_ms"]), float(t["arrival_ms"]) + float(t["latency_ms"]))
                    for t in tasks if int(t["ue"]) == ue]
            self.assertTrue(all(a[1] <= b[0] + 1e-3 for a, b in zip(mine, mine[1:])))

    def test_what_does_not_go_together_is_refused(self):
        for setting, sentence in (("ues.open_tasks=0", "ues.open_tasks"),
                                  ("ues.arrivals.burst=0", "ues.arrivals.burst"), ("ues.open_tasks=100000", "ues.open_tasks")):
            result = self.run_airbatch("sim", PIPELINE, "--quiet", "--out", self.directory("x"), "--set", setting)
            self.assertEqual(result.returncode, 2, setting)
            self.assertIn(sentence, result.stderr)


if __name__ == "__main__":
    testbed.main()
