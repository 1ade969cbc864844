# SPDX-License-Identifier: BSD-3-Clause
"""The Wireshark dissector against tasks.csv, exactly, on fresh captures in virtual time; and against damaged ones."""
import os
import random
import re
import subprocess
import time
import unittest

import captures
import testbed

# Deadlines that some tasks miss: the policy promises what it can and runs the rest as soon as it can.
TASKS = """
name: see
duration: 3s
policy: {policy}
cell: {{bandwidth: 1MHz, delay: 1ms{cell}}}
ues: {{count: 3, distance: 20m..90m, deadline: 40ms..120ms, arrivals: {{kind: poisson, rate: 6}}{ues}}}
edge: {{executor: replay, profile: mobilenet-v2-gpu-model, port: 7070}}
capture: {{points: all}}
"""
OUT_OF_ORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")


class Dissector(testbed.Case):
    def simulate(self, *arguments, directory="run", cell="", ues="", policy="eo"):
        path = self.topology(TASKS.format(cell=cell, ues=ues, policy=policy), directory + ".yaml")
        result = self.run_airbatch("sim", path, "--out", self.directory(directory), "--quiet", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.summary(directory), captures.offloaded(self.table("tasks", directory))

    def file(self, name, directory="run"):
        return os.path.join(self.directory(directory), name)

    def check_tasks(self, path, tasks, options=()):
        """Bytes and times of every task as the records have them, to the nanosecond."""
        uploads, results = captures.uploads(path, options), captures.results(path, options)
        self.assertGreater(len(tasks), 20)
        self.assertEqual(set(uploads), set(tasks))
        self.assertEqual(set(results), set(tasks))
        for key, task in tasks.items():
            self.assertEqual(8 * uploads[key][0], int(task["upload_bits"]))
            self.assertEqual(uploads[key][1], captures.ms(task["upload_ms"]), key)
            self.assertEqual(results[key], (captures.ms(task["latency_ms"]), task["met"] == "0"), key)

    def test_tasks_are_as_in_the_records(self):
        _, tasks = self.simulate()
        self.assertEqual({t["met"] for t in tasks.values()}, {"0", "1"})
        self.check_tasks(self.file("radio.pcap"), tasks)
        last = {}
        for batch in self.table("batches"):
            for ue, task in re.findall(r"ue(\d+):(\d+)", batch["who"]):
                last[int(ue), int(task)] = int(batch["batch"])
        for kind, name in (("result", "last"), ("tensor", "first")):
            for ue, task, batch in captures.rows(self.file("radio.pcap"), f'airbatch.type == "{kind}"', "airbatch.ue", "airbatch.task",
                                                 "airbatch.batch"):
                most = last[int(ue), int(task)]
                self.assertIn(int(batch), [most] if name == "last" else range(1, most + 1))

    def test_cut_packets_tell_the_same(self):
        _, tasks = self.simulate("--snaplen", "128", "--pcap", "radio")
        self.check_tasks(self.file("radio.pcap"), tasks)

    def test_another_port_is_found(self):
        _, tasks = self.simulate("--set", "edge.port=4711")
        self.check_tasks(self.file("radio.pcap"), tasks)

    def test_pcapng_tells_the_same_and_more(self):
        _, tasks = self.simulate("--pcapng")
        path = self.file("radio.pcapng")
        self.check_tasks(path, tasks)
        for ue, source, interface, comment in captures.rows(path, "tcp", "airbatch.ue", "ip.src", "frame.interface_name",
                                                            "frame.comment"):
            up = source != "198.18.0.1"
            self.assertRegex(interface, r"^ue\d+ " + ("uplink" if up else "downlink"))
            self.assertRegex(comment, r"^gain -\d+\.\d dB, SNR \d+\.\d dB, granted 1 MHz, queued \d+\.\d{6} ms, on the air \d+\.\d{6} ms$")
            if ue and up:
                self.assertEqual(interface, f"ue{ue} uplink")

    def test_the_waiting_in_comments_is_the_wait(self):
        """Entry, waiting, air and delay add up to the exit of each packet, as two captures and a comment tell it."""
        self.simulate("--pcapng", ues=", traffic: {rate: 3Mbit/s, size: 1200B}")
        sent = {}
        for point in ("ue1", "ue2", "ue3"):
            for ue, sequence, at in captures.rows(self.file(point + ".pcapng"), "airbatch.datagram.sequence", "airbatch.datagram.ue",
                                                  "airbatch.datagram.sequence", "frame.time_epoch"):
                sent[ue, sequence] = captures.ns(at)
        arrived = captures.rows(self.file("radio.pcapng"), "airbatch.datagram.sequence", "airbatch.datagram.ue",
                                "airbatch.datagram.sequence", "frame.time_epoch", "frame.comment", "airbatch.datagram.delay")
        self.assertGreater(len(arrived), 1000)
        for ue, sequence, at, comment, delay in arrived:
            queued, air = (captures.ms(x) for x in re.search(r"queued ([\d.]+) ms, on the air ([\d.]+) ms", comment).groups())
            self.assertEqual(captures.ns(at), sent[ue, sequence] + queued + air + 10**6)
            self.assertEqual(captures.ns(delay), queued + air + 10**6)

    def test_lost_packets_are_there_with_their_fate(self):
        _, tasks = self.simulate("--pcapng", ues=", loss: 2%")
        path, clean = self.file("radio.pcapng"), self.file("clean.pcapng")
        lost = {}
        for row in self.table("links"):
            lost[row["ue"]] = int(row["up_lost"]) + int(row["down_lost"])
        self.assertGreater(sum(lost.values()), 20)
        fate = 'frame.comment matches "^(lost|dropped)"'
        self.assertEqual(len(captures.rows(path, fate, "frame.number")), sum(lost.values()))
        captures.tshark(path, "-Y", f"not {fate}", "-w", clean)
        self.check_tasks(clean, tasks, OUT_OF_ORDER)

    def test_full_queues_show_what_they_refuse(self):
        self.simulate("--pcapng", cell=", queue: 16KiB", ues=", traffic: {rate: 60Mbit/s, size: 1400B}")
        dropped = captures.rows(self.file("radio.pcapng"), 'frame.comment contains "the queue is full"', "udp.length")
        last = {row["ue"]: int(row["up_drops"]) for row in self.table("links")}
        self.assertGreater(sum(last.values()), 100)
        self.assertEqual(len(dropped), sum(last.values()))

    def test_filters_and_rotation(self):
        _, tasks = self.simulate("--pcap", "radio", "--filter", "tcp port 7070", "--rotate", "200kB",
                                 ues=", traffic: {rate: 1Mbit/s}")
        summary = self.summary()["captures"]
        self.assertEqual([c["file"] for c in summary], ["radio.pcap"])
        self.assertTrue(summary[0]["complete"])
        files = [self.file("radio.pcap" if i == 0 else f"radio.{i}.pcap") for i in range(summary[0]["files"])]
        self.assertGreater(len(files), 3)
        for path in files:
            self.assertLessEqual(os.path.getsize(path), 200000)
            self.assertEqual(captures.rows(path, "not tcp", "frame.number"), [])
        whole = self.file("whole.pcap")
        subprocess.run(["mergecap", "-a", "-F", "nsecpcap", "-w", whole, *files], check=True, capture_output=True)
        self.assertEqual(summary[0]["bytes"], sum(map(os.path.getsize, files)))
        self.check_tasks(whole, tasks)

    def test_every_field_of_the_protocol_is_known(self):
        with open(os.path.join(testbed.SOURCE, "docs", "protocol.md")) as page:
            documented = set(re.findall(r"`(airbatch\.[\w.]+)`", page.read()))
        self.assertGreater(len(documented), 40)
        self.simulate("--pcap", "radio", "--duration", "0.2s")
        captures.rows(self.file("radio.pcap"), "airbatch", *sorted(documented))  # tshark refuses a field it does not know


class Damage(testbed.Case):
    """Whatever a capture holds, the dissector makes no error of its own (captures.tshark looks for them)."""

    def setUp(self):
        super().setUp()
        path = self.topology(TASKS.format(cell="", ues=", traffic: {rate: 200kbit/s, size: 100B}", policy="eo"))
        result = self.run_airbatch("sim", path, "--out", self.directory(), "--quiet", "--duration", "0.6s")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.capture = os.path.join(self.directory(), "radio.pcap")
        self.seed = int(time.time())
        print("seed", self.seed)
        self.random = random.Random(self.seed)

    def test_mutations(self):
        with open(self.capture, "rb") as f:
            good = bytearray(f.read())
        starts = [m.start() for m in re.finditer(b"ABT[PD]", bytes(good))]
        damaged = os.path.join(self.folder, "damaged.pcap")
        for _ in range(5):
            data = bytearray(good)
            for start in starts:
                for _ in range(self.random.randrange(3)):
                    data[start + self.random.randrange(60)] = self.random.choice((0, 1, 127, 128, 255, self.random.randrange(256)))
            with open(damaged, "wb") as f:
                f.write(data)
            captures.tshark(damaged, "-V", "-2", check=False)

    def test_cut_and_missing_packets(self):
        damaged = os.path.join(self.folder, "damaged.pcap")
        for length in (66, 68, 100, 114, 150):
            subprocess.run(["editcap", "-s", str(length), self.capture, damaged], check=True, capture_output=True)
            captures.tshark(damaged, "-V", check=False)
        for _ in range(2):
            count = self.random.sample(range(1, 120), 30)
            subprocess.run(["editcap", self.capture, damaged, *map(str, count)], check=True, capture_output=True)
            captures.tshark(damaged, "-V", "-2", *OUT_OF_ORDER, check=False)
        with open(self.capture, "rb") as f:
            whole = f.read()
        with open(damaged, "wb") as f:
            f.write(whole[:self.random.randrange(100, len(whole))])
        captures.tshark(damaged, "-V", check=False)

    def test_noise(self):
        damaged = os.path.join(self.folder, "damaged.pcap")
        for probability in ("0.005", "0.05"):
            subprocess.run(["editcap", "-E", probability, "-o", "14", "--seed", str(self.seed % 2**31), self.capture, damaged],
                           check=True, capture_output=True)
            captures.tshark(damaged, "-V", check=False)


if __name__ == "__main__":
    testbed.main("tshark", "editcap", namespaces=False)
