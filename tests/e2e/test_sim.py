# SPDX-License-Identifier: BSD-3-Clause
"""The same topology in virtual time and in real time, and the simulator's captures judged by tshark."""
import os
import subprocess
import unittest

import testbed

# 11 Mbit/s of frames on links of 20 Mbit/s: a datagram finds an idle link unless its sender was late.
TRAFFIC = """
name: traffic
duration: 3s
cell: {bandwidth: 2MHz, delay: 5ms}
ues: {count: 3, gain: -104.2dB, tx_power: 23dBm, arrivals: {kind: none}, traffic: {rate: %s, size: 1400B}}
capture: {points: %s}
"""


def frames(path, *fields, display_filter):
    command = ["tshark", "-r", path, "-Y", display_filter, "-T", "fields", "-o", "tcp.check_checksum:TRUE", "-o",
               "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    for field in fields:
        command += ["-e", field]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return [line.split("\t") for line in result.stdout.splitlines()]


CROWD = """
name: crowd
duration: 1s
policy: ip-ssa
cell: {bandwidth: 100MHz, delay: 1ms}
ues: {count: 10, network: mobilenet-v2, deadline: 500ms, arrivals: {kind: poisson, rate: 1}}
edge: {executor: replay, profile: mobilenet-v2-gpu-model}
"""


class Simulation(testbed.Case):
    def simulate(self, *arguments, directory="sim"):
        result = self.run_airbatch("sim", *arguments, "--out", self.directory(directory), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.summary(directory)

    def differences(self, rate):
        """Median delays of a valid emulated run minus the simulated ones, in us."""
        path = self.topology(TRAFFIC % (rate, "none"))
        simulated = self.simulate(path, directory="sim" + rate[:2])["traffic"]
        emulated, _ = self.valid(path)
        self.assertEqual(len(simulated), 3)
        off = []
        for sim, run in zip(simulated, emulated["traffic"]):
            self.assertEqual((run["sent"], sim["lost"], run["lost"]), (sim["sent"], 0, 0))
            # The clocks of kernel and processes are compared to within a few microseconds.
            self.assertGreater(run["delay_us"]["min"], sim["delay_us"]["min"] - 5)
            off.append(run["delay_us"]["p50"] - sim["delay_us"]["p50"])
            print(f"{rate} ue{sim['ue']}: median delay {sim['delay_us']['p50']:.1f} us simulated ({off[-1]:+.1f} us emulated), mean "
                  f"{sim['delay_us']['mean']:.1f} us ({run['delay_us']['mean'] - sim['delay_us']['mean']:+.1f} us), goodput off by "
                  f"{100 * (run['goodput_bps'] / sim['goodput_bps'] - 1):+.4f} %")
        return off

    def test_datagrams_take_as_long_as_in_the_emulation(self):
        for off in self.differences("10Mbit/s"):
            self.assertLess(abs(off), 1000)  # what a valid run promises of its shaper; how near it is: label precision

    def test_datagrams_at_full_load(self):
        # Here what waits once makes all that follow wait, since a link has 40 us to spare from datagram to datagram: nothing
        # is lost and nothing is early.
        self.differences("18Mbit/s")

    def test_tasks_take_as_long_as_in_the_emulation(self):
        arguments = (testbed.QUICKSTART, "--duration", "5s")
        simulated = self.simulate(*arguments)
        emulated, _ = self.valid(*arguments)
        for sim, run in zip(simulated["ues"], emulated["ues"]):
            a, b = sim["latency_ms"]["p50"], run["latency_ms"]["p50"]
            print(f"ue{sim['ue']}: median latency {a:.3f} ms simulated, {b:.3f} ms emulated, energy "
                  f"{sim['energy_mj']['p50']:.3f} and {run['energy_mj']['p50']:.3f} mJ")
            self.assertEqual(sim["done"], run["done"])
            self.assertLess(abs(b / a - 1), 0.05)
            self.assertLess(abs(run["energy_mj"]["p50"] / sim["energy_mj"]["p50"] - 1), 0.1)
        for sim, run in zip(simulated["stages"], emulated["stages"]):
            print(f"{sim['stage']}: {sim['measured_p50_ms']:.3f} ms simulated, {run['measured_p50_ms']:.3f} ms emulated")

    def test_ten_thousand_ues_take_their_share_of_memory(self):
        path, peaks = self.topology(CROWD), {}
        for count in (2500, 10000):
            command = [testbed.AIRBATCH, "sim", path, "--set", f"ues.count={count}", "--out", self.directory(f"crowd{count}"), "--quiet"]
            child = subprocess.Popen(command)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(child.returncode, 0)
            peaks[count] = used.ru_maxrss
            self.assertEqual(len(self.summary(f"crowd{count}")["ues"]), count)
        print(f"peak memory in kB by UEs: {peaks}")
        self.assertLess(peaks[10000], 4.2 * peaks[2500])

    def test_more_ues_than_an_emulation_takes(self):
        result = self.run_airbatch("run", self.topology(CROWD), "--set", "ues.count=5000", "--out", self.directory("many"), "--quiet")
        self.assertEqual(result.returncode, 2)
        self.assertIn("5000 UEs are more than an emulation takes: at most 4096, or `airbatch sim`", result.stderr)

    def test_shared_and_slowed_gpus_are_as_in_the_emulation(self):
        path = os.path.join(testbed.SOURCE, "topologies", "offline-mobilenet-v2.yaml")
        for policy in ("ps", "j-dob"):
            arguments = (path, "--policy", policy, "--set", "ues.count=3", "--set", "edge.guard=8ms", "--duration", "3s")
            simulated = self.simulate(*arguments, directory="sim-" + policy)
            emulated, _ = self.valid(*arguments, directory="run-" + policy)
            self.assertEqual(simulated["tasks"]["done"], emulated["tasks"]["done"])
            a, b = (s["edge"]["energy"]["per_task_mj"] for s in (simulated, emulated))
            x, y = (s["tasks"]["latency_ms"]["p50"] for s in (simulated, emulated))
            print(f"{policy}: median latency {x:.3f} ms simulated, {y:.3f} ms emulated; edge {a:.3f} and {b:.3f} mJ a task")
            self.assertLess(abs(y / x - 1), 0.05)
            self.assertLess(abs(b / a - 1), 0.2)  # a plan may take another cut when a request comes a little later
            rows = self.table("batches", "sim-" + policy)
            for row in rows:
                self.assertAlmostEqual(float(row["run_ms"]), float(row["planned_duration_ms"]), delta=1e-5)
                self.assertAlmostEqual(float(row["run_ms"]), float(row["profile_ms"]), delta=1e-5)
            slowed = [r for r in rows if int(r["gpu_shares"]) > 1 or float(r["edge_freq"]) < 1]
            self.assertEqual(len(slowed), len(rows))

    def test_equal_seeds_give_equal_bytes(self):
        def contents(directory):
            found = {}
            for name in sorted(os.listdir(self.directory(directory))):
                with open(os.path.join(self.directory(directory), name), "rb") as f:
                    found[name] = f.read()
            return found
        arguments = [testbed.QUICKSTART, "--duration", "2s", "--set", "ues.arrivals.kind=poisson"]
        for directory, seed in (("a", "3"), ("b", "3"), ("c", "4")):
            self.simulate(*arguments, "--seed", seed, directory=directory)
        a, b, c = contents("a"), contents("b"), contents("c")
        self.assertIn("summary.json", a)
        self.assertIn("radio.pcap", a)
        self.assertEqual(a, b)
        self.assertNotEqual(a["radio.pcap"], c["radio.pcap"])

    def test_captured_datagrams_are_packets(self):
        path = self.topology(TRAFFIC % ("1Mbit/s", "all"))
        summary = self.simulate(path)
        delay_us = summary["traffic"][0]["delay_us"]["mean"]
        sent = sum(ue["sent"] for ue in summary["traffic"])
        for point in ("radio", "edge"):
            rows = frames(os.path.join(self.directory("sim"), point + ".pcap"), "frame.time_epoch", "udp.payload",
                          "frame.len", "ip.checksum.status", "udp.checksum.status", display_filter="udp")
            self.assertEqual(len(rows), sent)
            for at, payload, length, ip, udp in rows:
                self.assertEqual((length, ip, udp), ("1442", "1", "1"))  # 1: good
                stamp = int.from_bytes(bytes.fromhex(payload.replace(":", ""))[24:32], "little")
                seconds, fraction = at.split(".")
                arrived = int(seconds) * 10**9 + int(fraction)
                self.assertAlmostEqual(arrived - stamp, 1e3 * delay_us, delta=0.01)

    def test_captured_segments_are_a_connection(self):
        summary = self.simulate(testbed.QUICKSTART, "--duration", "2s")
        rows = frames(os.path.join(self.directory("sim"), "radio.pcap"), "ip.checksum.status", "tcp.checksum.status",
                      "tcp.stream", "tcp.analysis.flags", display_filter="tcp")
        self.assertGreater(len(rows), 100)
        self.assertEqual({(ip, tcp) for ip, tcp, _, _ in rows}, {("1", "1")})
        self.assertEqual(len({stream for _, _, stream, _ in rows}), len(summary["ues"]))
        self.assertEqual([flags for *_, flags in rows if flags], [])  # nothing lost, repeated or out of order


if __name__ == "__main__":
    testbed.main("tshark")
