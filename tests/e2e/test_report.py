#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""`airbatch report`: its figures against the tables, its page in a browser, and what it says of damaged runs."""
import collections
import csv
import html.parser
import json
import os
import re
import shutil
import statistics
import subprocess
import unittest

import testbed

STAGES = ("plan", "local", "upload", "wait", "batch", "result")
VOID = {"meta", "br", "link", "img", "input", "hr"}
# Poisson arrivals faster than they can be served, in a fading channel: queues, misses, curves that move.
BUSY = ("--duration", "3s", "--set", "ues.arrivals.kind=poisson", "--set", "ues.arrivals.rate=20", "--set",
        "cell.fading.kind=rayleigh")

# An edge that needs no profile of this machine.
MODELLED = ("--set", "edge.executor=replay", "--set", "edge.profile=mobilenet-v2-gpu-model")
# A radio that costs in every state.
RADIO = ("--set", "ues.radio.receive=200mW", "--set", "ues.radio.idle=50mW")


class Page(html.parser.HTMLParser):
    """Checks that every element is closed where it was opened and that no id stands twice."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.text, self.tags = [], collections.Counter(), [], collections.Counter()
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags[tag] += 1
        self.ids.update(value for name, value in attributes if name == "id")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.ids.update(value for name, value in attributes if name == "id")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        self.text.append(data)


class ReportCase(testbed.Case):
    def simulate(self, directory, *arguments):
        result = self.run_airbatch("sim", testbed.QUICKSTART, *MODELLED, *arguments, "--out", self.directory(directory), "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.directory(directory)

    def emulate(self, directory, *arguments):
        if testbed.why_not():
            self.skipTest(testbed.why_not())
        self.done(testbed.QUICKSTART, *MODELLED, *arguments, directory=directory)
        return self.directory(directory)

    def report(self, *directories, status=0, out="report.html"):
        path = os.path.join(self.folder, out)
        result = self.run_airbatch("report", *directories, "--out", path)
        self.assertEqual(result.returncode, status, result.stderr)
        text = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                text = f.read()
        return text, result.stderr


class Report(ReportCase):
    def check_sums(self, directory):
        for row in self.table("tasks", directory):
            value = {k: float(v) for k, v in row.items() if k.endswith(("_ms", "_mj")) and v}
            for plan in ("", "plan_"):
                parts = sum(value[f"{plan}{stage}_ms"] for stage in STAGES)
                self.assertAlmostEqual(parts, value[plan + "latency_ms"], delta=1e-3)  # 1 us
                energy = value[plan + "compute_mj"] + value[plan + "transmit_mj"]
                energy += 0 if plan else value["receive_mj"] + value["idle_mj"]
                self.assertAlmostEqual(energy, value[plan + "energy_mj"], delta=3e-6)  # of rounded figures

    def check_members(self, directory):
        """Every member of a batch is a task of its round, and every task is once in a batch of each sub-task from its cut on."""
        tasks = {(r["ue"], r["task"]): r for r in self.table("tasks", directory)}
        rounds = {r["round"]: float(r["time_ms"]) for r in self.table("rounds", directory)}
        who, seen = collections.defaultdict(list), collections.defaultdict(list)
        for row in self.table("members", directory):
            who[row["batch"]].append(f"ue{row['ue']}:{row['task']}")
            seen[row["ue"], row["task"]].append((int(row["subtask"]), row["round"]))
        batches = self.table("batches", directory)
        self.assertGreater(len(batches), 0)
        for batch in batches:
            self.assertEqual(who.pop(batch["batch"]), batch["who"].split())
        self.assertEqual(who, {})
        for key, members in seen.items():
            self.assertEqual(len({number for _, number in members}), 1)
            if key not in tasks or tasks[key]["outcome"] != "done":
                continue
            task = tasks[key]
            self.assertEqual(sorted(s for s, _ in members), list(range(int(task["cut"]), int(task["subtasks"]))))
            self.assertGreaterEqual(rounds[members[0][1]], float(task["arrival_ms"]))
            self.assertLessEqual(rounds[members[0][1]], float(task["arrival_ms"]) + float(task["latency_ms"]))

    def test_members_of_simulated_batches_join_the_tables(self):
        for name, arguments in (("a", ("--duration", "2s")), ("b", BUSY), ("c", (*BUSY, "--set", "edge.batching.mode=timer"))):
            self.simulate(name, *arguments)
            self.check_members(name)

    def test_members_of_emulated_batches_join_the_tables(self):
        self.emulate("run", "--duration", "2s")
        self.check_members("run")

    def test_what_was_given_is_recorded(self):
        self.simulate("a", "--duration", "1s", "--seed", "3", "--set", "ue2.gain=-81dB", "--set", "ues.count=5", "--set",
                      "ues.distance=20m..90m")
        given, topology = self.summary("a")["given"], self.summary("a")["topology"]
        self.assertEqual(self.summary("a")["overrides"][-3:], ["ue2.gain=-81dB", "ues.count=5", "ues.distance=20m..90m"])
        self.assertEqual(given["ues"]["distance_m"], [20, 90])
        self.assertEqual(given["ue2"]["gain_db"], -81)
        self.assertEqual((given["seed"], given["duration_s"]), (3, 1))
        self.assertNotIn("list", given["ues"])
        self.assertEqual({k: v for k, v in topology["cell"].items()}, given["cell"])

    def test_parts_of_simulated_tasks_add_up(self):
        self.simulate("a", "--duration", "2s")
        self.simulate("b", *BUSY)
        self.simulate("c", *BUSY, *RADIO)
        for name in "abc":
            self.check_sums(name)
        self.assertGreater(min(float(row["idle_mj"]) for row in self.table("tasks", "c")), 0)

    def rows_of(self, page, heading):
        """The first table behind this text: {name of the row: {head: cell}}."""
        table = page[page.index(heading):]
        table = table[table.index("<table>"):table.index("</table>")]
        rows = [[re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
                for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table)]
        return {row[0]: dict(zip(rows[0], row)) for row in rows[1:]}

    def mean(self, directory, column):
        return statistics.mean(float(r[column]) for r in self.table("tasks", directory) if r["outcome"] == "done")

    def test_runs_that_differ_in_what_was_drawn_are_a_group(self):
        drawn = ("--duration", "2s", "--set", "ue1.distance=20m..140m")
        directories = [self.simulate(f"{policy}-{seed}", *drawn, "--policy", policy, "--seed", str(seed))
                       for policy in ("lc", "ip-ssa") for seed in (1, 2, 3)]
        page, _ = self.report(*directories, self.simulate("other", "--duration", "2s"))
        rows = self.rows_of(page, 'id="comparison"')
        self.assertEqual([(name, row["runs"]) for name, row in rows.items()][0], ("lc", "3"))
        self.assertEqual(sorted(row["runs"] for row in rows.values()), ["1", "3", "3"])
        placements = {json.dumps(self.summary(f"lc-{s}")["topology"]["ues"]["list"][0]["distance_m"]) for s in (1, 2, 3)}
        self.assertEqual(len(placements), 3)
        # Savings: pair by pair, and Student's t over the three.
        savings = [100 * (1 - self.mean(f"ip-ssa-{s}", "energy_mj") / self.mean(f"lc-{s}", "energy_mj")) for s in (1, 2, 3)]
        half = 4.302653 * statistics.stdev(savings) / 3 ** .5
        with_pairs = [row for row in rows.values() if row["against"] == "lc, 3 pairs"]
        self.assertEqual([row["saving (%)"] for row in with_pairs], [f"{statistics.mean(savings):.1f} ± {half:.1f}"])

    def test_savings_need_the_same_placement(self):
        drawn = ("--duration", "1s", "--set", "ue1.distance=20m..140m")
        page, _ = self.report(self.simulate("lc", *drawn, "--policy", "lc", "--seed", "1"),
                              self.simulate("a", *drawn, "--seed", "2"), self.simulate("b", *drawn, "--seed", "1"))
        row = [row for row in self.rows_of(page, 'id="comparison"').values() if row["against"] == "lc"][0]
        saving = 100 * (1 - self.mean("b", "energy_mj") / self.mean("lc", "energy_mj"))
        self.assertEqual(row["saving (%)"], f"{saving:.1f}")

    def test_energy_parts_add_up_and_each_difference_is_to_its_own_plan(self):
        directory = self.simulate("a", "--duration", "2s", *RADIO)
        # The same twice as measured, with another plan: the simulation's difference must not see it.
        shutil.copytree(directory, self.directory("b"))
        summary = self.summary("b")
        summary["engine"], summary["valid"] = "emulation", True
        with open(os.path.join(self.directory("b"), "summary.json"), "w") as f:
            json.dump(summary, f)
        with open(os.path.join(directory, "tasks.csv")) as f:
            rows = list(csv.DictReader(f))
        for row in rows:
            row["plan_latency_ms"] = "1.0"
        with open(os.path.join(self.directory("b"), "tasks.csv"), "w", newline="") as f:
            writer = csv.DictWriter(f, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        page, _ = self.report(directory, self.directory("b"))
        plan = self.rows_of(page, 'id="plan"')
        latency, planned = self.mean("a", "latency_ms"), self.mean("a", "plan_latency_ms")
        self.assertEqual(plan["latency (ms)"]["plan of the simulation"], f"{planned:.3f}")
        self.assertEqual(plan["latency (ms)"]["simulation − plan"], f"{latency - planned:.3f}")
        self.assertEqual(plan["latency (ms)"]["measurement − plan"], f"{latency - 1:.3f}")
        number = {name: float(row["simulation"].split()[0]) for name, row in plan.items()}
        parts = [number[f"{part} (mJ)"] for part in ("computing", "transmitting", "receiving", "idle radio")]
        self.assertAlmostEqual(sum(parts), number["energy (mJ)"], delta=3e-4)
        self.assertGreater(min(parts), 0)

    def test_parts_of_emulated_tasks_add_up_and_are_reported(self):
        measured = self.emulate("run", "--duration", "2s")
        self.check_sums("run")
        page, _ = self.report(self.simulate("sim", "--duration", "2s"), measured)
        self.assertIn("measurement − simulation", page)
        self.assertIn("ip-ssa, measured", page)

    def test_figures_are_those_of_the_tables(self):
        directories = [self.simulate(name, *BUSY, "--run", str(run)) for run, name in enumerate("abc", 1)]
        page, _ = self.report(*directories, self.simulate("lc", "--duration", "2s", "--policy", "lc"))
        text = " ".join(" ".join(Page(page).text).split())
        means = [statistics.mean(float(r["latency_ms"]) for r in self.table("tasks", name) if r["outcome"] == "done")
                 for name in "abc"]
        half = 4.302653 * statistics.stdev(means) / 3 ** .5  # Student's t, 2 degrees of freedom
        self.assertIn(f"{statistics.mean(means):.2f} ± {half:.2f}", text)
        self.assertIn("3 runs", text)
        done = sum(self.summary(name)["tasks"]["done"] for name in "abc")
        missed = sum(self.summary(name)["tasks"]["missed"] for name in "abc")
        self.assertGreater(missed, 0)
        row = re.search(r"ip-ssa (\d+) (\d+) (\d+) (\d+) ", text[text.index("Deadlines group"):])
        self.assertEqual([int(n) for n in row.groups()[1:]], [done, done - missed, missed])
        for sentence in self.summary("a")["modelled"]:
            self.assertIn(sentence, text)

    def plots(self, *directories, arguments=(), status=0):
        """The page, and the folder of its plots."""
        folder = self.directory("plots")
        shutil.rmtree(folder, ignore_errors=True)
        result = self.run_airbatch("report", *directories, "--out", os.path.join(self.folder, "report.html"), "--plots", folder,
                                   *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        with open(os.path.join(self.folder, "report.html"), encoding="utf-8") as f:
            return f.read(), folder

    def test_every_plot_is_there_as_svg_pdf_csv_and_script(self):
        page, folder = self.plots(self.simulate("a", *BUSY), self.simulate("lc", *BUSY, "--policy", "lc"),
                                  self.simulate("many", *BUSY, "--set", "ues.count=12"))
        names = re.findall('<figure id="plot-([^"]*)"', page)
        self.assertGreater(len(names), 15)
        self.assertEqual(sorted(os.listdir(folder)), sorted(f"{n}.{e}" for n in names for e in ("svg", "pdf", "csv", "gp")))
        for name in names:
            with open(os.path.join(folder, name + ".pdf"), "rb") as f:
                self.assertTrue(f.read().startswith(b"%PDF"), name)
            with open(os.path.join(folder, name + ".csv"), newline="") as f:
                rows = list(csv.reader(f))
            self.assertGreater(len(rows), 1, name)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])}, name)
            self.assertEqual([c for c in rows[0] if not re.fullmatch("[a-z0-9_-]+", c)], [], name)
        # A script draws its plot by itself, wherever it lies.
        script = self.directory("script")
        os.mkdir(script)
        shutil.copy(os.path.join(folder, "latency-cdf.gp"), script)
        subprocess.run(["gnuplot", "latency-cdf.gp"], cwd=script, check=True)
        with open(os.path.join(script, "latency-cdf.svg"), encoding="utf-8") as f:
            self.assertIn("ip-ssa", f.read())

    def test_tables_of_plots_are_what_was_measured(self):
        self.simulate("a", "--duration", "2s", *RADIO)
        _, folder = self.plots(self.directory("a"))
        with open(os.path.join(folder, "energy.csv"), newline="") as f:
            row = {r["bar"]: r for r in csv.DictReader(f)}["ip-ssa, simulated"]
        for column, part in (("compute_mj", "computing"), ("transmit_mj", "transmitting"), ("receive_mj", "receiving"),
                             ("idle_mj", "idle"), ("energy_mj", "energy")):
            self.assertAlmostEqual(float(row[part + "_mj"]), self.mean("a", column), places=6)
        with open(os.path.join(folder, "stages.csv"), newline="") as f:
            row = {r["bar"]: r for r in csv.DictReader(f)}["ip-ssa, simulated"]
        self.assertAlmostEqual(sum(float(row[s + "_ms"]) for s in STAGES), float(row["latency_ms"]), places=5)
        self.assertAlmostEqual(float(row["latency_ms"]), self.mean("a", "latency_ms"), places=5)

    def sweep(self, *arguments, out="sweep"):
        directory = self.directory(out)
        result = self.run_airbatch("sweep", testbed.QUICKSTART, "--duration", "1s", "--set", "capture.points=none", "--set",
                                   "ue1.distance=20m..140m", *MODELLED, "--quiet", "--out", directory, *arguments, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        return directory

    def test_a_sweep_is_drawn_against_its_parameters(self):
        directory = self.sweep("--policy", "lc,ip-ssa", "--set", "cell.bandwidth=1MHz:3MHz:1MHz", "--set", "ues.count=2,4", "--seeds",
                               "1-3")
        page, folder = self.plots(directory)
        with open(os.path.join(directory, "sweep.csv"), newline="") as f:
            points = list(csv.DictReader(f))
        self.assertEqual(len(points), 36)
        headings = re.findall("<h3>([^<]*)</h3>", page)
        self.assertIn("Against cell.bandwidth", headings)
        self.assertIn("Energy of a task: bandwidth=2 MHz", headings)
        self.assertIn("36 runs in 12 groups", " ".join(Page(page).text[:40]))
        of = collections.defaultdict(dict)
        for p in points:
            of[p["policy"], p["cell_bandwidth_hz"], p["ues_count"]][p["seed"]] = float(p["energy_mj"])
        for panel, count in ((1, "2"), (2, "4")):
            for metric in ("energy_mj", "saving_percent"):
                with open(os.path.join(folder, f"{metric}-by-cell_bandwidth-{panel}.csv"), newline="") as f:
                    rows = list(csv.DictReader(f))
                self.assertEqual(len(rows), 6 if metric == "energy_mj" else 3)
                for row in rows:
                    here, base = (of[p, row["cell_bandwidth_hz"], count] for p in (row["policy"], "lc"))
                    self.assertEqual(len(here), 3)
                    values = list(here.values()) if metric == "energy_mj" else [100 * (1 - here[s] / base[s]) for s in here]
                    self.assertAlmostEqual(float(row[metric]), statistics.mean(values), places=4)
                    self.assertAlmostEqual(float(row["ci95"]), 4.302653 * statistics.stdev(values) / 3 ** .5, places=4)
        self.assertIn("mean_batch-by-ues_count-3", re.findall('id="plot-([^"]*)"', page))

    def test_a_sweep_of_words_and_chosen_metrics(self):
        directory = self.sweep("--policy", "lc,ip-ssa", "--set", "ues.deadline=90ms,80ms..120ms", "--seeds", "1-2")
        page, folder = self.plots(directory, arguments=("--metrics", "latency_p50_ms,failed"))
        drawn = set(re.findall('id="plot-([a-z0-9_]*)-by', page))
        self.assertEqual(drawn, {"latency_p50_ms", "failed"})
        with open(os.path.join(folder, "latency_p50_ms-by-ues_deadline-1.csv"), newline="") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual([(r["policy"], r["ues_deadline_s"]) for r in rows],
                         [(p, d) for p in ("lc", "ip-ssa") for d in ("90 ms", "80 ms..120 ms")])
        result = self.run_airbatch("report", directory, "--metrics", "energy")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no metric 'energy'", result.stderr)
        self.assertIn("saving_percent, valid", result.stderr)

    def test_a_sweep_that_keeps_summaries_has_its_curves(self):
        directory = self.sweep("--policy", "lc,ip-ssa", "--set", "ues.count=2,3", "--seeds", "1-2", "--summaries")
        page, folder = self.plots(directory)
        self.assertIn("8 of 8 runs have a summary alone", " ".join(re.findall('<p class="note">([^<]*)</p>', page)))
        with open(os.path.join(folder, "saving_percent-by-ues_count-1.csv"), newline="") as f:
            self.assertEqual([r["policy"] for r in csv.DictReader(f)], ["ip-ssa", "ip-ssa"])
        self.assertEqual(self.rows_of(page, 'id="comparison"')["lc, count=2"]["runs"], "2")

    def test_points_that_are_no_more_of_the_sweep_are_left_out(self):
        self.sweep("--policy", "lc", "--set", "ues.count=2,3,4")
        directory = self.sweep("--policy", "lc", "--set", "ues.count=3,4")
        os.rename(os.path.join(directory, "points", os.listdir(os.path.join(directory, "points"))[0]),
                  os.path.join(directory, "points", "x.part"))
        page, _ = self.report(directory)
        self.assertRegex(" ".join(Page(page).text[:40]), "[12] runs? in ")
        with open(os.path.join(directory, "sweep.json"), "w") as f:
            f.write("{")
        self.assertIn("sweep.json:1", self.report(directory, status=1)[1])

    def test_the_page_is_self_contained_and_well_formed(self):
        page, _ = self.report(self.simulate("a", *BUSY), self.simulate("lc", *BUSY, "--policy", "lc"))
        parsed = Page(page)
        self.assertEqual([name for name, n in parsed.ids.items() if n > 1], [])
        self.assertEqual(parsed.tags["script"] + parsed.tags["img"] + parsed.tags["link"], 0)
        self.assertNotIn("http", re.sub(r'xmlns(:\w+)?="[^"]*"', "", page))
        self.assertNotIn("url(", page)
        self.assertLess(len(page), 2 << 20)

    def test_a_run_that_cannot_be_read_does_not_stop_the_others(self):
        good, old, cut, bare = (self.simulate(name, "--duration", "1s") for name in ("good", "old", "cut", "bare"))
        summary = self.summary("old")
        summary["format"], summary["program"] = 99, "airbatch 9.9"
        with open(os.path.join(old, "summary.json"), "w") as f:
            json.dump(summary, f)
        with open(os.path.join(cut, "tasks.csv"), "r+") as f:
            f.truncate(os.path.getsize(f.name) - 20)
        os.unlink(os.path.join(bare, "links.csv"))
        page, errors = self.report(good, old, cut, bare, self.directory("nowhere"), status=1)
        rows = len(self.table("tasks", "cut"))
        text = " ".join(" ".join(Page(page).text).split())
        for sentence in (f"{old}/summary.json: another format than this build's (1): it was written by airbatch 9.9",
                         f"{cut}/tasks.csv:{rows + 1}: cut off in the middle of a line; the {rows - 1} rows before",
                         f"cannot read {bare}/links.csv: No such file", self.directory("nowhere") + ": No such file"):
            self.assertIn(sentence, text)
            self.assertIn(sentence, errors)
        self.assertIn(good, text)
        self.assertIn("plot-stages", page)

    def test_nothing_to_report(self):
        page, errors = self.report(self.folder, status=1)
        self.assertEqual(page, "")
        self.assertIn("has no summary.json", errors)
        self.assertEqual(self.run_airbatch("report").returncode, 2)

    def test_names_from_outside_are_text(self):
        directory = self.simulate("<img src=x>", "--duration", "1s")
        summary = self.summary("<img src=x>")
        summary["topology"]["name"] = "<script>alert(1)</script>"
        summary["policy"] = "a'; system 'touch /tmp/x';\"<b>"
        with open(os.path.join(directory, "summary.json"), "w") as f:
            json.dump(summary, f)
        page, _ = self.report(directory, self.simulate("b", "--duration", "1s", "--policy", "lc"))
        parsed = Page(page)
        self.assertEqual(parsed.tags["script"] + parsed.tags["img"] + parsed.tags["b"], 0)
        self.assertIn("<script>alert(1)</script>", "".join(parsed.text))

    def test_where_nothing_can_be_written(self):
        directory = self.simulate("a", "--duration", "1s")
        result = self.run_airbatch("report", directory, "--out", "/proc/none/report.html")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/proc/none/report.html", result.stderr)

    def on_small_disk(self, command):
        """Runs a shell command with a disk of 64 kB at $SMALL."""
        small = self.directory("small")
        os.makedirs(small)
        script = f"mount -t tmpfs -o size=64k none {small}\nSMALL={small}\n{command}"
        return subprocess.run(["unshare", "-m", "sh", "-ec", script], capture_output=True, text=True, timeout=60)

    @testbed.needs_root
    def test_a_full_disk_is_said(self):
        directory = self.simulate("a", "--duration", "2s")
        result = self.on_small_disk(f"{testbed.AIRBATCH} report {directory} --out $SMALL/report.html || echo $?; ls $SMALL")
        self.assertEqual(result.stdout, "1\n", result.stderr)  # and nothing half is left
        self.assertIn("No space left on device", result.stderr)

    @testbed.needs_root
    def test_a_run_on_a_full_disk_says_which_tables_are_cut(self):
        result = self.on_small_disk(
            f"{testbed.AIRBATCH} sim {testbed.QUICKSTART} --set capture.points=none --quiet --out $SMALL/run || echo $?")
        self.assertEqual(result.stdout, "1\n", result.stderr)
        self.assertRegex(result.stderr, r"(No space left on device|is the disk full\?)")


if __name__ == "__main__":
    if not shutil.which("gnuplot"):
        print("skipped: gnuplot is not installed")
        raise SystemExit(77)
    unittest.main(verbosity=2)
