# SPDX-License-Identifier: BSD-3-Clause
"""What scripts/reproduce/early-exit draws, compares and shows."""
import collections
import csv
import io
import math
import os
import statistics
import subprocess

import early_exit_accuracy
import early_exit_clocks
import early_exit_confidence
from common import AIRBATCH, machine, put_into_docs

EXACT, GROW, REFINE, LOW, TREE = "bsp-exit-classes", "bsp-exit:grow", "bsp-exit:refine", "bsp-exit", "bsp-exit-optimal"
WHOLE, BATCH, EXIT, NEITHER, EQUAL, RANDOM = "bsp", "batch-only", "one-by-one-exit", "one-by-one", "equal-band", "random-admission"
POLICIES = (EXACT, TREE, GROW, REFINE, LOW, WHOLE, BATCH, EXIT, NEITHER, EQUAL, RANDOM)
SHOWN = (EXACT, GROW, REFINE, LOW, EQUAL, BATCH, RANDOM, EXIT, NEITHER)
REFERENCES = (NEITHER, EXIT, BATCH, EQUAL, RANDOM)

# The standard setting of `airbatch early-exit`, and what each sweep changes in it.
STANDARD = {"users": "40", "band": "20MHz", "snr": "10dB", "budget": "8ms..20ms", "need": "0.5..0.9"}
Sweep = collections.namedtuple("Sweep", "name key label values x")
SWEEPS = (
    Sweep("users", "users", "users K", ("10", "20", "30", "40", "50", "60"), (10, 20, 30, 40, 50, 60)),
    Sweep("band", "band", "band W, MHz", ("5MHz", "10MHz", "20MHz", "30MHz", "40MHz"), (5, 10, 20, 30, 40)),
    Sweep("snr", "snr", "mean SNR, dB", ("0dB", "5dB", "10dB", "15dB", "20dB"), (0, 5, 10, 15, 20)),
    Sweep("budget", "budget", "mean budget behind T_u, ms", ("4ms..10ms", "6ms..14ms", "8ms..20ms", "10ms..24ms", "12ms..30ms"),
          (7, 10, 14, 17, 21)),
    Sweep("need", "need", "highest accuracy needed", ("0.5..0.6", "0.5..0.7", "0.5..0.8", "0.5..0.9", "0.8..0.9"), (0.6, 0.7, 0.8, 0.9, 1.0)),
)
# Mean users served of 40, by an independent implementation with 200 draws: (band, budget): means in the order of STATED.
STATED = (EXACT, REFINE, LOW, BATCH, EXIT, NEITHER)
TABLE = {
    ("20MHz", "6ms..14ms"): (21.6, 18.5, 17.9, 9.5, 7.8, 2.0),
    ("20MHz", "8ms..20ms"): (24.7, 23.0, 21.6, 15.0, 9.9, 2.4),
    ("40MHz", "8ms..20ms"): (28.2, 23.2, 23.0, 15.1, 11.3, 2.5),
    ("40MHz", "10ms..30ms"): (32.5, 28.8, 28.5, 21.5, 14.7, 4.0),
}


