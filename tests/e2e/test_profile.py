# SPDX-License-Identifier: BSD-3-Clause
"""`airbatch profile`: what it measures and writes, how it is interrupted, what it refuses; the shipped profiles."""
import csv
import os
import signal
import time
import unittest

import testbed

SMALL = "network small\ninput 16x16x3\nsubtask A\nconv 3x3 16 relu6\nsubtask B\nfc 50\n"


def rows(path):
    with open(path) as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def identity(path):
    with open(path) as f:
        lines = [line[2:].rstrip("\n").split(": ", 1) for line in f if line.startswith("# ")]
    return dict(lines)


class Profile(testbed.Case):
    def setUp(self):
        super().setUp()
        self.net = self.topology(SMALL, "small.net")
        self.out = os.path.join(self.folder, "p.csv")

    def profile(self, *arguments):
        return self.run_airbatch("profile", *arguments)

    def test_it_measures_every_pair_as_often_as_told(self):
        result = self.profile("--network", self.net, "--batches", "1-4", "--runs", "7", "--warm-up", "1", "-o", self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        table = rows(self.out)
        self.assertEqual([(int(r["subtask"]), int(r["batch"]), int(r["runs"]) + int(r["discarded"])) for r in table],
                         [(n, b, 7) for n in (1, 2) for b in (1, 2, 3, 4)])
        for a, b in zip(table, table[1:]):
            self.assertLessEqual(float(a["min_s"]), float(a["max_s"]))
            self.assertLessEqual(float(a["min_s"]), float(a["median_s"]))
            self.assertLessEqual(float(a["median_s"]), float(a["p95_s"]))
            if a["subtask"] == b["subtask"]:
                self.assertLessEqual(float(a["median_s"]), float(b["median_s"]))
        facts = identity(self.out)
        self.assertIn("oneDNN", facts["source"])
        self.assertEqual(facts["kind"], "measured")
        self.assertEqual(facts["rounds"], "7 after 1 of warm-up")
        for key in ("measured_at", "processor", "processor_flags", "governor", "load_averages", "monotone_residual", "chain"):
            self.assertTrue(facts[key])
        self.assertIn(facts["disturbed"], ("yes", "no"))
        self.assertRegex(facts["evidence"], r"^\d+ of 28 chains disturbed, processor time [\d.]+ of the worker's wall time, steal ")
        shown = self.profile("show", self.out, "--csv", self.out + ".again")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("2 sub-tasks, batches of 1 to 4", shown.stdout)
        with open(self.out) as a, open(self.out + ".again") as b:
            self.assertEqual(a.read(), b.read())

    def test_a_replay_of_it_is_labelled_and_takes_as_long(self):
        self.assertEqual(self.profile("--network", self.net, "--batches", "2", "--runs", "5", "-o", self.out).returncode, 0)
        again = os.path.join(self.folder, "again.csv")
        result = self.profile("--network", self.net, "--backend", "replay", "--profile", self.out, "--batches", "2", "--runs",
                              "5", "-o", again)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(identity(again)["kind"], "modelled")
        for a, b in zip(rows(self.out), rows(again)):
            self.assertGreaterEqual(float(b["median_s"]), float(a["median_s"]))

    def test_the_cache_has_one_file_which_is_listed_and_refreshed(self):
        os.environ["AIRBATCH_CACHE"] = cache = os.path.join(self.folder, "cache")
        self.addCleanup(os.environ.pop, "AIRBATCH_CACHE")
        self.assertIn("no profile is in the cache yet", self.profile("list").stdout)
        for most in ("1-2", "1-4", "1-3"):
            result = self.profile("--network", self.net, "--batches", most, "--refresh", "-q")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(f"batches of 1 to {most[2:]}", result.stdout)
        (name,) = os.listdir(cache)
        self.assertEqual(identity(os.path.join(cache, name))["max_batch"], "4")  # it never shrinks
        listed = self.profile("list").stdout
        self.assertIn(name, listed)
        self.assertRegex(listed, r"small +4 ")
        self.assertEqual(self.profile("list", "x").returncode, 2)
        self.assertIn("--refresh", self.profile("--network", self.net, "--refresh", "--runs", "3").stderr)

    def test_an_executor_refuses_another_machines_profile(self):
        for given in ("mobilenet-v2-gpu-model", os.path.join(testbed.SOURCE, "dnn", "profiles", "mobilenet-v2-epyc-avx512.csv")):
            for command in ("run", "sim"):
                result = self.run_airbatch(command, testbed.COMPUTED, "--set", "edge.profile=" + given, "--out",
                                           self.directory())
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn("is of another machine or executor", result.stderr)
                self.assertIn("edge.executor=replay", result.stderr)

    def test_a_replay_of_another_machine_is_said(self):
        shipped = os.path.join(testbed.SOURCE, "dnn", "profiles", "mobilenet-v2-epyc-avx512.csv")
        result = self.run_airbatch("sim", testbed.QUICKSTART, "--set", "edge.executor=replay", "--set", "edge.profile=" + shipped,
                                   "--out", self.directory())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("was measured on another machine", result.stderr)

    def test_an_interrupt_leaves_nothing_half_written(self):
        process = self.start("profile", "--network", "mobilenet-v2", "--batches", "1-32", "--runs", "1000", "-o", self.out)
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)
        self.assertEqual(process.returncode, 1)
        self.assertIn("interrupted: nothing was written", stderr)
        self.assertEqual(os.listdir(self.folder), ["small.net"])

    def test_what_is_wrong_is_said(self):
        for arguments, words, status in (
                ([], "--network is needed", 2),
                (["--network", "no-such"], "no-such", 2),
                (["--network", self.net, "--backend", "gpu"], "cpu", 2),
                (["--network", self.net, "--batches", "2-4"], "whole number", 2),
                (["--network", self.net, "--batches", "0"], "whole number", 2),
                (["--network", self.net, "--backend", "replay"], "needs a profile", 2),
                (["--network", self.net, "--backend", "replay", "--profile", "3dssd-gpu-model"], "not of small", 2),
                (["--network", self.net, "--batches", "1", "-o", "/no/such/folder/p.csv"], "/no/such/folder", 2),
                (["show"], "a profile is needed", 2),
                (["show", "nobody.csv"], "3dssd-gpu-model", 2)):
            result = self.profile(*arguments)
            self.assertEqual(result.returncode, status, (arguments, result.stderr))
            self.assertIn(words, result.stderr)

    def test_a_plot_is_a_picture(self):
        picture = os.path.join(self.folder, "it's.svg")
        result = self.profile("show", "mobilenet-v2-gpu-model", "3dssd-gpu-model", "--plot", picture)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(picture) as f:
            text = f.read()
        self.assertTrue(text.startswith("<?xml") and text.rstrip().endswith("</svg>"))
        self.assertTrue("MODELLED" in text)

    def test_shipped_profiles_load_and_models_are_what_they_say(self):
        folder = os.path.join(testbed.SOURCE, "dnn", "profiles")
        files = [f for f in os.listdir(folder) if f.endswith(".csv")]
        self.assertGreaterEqual(len(files), 3)
        for name in files:
            path = os.path.join(folder, name)
            self.assertEqual(self.profile("show", path).returncode, 0)
            if identity(path)["kind"] != "modelled":
                continue
            copy = os.path.join(self.folder, name)
            self.assertEqual(self.profile("show", name[:-4], "--csv", copy).returncode, 0)
            with open(path) as a, open(copy) as b:
                self.assertEqual(a.read(), b.read(), f"`airbatch profile show {name[:-4]} --csv profiles/{name}` makes it anew")

    def test_a_run_refuses_another_networks_profile(self):
        result = self.run_airbatch("sim", testbed.QUICKSTART, "--set", "edge.executor=replay", "--set",
                                   "edge.profile=3dssd-gpu-model", "--out", self.directory())
        self.assertEqual(result.returncode, 2)
        self.assertIn("edge.profile: 3dssd-gpu-model is of the network 3dssd, not of mobilenet-v2", result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
