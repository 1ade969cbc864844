# SPDX-License-Identifier: BSD-3-Clause
"""Whole runs in namespaces, judged by tools that are not ours: tshark, ping, iperf3."""
import csv
import json
import os
import re
import shutil
import statistics
import subprocess
import unittest

import testbed

# Rates that differ from UE to UE; deadlines wide enough that everybody offloads something to a stated GPU.
TOPOLOGY = """
name: e2e
duration: 3s
policy: ip-ssa
cell: {{bandwidth: 1MHz, delay: 2ms}}
ues:
  count: {count}
  distance: 20m..80m
  tx_power: 10dBm
  deadline: 120ms
  arrivals: {{kind: periodic, period: 500ms}}
edge: {{{edge}guard: 8ms}}
capture: {{points: all}}
"""

REPLAYED = "executor: replay, profile: mobilenet-v2-gpu-model, "

# Batch times that are easy to see; results are not computed, so that batches last what they are told to.
REPLAY = """
name: replay
duration: 3s
policy: {policy}
cell: {{bandwidth: 1MHz}}
ues:
  count: 3
  distance: 20m..80m
  tx_power: 10dBm
  deadline: 120ms
  arrivals: {{kind: periodic, period: 500ms}}
edge: {{executor: replay, profile: mobilenet-v2-gpu-model, guard: 8ms, verify: false}}
"""

IDLE = """
name: idle
duration: {duration}s
cell: {{bandwidth: {bandwidth}, delay: {delay}}}
ues: {{count: 1, distance: 50m, arrivals: {{kind: burst, count: 1}}}}
edge: {{executor: replay, profile: mobilenet-v2-gpu-model}}
capture: {{points: []}}
"""


