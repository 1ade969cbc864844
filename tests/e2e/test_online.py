# SPDX-License-Identifier: BSD-3-Clause
"""Online policies: an agent trained in virtual time, then the same tasks in virtual time and on real packets."""
import os
import re
import statistics
import subprocess
import unittest

import testbed

TOPOLOGY = os.path.join(testbed.SOURCE, "topologies", "online.yaml")
# Tasks that come at least 210 ms apart are the same whatever was decided before, and none waits for another. Energy grows with
# the inverse square of the time left: with deadlines near the device's own 30 ms one of 80 tasks that goes a slot later would be 3 %
# of the whole. Reserves are ample for a machine that is busy with other tests.
SETTING = ["--set", "ues.deadline=100ms..200ms", "--set", "ues.count=4", "--set", "ues.arrivals.kind=periodic", "--set", "ues.arrivals.period=300ms", "--set",
           "ues.arrivals.jitter=90ms", "--set", "edge.guard=6ms", "--set", "online.offset=8ms", "--set", "train.slots=100", "--set", "train.warmup=200"]
SECONDS = ["--duration", "6s"]


class Online(testbed.Case):
    def train(self, policy):
        agent = os.path.join(self.folder, policy + ".abm")
        result = self.run_airbatch("train", TOPOLOGY, *SETTING, "--policy", policy, "--episodes", "4", "-o", agent, "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        return agent

    def both(self, name, *arguments):
        simulated, emulated = "sim-" + name, "run-" + name
        result = self.run_airbatch("sim", TOPOLOGY, *SETTING, *SECONDS, *arguments, "--out", self.directory(simulated), "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.valid(TOPOLOGY, *SETTING, *SECONDS, *arguments, directory=emulated)
        return simulated, emulated

    def energies_mj(self, directory):
        return {(row["ue"], row["task"]): float(row["energy_mj"]) for row in self.table("tasks", directory)}

    def test_energy_is_that_of_virtual_time(self):
        agent = self.train("ddpg-og")
        for policy, more in (("ddpg-og", ["--agent", agent]), ("tw-1:og", [])):
            names = self.both(policy.replace(":", "-"), "--policy", policy, *more)
            simulated, emulated = (self.energies_mj(name) for name in names)
            self.assertEqual(set(simulated), set(emulated))
            # Task by task: one that goes a slot later, since its request came a moment later, may take much more.
            off = [abs(emulated[task] / simulated[task] - 1) for task in simulated]
            sums = [sum(e.values()) / len(e) for e in (simulated, emulated)]
            print(f"{policy}: {sums[0]:.3f} mJ a task simulated, {sums[1]:.3f} mJ emulated ({100 * (sums[1] / sums[0] - 1):+.2f} %), "
                  f"median of a task's difference {100 * statistics.median(off):.2f} %")
            self.assertLess(statistics.median(off), 0.03)
            self.assertEqual({row["met"] for row in self.table("tasks", names[0])}, {"1"})
            decisions = self.summary(names[1])["edge"]["decisions"]
            print(f"{policy}: {decisions['n']} decisions, {decisions['mean_us']:.1f} us in the mean, at most {decisions['max_us']:.1f}")
            self.assertEqual(decisions["n"], len(self.table("decisions", names[1])))
            for name in names if more else []:
                self.replay(agent, name)

    def replay(self, agent, name):
        """The recorded observations, put to the agent again, give the recorded actions."""
        path = os.path.join(self.directory(name), "decisions.csv")
        result = subprocess.run([os.path.join(testbed.BUILD, "tests", "replay_decisions"), agent, path], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(int(result.stdout), len(self.table("decisions", name)))
        self.assertGreater(int(result.stdout), 20)

    def test_a_trace_is_replayed_in_both_clocks(self):
        rows = [(0, 2, .15), (.1, 1, .2), (.1, 3, .12), (.123456789, 4, .3), (.7, 1, .1)]
        trace = self.topology("time_s,ue,network,deadline_s\n" +
                              "".join(f"{at},ue{ue},mobilenet-v2,{deadline}\n" for at, ue, deadline in rows), "trace.csv")
        names = self.both("trace", "--policy", "tw-1:og", "--set", "ues.arrivals.kind=trace", "--set",
                          "ues.arrivals.trace=" + trace, "--duration", "1s")
        for name in names:
            found = sorted((float(row["arrival_ms"]), int(row["ue"]), float(row["deadline_ms"])) for row in self.table("tasks", name))
            self.assertEqual(found, [(1e3 * at, ue, 1e3 * deadline) for at, ue, deadline in rows])

    def test_what_does_not_fit_is_refused(self):
        agent = self.train("ddpg-og")
        trace = self.topology("time_s,ue,network,deadline_s\n1,ue1,mobilenet-v2,0.1\n0.5,ue2,mobilenet-v2,0.1\n", "trace.csv")
        cases = [
            (["--policy", "ddpg-og"], "needs a trained agent"),
            (["--policy", "ddpg-og", "--agent", os.path.join(self.folder, "none.abm")], "No such file"),
            (["--policy", "ddpg-og", "--agent", TOPOLOGY], "is no agent"),
            (["--policy", "ddpg-ip-ssa", "--agent", agent], "trained as ddpg-og"),
            (["--policy", "ddpg-og", "--agent", agent, "--set", "ues.count=3"], "trained for 4 users, here are 3"),
            (["--policy", "ddpg-og", "--agent", agent, "--set", "cell.bandwidth=5MHz"], "another topology"),
            (["--policy", "clairvoyant"], "only virtual time"),
            (["--policy", "tw-og"], "tw-K:og"),
            (["--set", "ues.arrivals.kind=trace"], "arrivals.trace must name its file"),
            (["--set", "ues.arrivals.kind=trace", "--set", "ues.arrivals.trace=" + trace], r"trace.csv:3: time goes back"),
        ]
        for arguments, says in cases:
            result = self.run_airbatch("run", TOPOLOGY, *SETTING, *arguments, "--out", self.directory("never"))
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertTrue(re.search(says, result.stderr), result.stderr)
            self.assertFalse(os.path.exists(self.directory("never")))


if __name__ == "__main__":
    testbed.main()
