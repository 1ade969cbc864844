# SPDX-License-Identifier: BSD-3-Clause
"""The tables, pictures and expected shapes of scripts/reproduce/pipeline."""
import os
import statistics
import subprocess

import pipeline_clocks as clocks
import pipeline_devices as devices
from common import machine, put_into_docs
from pipeline_points import POLICIES, Point, decision_us

FEW = ("jps-plus", "jps", "partition-only", "schedule-only", "local-only", "cloud-only")
SEGMENTS = 0.003  # the last segment of a tensor is not full, which plans take for one
DOCS_NETWORK, DOCS_MBPS = "mobilenet-v2", 40


class Sweep:
    """What was simulated, by (network, Mbit/s, jobs, policy)."""

    def __init__(self, rows):
        self.rows = {(r["network"], r["mbps"], r["jobs"], r["policy"]): r for r in rows}
        self.networks = list(dict.fromkeys(r["network"] for r in rows))
        self.mbps = sorted({r["mbps"] for r in rows})
        self.jobs = sorted({r["jobs"] for r in rows})

    def points(self):
        return [(network, mbps, n) for network in self.networks for mbps in self.mbps for n in self.jobs]

    def ms(self, network, mbps, n, policy):
        return self.rows[network, mbps, n, policy]["makespan_ms"]

    def over_bound(self, network, mbps, n, policy):
        return self.ms(network, mbps, n, policy) / self.rows[network, mbps, n, policy]["bound_ms"]

    def share(self, network, mbps, n):
        """JPS+ over the better of all local and all uploaded."""
        return self.ms(network, mbps, n, "jps-plus") / min(self.ms(network, mbps, n, p) for p in ("local-only", "cloud-only"))


def percent(x):
    return f"{100 * x:.2f} %"


def named(point):
    return f"{point[0]}, {point[1]:g} Mbit/s, n = {point[2]}"


def farthest(points, key):
    """The point with the most of key, and that."""
    worst = max(points, key=key)
    return worst, key(worst)


# Shapes: (what is expected, what was found, whether it holds).

def at_one_job(s):
    worst, gain = farthest([p for p in s.points() if p[2] == 1], lambda p: 1 - s.ms(*p, "jps-plus") / s.ms(*p, "partition-only"))
    return "one job: nothing is gained over partition-only", f"at most {percent(gain)} ({named(worst)})", abs(gain) <= SEGMENTS


def lower_envelope(s):
    worst, above = farthest(s.points(), lambda p: s.ms(*p, "jps-plus") / min(s.ms(*p, q) for q in FEW) - 1)
    return ("jps-plus is never above the schemes for equal jobs, but for a tensor's last segment", f"at most {percent(above)} above ({named(worst)})", above <= SEGMENTS)


def near_bound(s, policy, limit):
    most = max(s.jobs)
    ratios = {p: s.over_bound(*p, policy) - 1 for p in s.points() if p[2] == most}
    worst = max(ratios, key=ratios.get)
    mean = statistics.mean(ratios.values())
    return (f"n = {most}: {policy} within {100 * limit:g} % of the lower bound on average",
            f"{percent(mean)}; at most {percent(ratios[worst])} ({named(worst)})", mean <= limit)


def partition_alone(s):
    """The stated means are those of drawn curves, not of these networks."""
    ratios = {p: s.over_bound(*p, "partition-only") for p in s.points() if 20 <= p[2] <= 100}
    worst = max(ratios, key=ratios.get)
    tops = [max(r for p, r in ratios.items() if p[0] == network) for network in s.networks]
    return ("n from 20 to 100: partition-only reaches 1.4 times the lower bound at some rate, with every network",
            f"each network's worst rate: {min(tops):.2f} to {max(tops):.2f} ({named(worst)}); mean over all rates {statistics.mean(ratios.values()):.2f}",
            min(tops) >= 1.4)


def u_shaped(s, network):
    n = max(s.jobs)
    shares = [s.share(network, mbps, n) for mbps in s.mbps]
    lowest = shares.index(min(shares))
    falls = all(a >= b - SEGMENTS for a, b in zip(shares[:lowest + 1], shares[1:lowest + 1]))
    rises = all(a <= b + SEGMENTS for a, b in zip(shares[lowest:], shares[lowest + 1:]))
    ends = shares[0] - shares[lowest] > 0.1 and shares[-1] - shares[lowest] > 0.02
    return (f"{network}, n = {n}: the gain over the better of local-only and cloud-only is U-shaped over the rate",
            f"makespan {shares[0]:.3f} of it at {s.mbps[0]:g}, {shares[lowest]:.3f} at {s.mbps[lowest]:g}, {shares[-1]:.3f} at {s.mbps[-1]:g} Mbit/s",
            falls and rises and ends)


