# SPDX-License-Identifier: BSD-3-Clause
"""The edge's time is a calendar: what one UE has planned for later leaves the time before it to the others."""
import os
import unittest

import testbed

TOPOLOGY = """
name: calendar
seed: 1
duration: 60s
cell: {bandwidth: 1MHz, path_loss: lte-macro, delay: 1ms}
ues:
  network: mobilenet-v2
  tx_power: 10dBm
  deadline: 200ms
  device: {f_max: 20GFLOP/s, power_max: 4W}
  arrivals: {kind: poisson, rate: 1}
  list:
    - {distance: 20m, %s}
    - distance: 40m
    - distance: 60m
    - distance: 80m
edge: {executor: replay, profile: %s, guard: 5ms}
"""
# Its device knows one frequency, so the edge is always cheaper; the edge has 10 s for it.
DISTANT = "deadline: 10s, device: {f_min: 20GFLOP/s, f_max: 20GFLOP/s, power_max: 4W}"
PROFILE = os.path.join(testbed.SOURCE, "dnn", "profiles", "mobilenet-v2-gpu-model.csv")


class Calendar(testbed.Case):
    def neighbours_mj(self, policy, first_ue):
        """Mean energy of a task of the three other UEs."""
        path = self.topology(TOPOLOGY % (first_ue, PROFILE))
        directory = f"{policy}-{len(os.listdir(self.folder))}"
        result = self.run_airbatch("sim", path, "--policy", policy, "--out", self.directory(directory), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        ues = self.summary(directory)["ues"][1:]
        return sum(ue["done"] * ue["energy_mj"]["mean"] for ue in ues) / sum(ue["done"] for ue in ues)

    def test_a_late_deadline_costs_the_neighbours_nothing(self):
        for policy in ("ip-ssa", "og", "j-dob", "ps", "fifo"):
            alone = self.neighbours_mj(policy, "arrivals: {kind: none}")
            beside = self.neighbours_mj(policy, DISTANT)
            print(f"{policy}: {alone:.3f} mJ a task without the UE of 10 s, {beside:.3f} mJ with it")
            self.assertLess(abs(beside / alone - 1), 0.1, policy)


if __name__ == "__main__":
    testbed.main(namespaces=False)
