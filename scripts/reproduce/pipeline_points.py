# SPDX-License-Identifier: BSD-3-Clause
"""The points of scripts/reproduce/pipeline: one phone, one burst of n equal jobs, in virtual time and with real packets."""
import csv
import itertools
import json
import math
import os
import statistics
import subprocess

import common
from common import SOURCE

TOPOLOGY = os.path.join(SOURCE, "topologies", "pipeline.yaml")
POLICIES = ("jps-plus", "jps", "jps-hetero", "layer-schedule", "partition-only", "schedule-only", "local-only", "cloud-only")
NETWORKS = ("alexnet", "mobilenet-v2", "vgg-16", "resnet-18", "googlenet")  # those that are built in
MBPS = (0.2, 0.5, 1.1, 2.5, 5.85, 10, 18.88, 40, 80, 160)
JOBS = (1, 2, 5, 10, 20, 50, 100)
F_MAX = 20e9  # FLOP/s, as the topology says
SEGMENT = 1448 / 1514  # of a full frame's bytes, what a tensor has
GPU_FLOPS, LAUNCH_S, SHARE_S, LARGEST_BATCH = 5e12, 2e-4, 0.3, 16  # of the stated GPU


def airbatch(*arguments):
    return subprocess.run([common.AIRBATCH, *map(str, arguments)], capture_output=True, text=True, check=True).stdout


class Chain:
    """A network as the phone sees it: f(l) in s, and the bits at cut l."""

    def __init__(self, name):
        network = json.loads(airbatch("network", name, "--json"))
        self.name = name
        self.macs = [s["macs"] for s in network["subtasks"]]
        self.device_s = [2 * m / F_MAX for m in itertools.accumulate(self.macs, initial=0)]
        self.bits = [network["input_bits"], *(s["output_bits"] for s in network["subtasks"])]
        self.bits[-1] = 0  # all is done here

    def curves(self, mbps):
        """[(f, g)] of all cuts."""
        return [(f, b / (1e6 * mbps * SEGMENT)) for f, b in zip(self.device_s, self.bits)]

    def bound_s(self, mbps, n):
        """No cuts and no order of n jobs take less: for every trade-off t of both machines at least t (sum of f + last g) +
        (1 - t) (first f + sum of g)."""
        curves = self.curves(mbps)

        def least(a, b):
            return min(a * f + b * g for f, g in curves)

        def at(t):
            return (n - 2) * least(t, 1 - t) + least(1, 1 - t) + least(t, 1)
        if n == 1:
            return least(1, 1)
        low, high = 0., 1.
        for _ in range(60):  # it is concave in t
            left, right = low + (high - low) / 3, high - (high - low) / 3
            low, high = (left, high) if at(left) < at(right) else (low, right)
        return at(low)


def built_in():
    names = {line.split()[0] for line in airbatch("network").splitlines()[1:] if line.strip()}
    return [Chain(name) for name in NETWORKS if name in names]


def state_profile(chain, folder):
    """F_n(b) of a stated GPU: launching a sub-task takes a while, a filled GPU grows with the work. Returns what names it."""
    if chain.name == "mobilenet-v2":
        return "mobilenet-v2-gpu-model"
    path = os.path.join(folder, f"profile-{chain.name}.csv")
    with open(path, "w") as f:
        f.write(f"# network: {chain.name}\n# source: stated: max(c, 0.3 c + 2 MAC b / 5 TFLOP/s), c = 0.2 ms\n"
                f"# kind: modelled\n# subtasks: {len(chain.macs)}\n# max_batch: {LARGEST_BATCH}\nsubtask,batch,runs,median_s,p95_s,min_s,max_s\n")
        for n, macs in enumerate(chain.macs):
            for b in range(1, LARGEST_BATCH + 1):
                time_s = max(LAUNCH_S, SHARE_S * LAUNCH_S + 2 * macs * b / GPU_FLOPS)
                f.write(f"{n + 1},{b},0," + ",".join([f"{time_s:.9g}"] * 4) + "\n")
    return path


class Radio:
    """Which band gives which rate: Shannon's formula at the gain that a run says."""

    def __init__(self, folder):
        out = os.path.join(folder, "radio")
        airbatch("sim", TOPOLOGY, "--quiet", "--overwrite", "--out", out, "--duration", "1s", "--set", "ues.count=1")
        with open(os.path.join(out, "summary.json")) as f:
            link = json.load(f)["radio"][0]
        self.power_to_noise_hz = 10 ** (link["snr_db"] / 10) * 1e6  # over the topology's 1 MHz

    def rate_bps(self, hertz):
        return hertz * math.log2(1 + self.power_to_noise_hz / hertz)

    def band_hz(self, mbps):
        low, high = 1., 1e6 * mbps
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if self.rate_bps(middle) < 1e6 * mbps else (low, middle)
        return high


