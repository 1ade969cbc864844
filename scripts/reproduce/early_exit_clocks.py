# SPDX-License-Identifier: BSD-3-Clause
"""Chosen schemes of scripts/reproduce/early-exit in both clocks: `airbatch sim` and, with real packets, `airbatch run`."""
import collections
import csv
import json
import os
import statistics
import subprocess

from common import AIRBATCH, SOURCE, why_not

TOPOLOGY = os.path.join(SOURCE, "topologies", "early-exit-stated.yaml")
POLICIES = ("bsp-exit-classes", "bsp-exit", "batch-only", "one-by-one-exit")
UPLOAD_S = 0.016


def read(directory, name):
    with open(os.path.join(directory, name)) as f:
        return list(csv.DictReader(f))


class Run:
    """One scheme in one clock."""

    def __init__(self, clock, policy, seconds, out):
        self.clock, self.policy = clock, policy
        directory = os.path.join(out, f"{clock}-{policy}")
        subprocess.run([AIRBATCH, clock, TOPOLOGY, "--policy", f"{policy}:upload={UPLOAD_S}", "--duration", f"{seconds}s", "--out", directory,
                        "--overwrite", "--quiet"], check=True, capture_output=True, text=True)
        with open(os.path.join(directory, "summary.json")) as f:
            summary = json.load(f)
        self.valid, self.why = summary["valid"], summary["not_valid_because"]
        self.tasks = {(t["ue"], t["task"]): t for t in read(directory, "tasks.csv")}
        self.batches = read(directory, "batches.csv")

    def count(self, outcome):
        return sum(t["outcome"] == outcome for t in self.tasks.values())

    def in_time(self):
        return sum(t["outcome"] == "done" and t["met"] == "1" for t in self.tasks.values())

    def missed(self):
        """Promised, and late."""
        return sum(t["outcome"] == "done" and t["promised"] == "1" and t["met"] == "0" for t in self.tasks.values())

    def admitted(self):
        return {key: t["exit"] for key, t in self.tasks.items() if t["admitted"] == "1"}

    def round_times(self):
        """(measured ms, sum of d_i(b_i) in ms) of each batch from its first block until its last one's end was noticed."""
        times, begin, model, end = [], None, 0, 0
        for b in self.batches + [None]:
            if begin is not None and (b is None or b["subtask"] == "0"):
                times.append((end - begin, model))
                begin = None
            if b is None:
                break
            if begin is None:
                begin, model = float(b["start_ms"]), 0
            model += float(b["profile_ms"])
            end = float(b["noticed_ms"])
        return times

    def off(self, column, plan):
        """Relative errors of one stage of the tasks that were done."""
        return [abs(float(t[column]) / float(t[plan]) - 1) for t in self.tasks.values() if t["outcome"] == "done" and float(t[plan]) > 0]


class Pair:
    """A scheme in virtual time and, if it can be had, with real packets."""

    def __init__(self, policy, seconds, out, emulate):
        self.policy = policy
        self.sim = Run("sim", policy, seconds, out)
        self.run = Run("run", policy, seconds, out) if emulate else None

    def same_decisions(self):
        """Share of the tasks of both for whom admission and exit are the same."""
        one, other = self.sim.admitted(), self.run.admitted()
        both = self.sim.tasks.keys() & self.run.tasks.keys()
        return sum(one.get(key) == other.get(key) for key in both) / len(both)


Clocks = collections.namedtuple("Clocks", "seconds skipped pairs")


def measure(seconds, out):
    skipped = why_not()
    return Clocks(seconds, skipped, [Pair(policy, seconds, out, skipped is None) for policy in POLICIES])


def percent(x):
    return f"{100 * x:.2f} %"


def row(run, same):
    times = [abs(measured / model - 1) for measured, model in run.round_times()]
    uploads = run.off("upload_ms", "plan_upload_ms")
    return (f"| `{run.policy}` | {'emulated' if run.clock == 'run' else 'simulated'} | {run.in_time()} | {run.count('refused')} | {run.count('dropped')} | "
            f"{run.missed()} | {percent(statistics.median(times))}, {percent(statistics.quantiles(times, n=20)[-1])} | {percent(statistics.median(uploads))} | {same} | "
            f"{'valid' if run.valid else 'not valid'} |")


def table(clocks):
    lines = ["#### In both clocks", "",
             f"`topologies/early-exit-stated.yaml`, twelve users, {clocks.seconds} s, the same draws: tasks served in time, refused, dropped at the barrier, promised and missed; how far "
             "a batch's time from its first block to the noticed end of its last is from the sum of d_i(b_i), median and 95th percentile; how far an upload's time is "
             "from the plan's, median; for how many tasks admission and exit are the same in both clocks.", "",
             "| | clock | in time | refused | dropped | missed | sum d_i(b_i) off | upload off | same decision | |", "|---" * 10 + "|"]
    for pair in clocks.pairs:
        lines.append(row(pair.sim, ""))
        if pair.run:
            lines.append(row(pair.run, percent(pair.same_decisions())))
    for pair in clocks.pairs:
        if pair.run and not pair.run.valid:
            lines += ["", f"`{pair.policy}`, emulated, is not valid: {'; '.join(pair.run.why)}."]
    if clocks.skipped:
        lines += ["", f"The emulation was skipped: {clocks.skipped}."]
    return lines + [""]


def shapes(clocks):
    """(what is expected, what was found, whether it holds), for the emulated points."""
    emulated = [p for p in clocks.pairs if p.run]
    if not emulated:
        return []
    times = {p.policy: statistics.median(abs(m / d - 1) for m, d in p.run.round_times()) for p in emulated}
    worst = max(times, key=times.get)
    by_served = sorted(emulated, key=lambda p: -p.sim.in_time())
    order = [p.run.in_time() for p in by_served]
    missed = sum(p.run.missed() for p in emulated)
    not_valid = [p.policy for p in emulated if not p.run.valid]
    return [("emulated runs are valid", "all" if not not_valid else "not: " + ", ".join(not_valid), not not_valid),
            ("a batch's measured time is within 5 % of sum d_i(b_i) (median)", f"at worst {percent(times[worst])} ({worst})", times[worst] <= 0.05),
            ("no admitted task that was not dropped misses its deadline in emulation", f"{missed} missed", missed == 0),
            ("schemes serve in the same order in both clocks", ", ".join(f"{p.policy} {p.run.in_time()}" for p in by_served), order == sorted(order, reverse=True))]
