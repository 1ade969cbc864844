# SPDX-License-Identifier: BSD-3-Clause
"""What scripts/reproduce/online compares, and the tables and pictures it makes of the rows."""
import collections
import csv
import json
import math
import os
import statistics
import subprocess

from common import machine, put_into_docs

CALLERS = ("og", "ip-ssa")
CLAIM = 8.92    # per cent: DDPG-OG below DDPG-IP-SSA, "up to", in the abstract of arXiv 2206.06304
# 97.5 % quantiles of Student's t for 1, 2, ... degrees of freedom.
T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)

# horizon: slots that clairvoyant looks ahead; more no longer helps noticeably, and takes longer.
Setting = collections.namedtuple("Setting", "name title topology arrivals longest_ms horizon")
SETTINGS = (
    Setting("mobilenet-bernoulli", "MobileNet-V2, Bernoulli 20 %", "online.yaml", "bernoulli", 200, 8),
    Setting("mobilenet-immediate", "MobileNet-V2, immediate", "online.yaml", "immediate", 200, 8),
    Setting("3dssd-bernoulli", "3DSSD, Bernoulli 5 %", "online-3dssd.yaml", "bernoulli", 1000, 12),
    Setting("3dssd-immediate", "3DSSD, immediate", "online-3dssd.yaml", "immediate", 1000, 12),
)


class Agent:
    def __init__(self, policy, credited):
        self.policy, self.credited = policy, credited
        self.name = policy + (" + credit" if credited else "")
        stem = policy + ("-credit" if credited else "")
        self.file, self.curve, self.rows = stem + ".abm", stem + "-curve.csv", stem + ".csv"


AGENTS = tuple(Agent(policy, credited) for credited in (False, True) for policy in ("ddpg-og", "ddpg-ip-ssa"))


def read(path):
    with open(path) as f:
        return list(csv.DictReader(f))


def by_policy(rows):
    found = collections.defaultdict(list)
    for row in rows:
        found[row["policy"]].append(row)
    return found


def per_task(rows, column):
    """Mean over all tasks of the episodes."""
    tasks = sum(int(r["tasks"]) for r in rows)
    return sum(float(r[column]) * int(r["tasks"]) for r in rows) / tasks


def energies(path):
    """mJ a task by policy."""
    return {policy: per_task(rows, "energy_mj_per_task") for policy, rows in by_policy(read(path)).items()}


def local_mj(path):
    return per_task(by_policy(read(path))["lc"], "local_mj_per_task")


def windows(path):
    """mJ a task by window."""
    return {policy: mj for policy, mj in energies(path).items() if policy.startswith("tw-")}


def best_windows(path):
    """{(caller, with threshold): policy}, the cheapest on the validation arrivals."""
    mj, best = windows(path), {}
    for policy in sorted(mj, key=mj.get):
        parts = policy.split(":")
        best.setdefault((parts[1], len(parts) > 2), policy)
    return best


def interval(values):
    """(mean, half width of the 95 % interval by Student's t)."""
    n = len(values)
    half = T_975[n - 2] * statistics.stdev(values) / math.sqrt(n) if n > 1 else math.nan
    return statistics.mean(values), half


def shown(values, digits=2):
    mean, half = interval(values)
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


class Result:
    """One policy in one setting: a figure for each seed."""

    def __init__(self, name, rows_by_seed):
        def each(function):
            return [function(rows) for rows in rows_by_seed]

        def ratio(above, below):
            return each(lambda rows: sum(float(r[above]) for r in rows) / max(sum(float(r[below]) for r in rows), 1))

        def size(members, of):
            return each(lambda rows: sum(float(r[members]) * float(r[of]) for r in rows) / max(sum(float(r[of]) for r in rows), 1))

        self.name = name
        self.mj = each(lambda rows: per_task(rows, "energy_mj_per_task"))
        self.bound_mj = each(lambda rows: per_task(rows, "bound_mj_per_task"))
        self.tasks = sum(int(r["tasks"]) for rows in rows_by_seed for r in rows)
        self.missed = sum(int(r["missed"]) for rows in rows_by_seed for r in rows)
        self.offloaded = [100 * share for share in ratio("offloaded", "tasks")]
        self.group_size, self.batch_size = size("group_size", "groups"), size("batch_size", "batches")

    def below(self, other):
        """Per cent less than another policy, seed by seed."""
        return [100 * (1 - a / b) for a, b in zip(self.mj, other.mj)]


