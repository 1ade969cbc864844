# SPDX-License-Identifier: BSD-3-Clause
"""No plan that cannot run: more UEs than the largest batch, in both clocks; and what no round could be planned for."""
import os
import subprocess
import unittest

import testbed

UES, LARGEST = 70, 64
SEVENTY = f"""
name: seventy
duration: 1s
cell: {{bandwidth: 40MHz}}
ues: {{count: {UES}, network: mobilenet-v2, gain: -80dB, arrivals: {{kind: periodic, period: 500ms}}, deadline: 400ms}}
edge: {{executor: replay, profile: mobilenet-v2-gpu-model, admission_window: 100ms, verify: false}}
"""
TWO_NETWORKS = """
name: two
duration: 1s
ues:
  gain: -80dB
  arrivals: {kind: periodic, period: 500ms}
  list:
    - network: %s
    - network: %s
edge: {executor: replay, profile: %s}
"""


class Limits(testbed.Case):
    def lived(self, command, policy, *more):
        out = self.directory(f"{command}-{policy.replace(':', '-')}")
        result = self.run_airbatch(command, self.topology(SEVENTY), "--policy", policy, "--out", out, "--overwrite", "--quiet", *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        summary, batches = self.summary(out), self.table("batches", out)
        self.assertEqual(summary["status"], "done")
        self.assertEqual(summary["edge"]["refused"], 0)
        self.assertEqual(summary["tasks"]["failed"], 0)
        largest = max((int(row["members"]) for row in batches), default=0)
        planned = max((int(row["planned_members"]) for row in batches), default=0)
        self.assertLessEqual(max(largest, planned), LARGEST)
        return summary, planned

    def test_every_policy_plans_seventy(self):
        listed = subprocess.run([os.path.abspath(testbed.AIRBATCH), "help", "policies"], capture_output=True, text=True, check=True)
        for policy in ("ip-ssa", "ip-ssa:keep-best", "ip-ssa-np", "og", "j-dob", "eo", "fifo", "ps", "lc", "jps", "bsp", "bsp-exit",
                       "orch-oracle", "tw-1:og", "tw-1:ip-ssa"):
            self.assertIn(policy.split(":")[0].split("-")[0], listed.stdout)
            with self.subTest(policy=policy):
                self.lived("sim", policy)

    def test_both_clocks_agree(self):
        for policy in ("ip-ssa", "og"):
            _, planned = self.lived("sim", policy)
            self.assertEqual(planned, LARGEST)
            summary, emulated = self.lived("run", policy)
            # A host that is late may keep requests beyond the window: what a whole round became is the plan's alone.
            if UES in (int(row["requests"]) for row in self.table("rounds", self.directory(f"run-{policy}"))):
                self.assertEqual(emulated, planned)
            self.assertEqual(sum(summary["edge"]["refusals"].values()), 0)

    def test_batches_that_nobody_planned_keep_to_it(self):
        for mode in ("size", "timer", "deadline"):
            self.lived("sim", "ip-ssa", "--set", f"edge.batching.mode={mode}", "--set", "edge.batching.size=256",
                       "--set", "edge.max_batch=256")


FLOOD = """
name: fair
duration: 5s
policy: eo
cell: {bandwidth: 1MHz, queue: 1MiB}
ues:
  network: mobilenet-v2
  deadline: 2s
  list:
    - {gain: -90dB, arrivals: {kind: periodic, period: 250ms}}
    - {gain: -130dB, arrivals: {kind: none}, traffic: {rate: 8Mbit/s, size: 32B}}
edge: {executor: replay, profile: mobilenet-v2-gpu-model, verify: false}
"""


class Fair(testbed.Case):
    """A UE that floods its slow link with small datagrams costs its neighbour nothing."""

    def test_a_flood_of_small_datagrams(self):
        for command in ("sim", "run"):
            out = self.directory(command)
            result = self.run_airbatch(command, self.topology(FLOOD), "--out", out, "--quiet")
            self.assertEqual(result.returncode, 0, result.stderr)
            summary = self.summary(out)
            self.assertEqual(summary["tasks"]["done"], 20)
            self.assertEqual(summary["tasks"]["failed"] + summary["tasks"]["cut_short"], 0)
            links = [row for row in self.table("links", out) if row["ue"] == "1"]
            self.assertEqual(int(links[-1]["up_drops"]), 0)
            if command == "run":
                self.assertGreater(summary["traffic"][0]["lost"], .5 * summary["traffic"][0]["sent"])  # its own


class Disk(testbed.Case):
    """A disk that fills: captures stop first, and leave room for the tables and summary.json."""

    @testbed.needs_root
    def test_captures_stop_first(self):
        small, copy = self.directory("small"), self.directory("copy")
        os.mkdir(small)
        script = 'small=$1; copy=$2; shift 2; mount -t tmpfs -o size=32m none $small; "$@"; s=$?; cp -r $small/run $copy; exit $s'
        common = ("sim", testbed.QUICKSTART, "--duration", "20s", "--quiet")
        result = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", small, copy, os.path.abspath(testbed.AIRBATCH), *common,
                                 "--pcap", "all", "--out", os.path.join(small, "run")], capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        summary = self.summary("copy")
        self.assertEqual(summary["status"], "done")
        self.assertFalse(all(capture["complete"] for capture in summary["captures"]))
        result = self.run_airbatch(*common, "--set", "capture.points=none", "--out", self.directory("roomy"))
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("tasks.csv", "batches.csv", "links.csv"):
            with open(os.path.join(copy, name)) as f, open(os.path.join(self.directory("roomy"), name)) as g:
                self.assertEqual(f.read(), g.read(), name)


