# SPDX-License-Identifier: BSD-3-Clause
"""scripts/reproduce/online, very small: it can be stopped and goes on, its tables hold what the rows say, nothing is missed."""
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

import testbed

SCRIPT = os.path.join(testbed.SOURCE, "scripts", "reproduce", "online")
SMALL = ["--seeds", "2", "--train-episodes", "3", "--episodes", "1", "--no-emulation"]
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(SCRIPT))
import online_tables as tables  # noqa: E402


def script():
    loader = importlib.machinery.SourceFileLoader("reproduce_online", SCRIPT)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class ReproduceOnline(unittest.TestCase):
    def setUp(self):
        self.out = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.out)
        self.command = [sys.executable, SCRIPT, *SMALL, "--out", self.out]
        self.environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")

    def test_it_stops_cleanly_and_goes_on(self):
        first = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        while "training [1/" not in first.stdout.readline():
            self.assertIsNone(first.poll(), "ended before it could be stopped")
        first.send_signal(signal.SIGINT)
        errors = first.communicate(timeout=60)[1]
        self.assertEqual(first.returncode, 130, errors)
        self.assertIn("the same command goes on", errors)
        self.assertNotIn("Traceback", errors)
        second = subprocess.run(self.command, capture_output=True, text=True, env=self.environment)
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertNotIn("windows [", second.stdout)    # they were there
        self.check_results(second.stdout)
        other = subprocess.run(self.command + ["--episodes", "2"], capture_output=True, text=True, env=self.environment)
        self.assertEqual(other.returncode, 1)
        self.assertIn("give another --out", other.stderr)

    def check_results(self, text):
        for setting in tables.SETTINGS:
            mj = []
            for seed in (1, 2):
                rows = tables.read(os.path.join(self.out, setting.name, f"seed{seed}", "evaluation.csv"))
                self.assertEqual({row["missed"] for row in rows}, {"0"})
                for row in rows:
                    self.assertGreaterEqual(float(row["energy_mj_per_task"]), float(row["bound_mj_per_task"]))
                mj.append(float(next(row for row in rows if row["policy"] == "lc")["energy_mj_per_task"]))
            half = 12.706 * abs(mj[0] - mj[1]) / 2      # t for one degree of freedom, standard error of two values
            shown = f"| lc | {statistics.mean(mj):.2f} ± {half:.2f} |"
            self.assertIn(shown, text)
        for picture in ("training.svg", "energy.svg"):
            with open(os.path.join(self.out, picture)) as f:
                self.assertIn("</svg>", f.read())
        self.assertTrue(re.search(r"\| ddpg-og below ddpg-ip-ssa \|.*\d", text))
        self.assertIn("Skipped: --no-emulation", text)


class Parts(unittest.TestCase):
    """What a whole run would show only after long, or not on this machine."""

    def setUp(self):
        self.out = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.out)
        self.script = script()
        self.cell = self.script.Cell(tables.SETTINGS[0], 1, self.out)
        os.makedirs(self.cell.folder)

    def validated(self, **mj):
        with open(self.cell.path("windows.csv"), "w") as f:
            f.write("policy,tasks,energy_mj_per_task,local_mj_per_task\n")
            f.writelines(f"{policy},10,{energy},20\n" for policy, energy in mj.items())

    def test_the_credit_is_the_best_windows(self):
        self.validated(**{"lc": 5, "tw-0:og": 12, "tw-1:og:50ms": 10})
        self.assertEqual(self.cell.credit(), 10 / 20)
        self.assertEqual(tables.best_windows(self.cell.path("windows.csv")), {("og", True): "tw-1:og:50ms", ("og", False): "tw-0:og"})

    def emulate(self, skipped_before, no_emulation):
        with open(os.path.join(self.out, "clocks.json"), "w") as f:
            json.dump({"skipped": skipped_before, "rows": [] if skipped_before else [{"policy": "before"}]}, f)
        options = types.SimpleNamespace(out=self.out, no_emulation=no_emulation)
        with mock.patch.object(self.script, "why_not", return_value=None), \
                mock.patch.object(self.script, "clocks_row", side_effect=lambda cell, policy, agent: {"policy": policy}):
            self.script.emulate(self.cell, options)
        found = tables.clocks(self.out)
        return found["skipped"], [row["policy"] for row in found["rows"]]

    def test_what_was_skipped_is_tried_again(self):
        self.validated(**{"lc": 20, "tw-1:og:50ms": 10})
        self.assertEqual(self.emulate("no namespaces", False), (None, ["ddpg-og", "tw-1:og:50ms"]))
        self.assertEqual(self.emulate(None, False), (None, ["before"]))
        self.assertEqual(self.emulate(None, True), (None, ["before"]))
        self.assertEqual(self.emulate("no namespaces", True), ("--no-emulation was given", []))


if __name__ == "__main__":
    if not shutil.which("gnuplot"):
        print("skipped: gnuplot is not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
