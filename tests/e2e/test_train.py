#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""airbatch train and evaluate as people use them: the same seed gives the same file, a stopped training goes on as if it
had not been stopped, and what does not fit is refused."""
import csv
import os
import signal
import subprocess
import tempfile
import time
import unittest

BUILD = os.environ.get("AIRBATCH_BUILD", "build")
AIRBATCH = os.path.join(BUILD, "airbatch")
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ONLINE = os.path.join(SOURCE, "topologies", "online.yaml")
SMALL = ["--set", "ues.count=4", "--set", "train.hidden=16", "--set", "train.batch=16", "--set", "train.warmup=60",
         "--set", "train.slots=50"]


def airbatch(*arguments):
    return subprocess.run([AIRBATCH, *arguments], capture_output=True, text=True, timeout=120)


def content(path):
    with open(path, "rb") as f:
        return f.read()


class Train(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def train(self, name, *more):
        return airbatch("train", ONLINE, *SMALL, "-o", self.path(name), *more)

    def test_equal_seeds_write_equal_files(self):
        for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
            self.assertEqual(self.train(name, "--episodes", "5", "--seed", seed, "-q").returncode, 0)
            self.assertFalse(os.path.exists(self.path(name) + ".state"))
        self.assertEqual(content(self.path("a")), content(self.path("b")))
        self.assertNotEqual(content(self.path("a")), content(self.path("c")))

    def test_td3_is_another_training(self):
        self.assertEqual(self.train("a", "--episodes", "3", "-q").returncode, 0)
        self.assertEqual(self.train("b", "--episodes", "3", "-q", "--td3").returncode, 0)
        self.assertNotEqual(content(self.path("a")), content(self.path("b")))

    def stop_twice(self, name, arguments):
        """Trains with two interruptions; returns how many episodes there were after each."""
        command = [AIRBATCH, "train", ONLINE, *arguments, "-o", self.path(name)]
        for more in ([], ["--resume"]):
            p = subprocess.Popen(command + more, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            self.assertIn("episode", p.stderr.readline())
            p.send_signal(signal.SIGINT)
            rest = p.communicate(timeout=60)[1]
            self.assertEqual(p.returncode, 1, rest)
            self.assertIn("--resume", rest)
            self.assertTrue(os.path.exists(self.path(name) + ".state"))
        return airbatch("train", ONLINE, *arguments, "-o", self.path(name), "--resume", "-q")

    def test_a_stopped_training_goes_on_as_if_nothing_had_been(self):
        # Long enough that the signal arrives before the end.
        arguments = SMALL + ["--episodes", "200", "--set", "train.slots=200"]
        self.assertEqual(airbatch("train", ONLINE, *arguments, "-o", self.path("whole"), "-q").returncode, 0)
        done = self.stop_twice("parts", arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(content(self.path("whole")), content(self.path("parts")))
        self.assertFalse(os.path.exists(self.path("parts") + ".state"))

    def test_a_state_is_not_lost_or_mixed_up(self):
        self.train("whole", "--episodes", "4", "-q")
        p = subprocess.Popen([AIRBATCH, "train", ONLINE, *SMALL, "--episodes", "5000", "-o", self.path("a")],
                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.assertIn("episode", p.stderr.readline())
        p.send_signal(signal.SIGTERM)
        p.communicate(timeout=60)
        both = self.train("a", "--episodes", "5000", "--resume", "--anew")
        self.assertEqual(both.returncode, 2)
        self.assertIn("give one of them", both.stderr)
        again = self.train("a", "--episodes", "5000")
        self.assertEqual(again.returncode, 2)
        self.assertIn("--resume goes on", again.stderr)
        for change in (["--episodes", "9"], ["--seed", "2"], ["--policy", "ddpg-ip-ssa"], ["--td3"],
                       ["--set", "ues.tx_power=20dBm"], ["--set", "train.gamma=0.9"],
                       ["--set", "train.task_credit=0.5"]):
            r = self.train("a", "--resume", *(change if "--episodes" in change else change + ["--episodes", "5000"]))
            self.assertEqual(r.returncode, 2, change)
            self.assertIn("--anew", r.stderr)
        with open(self.path("a") + ".state", "r+b") as f:
            f.seek(1000)
            byte = f.read(1)
            f.seek(1000)
            f.write(bytes([byte[0] ^ 1]))
        r = self.train("a", "--resume", "--episodes", "5000")
        self.assertEqual(r.returncode, 2)
        self.assertIn("damaged", r.stderr)
        self.assertEqual(self.train("whole", "--resume").returncode, 2)  # done: nothing to resume

    def test_what_an_agent_is_not_for_is_refused(self):
        self.assertEqual(self.train("a", "--episodes", "3", "-q").returncode, 0)
        agent = ["--policy", "ddpg-og", "--agent", self.path("a"), "--episodes", "2", "--slots", "50"]
        self.assertEqual(airbatch("evaluate", ONLINE, *SMALL, *agent).returncode, 0)
        for arguments, says in ((["--set", "ues.count=5"], "trained for 4 users, here are 5"),
                                (["--set", "ues.count=4", "--seed", "2"], "another topology"),
                                (["--set", "ues.count=4", "--set", "ues.arrivals.probability=30%"], "another topology")):
            r = airbatch("evaluate", ONLINE, *arguments, *agent)
            self.assertEqual(r.returncode, 2)
            self.assertIn(says, r.stderr)
        r = airbatch("evaluate", ONLINE, *SMALL, "--policy", "ddpg-ip-ssa", "--agent", self.path("a"))
        self.assertIn("trained as ddpg-og", r.stderr)
        r = airbatch("evaluate", ONLINE, *SMALL, "--policy", "ddpg-og", "--agent", ONLINE)
        self.assertIn("is no agent", r.stderr)

    def test_topologies_that_are_not_modelled_are_refused(self):
        for key, says in (("cell.fading.kind=rayleigh", "channels move"), ("cell.grant=equal-share", "own-band"),
                          ("ues.arrivals.kind=none", "no tasks"), ("ues.deadline=20ms", "missed")):
            r = self.train("a", "--set", key, "--episodes", "2")
            self.assertNotEqual(r.returncode, 0, key)
            self.assertIn(says, r.stderr)

    def test_policies_meet_the_same_arrivals_and_no_deadline_is_missed(self):
        out = self.path("e.csv")
        for kind in ("bernoulli", "immediate"):
            r = airbatch("evaluate", ONLINE, "--set", "ues.arrivals.kind=" + kind, "--policy", "lc", "--policy", "tw-0:og",
                         "--policy", "tw-1:ip-ssa", "--episodes", "3", "--slots", "300", "-o", out)
            self.assertEqual(r.returncode, 0, r.stderr)
            with open(out, newline="") as f:
                rows = list(csv.DictReader(f))
            self.assertEqual([row["policy"] for row in rows], 3 * ["lc"] + 3 * ["tw-0:og"] + 3 * ["tw-1:ip-ssa"])
            self.assertTrue(all(row["missed"] == "0" for row in rows))
            for row in rows[:3]:  # local computing is its own yardstick
                self.assertEqual(row["energy_mj_per_task"], row["local_mj_per_task"])

    def test_arrivals_can_be_chosen(self):
        """The validation's differ from the evaluation's; the second episode of a run's are the first of the next run's."""
        def energies(*arguments):
            out = self.path("e.csv")
            r = airbatch("evaluate", ONLINE, "--set", "ues.distance=50m", "--policy", "tw-0:og:100ms", "--slots", "200", "-o", out, *arguments)
            self.assertEqual(r.returncode, 0, r.stderr)
            with open(out, newline="") as f:
                rows = list(csv.DictReader(f))
            for row in rows:
                self.assertGreaterEqual(float(row["energy_mj_per_task"]), float(row["bound_mj_per_task"]))
                self.assertGreater(float(row["bound_mj_per_task"]), 0)
            return [row["energy_mj_per_task"] for row in rows]

        usual = energies("--episodes", "2")
        self.assertEqual(energies("--episodes", "2", "--arrivals", "evaluation"), usual)
        self.assertNotEqual(energies("--episodes", "2", "--arrivals", "validation"), usual)
        run = energies("--episodes", "2", "--arrivals", "run", "--run", "1")
        self.assertEqual(run[1:], energies("--episodes", "1", "--arrivals", "run", "--run", "2"))
        r = airbatch("evaluate", ONLINE, "--arrivals", "other")
        self.assertEqual(r.returncode, 2)
        self.assertIn("evaluation, validation or run", r.stderr)

    def test_3dssd_trains_by_its_stated_sizes(self):
        topology = os.path.join(SOURCE, "topologies", "online-3dssd.yaml")
        r = airbatch("train", topology, "--episodes", "3", "--set", "train.hidden=16", "-o", self.path("a"), "-q")
        self.assertEqual(r.returncode, 0, r.stderr)
        r = airbatch("evaluate", topology, "--policy", "ddpg-og", "--agent", self.path("a"), "--policy", "tw-0:og",
                     "--episodes", "2", "--slots", "100")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn("0 of", r.stdout)


unittest.main(verbosity=2)
