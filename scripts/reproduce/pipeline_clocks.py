# SPDX-License-Identifier: BSD-3-Clause
"""Chosen points of scripts/reproduce/pipeline with real packets: each is run again while the host is late, three times at most."""
import collections
import math
import os
import statistics

from common import why_not
from pipeline_devices import SHARED
from pipeline_points import TOPOLOGY, Bursts, Point, airbatch

TRIES = 3
# (network, Mbit/s, jobs, policy)
QUICK = (("mobilenet-v2", 18.88, 8, "jps-plus"), ("mobilenet-v2", 40, 8, "jps-plus"), ("mobilenet-v2", 40, 8, "partition-only"),
         ("mobilenet-v2", 40, 100, "jps-plus"), ("alexnet", 18.88, 8, "jps-plus"), ("resnet-18", 10, 4, "jps-plus"),
         ("googlenet", 18.88, 4, "jps-plus"), ("mobilenet-v2", 40, 8, "jps-plus:dvfs"))
MORE = (("mobilenet-v2", 5.85, 8, "jps-plus"), ("mobilenet-v2", 40, 8, "jps"), ("mobilenet-v2", 40, 8, "schedule-only"),
        ("mobilenet-v2", 40, 8, "local-only"), ("mobilenet-v2", 40, 8, "cloud-only"), ("mobilenet-v2", 40, 20, "jps-plus"),
        ("alexnet", 5.85, 8, "jps-plus"), ("alexnet", 18.88, 8, "partition-only"), ("vgg-16", 1.1, 4, "jps-plus"))


class Emulated:
    """A point, or a topology as it stands, until a run is valid."""

    def __init__(self, name, settings, folder, topology=TOPOLOGY):
        self.name, self.why = name, []
        for attempt in range(1, TRIES + 1):
            out = os.path.join(folder, "run", f"{name}-{attempt}")
            airbatch("run", topology, "--quiet", "--overwrite", "--out", out, *settings)
            self.run = Bursts(out)
            if self.run.valid:
                return
            self.why.append("; ".join(self.run.why))

    def makespan(self):
        """(least, most) of measured over planned."""
        ratios = self.run.ratios("upload_makespan_ms")
        return min(ratios), max(ratios)

    def result(self):
        ratios = self.run.ratios("makespan_ms")
        return min(ratios), max(ratios)

    def overlap(self):
        """The least measured over planned; None where the plan has none."""
        return min(self.run.ratios("overlap_ms"), default=None)

    def decision_us(self):
        return statistics.median(self.run.decision_us)


Clocks = collections.namedtuple("Clocks", "skipped runs left_out")


def period_s(row):
    """Longer than a burst takes."""
    return math.ceil(2 * (1.5e-3 * max(row["plan_ms"], row["plan_result_ms"]) + 0.3)) / 2


def measure(chains, radio, profiles, simulate, quick, folder):
    """simulate(point): its row in virtual time, which says how long a burst takes."""
    skipped = why_not()
    if skipped:
        return Clocks(skipped, [], [])
    by_name = {c.name: c for c in chains}
    bursts = 3 if quick else 6
    duration = ["--duration", f"{2 * bursts - 1}s"]
    runs = [Emulated("two-phones", duration, folder), Emulated("shared, jps-joint", duration, folder, SHARED),
            Emulated("shared, jps-plus", [*duration, "--policy", "jps-plus"], folder, SHARED)]
    left_out = []
    for network, mbps, n, policy in QUICK if quick else QUICK + MORE:
        if network not in by_name:
            left_out.append(network)
            continue
        point = Point(by_name[network], mbps, n, policy)
        period = period_s(simulate(point))
        runs.append(Emulated(point.name(), point.settings(radio, profiles[network], period, bursts), folder))
        print(f"emulated {point.name()}: {'valid' if runs[-1].run.valid else 'not valid'}", flush=True)
    return Clocks(None, runs, left_out)


def span(pair):
    return f"{pair[0]:.4f} to {pair[1]:.4f}"


def table(clocks):
    lines = ["#### In emulation", "", "Real packets and threads; the device and the GPU's times are modelled. Measured over planned, the least and the most of a run's "
             "bursts: makespan to the last upload's end, to the last result, and the time for which device and uplink work at once; the median time of a decision.", "",
             "| point (network, Mbit/s, jobs, policy) | bursts | makespan | to the last result | both at once, least | decision, us | |", "|---|---|---|---|---|---|---|"]
    for e in clocks.runs:
        overlap = e.overlap()
        said = "valid" if e.run.valid else "not valid"
        lines.append(f"| {e.name} | {len(e.run.bursts)} | {span(e.makespan())} | {span(e.result())} | {'-' if overlap is None else f'{overlap:.4f}'} | "
                     f"{e.decision_us():.0f} | {said}{f', run {len(e.why)} more times' if e.why and e.run.valid else ''} |")
    for e in clocks.runs:
        if e.why:
            lines += ["", f"{e.name}: the host was late in {len(e.why)} of its runs ({e.why[-1]})."]
    if clocks.skipped:
        lines += ["", f"The emulation was skipped: {clocks.skipped}."]
    return lines + [""]


def shapes(clocks):
    """(what is expected, what was found, whether it holds)."""
    if clocks.skipped:
        return []
    valid = [e for e in clocks.runs if e.run.valid]
    late = [e.name for e in clocks.runs if not e.run.valid]
    found = [("emulated: valid within three tries", "all" if not late else "the host was late: " + ", ".join(late), not late)]
    if not valid:
        return found
    far = max(valid, key=lambda e: max(abs(r - 1) for r in e.makespan()))
    off = max(abs(r - 1) for r in far.makespan())
    both = [e for e in valid if e.overlap() is not None]
    whole = all(e.run.whole() for e in valid)
    found += [("emulated: every burst is done", "all" if whole else "not all", whole),
              ("emulated: makespan within 3 % of the plan's", f"at most {100 * off:.2f} % off ({far.name})", off <= 0.03)]
    if both:
        worst = min(both, key=lambda e: e.overlap())
        found.append(("emulated: device and uplink work at once for at least 95 % of the time that is planned",
                      f"at least {100 * worst.overlap():.1f} % ({worst.name})", worst.overlap() >= 0.95))
    return found
