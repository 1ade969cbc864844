#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/reproduce/pipeline with few points: its rows are what runs say, its bound bounds, its tables hold the rows, and what must hold at
every point holds."""
import os
import tempfile
import unittest

import testbed
import common
import pipeline_clocks as clocks
import pipeline_devices as devices
import pipeline_points as points
import pipeline_tables as tables

common.AIRBATCH = testbed.AIRBATCH
MBPS, JOBS = (0.2, 18.88, 40, 160), (1, 4, 20)
LAWS = ("one job", "never above", "with the rate", "one type", "simulated", "phones that share", "batches", "lower frequencies")


class Reproduction(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        out = cls.directory.name
        cls.chains = points.built_in()
        cls.radio = points.Radio(out)
        cls.profiles = {c.name: points.state_profile(c, out) for c in cls.chains}
        cls.rows = [points.simulate(points.Point(c, mbps, n, policy), cls.radio, cls.profiles[c.name], out)
                    for c in cls.chains if c.name in ("mobilenet-v2", "alexnet") for mbps in MBPS for n in JOBS for policy in points.POLICIES]
        cls.times = {("mobilenet-v2", policy): cls.decision(policy) for policy in points.POLICIES}
        cls.shared = {(mhz, policy): devices.Shared(mhz, policy, out, 0.5) for mhz in (2, 8) for policy in devices.POLICIES}
        cls.saved = devices.save([c for c in cls.chains if c.name == "mobilenet-v2"], cls.radio, cls.profiles, True, out)
        cls.text, cls.failed = tables.write(out, cls.rows, clocks.Clocks("no namespaces", [], []), cls.times, cls.shared, cls.saved)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    @classmethod
    def decision(cls, policy):
        chain = next(c for c in cls.chains if c.name == "mobilenet-v2")
        return points.decision_us(points.Point(chain, 18.88, 20, policy), cls.radio, cls.profiles[chain.name], 1)

    def test_what_must_hold_at_every_point_holds(self):
        found = tables.shapes(tables.Sweep(self.rows), clocks.Clocks("no namespaces", [], []), self.times, self.shared, self.saved)
        laws = [(expected, what, holds) for expected, what, holds in found if expected.startswith(LAWS) or any(law in expected for law in LAWS)]
        self.assertGreaterEqual(len(laws), len(LAWS))
        for expected, what, holds in laws:
            self.assertTrue(holds, f"{expected}: {what}")

    def test_no_scheme_is_below_the_bound_and_simple_ones_take_what_their_sum_says(self):
        by_name = {c.name: c for c in self.chains}
        for r in self.rows:
            self.assertGreaterEqual(r["plan_ms"], r["bound_ms"] * (1 - 1e-6), r)
            chain = by_name[r["network"]]
            simple = {"local-only": r["jobs"] * chain.device_s[-1], "cloud-only": r["jobs"] * chain.curves(r["mbps"])[0][1]}.get(r["policy"])
            if simple:
                self.assertAlmostEqual(r["plan_ms"], 1e3 * simple, delta=2e-4 * 1e3 * simple, msg=r)

    def test_tables_hold_the_rows(self):
        row = next(r for r in self.rows if (r["network"], r["mbps"], r["jobs"], r["policy"]) == ("mobilenet-v2", 40, 20, "jps-plus"))
        self.assertIn(f"| mobilenet-v2, 40 | {row['bound_ms'] / 1e3:.3f} | {row['makespan_ms'] / row['bound_ms']:.3f} |", self.text)
        self.assertIn("The emulation was skipped: no namespaces.", self.text)

    def test_every_picture_is_drawn(self):
        for name in (*tables.shown(), "rate-alexnet.svg"):
            with open(os.path.join(self.directory.name, name)) as f:
                self.assertIn("</svg>", f.read(), name)

    def test_docs_get_the_tables_between_their_marks(self):
        testbed.check_docs(self, "pipeline", lambda docs: tables.into_docs(docs, self.directory.name, "new"))


if __name__ == "__main__":
    testbed.main("gnuplot", namespaces=False)
