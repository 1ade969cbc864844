# SPDX-License-Identifier: BSD-3-Clause
"""What is refused before anything starts: places that are not ours, keys and options without effect, slips."""
import glob
import os
import signal
import subprocess

import testbed

SHORT = ("--duration", "1s", "--quiet", "--set", "capture.points=none", "--set", "edge.executor=replay", "--set",
         "edge.profile=mobilenet-v2-gpu-model")


class Places(testbed.Case):
    def sim(self, *arguments, cwd=None):
        return subprocess.run([os.path.abspath(testbed.AIRBATCH), "sim", testbed.QUICKSTART, *SHORT, *arguments],
                              capture_output=True, text=True, timeout=60, cwd=cwd)

    def refused(self, result, *words, status=2):
        self.assertEqual(result.returncode, status, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def put(self, *names, text="mine"):
        path = os.path.join(self.folder, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        return path

    def test_ten_in_the_same_second_are_ten_directories(self):
        command = [os.path.abspath(testbed.AIRBATCH), "sim", testbed.QUICKSTART, *SHORT]
        runs = [subprocess.Popen(command, cwd=self.folder) for _ in range(10)]
        self.assertEqual([run.wait(timeout=60) for run in runs], [0] * 10)
        self.assertEqual(len(glob.glob(os.path.join(self.folder, "runs", "*", "summary.json"))), 10)

    def test_a_runs_directory_is_its_own(self):
        out = ("--out", self.directory())
        self.assertEqual(self.sim(*out).returncode, 0)
        self.refused(self.sim(*out), "--overwrite")
        self.assertEqual(self.sim(*out, "--overwrite", "--seed", "7").returncode, 0)
        self.assertEqual(self.summary()["seed"], 7)
        notes = self.put("run", "notes.txt")
        self.refused(self.sim(*out, "--overwrite"), "notes.txt")
        self.assertTrue(os.path.exists(notes))
        self.assertEqual(self.summary()["seed"], 7)
        self.refused(self.sim("--out", self.put("file")), "is a file")
        self.refused(self.sim("--out", os.path.join(self.folder, "file", "run")), "file")
        self.refused(self.sim("--overwrite"), "--out")

    def test_every_file_of_a_run_can_be_overwritten(self):
        more = ("--set", "capture.points=all", "--pcapng", "--rotate", "64kB")
        self.assertEqual(self.sim("--out", self.directory(), *more).returncode, 0)
        self.assertEqual(self.run_airbatch("report", self.directory()).returncode, 0)
        self.assertEqual(self.sim("--out", self.directory(), "--overwrite").returncode, 0)
        self.assertEqual(glob.glob(os.path.join(self.directory(), "*.pcapng")) + glob.glob(os.path.join(self.directory(), "*.html")), [])

    def test_two_that_live_in_one_directory(self):
        first = self.start("sim", testbed.QUICKSTART, *SHORT, "--duration", "100000s", "--out", self.directory())
        testbed.wait_for(lambda: os.path.exists(os.path.join(self.directory(), "tasks.csv")), 20, "no run")
        self.refused(self.sim("--out", self.directory(), "--overwrite"), "is living")
        first.send_signal(signal.SIGINT)
        first.wait(timeout=20)

    def test_sweeps_and_single_files(self):
        mine = self.put("mine", "sweep.csv")
        self.refused(self.run_airbatch("sweep", testbed.QUICKSTART, "--duration", "1s", "--out", os.path.dirname(mine)), "sweep.csv")
        self.assertEqual(self.sim("--out", self.directory()).returncode, 0)
        self.refused(self.run_airbatch("sweep", testbed.QUICKSTART, "--duration", "1s", "--out", self.directory()), "holds")
        page = self.put("page.html")
        self.refused(self.run_airbatch("report", self.directory(), "--out", page), "is no report", status=1)
        self.refused(self.run_airbatch("report", self.directory(), "--out", self.folder), "is a directory", status=1)
        self.refused(self.run_airbatch("plan", testbed.QUICKSTART, "--save", page), "is no instance", status=1)
        self.refused(self.run_airbatch("network", "mobilenet-v2", "-w", page), "--overwrite")
        self.refused(self.run_airbatch("profile", "show", "mobilenet-v2-gpu-model", "--csv", page), "is no profile")
        with open(page) as f:
            self.assertEqual(f.read(), "mine")
        report = self.directory("report.html")
        for _ in range(2):  # its own page may be made anew
            self.assertEqual(self.run_airbatch("report", self.directory(), "--out", report).returncode, 0)

    def test_files_count_from_the_topologys_folder(self):
        self.put("world", "arrivals.csv", text="time_s,ue,network,deadline_s\n0.1,ue1,mobilenet-v2,0.2\n")
        path = self.put("world", "t.yaml", text="ues: {count: 1, arrivals: {kind: trace, trace: arrivals.csv}}\nedge: {executor: "
                        "replay, profile: mobilenet-v2-gpu-model}\n")
        for where, name in ((self.folder, "world/t.yaml"), (os.path.dirname(path), "t.yaml"), ("/", path)):
            out = os.path.join(self.folder, "from" + where.replace("/", "-"))
            result = subprocess.run([os.path.abspath(testbed.AIRBATCH), "sim", name, "--quiet", "--out", out], cwd=where,
                                    capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(len(self.table("tasks", out)), 1)
        given = ["sim", path, "--quiet", "--set", "ues.arrivals.trace=arrivals.csv", "--out", self.directory("given")]
        self.refused(self.run_airbatch(*given), "arrivals.csv", "No such file")  # the command line counts from where it is


class Slips(testbed.Case):
    def said(self, *arguments):
        result = self.run_airbatch(*arguments)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        return result.stderr

    def test_the_nearest_word_is_named(self):
        for arguments, word in ((("simm",), "sim?"), (("sweep", testbed.QUICKSTART, "--sedes", "1"), "--seeds?"),
                                (("help", "topologie"), "topology?"), (("plan", testbed.QUICKSTART, "--policy", "ip-sa"), "ip-ssa?"),
                                (("sim", testbed.QUICKSTART, "--policy", "jdob"), "j-dob?"),
                                (("sim", testbed.QUICKSTART, "--set", "ues.network=mobilnet-v2"), "mobilenet-v2?"),
                                (("network", "mobilenetv2"), "mobilenet-v2?"),
                                (("sim", testbed.QUICKSTART, "--set", "cell.bandwith=1MHz"), "bandwidth?")):
            self.assertIn("did you mean " + word, self.said(*arguments))

    def test_options_begun_and_programs_are_left_alone(self):
        self.assertEqual(self.run_airbatch("sim", testbed.QUICKSTART, "--dur", "1s", "--qui", "--out", self.directory(), *SHORT[2:]).returncode, 0)
        self.assertIn("no run named", self.run_airbatch("exec", "nobody", "ue1", "ls", "--al").stderr)

    def test_what_would_be_right(self):
        net = self.topology("network mine\ninput 8x8x3\nsubtask A\nfc 4\n", "mine.net")
        sim = ("sim", testbed.QUICKSTART, "--out", self.directory(), "--set")
        for arguments, words in ((("sim", self.topology("cell:\n\tdelay: 1ms\n")), "test.yaml:2:1: a tab stands here"),
                                 (("sim", self.topology("cell: {delay: 1,5ms}\n", "comma.yaml")), "comma.yaml:1:15: '1,5ms' has a decimal comma: write a point, 1.5ms"),
                                 (("sim", self.topology("cell:\n  delay: 1,5ms\n", "c2.yaml")), "c2.yaml:2:10: cell.delay: '1,5ms' has a decimal comma: write a point, 1.5ms"),
                                 ((*sim, "policy=mine.so"), "write ./mine.so"),
                                 ((*sim, "ues.network=" + net[:-4]), "did you mean " + net),
                                 (("sweep", testbed.QUICKSTART, "--set", "ues.count=2:8"), "low:high:step"),
                                 (("sweep", testbed.QUICKSTART, "--set", "cell.bandwidth=1,5MHz"), "1.5MHz"),
                                 ((*sim, "ues.distance=30m"), "all 4 UEs have their own (line "),
                                 ((*sim, "ues.arrivals.rate=3"), "only with ues.arrivals.kind poisson"),
                                 (("sim", testbed.QUICKSTART, "--name", "x"), "a simulation has no name")):
            result = self.run_airbatch(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(words, " ".join(result.stderr.split()))
            self.assertFalse(os.path.exists(self.directory()))

    def test_plans_name_users_and_subtasks(self):
        table = self.run_airbatch("plan", testbed.QUICKSTART, *SHORT[5:]).stdout
        self.assertRegex(table, r"(?m)^ue1 ")
        self.assertRegex(table, r"(?m) CLS +ue\d")


if __name__ == "__main__":
    testbed.main()