def frames(path, *fields, display_filter="tcp"):
    """Rows of strings: one a packet that matches."""
    command = ["tshark", "-r", path, "-Y", display_filter, "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return [line.split("\t") for line in result.stdout.splitlines()]


def paths(value, before=""):
    """Of every value in a JSON file: "a.b", of items of a list "a[].b"."""
    if isinstance(value, dict):
        return {path for key, inner in value.items() for path in paths(inner, f"{before}.{key}" if before else key)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {path for item in value for path in paths(item, before + "[]")}
    return {before}


class Runs(testbed.Case):
    def check_uploads(self, count):
        summary, tasks = self.valid(self.topology(TOPOLOGY.format(count=count, edge=REPLAYED)))
        self.assertEqual(summary["tasks"]["failed"], 0)
        self.assertEqual(len(tasks), 6 * count)
        packets = frames(os.path.join(self.directory(), "radio.pcap"), "frame.time_epoch", "ip.src", "frame.len", "tcp.len")
        epoch = float(summary["epoch_unix"])
        errors = []
        for task in tasks:
            if int(task["cut"]) == int(task["subtasks"]):
                continue
            ue = int(task["ue"])
            began = float(task["arrival_ms"]) + float(task["plan_ms"]) + float(task["local_ms"])
            ended = began + float(task["upload_ms"])
            address = f"198.18.{(ue + 1) // 256}.{(ue + 1) % 256}"
            mine = [(float(p[0]) - epoch, int(p[2])) for p in packets
                    if p[1] == address and int(p[3]) > 0 and began < 1e3 * (float(p[0]) - epoch) < ended + 0.5]
            rate = summary["radio"][ue - 1]["uplink_bps"]
            self.assertGreaterEqual(sum(length for _, length in mine) * 8, float(task["upload_bits"]))
            took = mine[-1][0] - mine[0][0]
            expected = 8 * sum(length for _, length in mine[1:]) / rate
            errors.append(abs(took / expected - 1))
        self.assertGreaterEqual(len(errors), count // 2)
        print(f"{count} UEs: {len(errors)} uploads, bytes over rate against tshark's times: median off by "
              f"{100 * statistics.median(errors):.2f} %, worst {100 * max(errors):.2f} %")
        self.assertLess(statistics.median(errors), 0.02)

    def test_uploads_of_2_ues_take_size_over_rate(self):
        self.check_uploads(2)

    def test_uploads_of_8_ues_take_size_over_rate(self):
        self.check_uploads(8)

    def test_every_result_is_computed_and_right(self):
        summary, tasks = self.done(self.topology(TOPOLOGY.format(count=8, edge="")))
        self.assertEqual((summary["tasks"]["failed"], summary["tasks"]["differing_results"]), (0, 0))
        self.assertEqual(len(tasks), 48)
        self.assertEqual(summary["tasks"]["checked"], sum(t["outcome"] == "done" for t in tasks))

    def test_what_processes_are_told_is_documented(self):
        self.done(self.topology(TOPOLOGY.format(count=2, edge=REPLAYED)))
        text = self.run_airbatch("help", "config").stdout
        sections = dict(re.findall(r"(?ms)^(\w+)\.JSON.*?\n(.*?)(?=^\S|\Z)", text))
        for name, section in (("shaper", "SHAPER"), ("edge", "EDGE"), ("ue1", "UE1"), ("ue2", "UE1")):
            with open(os.path.join(self.directory(), "config", name + ".json")) as f:
                told = paths(json.load(f))
            self.assertGreater(len(told), 20)
            known = set(re.findall(r"(?m)^    (\S+)$", sections[section]))
            self.assertEqual(told - known, set(), name)

    def test_stages_and_energy_add_up(self):
        summary, tasks = self.done(self.topology(TOPOLOGY.format(count=2, edge=REPLAYED)))
        for task in tasks:
            stages = sum(float(task[s + "_ms"]) for s in ("plan", "local", "upload", "wait", "batch", "result"))
            self.assertAlmostEqual(stages, float(task["latency_ms"]), delta=1e-3)
            parts = float(task["compute_mj"]) + float(task["transmit_mj"])
            self.assertAlmostEqual(parts, float(task["energy_mj"]), delta=2e-6)
        ue = next(t for t in tasks if int(t["cut"]) < int(t["subtasks"]))
        watts = 0.01  # 10 dBm
        self.assertAlmostEqual(float(ue["transmit_mj"]), watts * float(ue["airtime_ms"]), delta=1e-5)

    def test_rounds_are_the_same_for_the_same_seed(self):
        path = self.topology(TOPOLOGY.format(count=3, edge=REPLAYED))
        first, _ = self.done(path, "--seed", "7", directory="a")
        second, _ = self.done(path, "--seed", "7", directory="b")
        other, _ = self.done(path, "--seed", "8", directory="c")
        self.assertEqual(first["radio"], second["radio"])
        self.assertNotEqual(first["radio"], other["radio"])

    def test_replay_is_labelled(self):
        summary, tasks = self.done(testbed.QUICKSTART, "--duration", "2s", "--set", "edge.executor=replay", "--set",
                                   "edge.profile=mobilenet-v2-gpu-model")
        self.assertTrue(summary["edge"]["modelled"])
        self.assertTrue(any("replayed" in line for line in summary["modelled"]))
        self.assertEqual(summary["tasks"]["differing_results"], 0)
        at_the_edge = [t for t in tasks if int(t["cut"]) < 9]
        self.assertEqual(summary["tasks"]["checked"], len(tasks) - len(at_the_edge))  # the edge computed nothing

    def test_batches_that_differ_from_their_profile_are_said_and_followed(self):
        os.environ["AIRBATCH_CACHE"] = cache = os.path.join(self.folder, "cache")
        self.addCleanup(os.environ.pop, "AIRBATCH_CACHE")
        result = self.run_airbatch("profile", "--network", "mobilenet-v2", "--batches", "1-4", "--refresh", "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        (name,) = os.listdir(cache)
        with open(os.path.join(cache, name)) as f:
            lines = f.read().replace("# disturbed: yes", "# disturbed: no").splitlines()
        header = next(i for i, line in enumerate(lines) if line.startswith("subtask"))
        for i in range(header + 1, len(lines)):  # a third of what this machine takes
            values = lines[i].split(",")
            lines[i] = ",".join(values[:3] + [repr(float(v) / 3) for v in values[3:7]] + values[7:])
        with open(os.path.join(cache, name), "w") as f:
            f.write("\n".join(lines) + "\n")
        self.undisturbed(self.follows_the_drift)

    def follows_the_drift(self):
        """Of a run whose batches take about three times what its profile says; the phones are too slow to do without."""
        summary, _ = self.done(testbed.COMPUTED, "--duration", "6s", "--set", "ues.device.f_max=2GFLOP/s", "--set", "ues.deadline=450ms")
        batches = self.table("batches")
        shutil.rmtree(self.directory())
        self.assertGreater(len(batches), 30)
        (note,) = [n for n in summary["notes"] if "times what its profile says" in n]
        self.assertIn("`airbatch profile --network mobilenet-v2 --refresh`", note)
        drift = [float(b["drift"]) for b in batches]
        self.assertEqual(set(drift[:19]), {1})
        last = batches[-1]
        return (all(1.5 < d <= 4 for d in drift[25:]) and
                float(last["planned_duration_ms"]) > 1.4 * float(last["profile_p95_ms"]))

    def replayed_batches(self, policy):
        """(summary, batches with numbers, F) of a run with a replayed edge; F(subtask, size) in ms."""
        summary, tasks = self.valid(self.topology(REPLAY.format(policy=policy)))
        self.assertEqual((summary["tasks"]["failed"], summary["tasks"]["cut_short"], len(tasks)), (0, 0, 18))
        with open(os.path.join(self.directory(), "profile-mobilenet-v2.csv")) as f:
            rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
        names = list(dict.fromkeys(row["subtask"] for row in rows))
        stated = {(names.index(row["subtask"]), int(row["batch"])): 1e3 * float(row["median_s"]) for row in rows}
        batches = [{k: v if k in ("who", "reason") else float(v) for k, v in b.items()} for b in self.table("batches")]
        self.assertGreater(len(batches), 10)
        return summary, batches, stated

    def check_stretched(self, batches, stated):
        """Batches last F_n(b), as often as the GPU is shared and as slowly as it is clocked, as planned and as measured."""
        for b in batches:
            expected = stated[b["subtask"], b["members"]] * b["gpu_shares"] / b["edge_freq"]
            if b["reason"] in ("planned", "busy", "waited"):
                self.assertAlmostEqual(b["planned_duration_ms"], expected, delta=1e-4)
            self.assertAlmostEqual(b["run_ms"], expected, delta=1e-5)
            self.assertAlmostEqual(b["end_ms"] - b["start_ms"], expected, delta=1e-5)
            self.assertEqual(b["replayed"], 1)

    def test_ps_shares_the_gpu(self):
        summary, batches, stated = self.replayed_batches("ps")
        self.check_stretched(batches, stated)
        self.assertEqual({(b["gpu_shares"], b["members"]) for b in batches if b["reason"] != "straggler"}, {(3, 1)})
        at_once = [sum(o["start_ms"] <= b["start_ms"] < o["end_ms"] for o in batches) for b in batches]
        self.assertLessEqual(max(at_once), 3)
        self.assertGreaterEqual(max(at_once), 2)

    def test_ps_is_refused_where_batches_compute(self):
        path = self.topology(REPLAY.format(policy="ps"))
        result = self.run_airbatch("run", path, "--set", "edge.executor=cpu", "--out", self.directory(), "--quiet")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("edge.executor=replay", result.stderr)

    def test_j_dob_lowers_the_edges_clock(self):
        summary, batches, stated = self.replayed_batches("j-dob")
        self.check_stretched(batches, stated)
        self.assertLess(min(b["edge_freq"] for b in batches), 1)
        joules = sum(1e-3 * stated[b["subtask"], b["members"]] * (0.3 / b["edge_freq"] + 1.2 * b["edge_freq"] ** 2)
                     for b in batches)
        energy = summary["edge"]["energy"]
        self.assertTrue(energy["modelled"] and energy["charged"])
        self.assertAlmostEqual(energy["total_j"] / joules, 1, delta=1e-4)
        shown = self.run_airbatch("show", self.directory())
        self.assertIn("edge energy (MODELLED)", shown.stdout)

    def test_more_ues_than_ports(self):
        # A DPDK process has at most 32 ports: UEs must not need one each.
        summary, tasks = self.done(testbed.QUICKSTART, "--duration", "1s", "--policy", "lc", "--set", "ues.count=40")
        self.assertEqual(summary["tasks"]["failed"], 0)
        self.assertEqual(len(tasks), 80)


class Tools(testbed.Case):
    """Unmodified programs behind the shaped link."""

    def idle(self, duration, bandwidth="1MHz", delay="5ms"):
        name = f"t{os.getpid()}-{self._testMethodName[-12:].replace('_', '')}"
        process = self.start("run", self.topology(IDLE.format(duration=duration, bandwidth=bandwidth, delay=delay)),
                             "--out", self.directory(), "--name", name, "--quiet")
        links = os.path.join(self.directory(), "links.csv")
        testbed.wait_for(lambda: os.path.exists(links) and os.path.getsize(links) > 400, 20, "the run did not start")
        control = os.path.join(self.directory(), "control")
        testbed.wait_for(lambda: os.path.exists(control), 5, "the run has no control socket")
        return process, (name, "ue1"), (name, "edge")

    @staticmethod
    def inside(node, *command, **options):
        return subprocess.run([testbed.AIRBATCH, "exec", *node, "--", *command], capture_output=True, text=True, **options)

    def ping(self):
        process, ue, _ = self.idle(6)
        out = self.inside(ue, "ping", "-c", "20", "-i", "0.1", "198.18.0.1", timeout=30)
        self.assertEqual(out.returncode, 0, out.stdout + out.stderr)
        self.times = [float(line.split("time=")[1].split()[0]) for line in out.stdout.splitlines() if "time=" in line]
        self.assertEqual(process.wait(timeout=30), 0)
        return self.summary()

    def test_ping_shows_the_delay(self):
        def as_it_should_be():
            radio = self.until_valid(self.ping)["radio"][0]
            expected = 2 * 5 + 1e3 * 98 * 8 * (1 / radio["uplink_bps"] + 1 / radio["downlink_bps"])
            print(f"ping: median {statistics.median(self.times):.3f} ms, the model says {expected:.3f} ms")
            self.assertGreaterEqual(min(self.times), expected - 0.01)
            shutil.rmtree(self.directory())
            return statistics.median(self.times) < expected + 0.5
        self.undisturbed(as_it_should_be)

    def iperf3(self):
        process, ue, edge = self.idle(9)
        server = subprocess.Popen([testbed.AIRBATCH, "exec", *edge, "--", "iperf3", "-s", "-1", "-J"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.end, server)
        testbed.wait_for(lambda: "5201" in self.inside(edge, "ss", "-ltn").stdout, 5, "iperf3 does not listen")
        client = self.inside(ue, "iperf3", "-c", "198.18.0.1", "-u", "-b", "60M", "-l", "1400", "-t", "4", timeout=30)
        self.assertEqual(client.returncode, 0, client.stdout + client.stderr)
        report = json.loads(server.communicate(timeout=10)[0])
        self.assertEqual(process.wait(timeout=30), 0)
        # The middle seconds: the queue is full, the end not in sight.
        self.got = statistics.mean(i["sum"]["bits_per_second"] for i in report["intervals"][1:3])
        return self.summary()

    def test_iperf3_gets_the_rate(self):
        def as_it_should_be():
            expected = self.until_valid(self.iperf3)["radio"][0]["uplink_bps"] * 1400 / 1442
            print(f"iperf3: {self.got / 1e6:.4f} Mbit/s, the model says {expected / 1e6:.4f} ({100 * (self.got / expected - 1):+.3f} %)")
            shutil.rmtree(self.directory())
            return abs(self.got / expected - 1) < 0.01
        self.undisturbed(as_it_should_be)


if __name__ == "__main__":
    testbed.main("tshark", "ping", "iperf3", "ss")
