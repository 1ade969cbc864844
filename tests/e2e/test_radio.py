# SPDX-License-Identifier: BSD-3-Clause
"""A radio that changes while a run lives: by `airbatch set`, by a trace; and the edge that plans with it."""
import math
import os
import subprocess
import unittest

import testbed

# More traffic than any link carries: the queues never run empty, and the bytes sent show the rate.
BUSY = """
name: busy
duration: {duration}
cell: {{bandwidth: {bandwidth}, delay: 2ms, queue: 64KiB, grant: {grant}{more}}}
ues: {{count: 2, gain: -100dB, arrivals: {{kind: none}}, traffic: {{rate: 40Mbit/s}}}}
"""


def rows_of(rows, ue):
    return [r for r in rows if r["ue"] == str(ue)]


def between(rows, low_ms, high_ms):
    return [r for r in rows if low_ms <= float(r["time_ms"]) <= high_ms]


def sent_bps(rows):
    """From the bytes sent, not from what the model says the rate is."""
    span_s = (float(rows[-1]["time_ms"]) - float(rows[0]["time_ms"])) / 1e3
    return 8 * (int(rows[-1]["up_bytes"]) - int(rows[0]["up_bytes"])) / span_s


def shannon_bps(hertz, gain_db, tx_dbm=23):
    """Over a band of its own, noise of -174 dBm/Hz."""
    return hertz * math.log2(1 + 10 ** ((tx_dbm + gain_db + 174) / 10) / hertz)


