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


if __name__ == "__main__":
    unittest.main()