class Lost(testbed.Case):
    """A run whose every packet is lost ends, in both clocks."""

    LOSSY = ("--set", "ues.loss=100%", "--set", "capture.points=none", "--duration", "1s", "--quiet")

    def test_every_packet_is_lost(self):
        out = self.directory("sim")
        result = self.run_airbatch("sim", testbed.QUICKSTART, *self.LOSSY, "--out", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        tasks = self.summary(out)["tasks"]
        self.assertEqual((tasks["done"], tasks["failed"] + tasks["cut_short"]), (0, 4))
        result = self.run_airbatch("run", testbed.QUICKSTART, *self.LOSSY, "--out", self.directory("run"))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("cannot connect to the edge", result.stderr)
        self.assertEqual(self.summary("run")["status"], "failed")


class Refused(testbed.Case):
    """What a run would be refused for is refused before it starts, and leaves nothing."""

    def refused(self, text, policy, *words, commands=("sim", "run"), more=()):
        for command in commands:
            out = self.directory("refused")
            result = self.run_airbatch(command, self.topology(text), "--policy", policy, "--out", out, "--quiet", *more)
            self.assertEqual(result.returncode, 2, result.stderr)
            for word in words:
                self.assertIn(word, result.stderr)
            self.assertFalse(os.path.exists(os.path.join(out, "tasks.csv")))

    def test_policies_of_one_network(self):
        one = self.topology("network mine\ninput 20x20x3\nsubtask A\nconv 4x4 4 stride 4 relu6\nsubtask B\npool 5x5\nfc 10\n", "mine.net")
        profile = os.path.join(self.folder, "mine.csv")
        with open(profile, "w") as f:
            f.write("# network: mine\n# source: stated\n# kind: modelled\n# subtasks: 2\n# max_batch: 2\n"
                    "subtask,batch,runs,median_s,p95_s,min_s,max_s\n" +
                    "".join(f"{n},{b},1,0.001,0.001,0.001,0.001\n" for n in (1, 2) for b in (1, 2)))
        other = os.path.join(self.folder, "again", "mine.net")
        os.makedirs(os.path.dirname(other))
        with open(one) as f, open(other, "w") as g:
            g.write(f.read())
        text = TWO_NETWORKS % (one, other, profile)
        self.refused(text, "j-dob", "one network")
        self.refused(text, "bsp", "network")

    def test_a_processor_that_cannot_be_shared(self):
        self.refused(SEVENTY.replace("replay, profile: mobilenet-v2-gpu-model", "cpu").replace(str(UES), "2"), "ps", "shares the GPU",
                     commands=("run",))
        self.refused(SEVENTY, "ps", "shares the GPU", more=("--set", "edge.batching.mode=timer"))


if __name__ == "__main__":
    testbed.main()
