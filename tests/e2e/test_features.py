# SPDX-License-Identifier: BSD-3-Clause
"""Features as fp32, fp16 and int8: the same three phones simulated and emulated, judged by sizes, results and captures."""
import os
import subprocess
import unittest

import captures
import testbed

BITS = {"fp32": 32, "fp16": 16, "int8": 8}
HEADER_BYTES = {"fp32": 0, "fp16": 0, "int8": 8}
VALUES = [150528, 401408, 200704, 75264, 25088, 12544, 18816, 7840, 15680]  # of mobilenet-v2's cuts 0..8

# Slow phones on a slow link have neither the time to compute all (1.1 s) nor to send the input (1.1 s): they cut in the
# middle, whatever an edge takes that needs milliseconds.
PHONES = os.path.join(testbed.SOURCE, "topologies", "features.yaml")
SHORT = ["--set", "duration=3s", "--set", "samples.inputs=4", "--set", "cell.bandwidth=65kHz", "--set", "ues.deadline=1s", "--set",
         "ues.device.f_max=1.6GFLOP/s", "--set", "ues.arrivals.period=1s"]


def upload_bytes(cut, features):
    return VALUES[cut] if cut == 0 else VALUES[cut] * BITS[features] // 8 + HEADER_BYTES[features]


class Features(testbed.Case):
    def check_sizes(self, tasks):
        self.assertEqual({t["features"] for t in tasks}, set(BITS))
        for task in tasks:
            cut = int(task["cut"])
            self.assertEqual(task["outcome"], "done")
            self.assertTrue(0 < cut < 9, task)
            self.assertEqual(int(task["upload_bits"]), 8 * upload_bytes(cut, task["features"]))

    def check_energy(self, summary):
        """With smaller tensors every choice of a cut is at most as dear."""
        planned = [ue["plan_energy_mj"] for ue in summary["ues"]]
        self.assertEqual(planned, sorted(planned, reverse=True))
        self.assertGreater(planned[0], planned[2])

    def check_results(self, summary, tasks):
        errors = {features: [] for features in BITS}
        for task in tasks:
            self.assertEqual(task["check"], "equal", task)
            errors[task["features"]].append(float(task["features_error"]))
        self.assertLessEqual(max(errors["fp32"]), 1e-4)
        self.assertLess(max(errors["fp32"]), min(errors["fp16"]))
        self.assertLess(max(errors["fp16"]), min(errors["int8"]))
        self.assertLessEqual(max(errors["fp16"]), 1e-2)
        for features, values in errors.items():
            self.assertEqual(summary["features"][features]["results"], len(values))
            # tasks.csv has three digits
            self.assertAlmostEqual(summary["features"][features]["largest_error"] / max(values), 1, delta=6e-3)

    def check_capture(self, tasks):
        """A tensor begins a segment: its header says encoding and size."""
        sent = subprocess.run(["tshark", "-r", self.directory() + "/radio.pcap", "-Y",
                               "tcp.payload[0:6] == 41:42:54:50:02:03", "-T", "fields", "-e", "tcp.payload"],
                              capture_output=True, text=True, check=True).stdout.split()
        seen = set()
        for payload in sent:
            header = bytes.fromhex(payload.replace(":", ""))[:48]
            features = list(BITS)[header[6]]
            body, ue, cut = (int.from_bytes(header[at:at + 4], "little") for at in (8, 16, 24))
            self.assertEqual(features, list(BITS)[ue - 1])
            self.assertEqual(body, upload_bytes(cut, features))
            seen.add((ue, int.from_bytes(header[20:24], "little")))
        self.assertEqual(seen, {(int(t["ue"]), int(t["task"])) for t in tasks})
        uploads = captures.uploads(self.directory() + "/radio.pcap")
        self.assertEqual({key: 8 * size for key, (size, _) in uploads.items()},
                         {(int(t["ue"]), int(t["task"])): int(t["upload_bits"]) for t in tasks})

    def test_emulated(self):
        summary, tasks = self.done(PHONES, *SHORT)
        self.check_sizes(tasks)
        self.check_results(summary, tasks)
        self.check_energy(summary)
        self.check_capture(tasks)
        shown = self.run_airbatch("show", self.directory()).stdout
        self.assertIn("features: int8, largest relative error of 3 results", shown)

    def test_simulated(self):
        result = self.run_airbatch("sim", PHONES, *SHORT, "--out", self.directory(), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_sizes(self.table("tasks"))
        self.check_energy(self.summary())
        self.check_capture(self.table("tasks"))

    def test_unknown_encoding_is_refused(self):
        result = self.run_airbatch("sim", PHONES, "--set", "ue2.features=bf16")
        self.assertEqual(result.returncode, 2)
        for word in ("features", "bf16", "fp32", "fp16", "int8"):
            self.assertIn(word, result.stderr)


if __name__ == "__main__":
    testbed.main("tshark")