def results_of(cells):
    """{name: Result} of one setting, in the order of the table."""
    rows = collections.defaultdict(list)
    for cell in cells:
        found = by_policy(read(cell.path("evaluation.csv")))
        for (caller, threshold), policy in best_windows(cell.path("windows.csv")).items():
            rows[f"best tw-K:{caller}" + (":L" if threshold else "")].append(found[policy])
        for policy in ("lc", "clairvoyant"):
            rows[policy].append(found[policy])
        for agent in AGENTS:
            rows[agent.name].append(read(cell.path(agent.rows)))
    order = ["lc"] + [f"best tw-K:{caller}{l}" for l in ("", ":L") for caller in CALLERS] + [a.name for a in AGENTS] + ["clairvoyant"]
    return {name: Result(name, rows[name]) for name in order}


def policy_table(setting, results):
    lines = [f"#### {setting.title}", "",
             "| policy | mJ a task | below `lc`, % | above the bound of the same tasks, mJ | tasks | missed | offloaded, % | users a group | users a batch |",
             "|---|---|---|---|---|---|---|---|---|"]
    for r in results.values():
        over = [a - b for a, b in zip(r.mj, r.bound_mj)]
        lines.append(f"| {r.name} | {shown(r.mj)} | {shown(r.below(results['lc']), 1)} | {shown(over)} | {r.tasks} | {r.missed} | "
                     f"{statistics.mean(r.offloaded):.0f} | {shown(r.group_size)} | {shown(r.batch_size)} |")
    return lines + [""]


def comparison_table(results):
    pairs = (("ddpg-og", "ddpg-ip-ssa"), ("ddpg-og + credit", "ddpg-ip-ssa + credit"), ("ddpg-og", "best tw-K:og"),
             ("ddpg-og", "best tw-K:og:L"), ("ddpg-og + credit", "best tw-K:og:L"), ("best tw-K:og:L", "best tw-K:ip-ssa:L"),
             ("ddpg-og", "clairvoyant"), ("best tw-K:og:L", "clairvoyant"))
    lines = ["#### Pair by pair", "",
             f"Energy a task below the other's, in per cent, seed by seed (negative: dearer). arXiv 2206.06304 claims up to {CLAIM} % for the first "
             "row.", "", "| | " + " | ".join(s.title for s in SETTINGS) + " |", "|---" * (len(SETTINGS) + 1) + "|"]
    for one, other in pairs:
        cells = [shown(results[s][one].below(results[s][other]), 1) for s in SETTINGS]
        lines.append(f"| {one} below {other} | " + " | ".join(cells) + " |")
    return lines + [""]


def chosen_table(cells):
    lines = ["#### Windows that validation chose, by seed", "",
             "| | og | og with a threshold | ip-ssa | ip-ssa with a threshold |", "|---|---|---|---|---|"]
    for setting in SETTINGS:
        best = [best_windows(c.path("windows.csv")) for c in cells if c.setting == setting]
        columns = [", ".join(b[caller, threshold].replace(f":{caller}", "") for b in best) for caller in CALLERS for threshold in (False, True)]
        lines.append(f"| {setting.title} | " + " | ".join(columns) + " |")
    return lines + [""]


def clocks(out):
    """{"skipped": why there are no rows or None, "rows": [of each policy]}."""
    with open(os.path.join(out, "clocks.json")) as f:
        return json.load(f)


def clocks_table(out):
    found = clocks(out)
    lines = ["#### The two clocks", ""]
    if found["skipped"]:
        return lines + [f"Skipped: {found['skipped']}.", ""]
    lines += ["MobileNet-V2, Bernoulli, seed 1, 10 s, the same draws. The environment is the ideal model (no guard, answers and results for "
              "free); packet simulator and emulation plan with guard, answer and result.", "",
              "| policy | environment, mJ a task | packet simulator | emulated | emulated over simulated | tasks | missed | decision, us: mean, longest | "
              "decisions the agent repeats | load |", "|---" * 10 + "|"]
    for r in found["rows"]:
        lines.append(f"| {r['policy']} | {r['environment_mj']:.2f} | {r['sim_mj']:.2f} | {r['run_mj']:.2f} | "
                     f"{100 * (r['run_mj'] / r['sim_mj'] - 1):+.1f} % | {r['sim_tasks']}, {r['run_tasks']} | {r['sim_missed']}, {r['run_missed']} | "
                     f"{r['decisions_mean_us']:.1f}, {r['decisions_max_us']:.0f} | {r.get('replayed', '')} | {r['load']:.1f} |")
    return lines + [""]


