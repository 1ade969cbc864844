# SPDX-License-Identifier: BSD-3-Clause
"""`airbatch network`: its figures, and its weights files as another program reads them."""
import json
import math
import os
import struct
import subprocess
import tempfile
import unittest

from testbed import AIRBATCH, QUICKSTART, SOURCE


def network(*arguments):
    return subprocess.run([AIRBATCH, "network", *arguments], capture_output=True, text=True)


def read_safetensors(path):
    """The format's README, not our reader: {name: (shape, values)}."""
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, t in json.loads(data[8:8 + length]).items():
        begin, end = (8 + length + offset for offset in t["data_offsets"])
        tensors[name] = (t["shape"], struct.unpack("<%df" % math.prod(t["shape"]), data[begin:end]))
    return tensors


class Network(unittest.TestCase):
    def test_sums(self):
        listed = json.loads(network("--json").stdout)
        self.assertIn("vgg-16", [n["name"] for n in listed])
        for n in listed:
            self.assertEqual(n["macs"], sum(s["macs"] for s in n["subtasks"]))
            self.assertEqual(n["parameters"], sum(s["parameters"] for s in n["subtasks"]))
            self.assertEqual(n, json.loads(network(n["name"], "--json").stdout))
            self.assertIn("%.2f MMAC" % (n["macs"] / 1e6), network(n["name"]).stdout)

    def test_weights_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "w.safetensors")
            self.assertEqual(network("mobilenet-v1-0.25", "-w", path, "--seed", "3").returncode, 0)
            tensors = read_safetensors(path)
            self.assertEqual(tensors["C.0.weight"][0], [3, 3, 3, 8])
            self.assertEqual(tensors["C.1.weight"][0], [3, 3, 8])
            self.assertEqual(tensors["CLS.1.weight"][0], [256, 1000])
            values = tensors["CLS.1.weight"][1]  # He-normal behind ReLU6: variance 2 / 256
            self.assertAlmostEqual(sum(v * v for v in values) / len(values) * 128, 1, delta=0.02)
            read = json.loads(network("mobilenet-v1-0.25@" + path, "--json").stdout)
            drawn = json.loads(network("mobilenet-v1-0.25", "--json").stdout)
            self.assertEqual(read["weights_file"], path)
            self.assertNotEqual(read["hash"], drawn["hash"])
            os.truncate(path, os.path.getsize(path) - 1)
            refused = network("mobilenet-v1-0.25@" + path)
            self.assertEqual(refused.returncode, 2)
            self.assertIn("truncated", refused.stderr)

    def test_topology_with_weights(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "w.safetensors")
            network("mobilenet-v2", "-w", path)
            simulate = [AIRBATCH, "sim", QUICKSTART, "-q", "--duration=2s", "-s", "edge.executor=replay", "-s",
                        "edge.profile=mobilenet-v2-gpu-model"]
            references = ("mobilenet-v2", "mobilenet-v2@" + path, os.path.join(SOURCE, "dnn", "networks", "mobilenet-v2.net"))
            for i, ue1 in enumerate(references):
                out = os.path.join(folder, "run%d" % i)
                done = subprocess.run(simulate + ["-s", "ue1.network=" + ue1, "-o", out], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
            os.truncate(path, 100)
            refused = subprocess.run(simulate + ["-s", "ue1.network=mobilenet-v2@" + path, "-o", out + "x"],
                                     capture_output=True, text=True)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn(path, refused.stderr)

    def test_refusals(self):
        for arguments, status, reason in ((["nope"], 2, "built in are 3dssd, alexnet"), (["-w", "x"], 2, "Name a network"),
                                          (["alexnet", "vgg-16"], 2, ""), (["--seed", "-1"], 2, "whole number"),
                                          (["mobilenet-v2", "-w", "/nowhere/x"], 1, "/nowhere/x")):
            found = network(*arguments)
            self.assertEqual(found.returncode, status, arguments)
            self.assertIn(reason, found.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
