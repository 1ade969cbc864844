#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/reproduce/early-exit with few draws: its tables hold what the rows say, and what must hold in every draw holds."""
import contextlib
import csv
import io
import os
import subprocess
import sys
import tempfile
import unittest

import testbed
import early_exit_clocks as clocks
import early_exit_tables as tables

PROGRAM = tables.AIRBATCH = clocks.AIRBATCH = testbed.AIRBATCH


def rows(*arguments):
    out = subprocess.run([PROGRAM, "early-exit", *arguments], capture_output=True, text=True, check=True).stdout
    return list(csv.DictReader(io.StringIO(out)))


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.results = tables.measure(30)
        cls.directory = tempfile.TemporaryDirectory()
        cls.text, cls.failed = tables.write(cls.directory.name, cls.results, None)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_what_must_hold_in_every_draw_holds(self):
        for expected, found, holds in tables.shapes(self.results):
            if "every draw" in expected or "any draw" in expected or "independent" in expected:
                self.assertTrue(holds, f"{expected}: {found}")

    def test_means_are_those_of_the_rows(self):
        mine = rows("--draws", "30", "--band", "40MHz", "--budget", "10ms..30ms", "--policy", "bsp-exit")
        mean = sum(int(r["served"]) for r in mine) / 30
        with open(os.path.join(self.directory.name, "sweep.csv")) as f:
            row = next(r for r in csv.DictReader(f)
                       if r["sweep"] == "table" and r["band"] == "40MHz" and r["budget"] == "10ms..30ms" and r["policy"] == "bsp-exit")
        self.assertAlmostEqual(float(row["served"]), mean, places=3)
        self.assertIn(f"{mean:.2f} ±", self.text)

    def test_every_sweep_has_its_picture(self):
        for sweep in tables.SWEEPS:
            with open(os.path.join(self.directory.name, sweep.name + ".svg")) as f:
                picture = f.read()
            self.assertIn("</svg>", picture)
            self.assertIn("bsp-exit-classes", picture)

    def test_the_interval_of_a_ratio_covers_scaled_draws(self):
        setting = next(self.results.settings())
        ratio, half = setting.ratio("bsp-exit", "bsp-exit")
        self.assertEqual((ratio, half), (1, 0))

    def test_docs_get_the_tables_between_their_marks(self):
        testbed.check_docs(self, "early-exit", lambda docs: tables.into_docs(docs, self.directory.name, "new"))


class VirtualTime(unittest.TestCase):
    def test_rounds_run_as_planned(self):
        with tempfile.TemporaryDirectory() as out:
            pairs = [clocks.Pair(policy, 3, out, False) for policy in clocks.POLICIES]
            for pair in pairs:
                run = pair.sim
                self.assertTrue(run.valid, run.why)
                self.assertEqual(run.count("dropped") + run.missed(), 0)
                self.assertEqual(run.in_time() + run.count("refused"), len(run.tasks))
                self.assertTrue(all(abs(measured - model) < 1e-6 for measured, model in run.round_times()))
                self.assertLess(max(run.off("upload_ms", "plan_upload_ms")), 1e-3)
            served = {pair.policy: pair.sim.in_time() for pair in pairs}
            self.assertGreater(served["bsp-exit-classes"], served["bsp-exit"])
            self.assertGreater(served["bsp-exit"], served["batch-only"])
            text = "\n".join(clocks.table(clocks.Clocks(3, "no namespaces", pairs)))
            self.assertIn("skipped: no namespaces", text)
            self.assertEqual(clocks.shapes(clocks.Clocks(3, "no namespaces", pairs)), [])


class Command(unittest.TestCase):
    def refused(self, text, *arguments):
        result = subprocess.run([PROGRAM, "early-exit", *arguments], capture_output=True, text=True)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn(text, result.stderr)

    def test_wrong_usage_is_explained(self):
        self.refused("no range", "--budget", "3ms")
        self.refused("no range", "--budget", "9ms..3ms")
        self.refused("has no unit", "--band", "20")
        self.refused("--band is '0Hz': must be above 0", "--band", "0Hz")
        self.refused("--users", "--users", "0")
        self.refused("the policy og has no parameter 'upload'", "--policy", "og")
        self.refused("there is no policy 'bps'", "--policy", "bps")
        self.refused("is a problem of co-inference: must be of early-exit", "--like",
                     os.path.join(testbed.SOURCE, "tests", "data", "instances", "equal-deadlines.json"))

    def test_a_written_problem_gives_network_and_upload_time(self):
        like = os.path.join(testbed.SOURCE, "tests", "data", "instances", "early-exit-two-users.json")
        for row in rows("--like", like, "--draws", "3", "--need", "0.9..0.9", "-p", "bsp-exit"):
            self.assertLessEqual(int(row["served"]), 2)  # its table ends at batches of two
            self.assertIn(row["end_ms"], ("13.5", "13", "10"))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        unittest.main(argv=sys.argv)