def near_cloud(s):
    n, most = max(s.jobs), s.mbps[-1]
    ratios = {network: s.ms(network, most, n, "jps-plus") / s.ms(network, most, n, "cloud-only") for network in s.networks}
    far = [f"{k} {v:.2f}" for k, v in ratios.items() if v < 0.9]
    return (f"n = {n}: near cloud-only (within 10 %) at {most:g} Mbit/s",
            "all" if not far else ", ".join(far) + " of it: there even an upload of the input takes over a tenth of the whole work's time on the device", not far)


def monotone(s):
    """jps and partition-only choose their cuts by something else than the makespan, so theirs may grow."""
    wrong = [(network, mbps, n, q) for network, mbps, n in s.points() for q in ("jps-plus", "schedule-only", "local-only", "cloud-only")
             if mbps != s.mbps[0] and s.ms(network, mbps, n, q) > (1 + SEGMENTS) * s.ms(network, s.mbps[s.mbps.index(mbps) - 1], n, q)]
    return "the makespan of jps-plus, schedule-only, local-only and cloud-only never grows with the rate", "none" if not wrong else f"{len(wrong)} do: {wrong[0]}", not wrong


def one_type(s):
    worst, off = farthest(s.points(), lambda p: max(abs(s.ms(*p, q) / s.ms(*p, "jps-plus") - 1) for q in ("jps-hetero", "layer-schedule")))
    return "one type of jobs: jps-hetero and layer-schedule take what jps-plus takes, within 1 %", f"at most {percent(off)} apart ({named(worst)})", off <= 0.01


def as_planned(s):
    worst = max(s.rows.values(), key=lambda r: abs(r["makespan_ms"] / r["plan_ms"] - 1))
    off = abs(worst["makespan_ms"] / worst["plan_ms"] - 1)
    return ("simulated makespan within 0.3 % of the plan's", f"at most {percent(off)} ({worst['network']}, {worst['mbps']:g}, {worst['jobs']}, {worst['policy']})",
            off <= SEGMENTS)


def both_at_once(s):
    least = min((r["overlap_ms"] / r["plan_overlap_ms"] for r in s.rows.values() if r["plan_overlap_ms"] > 0), default=1)
    return "simulated: device and uplink work at once for at least 95 % of the time that is planned", f"at least {percent(least)}", least >= 0.95


def in_a_millisecond(times):
    worst = max(times, key=times.get)
    return ("a decision for n = 100 takes under 1 ms (median)", f"at most {times[worst]:.0f} us ({worst[1]}, {worst[0]})", times[worst] < 1000)


def shapes(s, emulated, times, shared, saved):
    found = [at_one_job(s), lower_envelope(s), near_bound(s, "jps-plus", 0.01), near_bound(s, "jps", 0.12), partition_alone(s)]
    found += [u_shaped(s, network) for network in s.networks] + [near_cloud(s), monotone(s), one_type(s), as_planned(s), both_at_once(s)]
    return found + [*devices.shapes(shared, saved)] + clocks.shapes(emulated) + [in_a_millisecond(times)]


def shapes_table(found):
    lines = ["#### Shapes", "", "| expected | found | |", "|---|---|---|"]
    return lines + [f"| {expected} | {what} | {'PASS' if holds else 'not so'} |" for expected, what, holds in found] + [""]


def bound_table(s):
    n = max(s.jobs)
    lines = ["#### Makespan over the lower bound", "", f"In virtual time, n = {n}; f at 20 GFLOP/s, the input as 8-bit pixels.", "",
             "| network, Mbit/s | bound, s | " + " | ".join(f"`{q}`" for q in FEW) + " | cuts of `jps-plus` (cut:jobs) |", "|---" * (len(FEW) + 3) + "|"]
    for network in s.networks:
        for mbps in s.mbps:
            row = s.rows[network, mbps, n, "jps-plus"]
            lines.append(f"| {network}, {mbps:g} | {row['bound_ms'] / 1e3:.3f} | " + " | ".join(f"{s.over_bound(network, mbps, n, q):.3f}" for q in FEW) +
                         f" | {row['cuts']} |")
    return lines + [""]


