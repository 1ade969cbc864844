# SPDX-License-Identifier: BSD-3-Clause
"""Exits by confidence (an extension) for scripts/reproduce/early-exit: what topologies/early-exit-confidence.yaml serves with exits as
planned, with exits by confidence, and with a policy that reckons with them; in virtual time, and with its trained network computed here."""
import collections
import csv
import json
import os
import statistics
import subprocess

from common import AIRBATCH, SOURCE, why_not
from early_exit_accuracy import computing

TOPOLOGY = os.path.join(SOURCE, "topologies", "early-exit-confidence.yaml")
GROW, EXPECTED = "bsp-exit:grow", "bsp-exit:expected"
SCHEMES = ((GROW, "planned"), (GROW, "confidence"), (f"{EXPECTED}:spread=2", "confidence"), (EXPECTED, "confidence"), (f"{EXPECTED}:spread=0", "confidence"))
PAIR = ((GROW, "planned"), (EXPECTED, "confidence"))
STRETCH = "6"  # where it computes, this processor is made to take so many times as long: else its blocks are no shortage


class Run:
    def __init__(self, clock, path, scheme, out, name, changes):
        self.policy, self.exits = scheme
        self.executor = "replay" if path == TOPOLOGY else "cpu"
        directory = os.path.join(out, name)
        command = [AIRBATCH, clock, path, "--policy", f"{self.policy}:upload=0.016", "--set", f"edge.exits={self.exits}", "--out", directory, "--overwrite", "--quiet"]
        for change in changes:
            command += ["--set", change]
        subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **({"AIRBATCH_STRETCH": STRETCH} if self.executor == "cpu" else {})})
        with open(os.path.join(directory, "summary.json")) as f:
            summary = json.load(f)
        self.valid, self.why, self.accuracy = summary["valid"], summary["not_valid_because"], summary["accuracy"]
        self.needs = [round(ue["accuracy_ratio"], 6) for ue in summary["topology"]["ues"]["list"]]
        with open(os.path.join(directory, "tasks.csv")) as f:
            self.tasks = list(csv.DictReader(f))
        self.done = [t for t in self.tasks if t["outcome"] == "done"]
        self.in_time = sum(t["met"] == "1" for t in self.done)
        self.late = sum(t["promised"] == "1" and t["met"] == "0" for t in self.done)
        self.dropped = sum(t["outcome"] == "dropped" for t in self.tasks)

    def by_need(self):
        """{need: (promised, measured or None, results)} of the users who need so much."""
        figures = {}
        for need in sorted(set(self.needs)):
            mine = [t for t in self.done if self.needs[int(t["ue"]) - 1] == need]
            if not mine:
                continue  # a disturbed processor may leave none of them in time
            known = [t for t in mine if t["class_right"]]
            measured = sum(t["class_right"] == "1" for t in known) / len(known) if known else None
            inputs = len({t["sample"] for t in known})
            figures[need] = statistics.mean(float(t["accuracy"]) for t in mine), measured, inputs
        return figures


Confidence = collections.namedtuple("Confidence", "seeds skipped virtual replayed computed")


def measure(seeds, seconds, out):
    virtual = {scheme: [Run("sim", TOPOLOGY, scheme, out, "confidence-sim", [f"seed={seed}"]) for seed in range(1, seeds + 1)] for scheme in SCHEMES}
    skipped = why_not()
    replayed, computed = [], []
    if not skipped:
        path, changes = computing(TOPOLOGY, out), [f"duration={seconds}s"]
        replayed = [Run("run", TOPOLOGY, scheme, out, f"confidence-replay-{scheme[1]}", changes) for scheme in PAIR]
        computed = [Run("run", path, scheme, out, f"confidence-cpu-{scheme[1]}", changes) for scheme in PAIR]
    return Confidence(seeds, skipped, virtual, replayed, computed)


def gain(confidence, scheme):
    """Tasks in time over those of exits as planned, by seed."""
    return [a.in_time / b.in_time for a, b in zip(confidence.virtual[scheme], confidence.virtual[SCHEMES[0]])]


