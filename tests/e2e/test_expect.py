# SPDX-License-Identifier: BSD-3-Clause
"""--expect, --require-valid and --junit of the commands that make and show runs: exit status, sentences, JUnit XML."""
import json
import os
import xml.etree.ElementTree as ElementTree

import testbed

SIM = ["sim", testbed.QUICKSTART, "--duration", "1s", "--set", "edge.executor=replay",
       "--set", "edge.profile=mobilenet-v2-gpu-model"]


class Expectations(testbed.Case):
    def ask(self, *arguments, status=0):
        result = self.run_airbatch(*arguments)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def simulated(self, *arguments, status=0, name="run"):
        return self.ask(*SIM, "--out", self.directory(name), *arguments, status=status)

    def suites(self, path):
        root = ElementTree.parse(path).getroot()
        self.assertEqual(root.tag, "testsuites")
        for count, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            self.assertEqual(int(root.get(count)), len(root.findall(".//" + element)), count)
        self.assertEqual(int(root.get("tests")), len(root.findall(".//testcase")))
        return {suite.get("name"): {case.get("name"): [e.tag for e in case] for case in suite} for suite in root}

    def test_what_holds(self):
        junit = os.path.join(self.folder, "verdict.xml")
        result = self.simulated("--expect", "promised_missed==0", "--expect", "met>=99%", "--expect", "ues[].met==2",
                                "--expect", "ue3.latency_ms.p95<=0.1s", "--require-valid", "--junit", junit)
        self.assertIn("as expected: met>=99%, found 8 of 8 done (100 %)", result.stdout)
        self.assertEqual(self.suites(junit), {"quickstart with ip-ssa": {
            "valid": [], "promised_missed==0": [], "met>=99%": [], "ues[].met==2": [], "ue3.latency_ms.p95<=0.1s": []}})

    def test_what_does_not_hold(self):
        junit = os.path.join(self.folder, "verdict.xml")
        result = self.simulated("--expect", "met==8", "--expect", "met>8", "--junit", junit, "--quiet", status=1)
        self.assertEqual(result.stderr, "airbatch: quickstart with ip-ssa: expected met>8, found 8\n")
        self.assertEqual(result.stdout, "")
        self.assertEqual(self.suites(junit),
                         {"quickstart with ip-ssa": {"valid": [], "met==8": [], "met>8": ["failure"]}})
        self.assertEqual(self.summary()["status"], "done")  # the records are there all the same

    def test_json_lines(self):
        result = self.simulated("--json", "--expect", "met>8", status=1)
        events = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([e["event"] for e in events][-3:], ["expectation", "expectation", "summary"])
        self.assertEqual(events[-2], {"event": "expectation", "expected": "met>8", "holds": False, "found": "8"})

    def test_refused_before_anything_starts(self):
        for wrong, sentence in (("mett==1", "did you mean met?"), ("ue9.met==1", "there is no ue9, the last is ue4"),
                                ("met", "compares nothing"), ("latency_ms.p95<1kg", "has the unit 'kg'")):
            result = self.simulated("--expect", wrong, status=2)
            self.assertIn(sentence, result.stderr.splitlines()[0])
            self.assertFalse(os.path.exists(self.directory()), wrong)
        result = self.simulated("--junit", os.path.join(self.folder, "none", "verdict.xml"), status=2)
        self.assertIn("No such file or directory", result.stderr.splitlines()[0])

    def test_a_run_that_cannot_start_is_an_error(self):
        junit = os.path.join(self.folder, "verdict.xml")
        self.simulated("--set", "ues.count=0", "--junit", junit, "--expect", "met==8", status=2)
        self.assertEqual(list(self.suites(junit).values()), [{"valid": ["error"], "met==8": ["skipped"]}])

    def test_show(self):
        self.simulated("--quiet")
        directory = self.directory()
        summary = self.summary()
        self.assertIn("as expected: met==8", self.ask("show", directory, "--expect", "met==8").stdout)
        self.assertIn("expected met==9, found 8", self.ask("show", directory, "--expect", "met==9", status=1).stderr)
        summary.update(valid=False, not_valid_because=["the shaper overran"])
        self.rewrite(summary)
        junit = os.path.join(self.folder, "verdict.xml")
        self.ask("show", directory, "--junit", junit)
        self.assertEqual(self.suites(junit), {directory: {"valid": ["skipped"]}})
        result = self.ask("show", directory, "--require-valid", "--junit", junit, status=1)
        self.assertIn("not valid: the shaper overran", result.stderr)
        self.assertEqual(self.suites(junit), {directory: {"valid": ["failure"]}})
        summary.update(status="interrupted", why="interrupted")
        self.rewrite(summary)
        self.ask("show", directory, "--expect", "met==8", status=1)

    def rewrite(self, summary):
        with open(os.path.join(self.directory(), "summary.json"), "w") as f:
            json.dump(summary, f)

    def test_sweep(self):
        out, junit = self.directory("sweep"), os.path.join(self.folder, "verdict.xml")
        sweep = ["sweep", *SIM[1:], "--policy", "lc,ip-ssa", "--out", out, "--quiet", "--junit", junit]
        self.ask(*sweep, "--expect", "met==8")
        self.assertEqual([list(cases.values()) for cases in self.suites(junit).values()], 2 * [[[], []]])
        result = self.ask("sweep", "--gather", "--out", out, "--expect", "offloaded==0", "--junit", junit, status=1)
        self.assertIn("1 of 2 points are not as expected", result.stderr)
        self.assertEqual(sorted(cases["offloaded==0"] for cases in self.suites(junit).values()), [[], ["failure"]])
        self.ask(*sweep, "--dry-run", status=2)


if __name__ == "__main__":
    testbed.main(namespaces=False)
