# SPDX-License-Identifier: BSD-3-Clause
"""Measured accuracy beside promised for scripts/reproduce/early-exit: topologies/early-exit.yaml with its trained network computed on this
processor, instead of replayed."""
import collections
import csv
import json
import os
import subprocess

from common import AIRBATCH, SOURCE, why_not

TOPOLOGY = os.path.join(SOURCE, "topologies", "early-exit.yaml")
REPLAYED = "  executor: replay\n  profile: pentominoes-4-gpu-model\n"
PERIOD = "ues.arrivals.period=50ms"
# How those who are not served end: refused, or computed on their UEs, which counts as well.
CASES = (("bsp-exit", "refuse", "4MHz"), ("bsp-exit", "local", "2MHz"), ("batch-only", "refuse", "4MHz"))
LEVEL = "95 %"


def computing(topology, out):
    """The topology with the executor of this processor, and inputs that neither training, thresholds nor the network's stated
    accuracies have seen: a file in out."""
    with open(topology) as f:
        text = f.read()
    if REPLAYED not in text:
        raise RuntimeError(f"{topology} does not replay pentominoes-4-gpu-model: what is to be computed here?")
    path = os.path.join(out, os.path.basename(topology).replace(".yaml", "-computed.yaml"))
    with open(path, "w") as f:
        f.write(text.replace(REPLAYED, "  executor: cpu\n") + "samples: {inputs: 1024, seed: 7}\n")
    return path


class Case:
    def __init__(self, policy, refused, band, seconds, path, out):
        self.policy, self.refused, self.band = policy, refused, band
        directory = os.path.join(out, f"accuracy-{policy}-{refused}")
        subprocess.run([AIRBATCH, "run", path, "--policy", f"{policy}:upload=0.01", "--set", PERIOD, "--set", f"edge.not_admitted={refused}",
                        "--set", f"cell.bandwidth={band}", "--duration", f"{seconds}s", "--out", directory, "--overwrite", "--quiet"],
                       check=True, capture_output=True, text=True)
        with open(os.path.join(directory, "summary.json")) as f:
            summary = json.load(f)
        self.valid, self.why, self.accuracy = summary["valid"], summary["not_valid_because"], summary["accuracy"]
        with open(os.path.join(directory, "tasks.csv")) as f:
            done = [t for t in csv.DictReader(f) if t["outcome"] == "done"]
        self.computed_on_ues = sum(t["cut"] == t["subtasks"] for t in done)

    def name(self):
        return f"`{self.policy}`, {self.band}, not admitted: {self.refused}"

    def figures(self):
        """(what, figure of summary.json) of each exit, and of all together."""
        return [("the end" if e["exit"] == 0 else f"exit {e['exit']}", e) for e in self.accuracy["exits"]] + [("all", self.accuracy["overall"])]


Accuracy = collections.namedtuple("Accuracy", "seconds skipped cases")


def measure(seconds, out):
    skipped = why_not()
    path = None if skipped else computing(TOPOLOGY, out)
    return Accuracy(seconds, skipped, [] if skipped else [Case(*case, seconds, path, out) for case in CASES])


def holds(figure):
    return figure["low"] <= figure["promised"] <= figure["high"]


def table(accuracy):
    lines = ["#### Measured accuracy beside promised", ""]
    if accuracy.skipped:
        return lines + [f"Skipped, since results are computed in the emulation alone: {accuracy.skipped}.", ""]
    lines += [f"`topologies/early-exit.yaml`, computed by the cpu executor, {accuracy.seconds} s, a round of eight every 50 ms, 1024 pictures that "
              "were in no training and in no stated accuracy. Results are of tasks; the interval takes the different pictures for the trials.", "",
              "| | left at | promised | measured | 95 % interval | right of results | pictures | |", "|---" * 8 + "|"]
    for case in accuracy.cases:
        for what, f in case.figures():
            lines.append(f"| {case.name()} | {what} | {f['promised']:.4f} | {f['measured']:.4f} | {f['low']:.4f} to {f['high']:.4f} | "
                         f"{f['right']} of {f['known']} | {f['inputs']} | {'within' if holds(f) else 'outside'} |")
    local = sum(case.computed_on_ues for case in accuracy.cases)
    lines += ["", f"Of these results {local} were computed on UEs whose tasks were not admitted."]
    for case in accuracy.cases:
        if not case.valid:
            lines += ["", f"{case.name()} is not valid, which concerns times and no result: {'; '.join(case.why)}."]
    return lines + [""]


def shapes(accuracy):
    """(what is expected, what was found, whether it holds)."""
    if accuracy.skipped:
        return []
    figures = [(case, what, f) for case in accuracy.cases for what, f in case.figures()]
    outside = [f"{case.name()}, {what}: {f['promised']:.4f} promised, {f['low']:.4f} to {f['high']:.4f} measured" for case, what, f in figures if not holds(f)]
    rising = [sorted(c.accuracy["exits"], key=lambda e: e["exit"] or 99) for c in accuracy.cases]
    rises = all(a["measured"] <= b["measured"] for exits in rising for a, b in zip(exits, exits[1:]))
    unknown = sum(f["done"] - f["known"] for case, what, f in figures if what == "all")
    return [(f"promised accuracies lie within the {LEVEL} intervals of the measured ones, for each exit and overall",
             f"within in {len(figures) - len(outside)} of {len(figures)}" + (": not " + "; ".join(outside) if outside else ""), not outside),
            ("measured accuracy does not fall from exit to exit", "as expected" if rises else "it falls", rises),
            ("every result's class is known", f"{unknown} are not", unknown == 0)]
