# SPDX-License-Identifier: BSD-3-Clause
"""`airbatch import`: from an ONNX file to a network that every command takes, and what it says when it cannot."""
import json
import os
import subprocess
import tempfile
import unittest

from testbed import AIRBATCH, SOURCE

MODELS = os.path.join(SOURCE, "tests", "fuzz", "corpus", "onnx")


def airbatch(*arguments):
    return subprocess.run([AIRBATCH, *arguments], capture_output=True, text=True)


class Import(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.net = os.path.join(self.folder.name, "my net.net")

    def test_import_and_use(self):
        model = os.path.join(MODELS, "net1")
        listed = airbatch("import", model, "--list-cuts").stdout
        self.assertEqual([line.split()[0] for line in listed.splitlines()[1:]], ["v0.0", "linear0.2", "cut1", "cut2"])
        weights = os.path.join(self.folder.name, "w.safetensors")
        done = airbatch("import", model, "-c", "cut2", "--cut-at=cut1", "-o", self.net, "-w", weights, "--name", "mine")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(airbatch("network", self.net, "--json").stdout)
        self.assertEqual(found["name"], "mine")
        self.assertEqual(found["weights_file"], weights)
        self.assertEqual([s["output"] for s in found["subtasks"]], [[4, 4, 2], [2, 4, 8], [1, 1, 8]])
        profile = airbatch("profile", "--network", self.net, "--batches", "1-2", "-o", os.path.join(self.folder.name, "p.csv"))
        self.assertEqual(profile.returncode, 0, profile.stderr)

    def test_what_exporters_write(self):
        for name, words in (("shape-gather", "fc 3"), ("pad-average", "pad 1,0,2,1 count-padding"), ("excite", "multiply"), ("split", "channels 2 4"),
                            ("hard-swish", "hardswish")):
            net = os.path.join(self.folder.name, name + ".net")
            done = airbatch("import", os.path.join(MODELS, name), "-c", "none", "-o", net)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(net) as file:
                self.assertIn(words, file.read())
            profile = airbatch("profile", "--network", net, "--batches", "1-2", "-o", os.path.join(self.folder.name, "p.csv"))
            self.assertEqual(profile.returncode, 0, profile.stderr)
        done = airbatch("import", os.path.join(MODELS, "huge-constant"), "-c", "none", "-o", self.net)
        self.assertEqual(done.returncode, 2)
        self.assertIn("computed on import", done.stderr)

    def test_names_and_shapes(self):
        cases = os.path.join(SOURCE, "tests", "data", "onnx")
        listed = airbatch("import", os.path.join(cases, "newline_name.onnx"), "-l").stdout.splitlines()
        self.assertEqual([line[:21].rstrip() for line in listed[1:]], ["c", r"r\x0aactivate sigmoid"])
        for cut in ("r\nactivate sigmoid", r"r\x0aactivate sigmoid"):
            done = airbatch("import", os.path.join(cases, "newline_name.onnx"), "--cut-at", cut, "-o", self.net, "-w", self.folder.name + "/w.safetensors")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("2 sub-tasks", done.stdout)
        for cut, parts in (("a,b", 2), ("a,b,p, q", 3)):
            done = airbatch("import", os.path.join(cases, "comma_names.onnx"), "--cut-at", cut, "-o", self.net, "-w", self.folder.name + "/w.safetensors")
            self.assertIn("%d sub-tasks" % parts, done.stdout, done.stderr)
        model = os.path.join(cases, "open_hw.onnx")
        refused = airbatch("import", model, "-l")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("give --input-shape, such as 1x3x224x224", refused.stderr)
        done = airbatch("import", model, "--input-shape", "1x3x224x224", "-c", "none", "-o", self.net, "-w", self.folder.name + "/w.safetensors")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.net) as file:
            self.assertIn("input 224x224x3", file.read())

    def test_weights_elsewhere(self):
        model = os.path.join(MODELS, "net0")
        other = os.path.join(self.folder.name, "other")
        os.mkdir(other)
        weights = os.path.join(other, "w.safetensors")
        done = airbatch("import", model, "-c", "none", "-o", self.net, "-w", weights)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.net) as file:
            self.assertIn("network my-net\nweights %s\n" % weights, file.read())

    def test_refusals(self):
        model = os.path.join(MODELS, "net1")
        notes = os.path.join(self.folder.name, "notes.txt")
        with open(notes, "w") as file:
            file.write("not a model\n")
        for arguments, status, reason in (
                ([], 2, "Name an ONNX file"), (["/nowhere.onnx", "-c", "none"], 2, "/nowhere.onnx"),
                ([notes, "-c", "none"], 2, "not an ONNX model"), ([self.folder.name, "-c", "none"], 2, "not an ONNX model"),
                ([model, "-o", self.net], 2, "where is it to be cut?"),
                ([model, "-o", self.net, "-c", "v0.1"], 2, "a branch goes around it"),
                ([model, "-o", self.net, "-c", "nope"], 2, "no value of this name"),
                ([model, "-o", self.folder.name + "/x.txt", "-c", "none"], 1, "must end in .net"),
                ([model, "-o", self.net, "-c", "none"], 1, "has blanks"),
                ([model, "-o", "/nowhere/x.net", "-c", "none"], 1, "/nowhere/x"),
                ([model, "-o", self.net, "-c", "none", "--name", "a b"], 2, "a b")):
            found = airbatch("import", *arguments)
            self.assertEqual(found.returncode, status, (arguments, found.stderr))
            self.assertIn(reason, found.stderr)
        self.assertIn("cut1", airbatch("import", model, "-c", "nope").stderr)  # what there is instead
        self.assertFalse(os.path.exists(self.net))


if __name__ == "__main__":
    unittest.main(verbosity=2)