class Point:
    """A network, a rate in Mbit/s, n jobs and a policy."""

    def __init__(self, chain, mbps, n, policy):
        self.chain, self.mbps, self.n, self.policy = chain, mbps, n, policy

    def name(self):
        return f"{self.chain.name}-{self.mbps:g}-{self.n}-{self.policy}"

    def settings(self, radio, profile, period_s=3600, bursts=1, delay_ms=1):
        keys = {"ues.count": 1, "ues.network": self.chain.name, "edge.profile": profile, "ues.open_tasks": max(2, self.n), "ues.arrivals.burst": self.n,
                "ues.arrivals.period": f"{period_s}s", "ues.deadline": "3600s", "policy": self.policy,
                "cell.delay": f"{delay_ms}ms",
                "cell.bandwidth": f"{radio.band_hz(self.mbps):.9g}Hz", "duration": f"{(bursts - 1) * period_s + 0.5:g}s"}
        return [word for key, value in keys.items() for word in ("--set", f"{key}={value}")]


class Bursts:
    """What a run directory says of its bursts."""

    def __init__(self, directory):
        with open(os.path.join(directory, "summary.json")) as f:
            summary = json.load(f)
        self.valid, self.why, self.bursts = summary["valid"], summary["not_valid_because"], summary["bursts"]
        self.cuts, ue = summary["ues"][0]["cuts"], summary["ues"][0]
        self.compute_mj = ue["compute_mj"] * ue["done"]  # it is a mean
        with open(os.path.join(directory, "rounds.csv")) as f:
            self.decision_us = [float(row["decision_us"]) for row in csv.DictReader(f)]

    def whole(self):
        return all(b["done"] == b["tasks"] for b in self.bursts)

    def ratios(self, key):
        """Measured over planned; bursts that plan none of it are left out."""
        return [b["measured"][key] / b["planned"][key] for b in self.bursts if b["planned"][key] > 0]

    def mean(self, key, side="measured"):
        return statistics.mean(b[side][key] for b in self.bursts)


def simulate(point, radio, profile, folder):
    """A row of sweep.csv: without the link's fixed delay, which is no part of the bound either."""
    out = os.path.join(folder, "sim", point.name())
    airbatch("sim", TOPOLOGY, "--quiet", "--overwrite", "--out", out, *point.settings(radio, profile, delay_ms=0))
    run = Bursts(out)
    if not run.valid or not run.whole():
        raise RuntimeError(f"{out}: " + ("; ".join(run.why) or "some jobs of the burst were not done"))
    for name in ("tasks.csv", "batches.csv", "members.csv", "links.csv", "trace.json"):  # thousands of runs
        path = os.path.join(out, name)
        if os.path.exists(path):
            os.remove(path)
    return {"network": point.chain.name, "mbps": point.mbps, "jobs": point.n, "policy": point.policy,
            "makespan_ms": run.mean("upload_makespan_ms"), "plan_ms": run.mean("upload_makespan_ms", "planned"),
            "result_ms": run.mean("makespan_ms"), "plan_result_ms": run.mean("makespan_ms", "planned"),
            "overlap_ms": run.mean("overlap_ms"), "plan_overlap_ms": run.mean("overlap_ms", "planned"),
            "compute_mj": run.compute_mj, "bound_ms": 1e3 * point.chain.bound_s(point.mbps, point.n),
            "cuts": " ".join(f"{cut}:{jobs}" for cut, jobs in run.cuts.items())}


def decision_us(point, radio, profile, calls):
    """The median of what the policy takes for the burst, each time in a process of its own, its first and only decision."""
    command = ["plan", TOPOLOGY, "--json", *point.settings(radio, profile)]
    return statistics.median(json.loads(airbatch(*command))["plan_us"] for _ in range(calls))


def simulated_points(chains, quick):
    mbps = MBPS if not quick else (0.2, 1.1, 5.85, 18.88, 40, 160)
    jobs = JOBS if not quick else (1, 10, 100)
    return [Point(*p) for p in itertools.product(chains, mbps, jobs, POLICIES)]
