# SPDX-License-Identifier: BSD-3-Clause
"""Help texts and manual pages say the same, say everything, and are well formed."""
import glob
import json
import os
import re
import shutil
import subprocess
import unittest

import testbed

OPTION = re.compile(r"--([a-z-]+)")


def commands():
    text = subprocess.run([testbed.AIRBATCH, "help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  ([a-z-]+) ", text, re.MULTILINE)


class Manual(testbed.Case):
    def help(self, *arguments):
        result = self.run_airbatch(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def manuals(self):
        folder = os.path.join(self.folder, "man")
        self.help("help", "--manuals", folder)
        return {os.path.basename(path): path for path in glob.glob(folder + "/man?/*")}

    def test_help_command_is_command_help(self):
        for command in commands():
            self.assertEqual(self.help("help", command), self.help(command, "--help"), command)

    def test_every_command_has_a_page_with_every_option(self):
        pages = self.manuals()
        for command in commands():
            with open(pages[f"airbatch-{command}.1"]) as f:
                page = f.read().replace("\\", "")
            for option in OPTION.findall(self.help(command, "--help")):
                self.assertIn("--" + option, page, command)

    def test_arguments_of_topologies_are_the_same(self):
        pages = self.manuals()
        said = {}
        for command in ("run", "sim", "plan", "train", "evaluate"):
            with open(pages[f"airbatch-{command}.1"]) as f:
                items = re.findall(r"\.TP\n\\fB(.+?)\\fR\n(.*?)(?=\n\.)", f.read(), re.DOTALL)
            for term in (r"\-s, \-\-set=KEY=VALUE", r"\-\-seed=N", r"\-\-run=N"):
                said.setdefault(term, set()).add(dict(items)[term])
            for arguments, sentence in (([], "needed|give the problem"), (["a.yaml", "b.yaml"], "'b.yaml' is a second one"),
                                        (["a.yaml"] + ["-sseed=1"] * 129, "more than 128 overrides")):
                wrong = self.run_airbatch(command, *arguments)
                self.assertEqual(wrong.returncode, 2, command)
                self.assertRegex(wrong.stderr, sentence)
        self.assertEqual([len(texts) for texts in said.values()], [1, 1, 1], said)

    def test_pages_are_clean(self):
        pages = self.manuals()
        self.assertIn("airbatch.1", pages)
        judges = [["mandoc", "-Tlint", "-W", "warning"], ["man", "--warnings", "-l", "-Tutf8", "-Z"]]
        for judge in judges:
            if not shutil.which(judge[0]):
                print(judge[0], "is not installed")
                continue
            for page in pages.values():
                result = subprocess.run([*judge, page], capture_output=True, text=True)
                said = (result.stdout if judge[0] == "mandoc" else "") + result.stderr
                self.assertEqual(said, "", page)

    def test_topology_page_has_every_key(self):
        text = self.help("help", "topology")
        with open(self.manuals()["airbatch-topology.5"]) as f:
            page = f.read().replace("\\", "")
        keys = re.findall(r"^    ([a-z_]+): ", text, re.MULTILINE)
        self.assertGreater(len(keys), 60)
        self.assertEqual(re.findall(r"^fB([a-z_]+): ", page, re.MULTILINE), keys)

    def test_topics(self):
        protocol = self.help("help", "protocol")
        for word in ("ABTP", "request", "tensor", "byte 40: sent", "ABTD"):
            self.assertIn(word, protocol)
        wrong = self.run_airbatch("help", "nonsense")
        self.assertEqual((wrong.returncode, len(wrong.stderr.splitlines())), (2, 1), wrong.stderr)

    def test_summary_is_documented(self):  # field by field: tests/unit/tools/test_expect.c
        text = self.help("help", "run-directory")
        summary_part = text[text.index("SUMMARY.JSON"):text.index("SWEEP.CSV")]
        result = self.run_airbatch("sim", testbed.QUICKSTART, "--duration", "1s", "--out", self.directory(), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        for field in self.summary():
            self.assertRegex(summary_part, rf"(?m)^    {field}([.\[ ]|$)")

    def test_tables_are_documented(self):
        text = self.help("help", "run-directory")
        result = self.run_airbatch("sim", testbed.QUICKSTART, "--duration", "1s", "--out", self.directory(), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        for table in ("tasks", "batches", "links"):
            for column in self.table(table)[0]:
                self.assertRegex(text, rf"(?m)^    {column}( \(|$)")

    def test_installed(self):
        prefix = os.path.join(self.folder, "prefix")
        result = subprocess.run(["cmake", "--install", testbed.BUILD, "--prefix", prefix], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        for path in ("share/man/man1/airbatch.1", "share/man/man1/airbatch-sweep.1", "share/man/man5/airbatch-topology.5",
                     "share/man/man5/airbatch-run-directory.5", "share/man/man7/airbatch-protocol.7",
                     "share/bash-completion/completions/airbatch", "share/zsh/site-functions/_airbatch"):
            self.assertTrue(os.path.exists(os.path.join(prefix, path)), path)
        self.assertFalse(glob.glob(prefix + "/share/man/stamp"))


class Doctor(testbed.Case):
    def test_json_and_text_agree(self):
        result = self.run_airbatch("doctor", "--json")
        report = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0 if report["ready"] else 1)
        self.assertEqual(report["ready"], not any(c["state"] == "fail" for c in report["checks"]))
        text = self.run_airbatch("doctor").stdout
        for check in report["checks"]:
            self.assertIn(check["state"], ("ok", "note", "poor", "fail"))
            self.assertTrue(check["found"], check["name"])
            self.assertIn("  " + check["name"], text)
            if check["state"] in ("poor", "fail"):
                self.assertTrue(check["effect"] and check["remedy"], check["name"])

    def test_says_what_a_run_would_say(self):
        # Without the capability and without a further user namespace, as in a container.
        if os.geteuid() != 0:
            self.skipTest("needs root")
        result = subprocess.run(["unshare", "--user", "--map-root-user", "sh", "-c",
                                 "echo 0 >/proc/sys/user/max_user_namespaces && "
                                 "exec setpriv --bounding-set -sys_admin --inh-caps -all \"$0\" doctor --json",
                                 os.path.abspath(testbed.AIRBATCH)], capture_output=True, text=True, timeout=60)
        report = json.loads(result.stdout)
        self.assertEqual((result.returncode, report["ready"]), (1, False))
        failed = {c["name"]: c for c in report["checks"] if c["state"] == "fail"}
        self.assertIn("namespaces", failed)
        self.assertIn("need root", failed["namespaces"]["found"])

    def with_library(self, **sources):
        """Doctor's finding on the GPU with stand-ins for the driver's libraries."""
        for name, source in sources.items():
            library = os.path.join(self.folder, {"cuda": "libcuda.so.1", "nvml": "libnvidia-ml.so.1"}[name])
            subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", library, "-"], input=source, text=True, check=True)
        result = self.run_airbatch("doctor", "--json", env=dict(os.environ, LD_LIBRARY_PATH=self.folder))
        return next(c for c in json.loads(result.stdout)["checks"] if c["name"] == "GPU")

    def test_gpu(self):
        count = "int cuInit(unsigned f) {return %d;} int cuDeviceGetCount(int *n) {*n = %d; return 0;}"
        nvml = ("#include <string.h>\nint nvmlInit_v2(void) {return 0;} int nvmlShutdown(void) {return 0;}"
                "int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) {*d = 0; return i;}"
                "int nvmlDeviceGetName(void *d, char *n, unsigned s) {strncpy(n, \"Stand-in 9000\", s); return 0;}")
        self.assertIn("2, the first is unnamed", self.with_library(cuda=count % (0, 2))["found"])
        self.assertIn("2, the first is Stand-in 9000", self.with_library(cuda=count % (0, 2), nvml=nvml)["found"])
        self.assertIn("CUDA sees no device", self.with_library(cuda=count % (0, 0))["found"])
        self.assertIn("CUDA error 999", self.with_library(cuda=count % (999, 2))["found"])
        crash = "#include <stdlib.h>\nint cuInit(unsigned f) {_Exit(3);} int cuDeviceGetCount(int *n) {return 0;}"
        self.assertIn("the attempt crashed", self.with_library(cuda=crash)["found"])

    def test_leaves_nothing(self):
        self.run_airbatch("doctor")
        self.assertFalse([n for n in os.listdir("/sys/class/net") if n.startswith("doctor")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