class Radio(testbed.Case):
    def begin(self, text, *arguments):
        self.name = f"t{os.getpid()}-{self._testMethodName[-12:].replace('_', '')}"
        process = self.start("run", self.topology(text), "--out", self.directory(), "--name", self.name, "--quiet", *arguments)
        testbed.wait_for(lambda: os.path.exists(os.path.join(self.directory(), "control")), 30, "no control socket")
        return process

    def change(self, *changes):
        result = self.run_airbatch("set", self.name, *changes)
        self.assertEqual(result.returncode, 0, result.stderr)

    def refused(self, change, why):
        result = self.run_airbatch("set", self.name, change)
        self.assertEqual(result.returncode, 1)
        self.assertIn(why, result.stderr)

    def wait_until(self, time_ms):
        def reached():
            try:
                rows = self.table("links")  # which is written in blocks: time may be further on
                return rows and rows[-1]["time_ms"] and float(rows[-1]["time_ms"]) >= time_ms
            except (OSError, KeyError, TypeError, ValueError):
                return False  # a row is being written
        testbed.wait_for(reached, 30, f"links.csv does not reach {time_ms} ms")

    def lived(self, text, *steps, arguments=()):
        """A valid run of this topology through steps (time in ms, what to do): (summary, links)."""
        def once():
            process = self.begin(text, *arguments)
            for at_ms, step in steps:
                self.wait_until(at_ms)
                step()
            return self.finish(process)
        return self.until_valid(once)

    def finish(self, process):
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error)
        return self.summary(), self.table("links")

    def test_set_changes_what_is_carried(self):
        summary, links = self.lived(
            BUSY.format(duration="5s", bandwidth="1MHz", grant="own-band", more=""),
            (1500, lambda: self.change("ue1.gain=-115dB", "ue2.loss=100%")),
            (3000, lambda: self.change("ue1.gain=auto", "cell.bandwidth=2MHz")),
            (3000, lambda: self.refused("ue1.grant=1MHz", "ue1.grant has no effect: cell.grant is own-band")))
        one, two = rows_of(links, 1), rows_of(links, 2)
        stamped = [r for r in one if r["gain_db"] == "-115.000"]
        down, up = float(stamped[0]["time_ms"]), float([r for r in one if r["bandwidth_hz"] == "2000000"][0]["time_ms"])
        self.assertLess(down, up)
        # Both at the very instant of an interval is no chance.
        self.assertGreater(max(down % 100, up % 100), 0.5, "a change is stamped at once, not at the next interval")
        for low, high in ((300, down - 20), (down + 120, up - 20), (up + 120, 4900)):
            part = between(one, low, high)
            expected = float(part[-1]["up_bps"])
            self.assertAlmostEqual(sent_bps(part) / expected, 1, delta=0.03)
            print(f"  {low:.0f} .. {high:.0f} ms: {sent_bps(part) / 1e6:.3f} of {expected / 1e6:.3f} Mbit/s")
        rates = [float(between(one, low, low + 300)[0]["up_bps"]) for low in (300, down + 1, up + 120)]
        self.assertLess(rates[1], rates[0] * 0.7)
        self.assertGreater(rates[2], rates[0] * 1.5)
        lost = [int(r["up_lost"]) for r in two]
        self.assertEqual(between(two, 300, down - 1)[-1]["up_lost"], "0")
        self.assertGreater(lost[-1], 100)
        # What was sent was delivered or lost; a UE's connection to the edge has some packets of its own.
        self.assertAlmostEqual(lost[-1] + summary["traffic"][1]["received"], int(two[-1]["up_packets"]), delta=20)

    def test_grants_are_given_and_refused(self):
        summary, links = self.lived(
            BUSY.format(duration="3s", bandwidth="4MHz", grant="granted", more=""),
            (800, lambda: self.change("ue1.grant=1MHz", "ue2.grant=3MHz")),
            (1600, lambda: self.refused("ue1.grant=2MHz", "ue1.grant: a grant of 2000000 Hz exceeds the band by 1000000 Hz")))
        self.assertEqual([r["bandwidth_hz"] for r in (rows_of(links, 1)[0], rows_of(links, 1)[-1], rows_of(links, 2)[-1])],
                         ["2000000", "1000000", "3000000"])
        part = between(rows_of(links, 2), 1700, 2900)
        self.assertAlmostEqual(sent_bps(part) / float(part[0]["up_bps"]), 1, delta=0.03)

    def test_the_edge_grants(self):
        """A policy grants everyone an equal part of the band until its upload is in: judged by the model's own stamps."""
        text = """
duration: 4s
cell: {bandwidth: 10MHz, grant: granted}
ues: {count: 4, gain: -95dB, network: mobilenet-v2, deadline: 300ms, arrivals: {period: 300ms}}
edge: {executor: replay, profile: mobilenet-v2-gpu-model}
"""
        policy = os.path.join(testbed.BUILD, "tests", "equal_bands.so")
        summary, _ = self.valid(self.topology(text), "--policy", policy)
        links, hertz, by_time = self.table("links"), {}, {}
        for row in links:
            by_time.setdefault(float(row["time_ms"]), []).append(row)
        for time_ms in sorted(by_time):
            hertz.update({r["ue"]: float(r["bandwidth_hz"]) for r in by_time[time_ms]})
            self.assertLessEqual(sum(hertz.values()), 10e6 * (1 + 1e-6), time_ms)
        for ue in range(1, 5):
            rows = rows_of(links, ue)
            granted = [(a, b) for a, b in zip(rows, rows[1:]) if float(a["bandwidth_hz"]) == 9.5e6 / 4]
            self.assertGreaterEqual(len(granted), 10)
            bits = sum(8 * (int(b["up_bytes"]) - int(a["up_bytes"])) for a, b in granted)
            air_s = sum(float(b["up_airtime_ms"]) - float(a["up_airtime_ms"]) for a, b in granted) / 1e3
            self.assertAlmostEqual(bits / air_s / shannon_bps(9.5e6 / 4, -95), 1, delta=0.005)
        self.assertNotIn("a grant of", str(summary["notes"]))
        obeyed = summary["host_lateness"]["shaper_grant"]
        self.assertGreaterEqual(obeyed["events"], 20)
        print(f"  {obeyed['events']} grants in force after {obeyed['p50_us']} us, at most {obeyed['max_us']} us")

    def test_a_trace_is_followed(self):
        trace = os.path.join(self.folder, "gain.csv")
        with open(trace, "w") as f:
            f.write("time_s,ue,gain_db\n0,ue1,-95\n0,ue2,-100\n1,ue1,-115\n2,ue1,-100\n")
        text = BUSY.format(duration="3s", bandwidth="1MHz", grant="own-band", more=", trace: {gain: %s}" % trace).replace("gain: -100dB, ", "")
        summary, links = self.lived(text)
        one = rows_of(links, 1)
        for low, gain in ((200, "-95.000"), (1200, "-115.000"), (2200, "-100.000")):
            part = between(one, low - 0.5, low + 700.5)
            self.assertEqual({r["gain_db"] for r in part}, {gain})
            self.assertAlmostEqual(sent_bps(part) / float(part[0]["up_bps"]), 1, delta=0.03)
        self.assertEqual({r["gain_db"] for r in rows_of(links, 2)}, {"-100.000"})
        self.assertEqual(summary["radio"][0]["gain_db"], -95)

    def test_a_delivery_trace_is_followed(self):
        trace = os.path.join(self.folder, "steps.delivery")
        with open(trace, "w") as f:  # one second of 6 Mbit/s, one of 24, one of nothing, and again
            f.write("".join(f"{ms}\n" for ms in range(2, 1001, 2)) + "".join(f"{ms}\n{ms}\n" for ms in range(1001, 2001)) + "3000\n")
        text = BUSY.format(duration="4s", bandwidth="1MHz", grant="own-band", more="")
        text = text.replace("gain: -100dB,", "list: [{gain: -100dB, trace: {kind: delivery, uplink: %s}}, {gain: -100dB}]," % trace)
        summary, links = self.lived(text.replace("count: 2, ", ""))
        one = rows_of(links, 1)
        # An opportunity is 1504 bytes of IP packets with 4 bytes before each; frames have 14 (phy/trace/delivery.h).
        frame = 1400 + 28 + 14
        slow = 500 * 8 * 1504 * frame / (frame - 10)
        for low, bps in ((200, slow), (1200, 4 * slow), (3200, slow)):
            part = between(one, low - 0.5, low + 700.5)
            # Rows show the link at an instant; opportunities come in whole packets.
            self.assertAlmostEqual(sent_bps(part) / bps, 1, delta=0.03)
        silent = between(one, 2099.5, 2900.5)
        self.assertEqual(silent[0]["up_bytes"], silent[-1]["up_bytes"])
        self.assertAlmostEqual(sent_bps(between(rows_of(links, 2), 500, 3500)) / float(links[-1]["up_bps"]), 1, delta=0.03)
        self.assertTrue(any("recorded links in place of that for 1 of 2 UEs" in line for line in summary["modelled"]), summary["modelled"])

    def test_an_outage_lets_nothing_through(self):
        """5 Mbit/s for a second, a second of rate 0, and again; the other UE has its radio all the while."""
        text = BUSY.format(duration="3s", bandwidth="1MHz", grant="own-band", more="").replace("count: 2, ", "").replace(
            "gain: -100dB,", "gain: -100dB, list: [{trace: {kind: link, uplink: %s}}, {}],"
            % os.path.join(testbed.SOURCE, "tests", "data", "traces", "outage.link"))
        _, links = self.lived(text)
        one = rows_of(links, 1)
        for low in (200, 2200):
            self.assertAlmostEqual(sent_bps(between(one, low - 0.5, low + 700.5)) / 5e6, 1, delta=0.03)
        silent = between(one, 1099.5, 1900.5)
        self.assertEqual({float(r["up_bps"]) for r in silent}, {0})
        self.assertEqual(silent[0]["up_bytes"], silent[-1]["up_bytes"])
        self.assertGreater(sent_bps(between(rows_of(links, 2), 1099.5, 1900.5)), 5e6)

    def test_a_link_trace_and_set_change_the_delay(self):
        trace = os.path.join(self.folder, "steps.csv")
        with open(trace, "w") as f:
            f.write("keep_us,latency_ns,rate_bps,loss,limit\n1000000,4000000,20000000,0,0\n1000000,30000000,20000000,0,0\n")
        text = """
name: delays
duration: 4s
cell: {delay: 2ms}
ues:
  arrivals: {kind: none}
  gain: -90dB
  traffic: {rate: 2Mbit/s, size: 200B}
  list: [{trace: {kind: link, uplink: %s, end: hold}}, {}]
capture: {points: all}
shaper: {interval: 10ms}
"""
        summary, links = self.lived(text % trace, (1500, lambda: self.change("ue2.delay=50ms")),
                                    (2500, lambda: self.change("ue2.delay=1ms")))
        one, two = rows_of(links, 1), rows_of(links, 2)
        self.assertEqual([between(one, at, at + 101)[0]["up_delay_ms"] for at in (500, 1500, 3500)], ["4.000000", "30.000000", "30.000000"])
        self.assertEqual({r["down_delay_ms"] for r in one}, {"2.000000"})
        changes = [r for before, r in zip(two, two[1:]) if r["up_delay_ms"] != before["up_delay_ms"]]
        self.assertEqual([r["up_delay_ms"] for r in changes], ["50.000000", "1.000000"])
        # What the kernels saw, on both sides: each datagram's instants in the two captures, and their order.
        for ue, rows in ((1, ((0.2, 0.9, 4), (1.2, 3.5, 30))), (2, ((0.3, float(changes[0]["time_ms"]) / 1e3 - 0.1, 2),
                         (float(changes[0]["time_ms"]) / 1e3 + 0.1, float(changes[1]["time_ms"]) / 1e3 - 0.1, 50),
                         (float(changes[1]["time_ms"]) / 1e3 + 0.1, 3.5, 1)))):
            delays, numbers = self.delays(ue, float(summary["epoch_unix"]))
            self.assertEqual(numbers, sorted(numbers), "packets were overtaken")
            for low, high, ms in rows:
                part = sorted(d for at, d in delays if low < at < high)
                self.assertGreater(len(part), 100, f"ue{ue} from {low} to {high} s")
                print(f"  ue{ue}, {low:.1f} .. {high:.1f} s: median delay {1e3 * part[len(part) // 2]:.3f} ms of {ms}")
                self.assertAlmostEqual(1e3 * part[len(part) // 2], ms + 8 * 242 / 20e3, delta=0.5)

    def delays(self, ue, epoch):
        """[(seconds after the epoch, delay in s)] of a UE's datagrams and their numbers in the order of arrival."""
        def datagrams(point):
            rows = subprocess.run(["tshark", "-r", os.path.join(self.directory(), point + ".pcap"), "-Y", f"udp && ip.src == 198.18.0.{ue + 1}",
                                   "-T", "fields", "-e", "frame.time_epoch", "-e", "udp.payload"], capture_output=True, text=True, check=True)
            for line in rows.stdout.splitlines():
                at, payload = line.split("\t")
                yield float(at), int.from_bytes(bytes.fromhex(payload.replace(":", ""))[16:24], "little")
        sent = {number: at for at, number in datagrams(f"ue{ue}")}
        arrived = list(datagrams("edge"))
        return [(sent[n] - epoch, at - sent[n]) for at, n in arrived], [n for _, n in arrived]

    def test_the_edge_plans_with_the_changed_rates(self):
        text = """
duration: 6s
cell: {bandwidth: 20MHz}
ues: {count: 2, distance: 50m, deadline: 150ms, arrivals: {period: 250ms}}
edge: {verify: false, guard: 10ms}
"""
        _, links = self.lived(text, (2000, lambda: self.change("cell.bandwidth=20kHz")), arguments=testbed.MODEL_GPU)
        changed_ms = float([r for r in links if r["bandwidth_hz"] == "20000"][0]["time_ms"])
        tasks = self.table("tasks")
        local = int(tasks[0]["subtasks"])
        early = [int(t["cut"]) for t in tasks if float(t["arrival_ms"]) < changed_ms - 200]
        # The upload that the change surprised takes long; what waited behind it is late whatever is planned.
        late = [int(t["cut"]) for t in tasks if float(t["arrival_ms"]) > changed_ms and t["promised"] == "1"]
        print(f"  cuts before {sorted(set(early))}, after {sorted(set(late))}")
        self.assertTrue(early and all(cut < local for cut in early), early)
        self.assertTrue(late and all(cut == local for cut in late), late)


if __name__ == "__main__":
    testbed.main("tshark")
