#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Servers behind the edge in virtual time: tables, figures and timeline know them; what only virtual time has is refused
plainly elsewhere."""
import json
import os
import unittest

import testbed

TOPOLOGY = """
seed: 1
duration: 2s
policy: {policy}
cell: {{bandwidth: 3MHz, delay: 2ms}}
ues:
  count: 3
  network: mobilenet-v2
  deadline: 500ms
  gain: -90dB
edge: {{executor: replay, profile: mobilenet-v2-gpu-model, guard: 0s, cores: 2, batching: {{mode: cores}}}}
servers:
  list:
    - {{name: cloud, cores: 2, speed: 1.7, wan: {{rate: 100Mbit/s, delay: 20ms}}}}
    - {{name: far, wan: {{rate: 10Mbit/s, delay: 80ms}}}}
"""


class Servers(testbed.Case):
    def file(self, policy):
        return self.topology(TOPOLOGY.format(policy=policy))

    def simulated(self, policy, *arguments, directory="sim"):
        result = self.run_airbatch("sim", self.file(policy), "--quiet", "--out", self.directory(directory), *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.summary(directory)

    def test_tables_and_figures_know_the_servers(self):
        for policy, server in (("orch-device-only", -1), ("orch-edge-only", 0), ("orch-cloud-only", 1)):
            summary = self.simulated(policy, directory=policy)
            tasks = self.table("tasks", policy)
            self.assertEqual({int(t["server"]) for t in tasks}, {server})
            self.assertEqual({int(b["server"]) for b in self.table("batches", policy)}, {server} - {-1})
            nodes = {n["node"]: n for n in summary["nodes"]}
            self.assertEqual(list(nodes), ["device", "edge", "cloud", "far"])
            self.assertEqual({n["server"]: n["latency_ms"]["n"] for n in nodes.values() if n["latency_ms"]["n"]}, {server: len(tasks)})
            self.assertEqual(summary["valid"], True)
            self.assertTrue(any("cloud" in sentence and "stated" in sentence for sentence in summary["modelled"]))

    def test_the_timeline_has_a_process_for_each_server(self):
        self.simulated("orch-cloud-only")
        with open(os.path.join(self.directory("sim"), "trace.json")) as f:
            events = json.load(f)["traceEvents"]
        names = {e["args"]["name"]: e["pid"] for e in events if e["name"] == "process_name"}
        self.assertLess({"edge", "cloud", "far"}, set(names))
        batches = [e for e in events if e["ph"] == "X" and " x 1" in e["name"]]
        self.assertEqual({e["pid"] for e in batches}, {names["cloud"]})

    def test_a_slower_wan_is_seen_in_the_response_times(self):
        near = self.simulated("orch-cloud-only")["nodes"][2]["latency_ms"]["p50"]
        far = self.simulated("orch-cloud-only", "--set", "server1.wan.delay=60ms", directory="far")["nodes"][2]["latency_ms"]["p50"]
        self.assertAlmostEqual(far - near, 80, delta=.1)  # both ways

    def test_a_plan_knows_them(self):
        result = self.run_airbatch("plan", self.file("og"), "--policy", "orch-cloud-only", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("null", result.stdout.split("\"users\"")[0])

    def test_what_only_virtual_time_has_is_refused_by_run(self):
        result = self.run_airbatch("run", self.file("orch-cloud-only"), "--out", self.directory("x"))
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("use `airbatch sim`, or set servers.count=0", result.stderr)
        result = self.run_airbatch("run", self.file("orch-edge-only"), "--set", "servers.count=0", "--out", self.directory("x"))
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("use `airbatch sim`, or set edge.cores=1", result.stderr)
        result = self.run_airbatch("sweep", self.file("og"), "--set", "ues.count=1,2", "--engine=emulate", "--out", self.directory("y"))
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("servers.count=0", result.stderr)

    def test_a_server_of_another_network_is_refused(self):
        result = self.run_airbatch("sim", self.file("orch-cloud-only"), "--set", "server1.profile=3dssd-gpu-model", "--out", self.directory("x"))
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("servers.profile of cloud", result.stderr)


ORCHESTRATION = os.path.join(testbed.SOURCE, "topologies", "orchestration.yaml")
# Stated: MFLOP of d0 to d3, int8's share, GFLOP/s of the devices, and Top-5 accuracies.
MFLOP, EFFORT, GFLOPS = (1137.48, 650.8, 299.0, 82.06), .525, 32.1323
ACCURACY = (.899, .882, .849, .742, .889, .870, .832, .728)


class Variants(testbed.Case):
    def simulated(self, policy, *arguments, directory=None):
        directory = directory or policy.replace(":", "-")
        result = self.run_airbatch("sim", ORCHESTRATION, "--quiet", "--duration", "2s", "--policy", policy, "--out",
                                   self.directory(directory), *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.table("tasks", directory)

    def mean(self, tasks, column="latency_ms"):
        return sum(float(t[column]) for t in tasks) / len(tasks)

    def test_devices_run_the_variants_and_servers_the_network(self):
        seen = set()
        for threshold in ("0", "0.8", "0.85", "0.89", "0.899"):
            tasks = self.simulated(f"orch-oracle:threshold={threshold}")
            self.assertEqual({t["outcome"] for t in tasks}, {"done"})
            for t in tasks:
                v = int(t["variant"])
                seen.add(v)
                self.assertAlmostEqual(float(t["accuracy"]), ACCURACY[v])
                if int(t["server"]) >= 0:
                    self.assertEqual((v, t["cut"]), (0, "0"))
                    continue
                mflop = MFLOP[v % 4] * (EFFORT if v > 3 else 1)
                self.assertAlmostEqual(float(t["local_ms"]), mflop / GFLOPS, delta=.01)
                self.assertAlmostEqual(float(t["work_mflop"]), mflop, delta=.2)
        self.assertGreater(len(seen), 3)

    def test_responses_are_the_models_and_accuracies_hold_in_every_round(self):
        for users in range(1, 6):
            for policy in ("orch-oracle:threshold=0.89", "orch-device-only", "orch-edge-only", "orch-cloud-only"):
                tasks = self.simulated(policy, "--set", f"ues.count={users}", directory=f"{policy.replace(':', '-')}-{users}")
                for t in tasks:
                    self.assertAlmostEqual(float(t["latency_ms"]), float(t["plan_latency_ms"]), delta=.03 * float(t["plan_latency_ms"]))
                if "oracle" in policy:
                    for arrival in {t["arrival_ms"] for t in tasks}:
                        together = [t for t in tasks if t["arrival_ms"] == arrival]
                        self.assertEqual(len(together), users)
                        self.assertGreaterEqual(self.mean(together, "accuracy"), .89 - 1e-9)

    def test_choosing_variants_gains_and_nobody_beats_the_oracle(self):
        best = self.mean(self.simulated("orch-oracle:threshold=0.89"))
        without = self.mean(self.simulated("orch-oracle:no-selection"))
        for policy in ("orch-device-only", "orch-edge-only", "orch-cloud-only"):
            self.assertLessEqual(without, self.mean(self.simulated(policy)) * 1.001)
        self.assertLess(best, .75 * without)  # the model's 36 % of what is left beside the answer's way
        self.assertLess(self.mean(self.simulated("orch-oracle:threshold=0.8")), best)

    def test_a_weak_link_stays_on_its_device(self):
        weak = os.path.join(testbed.SOURCE, "topologies", "orchestration", "weak.link")
        tasks = self.simulated("orch-oracle:threshold=0.89", "--set", f"ue1.trace.uplink={weak}", "--set", f"ue1.trace.downlink={weak}")
        self.assertEqual({t["server"] for t in tasks if t["ue"] == "1"}, {"-1"})
        self.assertIn("0", {t["server"] for t in tasks if t["ue"] != "1"})

    def test_a_stated_input_is_what_is_uploaded(self):
        tasks = self.simulated("orch-cloud-only", "--set", "ue2.input=30kB")
        self.assertEqual({(t["ue"] == "2", t["upload_bits"]) for t in tasks}, {(True, "240000"), (False, "150000")})

    def refused(self, sentence, *arguments):
        result = self.run_airbatch(*arguments, "--out", self.directory("x"))
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn(sentence, result.stderr)

    def test_what_is_wrong_is_said(self):
        self.refused("ues.variants: cannot read the network description ./nothing.net", "sim", ORCHESTRATION, "--set", "ues.variants=./nothing.net")
        self.refused("at most 7", "sim", ORCHESTRATION, "--set", "ues.variants=" + ",".join(["mobilenet-v1"] * 8))
        self.refused("has an empty place", "sim", ORCHESTRATION, "--set", "ues.variants=mobilenet-v1,,mobilenet-v2")
        self.refused("accuracy", "sim", ORCHESTRATION, "--set", "ues.variants=mobilenet-v1")
        one = ("run", ORCHESTRATION, "--set", "servers.count=0", "--set", "edge.cores=1")
        self.refused("ues.variants=none", *one)
        self.refused("ues.input=0B", *one, "--set", "ues.variants=none")


if __name__ == "__main__":
    unittest.main()