class Setting:
    """One setting's draws: served[policy][i] users in time in draw i, and the same for the other columns."""

    def __init__(self, changes, draws):
        self.keys = {**STANDARD, **changes}
        command = [AIRBATCH, "early-exit", "--draws", str(draws)]
        for key, value in self.keys.items():
            command += [f"--{key}", value]
        rows = csv.DictReader(io.StringIO(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        self.served, self.end_ms, self.plan_us = (collections.defaultdict(list) for _ in range(3))
        for row in rows:
            self.served[row["policy"]].append(int(row["served"]))
            self.end_ms[row["policy"]].append(float(row["end_ms"]))
            self.plan_us[row["policy"]].append(float(row["plan_us"]))

    def name(self):
        return ", ".join(f"{key} {value}" for key, value in self.keys.items())

    def mean(self, policy):
        return statistics.mean(self.served[policy])

    def half(self, policy):
        """Half the 95 % interval of the mean."""
        return half_interval(self.served[policy])

    def ratio(self, policy, reference):
        """Ratio of the means over the same draws, and half its 95 % interval (delta method); infinite where the reference serves nobody."""
        a, b = self.served[policy], self.served[reference]
        if sum(b) == 0:
            return math.inf, 0
        r = sum(a) / sum(b)
        return r, half_interval([x - r * y for x, y in zip(a, b)]) / statistics.mean(b)

    def per_second(self, policy):
        """Tasks in time a second when each round begins as the one before ends."""
        return 1e3 * sum(self.served[policy]) / sum(self.end_ms[policy])


def half_interval(values):
    return 1.96 * statistics.stdev(values) / math.sqrt(len(values))


class Results:
    def __init__(self, draws):
        self.draws = draws
        self.sweeps = {s: [Setting({s.key: value}, draws) for value in s.values] for s in SWEEPS}
        self.table = {key: Setting({"band": key[0], "budget": key[1]}, draws) for key in TABLE}

    def settings(self):
        yield from (setting for settings in self.sweeps.values() for setting in settings)
        yield from self.table.values()


def measure(draws):
    return Results(draws)


# Shapes: each returns (what is expected, what was found, whether it holds).

def never_below(results, better, worse):
    below = sum(a < b for s in results.settings() for a, b in zip(s.served[better], s.served[worse]))
    total = sum(len(s.served[better]) for s in results.settings())
    return f"{better} never serves fewer than {worse}, in any draw", f"fewer in {below} of {total} draws", below == 0


def same(results, one, other):
    off = sum(a != b for s in results.settings() for a, b in zip(s.served[one], s.served[other]))
    total = sum(len(s.served[one]) for s in results.settings())
    return f"{one} and {other} serve as many in every draw", f"different in {off} of {total} draws", off == 0


def table_agrees(results):
    worst, what = 0, ""
    for key, means in TABLE.items():
        for policy, right in zip(STATED, means):
            served = results.table[key].served[policy]
            error = statistics.stdev(served) * math.sqrt(1 / len(served) + 1 / 200)
            off = max(0, abs(statistics.mean(served) - right) - 0.05) / error if error else 0
            if off >= worst:
                worst, what = off, f"{policy} at {key[0]}, {key[1]}: {statistics.mean(served):.2f} for {right}"
    return ("means at K = 40 are those of an independent implementation, within four errors of both draws",
            f"at most {worst:.1f} errors apart ({what})", worst <= 4)


def monotone(results, name, falls):
    sweep = next(s for s in SWEEPS if s.name == name)
    settings = results.sweeps[sweep]
    wrong = [f"{p} at {v}" for p in POLICIES if p != RANDOM for a, b, v in zip(settings, settings[1:], sweep.values[1:])
             if (a.mean(p) - b.mean(p)) * (-1 if falls else 1) > 1e-9 + a.half(p)]
    return (f"users served {'fall' if falls else 'do not fall'} with {sweep.label}, all schemes but {RANDOM}",
            "as expected" if not wrong else "not so: " + ", ".join(wrong), not wrong)


def near_exact(results, policy, least):
    worst = min(results.settings(), key=lambda s: s.ratio(policy, EXACT)[0])
    ratio = worst.ratio(policy, EXACT)[0]
    return (f"{policy} serves at least {100 * least:.0f} % of the exact optimum in every setting",
            f"at worst {100 * ratio:.1f} % ({worst.name()})", ratio >= least)


def doubles(results, policy, reference):
    standard = results.table["20MHz", "8ms..20ms"]
    ratio, half = standard.ratio(policy, reference)
    ratios = [s.ratio(policy, reference)[0] for s in results.settings()]
    doubled = sum(r >= 2 for r in ratios)
    finite = [r for r in ratios if r < math.inf]
    return (f"{policy} at least doubles {reference} in the standard setting",
            f"{ratio:.2f} ± {half:.2f} times; in all settings {min(finite):.2f} to {max(finite):.2f}, doubled in {doubled} of {len(ratios)}", ratio - half >= 2)


def shapes(results):
    found = [table_agrees(results), same(results, EXACT, TREE), same(results, WHOLE, BATCH)]
    chain = (EXACT, GROW, REFINE, LOW)
    found += [never_below(results, a, b) for a, b in zip(chain, chain[1:])]
    found += [never_below(results, EXACT, p) for p in (WHOLE, EXIT, EQUAL, RANDOM)]
    found += [never_below(results, LOW, WHOLE), never_below(results, LOW, EQUAL)]
    found += [monotone(results, name, name == "need") for name in ("users", "band", "snr", "budget", "need")]
    found += [near_exact(results, LOW, 0.8), near_exact(results, REFINE, 0.8), near_exact(results, GROW, 0.95)]
    found += [doubles(results, EXACT, reference) for reference in REFERENCES]
    found += [doubles(results, LOW, reference) for reference in REFERENCES]
    return found + [doubles(results, WHOLE, NEITHER)]


def shapes_table(found):
    lines = ["#### Shapes", "", "| expected | found | |", "|---|---|---|"]
    return lines + [f"| {expected} | {what} | {'PASS' if holds else 'not so'} |" for expected, what, holds in found] + [""]


def means_table(results):
    lines = ["#### Means at K = 40", "", "Users served in time, ± 95 %; in brackets the mean of an independent implementation.", "",
             "| W, budget | " + " | ".join(f"`{p}`" for p in SHOWN) + " |", "|---" * (len(SHOWN) + 1) + "|"]
    for key, setting in results.table.items():
        stated = dict(zip(STATED, TABLE[key]))
        cells = [f"{setting.mean(p):.2f} ± {setting.half(p):.2f}" + (f" ({stated[p]})" if p in stated else "") for p in SHOWN]
        lines.append(f"| {key[0]}, {key[1]} | " + " | ".join(cells) + " |")
    return lines + [""]


def claim_table(results):
    lines = ["#### The claim to double", "",
             "Users served by the exact policy over those of each reference that could be meant by *conventional*, ± 95 % over the same draws.", "",
             "| W, budget | " + " | ".join(f"`{p}`" for p in REFERENCES) + " |", "|---" * (len(REFERENCES) + 1) + "|"]
    for policy in (EXACT, LOW, WHOLE):
        for key, setting in results.table.items():
            cells = ["{:.2f} ± {:.2f}".format(*setting.ratio(policy, reference)) for reference in REFERENCES]
            lines.append(f"| `{policy}`, {key[0]}, {key[1]} | " + " | ".join(cells) + " |")
    return lines + [""]


def sweep_tables(results):
    lines = ["#### Sweeps", "", "Users served in time, and in the last column the exact policy's tasks a second when rounds follow each other without overlap.", ""]
    for sweep, settings in results.sweeps.items():
        lines += [f"| {sweep.label} | " + " | ".join(f"`{p}`" for p in SHOWN) + " | a second |", "|---" * (len(SHOWN) + 2) + "|"]
        for value, setting in zip(sweep.values, settings):
            lines.append(f"| {value} | " + " | ".join(f"{setting.mean(p):.1f}" for p in SHOWN) + f" | {setting.per_second(EXACT):.0f} |")
        lines.append("")
    return lines


def times_table(results):
    setting = results.sweeps[SWEEPS[0]][-1]
    lines = ["#### How long planning takes", "", f"K = {SWEEPS[0].values[-1]}, four exits, us: median and longest, on a machine that may be busy.", "",
             "| | " + " | ".join(f"`{p}`" for p in POLICIES) + " |", "|---" * (len(POLICIES) + 1) + "|"]
    lines.append("| median | " + " | ".join(f"{statistics.median(setting.plan_us[p]):.0f}" for p in POLICIES) + " |")
    lines.append("| longest | " + " | ".join(f"{max(setting.plan_us[p]):.0f}" for p in POLICIES) + " |")
    return lines + [""]


def draw_sweep(out, sweep, settings):
    script = ["set terminal svg size 760,440 background 'white' font 'sans,12'", f"set output '{os.path.join(out, sweep.name)}.svg'", "set grid",
              f"set xlabel '{sweep.label}'", "set ylabel 'users served in time'", "set yrange [0:]", "set key outside right", "set offsets graph 0.03, graph 0.03, 0, 0"]
    if sweep.name == "need":  # the last range begins higher, so its place on the axis is only a name
        script.append("set xtics (" + ", ".join(f"'{v}' {x}" for v, x in zip(sweep.values, sweep.x)) + ") font ',9'")
        script.append("set xlabel 'accuracy needed'")
    parts = []
    for i, policy in enumerate(SHOWN):
        script.append(f"$p{i} << EOD")
        script += [f"{x} {s.mean(policy):.6g} {s.half(policy):.6g}" for x, s in zip(sweep.x, settings)] + ["EOD"]
        parts.append(f"$p{i} using 1:2:3 with yerrorlines lw 1.5 pt {i + 1} ps 0.5 title '{policy}'")
    subprocess.run(["gnuplot"], input="\n".join(script + ["plot " + ", ".join(parts)]), text=True, check=True)


def write_csv(out, results):
    with open(os.path.join(out, "sweep.csv"), "w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["sweep", *STANDARD, "policy", "served", "served_half", "per_s", "plan_us"])
        groups = [(s.name, settings) for s, settings in results.sweeps.items()] + [("table", list(results.table.values()))]
        for name, settings in groups:
            for s in settings:
                for p in POLICIES:
                    writer.writerow([name, *s.keys.values(), p, f"{s.mean(p):.4f}", f"{s.half(p):.4f}", f"{s.per_second(p):.2f}",
                                     f"{statistics.median(s.plan_us[p]):.1f}"])


# What early_exit_clocks, early_exit_accuracy and early_exit_confidence have measured.
Runs = collections.namedtuple("Runs", "clocks accuracy confidence")


def write(out, results, runs):
    """Writes sweep.csv, the pictures and table.md; returns the table and how many shapes fail. runs: Runs, or None."""
    measured = [(early_exit_accuracy, runs.accuracy), (early_exit_confidence, runs.confidence), (early_exit_clocks, runs.clocks)] if runs else []
    write_csv(out, results)
    for sweep, settings in results.sweeps.items():
        draw_sweep(out, sweep, settings)
    found = shapes(results) + [shape for module, what in reversed(measured) for shape in module.shapes(what)]
    lines = [f"{results.draws} draws a setting, the same for all schemes; {machine()}.", ""]
    lines += [f"![users served over {sweep.label}](early-exit/{sweep.name}.svg)" for sweep in SWEEPS] + [""]
    lines += means_table(results) + claim_table(results) + shapes_table(found) + sweep_tables(results)
    for module, what in measured:
        lines += module.table(what)
    lines += times_table(results)
    text = "\n".join(lines)
    with open(os.path.join(out, "table.md"), "w") as f:
        f.write(text.replace("(early-exit/", "("))
    return text, sum(not holds for _, _, holds in found)


def into_docs(docs, out, text):
    put_into_docs(docs, "early-exit", text, out, [sweep.name + ".svg" for sweep in SWEEPS])
