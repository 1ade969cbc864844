# SPDX-License-Identifier: BSD-3-Clause
"""A hostile program in a UE's namespace: what the others feel of it is nothing, and what it tried is counted."""
import json
import os
import re
import subprocess
import unittest

import testbed

HOSTILE = os.path.join(testbed.BUILD, "tests", "hostile_ue")
VERBS = ("wrong-secret", "impersonate", "foreign-datagrams", "bad-datagrams", "no-hello", "vanish", "garbage", "open-many", "two-sessions")
TASKS = 60  # of each of the two others
TOPOLOGY = """
name: hostile
duration: 12s
policy: eo
cell: {bandwidth: 5MHz}
ues:
  network: mobilenet-v2
  deadline: 1s
  list:
    - {gain: -85dB, arrivals: {kind: periodic, period: 200ms}}
    - {gain: -90dB, arrivals: {kind: periodic, period: 200ms}}
    - {gain: -85dB, arrivals: {kind: none}}
edge: {executor: replay, profile: mobilenet-v2-gpu-model, verify: false}
"""


class Hostile(testbed.Case):
    def mean_energy(self, directory):
        tasks = self.table("tasks", directory)
        self.assertEqual([row["outcome"] for row in tasks], ["done"] * 2 * TASKS)
        return {ue: sum(float(row["energy_mj"]) for row in tasks if row["ue"] == ue) / TASKS for ue in ("1", "2")}

    def attacked(self):
        out = self.directory("attacked")
        name = f"hostile-{os.getpid()}"
        run = self.start("run", self.topology(TOPOLOGY), "--quiet", "--out", out, "--name", name)
        testbed.wait_for(lambda: os.path.exists(os.path.join(out, "control")), 40, "no run")
        with open(os.path.join(out, "config", "edge.json")) as f:
            edge = json.load(f)
        for verb in VERBS:  # its own secret is the one thing that it cannot read
            arguments = (verb, edge["port"], edge["ues"][2]["address"], 3, 17, edge["run_id"], 0, 1000, 1, "0xc6120001")
            subprocess.run([os.path.abspath(testbed.AIRBATCH), "exec", name, "ue3", os.path.abspath(HOSTILE), *map(str, arguments)],
                           check=True, timeout=60)
        run.wait(timeout=90)
        self.assertEqual(run.returncode, 0, run.stderr.read())
        return self.summary("attacked")

    def test_the_others_feel_nothing(self):
        result = self.run_airbatch("sim", self.topology(TOPOLOGY), "--quiet", "--out", self.directory("alone"))
        self.assertEqual(result.returncode, 0, result.stderr)
        alone, out = self.mean_energy("alone"), self.directory("attacked")
        self.until_valid(self.attacked, "attacked")
        for ue, energy in self.mean_energy("attacked").items():
            print(f"ue{ue}: {energy:.4f} mJ a task under attack, {alone[ue]:.4f} mJ in virtual time alone")
            self.assertLess(abs(energy / alone[ue] - 1), 0.05)
        refusals = self.summary("attacked")["edge"]["refusals"]
        print(refusals)
        self.assertGreaterEqual(refusals["impostor"], 12)
        self.assertGreater(refusals["datagram"], 0)
        self.assertGreater(refusals["foreign_datagram"], 0)
        for reason in ("malformed", "excluded"):
            self.assertGreater(refusals[reason], 0, reason)
        for reason in ("figures", "time", "order", "second", "backlog", "foreign"):
            self.assertEqual(refusals[reason], 0, reason)
        with open(os.path.join(out, "log.txt")) as f:
            self.assertLessEqual(len(re.findall(r"^airbatch-edge: warning: ue3: ", f.read(), re.M)), 8)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    testbed.main()
