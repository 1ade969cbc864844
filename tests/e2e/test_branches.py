#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A cut across the branches of a network: its tensors are one message behind a table, in both clocks, and the edge goes on from them."""
import unittest

import captures
import testbed

NETWORK = """network branchy
input 96x96x3
subtask all
    conv 5x5 32 stride 2 pad 2 relu
    conv 3x3 64 pad 1 relu as trunk
    conv 1x1 4 relu
    conv 3x3 128 pad 1 relu as a
    conv 1x1 3 relu from trunk
    conv 3x3 128 pad 1 relu as b
    concat a,b
    conv 3x3 256 stride 2 pad 1 relu
    pool global
    fc 10
"""
# On so slow a link the branches' narrow beginnings travel sooner than the image, and so slow a phone does not compute on.
TOPOLOGY = """name: branches
seed: 1
duration: 3s
policy: jps-plus
cell: {bandwidth: 30kHz, path_loss: lte-macro, delay: 1ms}
samples: {inputs: 2}
ues:
  network: ./branchy.net:branches
  tx_power: 10dBm
  deadline: 900ms
  features: int8
  device: {f_max: 1GFLOP/s, power_max: 4W}
  arrivals: {kind: periodic, period: 1s}
  list:
    - distance: 30m
    - distance: 35m
edge: {executor: cpu}
"""
SHAPES = [(48, 48, 4), (48, 48, 3)]  # of the tensors at the cut
SIZES = [48 * 48 * channels + 8 for _, _, channels in SHAPES]  # int8: a value a byte, behind scale and zero point
CUT, TABLE = 3, 16 * len(SHAPES)


class Branches(testbed.Case):
    def setUp(self):
        super().setUp()
        self.topology(NETWORK, "branchy.net")
        self.path = self.topology(TOPOLOGY)

    def check_tasks(self, tasks):
        self.assertGreater(len(tasks), 3)
        for task in tasks:
            self.assertEqual((task["outcome"], int(task["cut"])), ("done", CUT), task)
            self.assertEqual(int(task["upload_bits"]), 8 * (TABLE + sum(SIZES)))

    def check_capture(self, path, tasks, has_values):
        """The header counts the table's rows, and the table says what follows. Bodies of simulated tensors are zeros."""
        columns = ["airbatch.tensors"] + ["airbatch.tensor." + name for name in ("height", "width", "channels", "bytes")]
        found = captures.rows(path, "airbatch.type == 3 && airbatch.tensors > 0", *columns, options=("-E", "occurrence=a"))
        rows = [[s[k] for s in SHAPES] for k in range(3)] + [SIZES]
        wanted = [str(len(SHAPES))] + [",".join(str(value if has_values else 0) for value in row) for row in rows]
        self.assertIn(wanted, found)
        uploads = captures.uploads(path)
        self.assertEqual({key: 8 * size for key, (size, _) in uploads.items()},
                         {(int(t["ue"]), int(t["task"])): int(t["upload_bits"]) for t in tasks})

    def test_simulated(self):
        result = self.run_airbatch("sim", self.path, "--pcap", "radio", "--quiet", "--out", self.directory("sim"))
        self.assertEqual(result.returncode, 0, result.stderr)
        tasks = self.table("tasks", "sim")
        self.check_tasks(tasks)
        self.check_capture(self.directory("sim") + "/radio.pcap", tasks, False)

    def test_emulated(self):
        _, tasks = self.valid(self.path, "--pcap", "radio")
        self.check_tasks(tasks)
        for task in tasks:
            self.assertEqual(task["check"], "equal", task)
        self.check_capture(self.directory() + "/radio.pcap", tasks, True)


if __name__ == "__main__":
    testbed.main()
