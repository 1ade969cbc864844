# SPDX-License-Identifier: BSD-3-Clause
"""What tests of watched runs share: a light topology, the control socket's word, the comparison with the summary."""
import json
import os
import socket

import testbed

# Local computing only: nothing is profiled, a light load on the machine.
TOPOLOGY = """
name: {name}
duration: {duration}
policy: lc
cell: {{bandwidth: 1MHz}}
ues:
  count: {count}
  distance: 20m..80m
  deadline: 100ms
  device: {{f_max: 20GFLOP/s, power_max: 4W}}
  arrivals: {{kind: periodic, period: 100ms}}
edge: {{executor: replay, profile: mobilenet-v2-gpu-model}}
capture: {{points: []}}
"""


class Case(testbed.Case):
    def given(self, duration="3s", count=4):
        self.name = f"live{os.getpid()}-{self._testMethodName[5:25].replace('_', '')}"
        return self.topology(TOPOLOGY.format(name=self.name, duration=duration, count=count))

    def begin(self, topology, *arguments):
        """Starts the run; its process once its name is known."""
        run = self.start("run", topology, *arguments, "--out", self.directory(), "--name", self.name, "--quiet")
        testbed.wait_for(lambda: self.name in self.run_airbatch("ls").stdout, 20, "the run does not start")
        return run

    def ask(self, directory="run"):
        """The control socket's own word on the progress."""
        with socket.socket(socket.AF_UNIX) as s:
            folder = os.open(self.directory(directory), os.O_PATH)
            s.connect(f"/proc/self/fd/{folder}/control")
            os.close(folder)
            s.sendall(b'{"get": "progress"}\n')
            return json.loads(s.makefile().readline())

    def assert_same_end(self, shown, summary):
        """A snapshot of a finished run holds what its summary does."""
        tasks = summary["tasks"]
        for key in ("done", "met", "missed", "failed", "cut_short"):
            self.assertEqual(shown[key], tasks[key])
            self.assertEqual([u[key] for u in shown["ues"]], [u[key] for u in summary["ues"]])
        self.assertEqual(shown["batches"], summary["batches"]["n"])
        self.assertEqual(shown["state"], summary["status"])
        self.assertAlmostEqual(shown["latency_p50_ms"] / tasks["latency_ms"]["p50"], 1, delta=.01)
        if tasks["failed"] + tasks["cut_short"] == 0:
            self.assertAlmostEqual(1e3 * shown["energy_j"] / (tasks["energy_mj"]["mean"] * tasks["done"]), 1, delta=1e-6)
