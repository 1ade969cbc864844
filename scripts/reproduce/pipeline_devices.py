# SPDX-License-Identifier: BSD-3-Clause
"""Beyond one phone in scripts/reproduce/pipeline, all ours: phones that share band and server, and lower frequencies within the same makespan."""
import os
import statistics

from common import SOURCE
from pipeline_points import Bursts, Point, airbatch, simulate

SHARED = os.path.join(SOURCE, "topologies", "pipeline-shared.yaml")
ALONE = "jps-plus"  # every phone by itself over an equal band
POLICIES = ("jps-joint", "jps-joint:no-batches", "jps-joint:no-band", ALONE, "partition-only")
MHZ = (1, 2, 4, 8, 16, 32, 64)
ENERGY_JOBS = 20


class Shared:
    """A run of the phones that share: means over its bursts."""

    def __init__(self, mhz, policy, folder, seconds):
        out = os.path.join(folder, "shared", f"{mhz}-{policy}")
        airbatch("sim", SHARED, "--quiet", "--overwrite", "--out", out, "--policy", policy, "--duration", f"{seconds}s", "--set",
                 f"cell.bandwidth={mhz}MHz", "--set", "ues.arrivals.period=60s", "--set", "ues.deadline=60s")
        self.run = Bursts(out)
        self.result_ms, self.upload_ms, self.latency_ms = self.last("makespan_ms"), self.last("upload_makespan_ms"), self.latest()

    def by_burst(self):
        numbers = sorted({b["burst"] for b in self.run.bursts})
        return [[b for b in self.run.bursts if b["burst"] == n] for n in numbers]

    def last(self, key):
        """The last of all phones, from a burst's planned start."""
        return statistics.mean(max(b["measured"][key] for b in phones) for phones in self.by_burst())

    def latest(self):
        """And from its arrival."""
        return statistics.mean(max(b["latency_ms"] for b in phones) for phones in self.by_burst())


def share(quick, folder):
    """{(MHz, policy): Shared}."""
    return {(mhz, policy): Shared(mhz, policy, folder, 0.5) for mhz in (MHZ[1::2] if quick else MHZ) for policy in POLICIES}


def save(chains, radio, profiles, quick, folder):
    """{(network, Mbit/s): (row at the highest frequency, row with dvfs)}."""
    mbps = (1.1, 18.88, 40) if quick else (0.5, 1.1, 5.85, 18.88, 40, 80, 160)
    return {(c.name, rate): tuple(simulate(Point(c, rate, ENERGY_JOBS, policy), radio, profiles[c.name], folder)
                                  for policy in ("jps-plus", "jps-plus:dvfs")) for c in chains for rate in mbps}


def shared_table(shared):
    lines = ["#### Phones that share (ours)", "", "`topologies/pipeline-shared.yaml` in virtual time: four phones, 16, 16, 8 and 16 jobs of MobileNet-V2. The last upload and the last "
             "result of all phones after the planned start, ms; in brackets the last result after the burst's arrival, which includes asking. "
             f"`{ALONE}` is every phone by itself over a quarter of the band.", "", "| band, MHz | " + " | ".join(f"`{p}`" for p in POLICIES) + " |",
             "|---" * (len(POLICIES) + 1) + "|"]
    for mhz in sorted({mhz for mhz, _ in shared}):
        cells = [shared[mhz, p] for p in POLICIES]
        lines.append(f"| {mhz} | " + " | ".join(f"{c.upload_ms:.0f}, {c.result_ms:.0f} ({c.latency_ms:.0f})" for c in cells) + " |")
    return lines + [""]


def energy_table(saved):
    lines = ["#### Energy within the same makespan (ours)", "", f"`jps-plus:dvfs` beside `jps-plus`, n = {ENERGY_JOBS}, in virtual time: the phone's energy for computing, and the makespan over "
             "the one at the highest frequency.", "", "| network, Mbit/s | energy, J | with `dvfs`, J | saved | makespan |", "|---|---|---|---|---|"]
    for (network, mbps), (fast, slow) in saved.items():
        saving = 1 - slow["compute_mj"] / fast["compute_mj"] if fast["compute_mj"] > 0 else 0
        lines.append(f"| {network}, {mbps:g} | {fast['compute_mj'] / 1e3:.3f} | {slow['compute_mj'] / 1e3:.3f} | {100 * saving:.1f} % | "
                     f"{slow['makespan_ms'] / fast['makespan_ms']:.4f} |")
    return lines + [""]


def shapes(shared, saved):
    """(what is expected, what was found, whether it holds)."""
    bands = sorted({mhz for mhz, _ in shared})
    gains = {mhz: shared[mhz, "jps-joint"].upload_ms / shared[mhz, ALONE].upload_ms for mhz in bands}
    worst, best = max(gains, key=gains.get), min(gains, key=gains.get)
    yield ("phones that share: the last upload is never later than with every phone by itself", f"{gains[best]:.2f} of its time at {best} MHz to {gains[worst]:.2f} at {worst} MHz",
           gains[worst] <= 1.003)
    later = [mhz for mhz in bands if shared[mhz, "jps-joint"].result_ms > shared[mhz, "jps-joint:no-batches"].result_ms * (1 + 1e-6)]
    gain = min(shared[mhz, "jps-joint"].result_ms / shared[mhz, "jps-joint:no-batches"].result_ms for mhz in bands)
    yield ("batches of several phones' jobs: the last result is never later for them", f"at best {gain:.3f} of its time" + (f"; later at {later} MHz" if later else ""), not later)
    longest = max(slow["makespan_ms"] / fast["makespan_ms"] for fast, slow in saved.values())
    dearer = [k for k, (fast, slow) in saved.items() if slow["compute_mj"] > fast["compute_mj"] * (1 + 1e-9)]
    most = max(1 - slow["compute_mj"] / fast["compute_mj"] for fast, slow in saved.values() if fast["compute_mj"] > 0)
    yield ("lower frequencies: the makespan is not longer and no energy higher", f"makespan at most {longest:.4f} of it; {100 * most:.1f} % saved at most", longest <= 1.003 and not dearer)
