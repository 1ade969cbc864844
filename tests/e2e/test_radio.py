# SPDX-License-Identifier: BSD-3-Clause
"""A radio that changes while a run lives: by `airbatch set`, by a trace; and the edge that plans with it."""
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


class Radio(testbed.Case):
    def begin(self, text, *arguments):
        self.name = f"t{os.getpid()}-{self._testMethodName[-12:].replace('_', '')}"
        process = self.start("run", self.topology(text), "--out", self.directory(), "--name", self.name, "--quiet", *arguments)
        testbed.wait_for(lambda: os.path.exists(os.path.join(self.directory(), "control")), 30, "no control socket")
        return process

    def change(self, *changes):
        result = self.run_airbatch("set", self.name, *changes)
        self.assertEqual(result.returncode, 0, result.stderr)

    def wait_until(self, time_ms):
        def reached():
            try:
                rows = self.table("links")  # which is written in blocks: time may be further on
                return rows and rows[-1]["time_ms"] and float(rows[-1]["time_ms"]) >= time_ms
            except (OSError, KeyError, TypeError, ValueError):
                return False  # a row is being written
        testbed.wait_for(reached, 30, f"links.csv does not reach {time_ms} ms")

    def finish(self, process):
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error)
        return self.summary(), self.table("links")

    def test_set_changes_what_is_carried(self):
        process = self.begin(BUSY.format(duration="5s", bandwidth="1MHz", grant="own-band", more=""))
        self.wait_until(1500)
        self.change("ue1.gain=-115dB", "ue2.loss=100%")
        self.wait_until(3000)
        self.change("ue1.gain=auto", "cell.bandwidth=2MHz")
        self.change("ue1.grant=1MHz")  # not with own bands: a note, no more
        summary, links = self.finish(process)
        one, two = rows_of(links, 1), rows_of(links, 2)
        stamped = [r for r in one if r["gain_db"] == "-115.000"]
        self.assertGreater(float(stamped[0]["time_ms"]) % 100, 0.5, "the change is stamped at once, not at the next interval")
        down, up = float(stamped[0]["time_ms"]), float([r for r in one if r["bandwidth_hz"] == "2000000"][0]["time_ms"])
        self.assertLess(down, up)
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
        self.assertTrue(any("granted" in note for note in summary["notes"]), summary["notes"])
        self.assertTrue(summary["valid"], summary["not_valid_because"])

    def test_grants_are_given_and_refused(self):
        process = self.begin(BUSY.format(duration="3s", bandwidth="4MHz", grant="granted", more=""))
        self.wait_until(800)
        self.change("ue1.grant=1MHz", "ue2.grant=3MHz")
        self.wait_until(1600)
        self.change("ue1.grant=2MHz")
        summary, links = self.finish(process)
        self.assertEqual([r["bandwidth_hz"] for r in (rows_of(links, 1)[0], rows_of(links, 1)[-1], rows_of(links, 2)[-1])],
                         ["2000000", "1000000", "3000000"])
        self.assertTrue(any("exceeds" in note for note in summary["notes"]), summary["notes"])
        part = between(rows_of(links, 2), 1700, 2900)
        self.assertAlmostEqual(sent_bps(part) / float(part[0]["up_bps"]), 1, delta=0.03)

    def test_a_trace_is_followed(self):
        trace = os.path.join(self.folder, "gain.csv")
        with open(trace, "w") as f:
            f.write("time_s,ue,gain_db\n0,ue1,-95\n0,ue2,-100\n1,ue1,-115\n2,ue1,-100\n")
        text = BUSY.format(duration="3s", bandwidth="1MHz", grant="own-band", more=", trace: {gain: %s}" % trace).replace("gain: -100dB, ", "")
        summary, links = self.finish(self.begin(text))
        one = rows_of(links, 1)
        for low, gain in ((200, "-95.000"), (1200, "-115.000"), (2200, "-100.000")):
            part = between(one, low - 0.5, low + 700.5)
            self.assertEqual({r["gain_db"] for r in part}, {gain})
            self.assertAlmostEqual(sent_bps(part) / float(part[0]["up_bps"]), 1, delta=0.03)
        self.assertEqual({r["gain_db"] for r in rows_of(links, 2)}, {"-100.000"})
        self.assertEqual(summary["radio"][0]["gain_db"], -95)

    def test_the_edge_plans_with_the_changed_rates(self):
        text = """
duration: 6s
cell: {bandwidth: 20MHz}
ues: {count: 2, distance: 50m, deadline: 150ms, arrivals: {period: 250ms}}
edge: {verify: false, guard: 10ms}
"""
        process = self.begin(text)
        self.wait_until(2000)
        self.change("cell.bandwidth=20kHz")
        _, links = self.finish(process)
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
    testbed.main()
