# SPDX-License-Identifier: BSD-3-Clause
"""Runs as they are watched: the block on a terminal, JSON lines, airbatch top. The page: test_live_page.py."""
import json
import os
import re
import signal
import termios

import terminal
import testbed
import watched

def last_json(text):
    return json.loads(text.splitlines()[-1])


class Live(watched.Case):
    def on_terminal(self, *arguments, columns=80, rows=24):
        t = terminal.Terminal([testbed.AIRBATCH, *arguments], columns, rows)
        self.addCleanup(t.close)
        return t

    def answers(self):
        try:
            return self.ask()
        except OSError:
            return None

    def test_block_is_redrawn_in_place(self):
        t = self.on_terminal("run", self.given("8s"), "--out", self.directory())
        t.wait_for(r"tasks +[1-9]\d*   [1-9]\d* met")
        before = t.screen.frames
        self.assertRegex(t.screen.text(), self.name[:20])
        self.assertRegex(t.screen.text(), r"of 8\.0 s +\d\.\d s left")
        for i in range(1, 5):
            self.assertRegex(t.screen.text(), rf"(?m)^ue{i} .*\d")
        block = t.screen.text().rstrip().split("\n")
        testbed.wait_for(lambda: (t.read(.1), t.screen.frames >= before + 2)[1], 10, "the block is not redrawn")
        self.assertEqual(len(t.screen.text().rstrip().split("\n")), len(block))  # in place, not below
        t.resize(50, 24)
        t.wait_for(r"(?s)^(?:[^\n]{0,50}\n)+$", 3)
        self.assertEqual(t.screen.wraps, 0)
        t.resize(80, 24)
        self.assertEqual(t.finish(), 0)
        end = t.screen.text()
        self.assertIn("with lc: done", end)
        self.assertNotRegex(end, r"\d s left")  # nothing of the block is left
        self.assertNotIn("uplink busy", end)
        self.assertEqual(end.lstrip().split(" with ")[0], self.name)

    def test_few_rows_and_many_ues(self):
        t = self.on_terminal("run", self.given("2s", 30), "--out", self.directory(), rows=12)
        t.wait_for(r"and \d+ others: \d+ met")
        self.assertLessEqual(len(t.screen.text().split("\n")), 12)
        self.assertEqual(t.screen.wraps, 0)
        self.assertEqual(t.finish(), 0)

    def test_interrupt_leaves_a_clean_terminal(self):
        t = self.on_terminal("run", self.given("20s"), "--out", self.directory())
        t.wait_for(r"tasks +[1-9]")
        attributes = t.attributes()
        t.type("\x03")
        t.wait_for("interrupted: the records are of the part that ran")
        self.assertEqual(t.attributes(), attributes)
        self.assertEqual(t.finish(), 1)
        self.assertNotRegex(t.screen.text(), r"\d s left")
        self.assertEqual(self.summary()["status"], "interrupted")
        shown = json.loads(self.run_airbatch("top", self.directory(), "--json").stdout)
        self.assert_same_end(shown, self.summary())

    def test_stopped_terminal_does_not_stop_the_run(self):
        t = self.on_terminal("run", self.given("2s"), "--out", self.directory(), "--name", self.name)
        t.wait_for(r"tasks +[1-9]")
        t.type("\x13")  # Ctrl-S
        t.read(.3)
        before = t.screen.frames
        t.read(.5)
        self.assertEqual(t.screen.frames, before)
        path = os.path.join(self.directory(), "summary.json")
        testbed.wait_for(lambda: os.path.exists(path), 20, "the run waits for its terminal")
        t.type("\x11")  # Ctrl-Q
        self.assertEqual(t.finish(), 0)
        self.assertEqual(self.summary()["tasks"]["done"], 80)

    def test_json_lines(self):
        result = self.run_airbatch("run", self.given("4s"), "--out", self.directory(), "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual({line["event"] for line in lines[:-1]}, {"progress"})
        self.assertGreaterEqual(len(lines), 4)
        for a, b in zip(lines, lines[1:-1]):
            self.assertLess(a["time_s"], b["time_s"])
            self.assertLessEqual(a["tasks"], b["tasks"])
            self.assertEqual(b["tasks"], sum(u["tasks"] for u in b["ues"]))
        self.assertEqual(lines[-1]["event"], "summary")
        self.assertEqual(lines[-1]["summary"], self.summary())
        refused = self.run_airbatch("run", self.given(), "--set", "cell.bandwidth=5", "--json")
        self.assertEqual((refused.returncode, last_json(refused.stdout)["event"]), (2, "error"))

    def test_plain_lines_and_quiet(self):
        result = self.run_airbatch("run", self.given("9s", 1), "--out", self.directory())
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"(?m)^[5-8]\.\d of 9\.0 s \(\d\.\d s left\)   \d+ tasks, \d+ missed")
        self.assertNotIn("\x1b", result.stderr + result.stdout)
        quiet = self.run_airbatch("sim", self.given("6s", 1), "--out", self.directory("sim"), "--quiet")
        self.assertEqual((quiet.returncode, quiet.stdout, quiet.stderr), (0, "", ""))

    def test_simulation_shows_its_progress(self):
        path = self.given("2000s", 8)
        result = self.run_airbatch("sim", path, "--out", self.directory(), "--json")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(lines[-1]["event"], "summary")
        self.assertTrue(all(line["simulated"] for line in lines[:-1]))
        shown = json.loads(self.run_airbatch("top", self.directory(), "--json").stdout)
        self.assert_same_end(shown, self.summary())

    def test_simulation_is_watched_from_outside(self):
        sim = self.start("sim", self.given("100000s", 8), "--out", self.directory(), "--quiet")
        testbed.wait_for(self.answers, 20, "the simulation answers nobody")
        before = self.ask()
        shown = json.loads(self.run_airbatch("top", self.directory(), "--json").stdout)
        after = self.ask()
        self.assertEqual((shown["simulated"], shown["state"]), (True, "running"))
        for key in ("time_s", "tasks", "met", "energy_j"):
            self.assertTrue(before[key] <= shown[key] <= after[key], key)
        self.assertLess(before["time_s"], after["time_s"])
        self.assertGreater(after["left_s"], 0)
        refused = self.run_airbatch("set", self.directory(), "ue1.gain=-95dB")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("a simulation answers", refused.stderr)
        sim.send_signal(signal.SIGINT)
        self.assertEqual(sim.wait(timeout=10), 1)
        self.assertIn("interrupted", sim.stderr.read())
        self.assertFalse(os.path.exists(self.directory() + "/control"))
        summary = self.summary()
        self.assertEqual(summary["status"], "interrupted")
        self.assertEqual(len(self.table("tasks")), summary["tasks"]["done"] + summary["tasks"]["cut_short"])
        sim = self.start("sim", self.given("100000s", 8), "--out", self.directory(), "--overwrite", "--quiet")
        testbed.wait_for(self.answers, 20, "the simulation answers nobody")
        sim.kill()
        sim.wait(timeout=10)
        sim = self.start("sim", self.given("2000s", 8), "--out", self.directory(), "--overwrite", "--quiet")
        testbed.wait_for(self.answers, 20, "the socket of the killed one stays in the way")
        t = self.on_terminal("top", self.directory(), "--interval", "50ms")
        self.assertEqual(sim.wait(timeout=60), 0, sim.stderr.read())
        self.assertFalse(os.path.exists(self.directory() + "/control"))
        self.assertEqual(t.finish(), 0)
        self.assertIn("done", t.screen.text())

    def test_top_attaches_and_ends_with_the_run(self):
        run = self.begin(self.given("5s"))
        once = self.run_airbatch("top", self.name, "--json")  # waits for the start
        self.assertEqual(json.loads(once.stdout)["state"], "running", once.stderr)
        t = self.on_terminal("top", self.name, "--interval", "100ms")
        t.wait_for(r"tasks +[1-9]")
        self.assertTrue(t.screen.modes[1049])
        self.assertFalse(t.attributes()[3] & termios.ECHO)
        before = self.ask()
        t.read(.4)
        shown = int(re.search(r"tasks +(\d+)", t.screen.text()).group(1))
        after = self.ask()
        self.assertTrue(before["tasks"] <= shown <= after["tasks"], (before["tasks"], shown, after["tasks"]))
        t.type("s")
        t.wait_for("order: missed", 3)
        t.type("p")
        t.wait_for("paused", 3)
        frozen = re.search(r"tasks +(\d+)", t.screen.text()).group(1)
        t.read(.5)
        self.assertEqual(re.search(r"tasks +(\d+)", t.screen.text()).group(1), frozen)
        t.type("p")
        self.assertEqual(t.finish(), 0)
        self.assertEqual((t.screen.modes[1049], t.screen.modes[25], t.screen.wraps), (False, True, 0))
        self.assertEqual(run.wait(timeout=20), 0)
        shown = json.loads(self.run_airbatch("top", self.directory(), "--json").stdout)
        self.assert_same_end(shown, self.summary())
        text = self.run_airbatch("top", self.directory(), "--once").stdout
        self.assertIn(f"tasks    {shown['tasks']}   {shown['met']} met", text)

    def test_top_quits_and_restores(self):
        run = self.begin(self.given("8s"))
        for end in ("q", "\x03"):
            t = self.on_terminal("top", self.name)
            t.wait_for("q quit")
            t.type(end)
            self.assertEqual(t.finish(), 0)
            self.assertEqual((t.screen.modes[1049], t.screen.modes[25]), (False, True))
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=20), 1)

    def test_top_refuses_what_is_no_run(self):
        empty = self.directory("empty")
        os.mkdir(empty)
        for run, words in (("no-such-run", "airbatch ls"), (empty, "summary.json"), (empty + "/x", "airbatch ls")):
            result = self.run_airbatch("top", run)
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertIn(words, result.stderr)
        self.assertEqual(self.run_airbatch("top").returncode, 2)
        self.assertEqual(self.run_airbatch("top", empty, "--interval", "1ms").returncode, 2)

    def test_killed_run_is_told(self):
        run = self.begin(self.given("20s"))
        self.run_airbatch("top", self.name, "--once")
        run.kill()
        run.wait()
        result = self.run_airbatch("top", self.directory())
        self.assertEqual(result.returncode, 1)
        self.assertIn("no run is at work here", result.stderr)
        self.run_airbatch("clean")


if __name__ == "__main__":
    testbed.main()