def jobs_table(s):
    lines = ["#### Over the number of jobs", "", f"{DOCS_NETWORK}, {DOCS_MBPS} Mbit/s: makespan a job in ms.", "",
             "| n | " + " | ".join(f"`{q}`" for q in FEW) + " |", "|---" * (len(FEW) + 1) + "|"]
    for n in s.jobs:
        lines.append(f"| {n} | " + " | ".join(f"{s.ms(DOCS_NETWORK, DOCS_MBPS, n, q) / n:.2f}" for q in FEW) + " |")
    return lines + [""]


def decisions(chains, radio, profiles, calls=11):
    """{(network, policy): us} for a burst of 100."""
    return {(c.name, q): decision_us(Point(c, 18.88, 100, q), radio, profiles[c.name], calls) for c in chains for q in POLICIES}


def decision_table(times):
    networks = list(dict.fromkeys(network for network, _ in times))
    lines = ["#### Decision times", "", "n = 100, us, the whole plan with its prediction and the GPU's batches: the median of processes that decide once, on a machine that may "
             "be busy.", "", "| | " + " | ".join(f"`{q}`" for q in POLICIES) + " |", "|---" * (len(POLICIES) + 1) + "|"]
    return lines + [f"| {network} | " + " | ".join(f"{times[network, q]:.0f}" for q in POLICIES) + " |" for network in networks] + [""]


def plot(path, title, x, y, curves, logarithmic="xy"):
    """curves: [(name, [(x, y)])]."""
    script = ["set terminal svg size 760,440 background 'white' font 'sans,12'", f"set output '{path}'", "set grid", f"set title '{title}'", f"set xlabel '{x}'",
              f"set ylabel '{y}'", "set key outside right", f"set logscale {logarithmic}"]
    for i, (_, points) in enumerate(curves):
        script += [f"$p{i} << EOD", *(f"{a:.9g} {b:.9g}" for a, b in points), "EOD"]
    parts = [f"$p{i} using 1:2 with linespoints lw 1.5 pt {i + 1} ps 0.5 title '{name}'" for i, (name, _) in enumerate(curves)]
    subprocess.run(["gnuplot"], input="\n".join(script + ["plot " + ", ".join(parts)]), text=True, check=True)


def pictures(out, s):
    n = max(s.jobs)
    rate = "rate of the uplink, Mbit/s"
    for network in s.networks:
        plot(os.path.join(out, f"rate-{network}.svg"), f"{network}, n = {n}", rate, "makespan, s",
             [(q, [(mbps, s.ms(network, mbps, n, q) / 1e3) for mbps in s.mbps]) for q in FEW])
    plot(os.path.join(out, "gain.svg"), f"jps-plus, n = {n}", rate, "makespan over the better of local-only and cloud-only",
         [(network, [(mbps, s.share(network, mbps, n)) for mbps in s.mbps]) for network in s.networks], "x")
    plot(os.path.join(out, "jobs.svg"), f"{DOCS_NETWORK}, {DOCS_MBPS} Mbit/s", "jobs n", "makespan a job, ms",
         [(q, [(n, s.ms(DOCS_NETWORK, DOCS_MBPS, n, q) / n) for n in s.jobs]) for q in FEW], "x")


def shown():
    """The pictures of the page."""
    return (f"rate-{DOCS_NETWORK}.svg", "gain.svg", "jobs.svg")


def write(out, rows, emulated, times, shared, saved):
    """Writes pictures and table.md; returns the table and how many shapes fail. shared, saved: of pipeline_devices."""
    s = Sweep(rows)
    pictures(out, s)
    found = shapes(s, emulated, times, shared, saved)
    lines = [f"{len(rows)} simulated bursts; {machine()}.", "", *(f"![{name[:-4]}](pipeline/{name})" for name in shown()), ""]
    lines += shapes_table(found) + bound_table(s) + jobs_table(s) + devices.shared_table(shared)
    lines += devices.energy_table(saved) + clocks.table(emulated) + decision_table(times)
    text = "\n".join(lines)
    with open(os.path.join(out, "table.md"), "w") as f:
        f.write(text.replace("(pipeline/", "("))
    return text, sum(not holds for _, _, holds in found)


def into_docs(docs, out, text):
    put_into_docs(docs, "pipeline", text, out, shown())
