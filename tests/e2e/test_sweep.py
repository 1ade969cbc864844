# SPDX-License-Identifier: BSD-3-Clause
"""Sweeps: every point once, the same figures as single simulations, resumable however they end."""
import csv
import glob
import json
import os
import signal
import subprocess
import unittest

import testbed

GRID = ("--policy", "lc,ip-ssa", "--set", "ues.count=2:4:1", "--seeds", "1-2", "--duration", "1s", "--set",
        "capture.points=none")
POINTS = 12


class Sweep(testbed.Case):
    def sweep(self, *arguments, status=0, out="sweep", timeout=90):
        result = self.run_airbatch("sweep", *arguments, "--out", self.directory(out), timeout=timeout)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def rows(self, out="sweep"):
        with open(os.path.join(self.directory(out), "sweep.csv")) as f:
            return list(csv.DictReader(f))

    def points(self, out="sweep"):
        """Folders that count as done, and what else lies there."""
        names = os.listdir(os.path.join(self.directory(out), "points"))
        other = [n for n in names if n.endswith((".part", ".failed"))]
        return sorted(set(names) - set(other)), other

    def test_points_are_single_simulations(self):
        self.sweep(testbed.QUICKSTART, *GRID, "-j", "2", "--quiet")
        rows = self.rows()
        self.assertEqual(len(rows), POINTS)
        settings = {(r["policy"], r["ues_count"], r["seed"]) for r in rows}
        self.assertEqual(settings, {(p, c, s) for p in ("lc", "ip-ssa") for c in "234" for s in "12"})
        for row in rows[::5]:
            alone = self.run_airbatch("sim", testbed.QUICKSTART, "--policy", row["policy"], "--seed", row["seed"], "--set",
                                      "ues.count=" + row["ues_count"], "--duration", "1s", "--set", "capture.points=none",
                                      "--out", self.directory("alone"), "--overwrite", "--quiet")
            self.assertEqual(alone.returncode, 0, alone.stderr)
            tasks = self.summary("alone")["tasks"]
            self.assertEqual(int(row["done"]), tasks["done"])
            self.assertAlmostEqual(float(row["latency_p50_ms"]), tasks["latency_ms"]["p50"], places=5)
            self.assertAlmostEqual(float(row["energy_mj"]), tasks["energy_mj"]["mean"], places=5)

    def test_columns_are_numbers_in_si_units_and_name_the_run(self):
        self.sweep(testbed.QUICKSTART, "--policy", "ip-ssa", "--set", "cell.bandwidth=500kHz,2MHz", "--set", "ue2.gain=-80dB,-90dB",
                   "--set", "ues.deadline=80ms,90ms..120ms", "--duration", "1s", "--set", "capture.points=none", "--quiet")
        rows = self.rows()
        self.assertEqual([name for name in rows[0] if "." in name], [])
        for row in rows:
            with open(os.path.join(self.directory("sweep"), row["directory"], "summary.json")) as f:
                summary = json.load(f)
            given, tasks = summary["given"], summary["tasks"]
            self.assertEqual(float(row["cell_bandwidth_hz"]), given["cell"]["bandwidth_hz"])
            self.assertEqual(float(row["ue2_gain_db"]), given["ue2"]["gain_db"])
            low, high = float(row["ues_deadline_s_low"]), float(row["ues_deadline_s_high"])
            self.assertEqual([low, high] if low < high else low, given["ues"]["deadline_s"])
            self.assertEqual(float(row["met_share"]), tasks["met"] / tasks["done"])
            parts = sum(float(row[part + "_mj"]) for part in ("compute", "transmit", "receive", "idle"))
            self.assertAlmostEqual(parts, float(row["energy_mj"]), places=6)
        self.assertEqual({float(r["cell_bandwidth_hz"]) for r in rows}, {5e5, 2e6})
        self.assertEqual({float(r["ues_deadline_s_high"]) for r in rows}, {0.08, 0.12})

    def test_done_points_are_not_run_again(self):
        self.sweep(testbed.QUICKSTART, *GRID, "--quiet")
        done, _ = self.points()
        stamps = {n: os.stat(os.path.join(self.directory("sweep"), "points", n, "summary.json")).st_mtime_ns for n in done}
        self.assertEqual(len(self.rows()), POINTS)
        self.assertIn("12 of 12 points", self.sweep().stdout)  # by the folder alone
        more = self.sweep(testbed.QUICKSTART, *GRID[:3], "ues.count=2:5:1", *GRID[4:], "--dry-run").stdout
        self.assertIn("4 of 16 points to run", more)
        self.sweep(testbed.QUICKSTART, *GRID[:3], "ues.count=2:5:1", *GRID[4:], "--quiet")
        for name, stamp in stamps.items():
            path = os.path.join(self.directory("sweep"), "points", name, "summary.json")
            self.assertEqual(os.stat(path).st_mtime_ns, stamp)
        self.assertEqual(len(self.rows()), 16)

    def interrupted(self, how):
        process = self.start("sweep", testbed.QUICKSTART, "--policy", "lc,ip-ssa", "--seeds", "1-20", "--duration", "10s",
                             "-j", "2", "--out", self.directory("sweep"))
        folder = os.path.join(self.directory("sweep"), "points")
        testbed.wait_for(lambda: os.path.isdir(folder) and len(self.points()[0]) >= 2, 30, "nothing was done")
        children = testbed.all_descendants(process.pid)
        process.send_signal(how)
        _, errors = process.communicate(timeout=20)
        testbed.wait_for(lambda: not any(map(testbed.alive, children)), 5, "a process is left")
        return process, errors

    def test_interrupted(self):
        process, errors = self.interrupted(signal.SIGINT)
        self.assertEqual(process.returncode, 1)
        self.assertIn("goes on from here", errors)
        done, other = self.points()
        self.assertEqual(other, [])
        self.assertEqual(len(self.rows()), len(done))
        self.assertLess(len(done), 40)
        for name in done:
            with open(os.path.join(self.directory("sweep"), "points", name, "summary.json")) as f:
                self.assertEqual(json.load(f)["status"], "done")

    def test_killed(self):
        self.interrupted(signal.SIGKILL)
        before, _ = self.points()
        left = self.sweep("--dry-run").stdout
        self.assertIn(f"{40 - len(before)} of 40 points to run", left)
        result = self.sweep("--summaries", "-j", "2")
        done, other = self.points()
        self.assertEqual((len(done), other), (40, []), result.stderr)
        files = set(map(len, (os.listdir(os.path.join(self.directory("sweep"), "points", n)) for n in set(done) - set(before))))
        self.assertEqual(files, {1})

    def test_two_at_once_in_one_folder(self):
        process = self.start("sweep", testbed.QUICKSTART, "--seeds", "1-60", "--duration", "10s", "-j", "1", "--out",
                             self.directory("sweep"))
        folder = os.path.join(self.directory("sweep"), "points")
        testbed.wait_for(lambda: os.path.isdir(folder) and os.listdir(folder), 30, "nothing began")
        self.assertIn("another sweep is running", self.sweep(status=1).stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    def test_failed_points_are_listed_and_tried_again(self):
        # A gain without coverage passes the topology's check, and fails when the cell is made.
        grid = (testbed.QUICKSTART, "--set", "ue1.gain=-70dB,-240dB", "--duration", "1s", "--set", "capture.points=none")
        result = self.sweep(*grid, status=1)
        self.assertIn("ue1.gain=-240dB", result.stderr)
        self.assertIn("coverage", result.stderr)
        self.assertIn("1 of 2 points failed", result.stderr)
        done, other = self.points()
        self.assertEqual((len(done), len(other), len(self.rows())), (1, 1, 1))
        self.assertTrue(other[0].endswith(".failed"))
        self.assertIn("1 of 1 points failed", self.sweep(status=1).stderr)  # tried again

    def test_refused(self):
        for arguments, what in (((), "topology file"), ((testbed.QUICKSTART, "--set", "cell.bandwith=1MHz"), "bandwidth"),
                                ((testbed.QUICKSTART, "--set", "ues.count=0,1"), "point ues.count=0"),
                                ((testbed.QUICKSTART, "--policy", "lc", "--set", "policy=og"), "twice"),
                                ((testbed.QUICKSTART, "--seeds", "5-1"), "whole numbers"),
                                ((testbed.QUICKSTART, "--engine", "cloud"), "no engine"),
                                ((testbed.QUICKSTART, "--share", "4/4"), "K below N"),
                                ((testbed.QUICKSTART, "-j", "0"), "--jobs"),
                                ((testbed.QUICKSTART, "--engine", "emulate", "-j", "2"), "one at a time"),
                                (("nowhere.yaml",), "nowhere.yaml")):
            result = self.run_airbatch("sweep", *arguments, *(("--out", self.directory("no")) if arguments else ()))
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(what, result.stderr)
            self.assertFalse(os.path.exists(self.directory("no")), arguments)

    def test_what_only_some_points_need_is_looked_at_first(self):
        """Without tasks no profile is needed: that the first point has none says nothing of the second."""
        self.assertIn("nowhere.csv", self.sweep(testbed.QUICKSTART, "--set", "ues.arrivals.kind=none,burst", "--set",
                                                "edge.executor=replay", "--set", "edge.profile=nowhere.csv", status=1).stderr)
        self.assertFalse(os.path.exists(self.directory("sweep")))

    def test_unwritable_folder(self):
        blocked = self.topology("", "file")
        for out in (os.path.join(blocked, "sweep"), "/proc/airbatch-sweep"):
            result = self.run_airbatch("sweep", testbed.QUICKSTART, "--out", out)
            self.assertEqual((result.returncode, len(result.stderr.splitlines())), (1, 1), result.stderr)
            self.assertIn("cannot make the folder", result.stderr)

    @testbed.needs_root
    def test_full_disk(self):
        small = self.directory("small")
        os.mkdir(small)
        script = 'mount -t tmpfs -o size=200k none "$1"; shift; exec "$@"'
        result = subprocess.run(["unshare", "--mount", "sh", "-ec", script, "sh", small, os.path.abspath(testbed.AIRBATCH),
                                 "sweep", testbed.QUICKSTART, "--seeds", "1-2", "--duration", "20s", "--quiet", "--out",
                                 os.path.join(small, "sweep")], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, "is the disk full|No space left")
        self.assertNotIn("ended with status", result.stderr)

    def test_changed_topology(self):
        with open(testbed.QUICKSTART) as f:
            path = self.topology(f.read())
        self.sweep(path, "--duration", "1s", "--quiet")
        with open(path, "a") as f:
            f.write("# another\n")
        self.assertIn("has changed", self.sweep(status=2).stderr)
        for arguments in ((), ("--gather",), ("--dry-run",)):
            self.assertIn("has changed", self.sweep(path, "--duration", "1s", *arguments, status=2).stderr)
        for arguments in ((), ("--gather",), ("--dry-run",)):
            self.assertIn("another --out", self.sweep(testbed.QUICKSTART, "--duration", "1s", *arguments, status=2).stderr)

    def test_damaged_files(self):
        self.sweep(testbed.QUICKSTART, "--seeds", "1-2", "--duration", "1s", "--quiet")
        summary = glob.glob(os.path.join(self.directory("sweep"), "points", "*", "summary.json"))[0]
        with open(summary, "w") as f:
            f.write("{\"status\": \"do")
        self.assertIn("1 of 2 points to run", self.sweep("--dry-run").stdout)
        self.sweep("--quiet")
        self.assertEqual(len(self.rows()), 2)
        with open(os.path.join(self.directory("sweep"), "sweep.json"), "w") as f:
            f.write("{]")
        self.assertIn("sweep.json:1", self.sweep(status=2).stderr)

    def test_slurm_tasks(self):
        self.sweep(testbed.QUICKSTART, *GRID, "--engine", "slurm", "-j", "7")
        script = os.path.join(self.directory("sweep"), "sweep.sbatch")
        with open(script) as f:
            text = f.read()
        self.assertIn("#SBATCH --array=0-11%7\n", text)
        with open(os.path.join(self.directory("sweep"), "points.txt")) as f:
            self.assertEqual(len(f.readlines()), POINTS)
        self.assertEqual(subprocess.run(["bash", "-n", script]).returncode, 0)
        tasks = [subprocess.Popen(["bash", script], env=dict(os.environ, SLURM_ARRAY_TASK_ID=str(i)), cwd="/")
                 for i in range(POINTS - 1)]  # the last one never comes
        self.assertEqual([t.wait(timeout=60) for t in tasks], [0] * (POINTS - 1))
        self.assertIn("11 of 12 points", self.sweep("--gather").stdout)
        self.assertEqual(len(self.rows()), POINTS - 1)
        self.sweep("--quiet")
        self.assertEqual(len(self.rows()), POINTS)

    def test_emulated(self):
        if testbed.why_not():
            self.skipTest(testbed.why_not())
        self.sweep(testbed.QUICKSTART, "--policy", "lc", "--duration", "1s", "--engine", "emulate", "--quiet")
        folder = os.path.join(self.directory("sweep"), "points", self.points()[0][0])
        with open(os.path.join(folder, "summary.json")) as f:
            self.assertEqual(json.load(f)["engine"], "emulation")
        self.assertEqual(len(self.rows()), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
