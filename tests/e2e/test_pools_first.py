# SPDX-License-Identifier: BSD-3-Clause
"""A network whose first sub-tasks multiply nothing: every policy plans and simulates it, and it runs with real packets."""
import csv
import json
import os
import subprocess
import tempfile
import unittest

from testbed import AIRBATCH, QUICKSTART, main

NETWORK = """network pools-first
input 224x224x3
subtask pool
    maxpool 4x4 stride 4
subtask slice
    channels 0 2
subtask conv
    conv 3x3 128 pad 1 relu
    conv 3x3 384 pad 1 relu
subtask last
    pool global
    fc 10
"""
WITHOUT_WORK = (1, 2)  # cuts in front of which there is none
F1_MS = (0.1, 0.1, 8, 0.5)  # stated, so that what a policy decides does not depend on the machine
SPLITS = ("ps", "fifo", "ip-ssa", "ip-ssa:keep-best", "ip-ssa:tighten", "og", "j-dob", "j-dob:no-edge-dvfs")
ONLINE = ("tw-0:og", "tw-0:ip-ssa", "random", "clairvoyant")


def airbatch(*arguments):
    return subprocess.run([AIRBATCH, *arguments], capture_output=True, text=True)


class PoolsFirst(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        net, profile = (os.path.join(self.folder.name, name) for name in ("pools.net", "pools.csv"))
        with open(net, "w") as file:
            file.write(NETWORK)
        with open(profile, "w") as file:
            file.write("# network: pools-first\n# source: stated\n# kind: modelled\n# subtasks: 4\n# max_batch: 4\n"
                       "subtask,batch,runs,median_s,p95_s,min_s,max_s\n")
            for n, ms in enumerate(F1_MS):
                for b in range(1, 5):
                    file.write("%d,%d,0%s\n" % (n + 1, b, ",%g" % (ms * (3 + b) / 4e3) * 4))
        self.topology = [QUICKSTART, "-s", "ues.network=" + net, "-s", "edge.executor=replay", "-s", "edge.profile=" + profile]

    def tasks(self, command, policy):
        out = os.path.join(self.folder.name, command + policy)
        done = airbatch(command, *self.topology, "--policy", policy, "--duration", "2s", "-q", "-o", out)
        self.assertEqual(done.returncode, 0, (policy, done.stderr))
        with open(os.path.join(out, "tasks.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertGreater(len(rows), 0, policy)
        for row in rows:
            self.assertEqual(row["outcome"], "done", (policy, row))
            if int(row["cut"]) in WITHOUT_WORK:
                self.assertEqual([float(row[key]) for key in ("work_mflop", "freq_gflops", "compute_mj")], [0, 0, 0], policy)
        return rows

    def test_plans(self):
        listed = airbatch("plan", "--list").stdout.split("\n\n")[0]
        policies = [line.split()[0] for line in listed.splitlines()]
        self.assertTrue(set(SPLITS) < set(policies))
        for policy in policies:
            done = airbatch("plan", *self.topology, "--policy", policy, "--json")
            self.assertEqual(done.returncode, 0, (policy, done.stderr))
            for user in json.loads(done.stdout)["users"]:
                if user["cut"] in WITHOUT_WORK:
                    self.assertEqual(user["freq"], 0, policy)

    def test_simulations(self):
        for policy in ("lc", "eo", "ip-ssa-np", "j-dob:binary") + SPLITS + ONLINE:
            rows = self.tasks("sim", policy)
            if policy in SPLITS:  # what the pooling leaves travels sooner than the image
                self.assertTrue(any(int(row["cut"]) in WITHOUT_WORK for row in rows), policy)

    def test_run(self):
        rows = self.tasks("run", "og")
        self.assertTrue(any(int(row["cut"]) in WITHOUT_WORK for row in rows))


if __name__ == "__main__":
    main()
