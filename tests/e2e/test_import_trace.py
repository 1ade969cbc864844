# SPDX-License-Identifier: BSD-3-Clause
"""`airbatch import-trace`: from foreign files to topologies that run, and what it says when it cannot."""
import csv
import os
import subprocess
import unittest

import testbed

CASES = os.path.join(testbed.SOURCE, "tests", "data", "traces")
DRIVE = """Timestamp,RSRP,DL_bitrate,State
2018.01.16_13.30.30,-95,8000,D
2018.01.16_13.30.31,-105,0,D
2018.01.16_13.30.32,-,-,D
2018.01.16_13.30.33,-100,2000,D
"""
FCD = """<fcd-export><timestep time="10"><vehicle id="a" x="30" y="40"/><vehicle id="b" x="90" y="0"/></timestep>
<timestep time="14"><vehicle id="a" x="30" y="80"/><vehicle id="b" x="90" y="4"/></timestep></fcd-export>
"""


class ImportTrace(testbed.Case):
    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def make(self, *arguments):
        result = self.run_airbatch("import-trace", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def simulate(self, text):
        result = self.run_airbatch("sim", self.topology(text), "--out", self.directory(), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(os.path.join(self.directory(), "links.csv")) as f:
            return list(csv.DictReader(f))

    def rows_at(self, links, ue, time_ms):
        return [r for r in links if r["ue"] == str(ue) and abs(float(r["time_ms"]) - time_ms) < 1][0]

    def test_a_drive_test_drives_a_run(self):
        drive, link = self.write("drive.csv", DRIVE), os.path.join(self.folder, "my drive.link")
        said = self.make("--from", "csv", drive, "--time", "Timestamp", "--rate", "DL_bitrate", "--rate-unit", "kbit/s", "-o", link)
        self.assertIn("1 rows without a value", said.stderr)
        self.assertIn("time 0 is the file's 1516109430 s", said.stderr)
        links = self.simulate(f"""
duration: 4s
ues: {{count: 1, gain: -90dB, arrivals: {{kind: none}}, traffic: {{rate: 20Mbit/s}}, trace: {{kind: link, downlink: "{link}"}}}}
""")
        self.assertEqual([float(self.rows_at(links, 1, t)["down_bps"]) for t in (500, 1500, 2500, 3500)], [8e6, 0, 0, 2e6])

    def test_rsrp_is_a_gain(self):
        gain = os.path.join(self.folder, "drive.gain")
        self.make("--from", "csv", self.write("drive.csv", DRIVE), "--time", "#1", "--rsrp", "RSRP", "--reference-power", "15dBm", "-o", gain)
        links = self.simulate(f"duration: 4s\ncell: {{trace: {{gain: {gain}}}}}\nues: {{count: 1, traffic: {{rate: 1Mbit/s}}, arrivals: {{kind: none}}}}\n")
        self.assertEqual([float(self.rows_at(links, 1, t)["gain_db"]) for t in (500, 1500, 2500, 3500)], [-110, -120, -120, -115])

    def test_each_file_is_a_ue(self):
        files = [self.write("a.csv", "t,r\n10,-90\n11,-91\n"), self.write("b.csv", "t;r\n10,5;-80\n")]
        made = self.make("--from", "csv", *files, "--time", "t", "--rsrp", "r", "--reference-power", "20dBm")
        self.assertEqual(made.stdout.splitlines(), ["# ue1: a.csv", "# ue2: b.csv", "time_s,ue,gain_db", "0.000000,ue1,-110.000",
                                                    "0.500000,ue2,-100.000", "1.000000,ue1,-111.000"])

    def test_vehicles_move(self):
        way = os.path.join(self.folder, "way.csv")
        self.make("--from", "sumo", self.write("fcd.xml", FCD), "--nodes", "b,a", "--origin", "30,0", "-o", way)
        with open(way) as f:
            self.assertEqual(f.read().splitlines()[:4], ["# ue1: b", "# ue2: a", "time_s,ue,x,y,z", "0.000000,ue1,60.000,0.000,0.000"])
        links = self.simulate(f"""
duration: 4s
cell: {{trace: {{waypoints: {way}}}}}
ues: {{count: 2, mobility: {{kind: trace}}, traffic: {{rate: 1Mbit/s}}, arrivals: {{kind: none}}}}
""")
        first, last = (float(self.rows_at(links, 2, t)["gain_db"]) for t in (100, 3900))
        self.assertAlmostEqual(first - last, 37.6 * 0.28, delta=0.6)  # from 41 to 79 m

    def test_cases_of_others(self):
        made = self.make("--from", "pensieve", os.path.join(CASES, "pensieve.delivery"), "--to", "delivery")
        instants = [int(line) for line in made.stdout.splitlines()]
        self.assertEqual(instants[-1], 1000)
        self.assertAlmostEqual(len(instants) * 12000 / 13e6, 1, delta=0.001)
        self.assertIn("that of the first row is not used", made.stderr)
        made = self.make("--from", "sumo", os.path.join(CASES, "fcd.xml"))
        self.assertEqual(made.stdout.splitlines(), ["# ue1: veh0", "time_s,ue,x,y,z", "0.000000,ue1,5.100,1.200,0.000"])
        made = self.make("--from", "csv", os.path.join(CASES, "decomma.gain"), "--time", "time_s", "--gain", "gain_db", "--ue", "ue")
        self.assertEqual(made.stdout.splitlines()[-1], "0.000000,ue1,-70.500")
        made = self.make("--from", "csv", os.path.join(CASES, "loss.gain"), "--time", "time_s", "--loss", "gain_db")
        self.assertEqual(made.stdout.splitlines()[-1], "0.000000,ue1,-70.000")

    def test_standard_input_and_start(self):
        result = subprocess.run([testbed.AIRBATCH, "import-trace", "--from", "csv", "-", "--time=t", "--rate=r", "--rate-unit=MB/s", "--start=12:00:01.5",
                                 "--latency=20ms"], input="t;r\n12:00:00;1,5\n12:00:01;2\n12:00:03;0\n", capture_output=True, text=True)
        self.assertEqual(result.stdout.splitlines()[1:], ["keep_us,latency_ns,rate_bps,loss,limit", "1500000,20000000,16000000,0,0",
                                                          "1500000,20000000,0,0,0"], result.stderr)

    def test_refusals(self):
        drive, out = self.write("drive.csv", DRIVE), os.path.join(self.folder, "out")
        rate = ["--from=csv", drive, "--time=Timestamp", "--rate=DL_bitrate", "--rate-unit=kbit/s"]
        for status, words, arguments in (
                (2, "what is the file?", [drive]), (2, "which file?", ["--from=ns2"]), (2, "--from is 'gpx'", ["--from=gpx", drive]),
                (2, "needs --time and one of", ["--from=csv", drive]), (2, "--rate needs --rate-unit", rate[:4]),
                (2, "--rate-unit is 'furlongs'", rate[:4] + ["--rate-unit=furlongs"]), (2, "--rsrp needs --reference-power", rate[:3] + ["--rsrp=RSRP"]),
                (2, "--from fad needs --mean-gain", ["--from=fad", drive]), (2, "is a second file", ["--from=ns2", drive, drive]),
                (2, "no column DL_bitrates, but: Timestamp, RSRP", rate[:3] + ["--rate=DL_bitrates", "--rate-unit=B"]),
                (2, "--start", rate + ["--start=2019-01-01 00:00"]), (2, "--nodes x: not all are in the file", rate + ["--nodes=x"]),
                (2, "--to is for rates", rate[:3] + ["--rsrp=RSRP", "--reference-power=15dBm", "--to=link"]),
                (2, "drive.csv:2: RSRP -95 makes a gain of 95 dB", rate[:3] + ["--loss=RSRP"]),
                (1, "cannot be written", rate + ["-o", os.path.join(self.folder, "no", "where")])):
            result = self.run_airbatch("import-trace", *arguments, *([] if "-o" in arguments else ["-o", out]))
            self.assertEqual(result.returncode, status, (arguments, result.stderr))
            self.assertIn(words, result.stderr)
            self.assertFalse(os.path.exists(out), arguments)


if __name__ == "__main__":
    testbed.main(namespaces=False)
