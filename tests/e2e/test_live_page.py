# SPDX-License-Identifier: BSD-3-Clause
"""The web page of a run: its JSON against the control socket, its look in a browser."""
import json
import socket
import sys
import time
import urllib.error
import urllib.request

import browser
import testbed
import watched

CHARTS = ("latency", "misses", "energy", "rate", "gain", "busy", "queue", "batches", "rounds")


def get(url, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
        return answer.read().decode()


class Page(watched.Case):
    def serve(self, *arguments):
        process = self.start("serve", *arguments)
        url = process.stdout.readline().strip()
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+/$")
        return process, url

    def look(self, url, width, dark=False):
        self.browser.open(url, width, dark=dark)
        testbed.wait_for(lambda: self.browser.evaluate("document.body.dataset.ready"), 20, "the page shows nothing")
        return self.browser

    def assert_drawn(self, width):
        """Every chart has ink of its own, and nothing is wider than the window."""
        self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)
        for chart in CHARTS:
            box = self.browser.evaluate(f"(({{x, y, width, height}}) => ({{x, y: y + scrollY, width, height}}))"
                                        f"(document.getElementById('chart-{chart}').getBoundingClientRect())")
            rows, step = browser.pixels(self.browser.screenshot(**box))
            colours = {}
            for row in rows:
                for i in range(0, len(row), step):
                    colours[row[i:i + 3]] = colours.get(row[i:i + 3], 0) + 1
            strong = sum(n for c, n in colours.items() if max(c) - min(c) > 60)  # series; text and grid are grey
            grey = chart in ("rounds",)
            self.assertGreater(strong if not grey else sum(colours.values()) - max(colours.values()), 40, chart)

    def tiles(self):
        return self.browser.evaluate("Object.fromEntries([...document.querySelectorAll('[id^=tile-]')].map("
                                     "e => [e.id.slice(5), e.textContent]))")

    def test_page_of_a_living_run(self):
        self.browser = browser.Browser()
        self.addCleanup(self.browser.close)
        run = self.begin(self.given("12s"), "--policy", "ip-ssa", "--set", "edge.executor=replay", "--set",
                         "edge.profile=mobilenet-v2-gpu-model", "--set", "edge.guard=8ms")
        served, url = self.serve(self.name)
        before = self.ask()
        time.sleep(.25)
        page = json.loads(get(url + "snapshot.json"))
        after = self.ask()
        for key in ("tasks", "met", "missed", "batches", "energy_j", "time_s"):
            self.assertTrue(before[key] <= page["run"][key] <= after[key], key)
        self.assertEqual((page["ended"], page["error"], page["problem"]), (False, None, None))
        self.look(url, 1280)
        testbed.wait_for(lambda: self.ask()["time_s"] > 6, 20, "time stands still")
        before = self.ask()
        testbed.wait_for(lambda: int(self.tiles()["tasks"]) >= before["tasks"], 20, "the page stands still")
        shown = int(self.tiles()["tasks"])
        self.assertLessEqual(shown, self.ask()["tasks"])
        self.assert_drawn(1280)
        self.assertEqual(run.wait(timeout=40), 0, run.stderr.read())
        testbed.wait_for(lambda: self.browser.evaluate("document.body.dataset.ready") == "ended", 20, "no end is told")
        self.assertIn("has ended: done", self.browser.evaluate("document.getElementById('message').textContent"))
        summary = self.summary()
        self.assert_same_end(json.loads(get(url + "snapshot.json"))["run"], summary)
        tiles = self.tiles()
        self.assertEqual(tiles["tasks"], str(summary["tasks"]["done"] + summary["tasks"]["failed"]))
        self.assertEqual(tiles["missed"], str(summary["tasks"]["missed"]))
        self.assertEqual(tiles["batches"], str(summary["batches"]["n"]))
        history = json.loads(get(url + "history.json"))
        self.assertEqual(sum(history["met"]), summary["tasks"]["met"])
        self.assertEqual(sum(history["batches"]), summary["batches"]["n"])
        for key in ("up_busy", "down_busy"):
            self.assertTrue(any(history[key]) and all(v is None or 0 <= v <= 1 for v in history[key]), key)
        self.look(url, 400, dark=True)
        self.assert_drawn(400)
        served.terminate()
        self.assertEqual(served.wait(timeout=10), 0)
        testbed.wait_for(lambda: "does not answer" in self.browser.evaluate("document.getElementById('message').textContent"),
                         20, "the page does not say that its server has gone")

    def test_finished_runs_and_bad_requests(self):
        self.assertEqual(self.run_airbatch("sim", self.given("3s"), "--out", self.directory(), "--quiet").returncode, 0)
        _, url = self.serve(self.directory())
        page = json.loads(get(url + "snapshot.json"))
        self.assertTrue(page["ended"])
        self.assert_same_end(page["run"], self.summary())
        html = get(url)
        self.assertNotRegex(html, r"(src|href)=\"(?!data:)")  # needs nothing else
        self.assertNotIn("@", html.split("<body>")[0].replace("@media", ""))
        self.assertEqual(get(url, "HEAD"), "")
        for path, method, status in (("nothing", "GET", 404), ("../summary.json", "GET", 404), ("", "POST", 405),
                                     ("snapshot.json", "DELETE", 405)):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                get(url + path, method)
            self.assertEqual(refused.exception.code, status)
        port = url.split(":")[2].strip("/")
        self.assert_refuses_foreign_hosts(int(port))
        taken = self.run_airbatch("serve", self.directory(), "--port", port)
        self.assertEqual(taken.returncode, 1)
        self.assertIn("Address already in use", taken.stderr)
        for arguments in (["no-such-run"], [self.directory(), "--address", "example.org"]):
            self.assertEqual(self.run_airbatch("serve", *arguments).returncode, 1)
        self.assertEqual(self.run_airbatch("serve", self.directory(), "--port", "70000").returncode, 2)
        with socket.create_connection(("127.0.0.1", int(port))) as s:  # nobody suffers from nonsense
            s.sendall(b"\x00\xff nonsense\r\n\r\n")
            self.assertIn("ended", get(url + "snapshot.json"))

    def assert_refuses_foreign_hosts(self, port):
        """A stranger's name that resolves to this machine (DNS rebinding) reads nothing."""
        ours = [f"127.0.0.1:{port}", f"localhost:{port}", "LOCALHOST", f"[::1]:{port}", "127.0.0.1:9"]
        foreign = ["evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "198.51.100.7", "", "[::1", None]
        for host in ours + foreign:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
                header = "" if host is None else f"Host: {host}\r\n"
                s.sendall(f"GET /snapshot.json HTTP/1.0\r\n{header}\r\n".encode())
                answer = s.makefile().read()
            self.assertEqual(answer.split()[1], "200" if host in ours else "403", host)
            self.assertEqual("open the address" in answer, host not in ours)

    def test_damaged_table_is_told(self):
        self.assertEqual(self.run_airbatch("sim", self.given("1s"), "--out", self.directory(), "--quiet").returncode, 0)
        path = self.directory() + "/tasks.csv"
        with open(path) as f:
            lines = f.read().split("\n")
        lines[5] = lines[5].replace(",", ",x", 1)
        lines[7] = "1,2,3"
        with open(path, "w") as f:
            f.write("\n".join(lines))
        _, url = self.serve(self.directory())
        page = json.loads(get(url + "snapshot.json"))
        self.assertRegex(page["problem"], r"tasks\.csv:8: 3 fields where the header has \d+")
        shown = self.run_airbatch("top", self.directory(), "--once")
        self.assertEqual(shown.returncode, 0)
        self.assertIn("tasks.csv:8", shown.stderr)


if __name__ == "__main__":
    if browser.why_not():
        print("skipped:", browser.why_not())
        sys.exit(77)
    testbed.main()