def draw(script, path):
    subprocess.run(["gnuplot"], input=f"set terminal svg size 900,640 background 'white' font 'sans,12'\nset output '{path}'\n{script}",
                   text=True, check=True)


def mean_curves(cells, agent):
    """Mean over the seeds of the energy on the validation episodes, by training episode; 0 before learning begins."""
    curves = [[float(r["validated_mj_per_task"]) for r in read(c.path(agent.curve))] for c in cells]
    return [statistics.mean(values) for values in zip(*curves)]


def draw_curves(out, cells):
    script = ["set multiplot layout 2,2", "set grid", "set xlabel 'training episode'", "set ylabel 'mJ a task, validation'",
              "set key samplen 1.5 font ',9' maxrows 4"]
    for setting in SETTINGS:
        mine = [c for c in cells if c.setting == setting]
        windows = [energies(c.path("windows.csv")) for c in mine]
        best = [best_windows(c.path("windows.csv")) for c in mine]
        parts = []
        for agent in AGENTS:
            script.append(f"${'c%d' % AGENTS.index(agent)} << EOD")
            script += [f"{i + 1} {mj:.6g}" for i, mj in enumerate(mean_curves(mine, agent)) if mj > 0] + ["EOD"]
            parts.append(f"$c{AGENTS.index(agent)} with lines lw 1.5 dt {2 if agent.credited else 1} title '{agent.name}'")
        for name, dash, mj in (("lc", 3, [w["lc"] for w in windows]),
                               ("best tw-K:og", 4, [w[b["og", False]] for w, b in zip(windows, best)]),
                               ("best tw-K:og:L", 5, [w[b["og", True]] for w, b in zip(windows, best)])):
            parts.append(f"{statistics.mean(mj):.6g} with lines lc 'gray30' dt {dash} title '{name}'")
        # The first actors, which wait for the last moment, spend ten times as much.
        script += [f"set title '{setting.title}'", f"set yrange [0:{2 * statistics.mean(w['lc'] for w in windows):.6g}]", "plot " + ", ".join(parts)]
    draw("\n".join(script), os.path.join(out, "training.svg"))


def draw_energies(out, results):
    script = ["set multiplot layout 2,2", "set grid ytics", "set ylabel 'mJ a task'", "set yrange [0:]", "set xtics rotate by 30 right font ',9'",
              "set style fill solid 0.6", "unset key", "set offsets 0.5, 0.5, graph 0.12, 0", "set xtics scale 0", "set boxwidth 0.7"]
    for setting in SETTINGS:
        script.append("$e << EOD")
        for i, r in enumerate(results[setting].values()):
            mean, half = interval(r.mj)
            script.append(f'{i} {mean:.6g} {half:.6g} {statistics.mean(r.bound_mj):.6g} "{r.name}"')
        script += ["EOD", f"set title '{setting.title}, whiskers: 95 %, red: the bound'",
                   "plot $e using 1:2:3:xtic(5) with boxerrorbars lc 'steelblue', "
                   "$e using 1:4 with points pt 2 lc 'red'"]
    draw("\n".join(script), os.path.join(out, "energy.svg"))


def write(out, plan, cells, load):
    """Writes table.md, training.svg and energy.svg; returns the table."""
    results = {s: results_of([c for c in cells if c.setting == s]) for s in SETTINGS}
    lines = [f"{len(plan.seeds)} seeds (placement, arrivals, training), {plan.train_episodes} training episodes of 400 slots, {plan.episodes} evaluation "
             f"episodes of {plan.slots} slots, the same arrivals for every policy; mean ± 95 % (Student's t over the seeds). "
             f"{machine()}; {load}.", "",
             "![energy a task by policy](online/energy.svg)", "![training curves](online/training.svg)", ""]
    lines += comparison_table(results)
    for setting in SETTINGS:
        lines += policy_table(setting, results[setting])
    lines += chosen_table(cells) + clocks_table(out)
    draw_curves(out, cells)
    draw_energies(out, results)
    text = "\n".join(lines)
    with open(os.path.join(out, "table.md"), "w") as f:
        f.write(text)
    return text


def into_docs(docs, out, text):
    put_into_docs(docs, "online", text, out, ("training.svg", "energy.svg"))
