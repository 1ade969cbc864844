#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Orchestration as people use it: written problems planned by rule, agents trained in them and asked, and what does not fit
refused."""
import csv
import json
import os
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("AIRBATCH_BUILD", "build")
AIRBATCH = os.path.join(BUILD, "airbatch")
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIVE = os.path.join(SOURCE, "tests", "data", "instances", "orchestration.json")
KINDS = ("q-orch", "dqn-orch", "hybrid-orch", "rl-no-selection", "independent-orch")


def airbatch(*arguments):
    return subprocess.run([AIRBATCH, *arguments], capture_output=True, text=True, timeout=300)


def content(path):
    with open(path, "rb") as f:
        return f.read()


class Orchestration(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def problem(self, users=2, **changes):
        """The problem of five users with fewer of them, and other values of keys."""
        with open(FIVE) as f:
            problem = json.load(f)
        problem["users"] = problem["users"][:users]
        problem.update(changes)
        path = self.path(f"problem{len(os.listdir(self.folder))}.json")
        with open(path, "w") as f:
            json.dump(problem, f)
        return path

    def plan(self, problem, *more):
        done = airbatch("plan", "--instance", problem, "--json", *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def train(self, problem, name, *more):
        done = airbatch("train", "--instance", problem, "-o", self.path(name), *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refused(self, sentence, *arguments):
        done = airbatch(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(sentence, done.stderr)

    def test_agents_reach_the_oracle(self):
        problem = self.problem(2)
        best = self.plan(problem)["mean_response_s"]
        for kind in ("q-orch", "dqn-orch", "hybrid-orch"):
            self.train(problem, kind + ".abm", "--policy", kind)
            answer = self.plan(problem, "--agent", self.path(kind + ".abm"))
            self.assertEqual(answer["policy"], kind)
            self.assertTrue(answer["feasible"])
            self.assertLessEqual(answer["mean_response_s"], 1.01 * best)

    def test_without_variants_the_reference_is_reached(self):
        problem = self.problem(4)
        self.train(problem, "a.abm", "--policy", "rl-no-selection", "-q")
        answer = self.plan(problem, "--policy", "rl-no-selection", "--agent", self.path("a.abm"))
        self.assertEqual({user["model"] for user in answer["users"]}, {"d0"})
        self.assertAlmostEqual(answer["mean_response_s"], self.plan(problem, "--policy", "no-selection")["mean_response_s"])

    def test_equal_seeds_write_equal_files(self):
        problem = self.problem(2)
        for kind in KINDS:
            for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
                self.train(problem, name, "--policy", kind, "--interactions", "60", "--seed", seed, "-q")
            self.assertEqual(content(self.path("a")), content(self.path("b")), kind)
            if kind not in ("hybrid-orch",):  # which draws nothing
                self.assertNotEqual(content(self.path("a")), content(self.path("c")), kind)

    def test_a_curve_tells_the_way(self):
        text = self.train(self.problem(2), "a.abm", "--policy", "hybrid-orch", "--curve", self.path("curve.csv"))
        self.assertIn("within 1 % of it from interaction", text)
        with open(self.path("curve.csv")) as f:
            rows = list(csv.DictReader(f))
        self.assertEqual(rows[0]["interactions"], "0")
        self.assertGreater(float(rows[0]["worst_loss"]), float(rows[-1]["worst_loss"]))
        self.assertTrue(all(float(row["least_accuracy"]) >= 0.89 - 1e-9 for row in rows))

    def test_an_agent_goes_on_under_another_threshold(self):
        loose, strict = self.problem(3, threshold=0.85), self.problem(3, threshold=0.89)
        self.train(loose, "loose.abm", "-q")
        self.refused("trained for the threshold 0.85, here it is 0.89", "plan", "--instance", strict, "--agent", self.path("loose.abm"))
        self.train(strict, "strict.abm", "--from", self.path("loose.abm"), "--interactions", "100", "-q")
        self.assertAlmostEqual(self.plan(strict, "--agent", self.path("strict.abm"))["mean_response_s"],
                               self.plan(strict)["mean_response_s"])

    def test_one_agent_for_several_conditions(self):
        with open(self.problem(2)) as f:
            weak = json.load(f)
        for user in weak["users"]:
            user["delay_s"] = 0.022
        with open(self.path("weak.json"), "w") as f:
            json.dump(weak, f)
        near = self.problem(2)
        self.train(near, "both.abm", "--instance", self.path("weak.json"), "-q")
        for problem in (near, self.path("weak.json")):
            self.assertAlmostEqual(self.plan(problem, "--agent", self.path("both.abm"))["mean_response_s"],
                                   self.plan(problem)["mean_response_s"])

    def test_what_does_not_fit_is_refused(self):
        two, three = self.problem(2), self.problem(3)
        self.train(two, "two.abm", "-q")
        agent = self.path("two.abm")
        self.refused("trained for 2 users, here are 3", "plan", "--instance", three, "--agent", agent)
        self.refused("trained for 2 users, here are 3", "train", "--instance", three, "--from", agent, "-o", self.path("x"))
        self.refused("the policy q-orch needs a trained agent", "plan", "--instance", two, "--policy", "q-orch")
        self.refused("the agent is q-orch, not dqn-orch", "plan", "--instance", two, "--policy", "dqn-orch", "--agent", agent)
        self.refused("no choice meets it", "plan", "--instance", self.problem(2, threshold=0.95))
        self.refused("another threshold than the first", "train", "--instance", two, "--instance", self.problem(2, threshold=0.85))
        self.refused("is no agent", "plan", "--instance", two, "--agent", two)
        self.refused("belongs to a topology", "train", "--instance", two, "--set", "ues.count=3")
        self.refused("belong to --instance", "train", os.path.join(SOURCE, "topologies", "online.yaml"), "--interactions", "5")


if __name__ == "__main__":
    unittest.main(verbosity=2)