def percent(ratios):
    half = 1.96 * statistics.stdev(ratios) / len(ratios) ** .5 if len(ratios) > 1 else 0
    return f"{100 * (statistics.mean(ratios) - 1):+.1f} ± {100 * half:.1f} %"


def lowest(runs):
    """The least that a promise lies above its need."""
    return min(promised - need for run in runs for need, (promised, _, _) in run.by_need().items())


def table(confidence):
    lines = ["#### Exits by confidence", "",
             f"`topologies/early-exit-confidence.yaml` in virtual time, {confidence.seeds} seeds, 20 s: tasks in time and promised ones that were late, means; how many more than with exits as "
             "planned, ± 95 % over the seeds; by how much the promised mean accuracy of the users of each need lies above that, at least.", "",
             "| policy | `edge.exits` | in time | late | more | promise above need |", "|---" * 6 + "|"]
    for scheme, runs in confidence.virtual.items():
        lines.append(f"| `{scheme[0]}` | {scheme[1]} | {statistics.mean(r.in_time for r in runs):.0f} | {statistics.mean(r.late for r in runs):.1f} | "
                     f"{percent(gain(confidence, scheme))} | {lowest(runs):.4f} |")
    if confidence.skipped:
        return lines + ["", f"The emulation was skipped: {confidence.skipped}.", ""]
    lines += ["", f"With real packets: replayed, and with the trained network computed on this processor, slowed {STRETCH} times so that its blocks are short, too. Where it computes, plans "
              "follow the times that it takes, so that numbers served compare on a quiet machine alone; accuracies on any.", "",
              "| executor | policy | `edge.exits` | in time | late | dropped | need: promised, measured (different pictures) | |", "|---" * 8 + "|"]
    for r in confidence.replayed + confidence.computed:
        needs = "; ".join(f"{need:g}: {promised:.4f}, {'none' if measured is None else f'{measured:.4f} ({inputs})'}" for need, (promised, measured, inputs) in r.by_need().items())
        lines.append(f"| {r.executor} | `{r.policy}` | {r.exits} | {r.in_time} | {r.late} | {r.dropped} | {needs} | {'valid' if r.valid else 'not valid'} |")
    for r in confidence.replayed + confidence.computed:
        if not r.valid:
            lines += ["", f"`{r.policy}`, {r.executor}, is not valid: {'; '.join(r.why)}."]
    return lines + [""]


def shapes(confidence):
    """(what is expected, what was found, whether it holds)."""
    more = gain(confidence, (EXPECTED, "confidence"))
    same = gain(confidence, (GROW, "confidence"))
    found = [(f"{GROW} serves the same tasks with exits by confidence, in every seed", f"{min(same):.4f} to {max(same):.4f} times", min(same) == max(same) == 1),
             (f"{EXPECTED} serves more than {GROW}, in every seed", percent(more), min(more) > 1),
             ("promised accuracies are what users need, in every seed", f"above by {lowest([r for runs in confidence.virtual.values() for r in runs]):.4f} at least",
              lowest([r for runs in confidence.virtual.values() for r in runs]) >= -1e-9)]
    if not confidence.computed:
        return found
    planned, expected = confidence.replayed
    judged = planned.valid and expected.valid
    sure = confidence.computed[1]
    kept = sure.by_need()
    short = [f"{need:g}: {measured:.4f}" for need, (_, measured, inputs) in kept.items() if measured < need - 1.645 * (need * (1 - need) / inputs) ** .5]
    short += [f"{need:g}: nobody was served" for need in sorted(set(sure.needs)) if need not in kept]
    return found + [(f"with real packets {EXPECTED} serves more than {GROW} (replayed)", f"{expected.in_time} for {planned.in_time}{'' if judged else ', the host was late: not valid'}", judged and expected.in_time > planned.in_time),
                    ("with the network computed, users have the accuracy that they need (one-sided 95 %)", "short of it: " + ", ".join(short) if short else "all", not short)]
