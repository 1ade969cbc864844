#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The page of `airbatch report` in a headless browser: plots are there, nothing overflows, nothing is fetched.

AIRBATCH_SCREENSHOTS=FOLDER keeps what was seen.
"""
import collections
import itertools
import json
import os
import re
import shutil
import unittest

import browser
import testbed
from test_report import BUSY, MODELLED, ReportCase


class Look(ReportCase):
    """In a browser, as people see it."""

    def pages(self):
        directories = [self.simulate("a", *BUSY), self.simulate("lc", *BUSY, "--policy", "lc"),
                       self.simulate("many", *BUSY, "--set", "ues.count=12", "--policy", "og")]
        if not testbed.why_not():
            directories.append(self.emulate("run", "--duration", "2s"))
        self.report(*directories)
        return os.path.join(self.folder, "report.html")

    def check_figure(self, window, figure, dark):
        """What is drawn differs from its ground: axes, text and curves are colours of their own."""
        rows, step = browser.pixels(window.screenshot(*figure["box"], scale=0.5))
        seen = collections.Counter(row[i:i + 3] for row in rows for i in range(0, len(row), step))
        ground, covered = seen.most_common(1)[0]
        total = sum(seen.values())
        self.assertGreater(total - covered, 0.01 * total, figure["name"])
        self.assertEqual(ground[0] < 64, dark, figure["name"])
        marks = sum(n for colour, n in seen.items() if max(abs(a - b) for a, b in zip(colour, ground)) > 90)
        self.assertGreater(marks, 0.004 * total, figure["name"])

    def look(self, window, page, width, dark):
        window.open("file://" + page, width, dark=dark)
        self.assertEqual(window.evaluate("document.documentElement.scrollWidth <= innerWidth && innerWidth"), width)
        self.assertEqual(window.evaluate("performance.getEntriesByType('resource').length"), 0)
        out = window.evaluate("""[...document.querySelectorAll('body *:not(svg *)')].filter(e => !e.closest('.scroll') &&
            e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))""")
        self.assertEqual(out, [])
        figures = window.evaluate("""[...document.querySelectorAll('figure')].map(f => {
            const b = f.querySelector('svg').getBoundingClientRect();
            return {name: f.id, box: [b.x, b.y + scrollY, b.width, b.height]}})""")
        self.assertGreater(len(figures), 20)
        for figure in figures[::1 if width > 1000 and not dark else 6]:
            self.check_figure(window, figure, dark)
        folder = os.environ.get("AIRBATCH_SCREENSHOTS")
        if folder:
            with open(os.path.join(folder, f"report-{width}{'-dark' if dark else ''}.png"), "wb") as f:
                f.write(window.screenshot())

    def check_texts(self, window):
        """Every text of every plot, legends among them, is large enough, inside its plot and clear of the others."""
        wrong = window.evaluate("""[...document.querySelectorAll('figure')].flatMap(f => {
            const all = f.querySelector('svg').getBoundingClientRect();
            const texts = [...f.querySelectorAll('svg text')].filter(t => t.textContent.trim())
                .map(t => ({t: t.textContent.trim(), b: t.getBoundingClientRect()}));
            const bad = texts.filter(({b}) => Math.min(b.width, b.height) < 5 || Math.max(b.width, b.height) < 6 ||
                b.left < all.left - 1 || b.right > all.right + 1 || b.top < all.top - 1 || b.bottom > all.bottom + 1)
                .map(x => f.id + ': ' + x.t + ' is cut');
            const size = texts.length ? parseFloat(getComputedStyle(f.querySelector('svg text')).fontSize) * all.width / 560 : 99;
            if (size < 10) bad.push(f.id + ': letters of ' + size + ' px');
            for (const [i, a] of texts.entries()) for (const b of texts.slice(i + 1))
                if (Math.min(a.b.right, b.b.right) - Math.max(a.b.left, b.b.left) > 2 &&
                    Math.min(a.b.bottom, b.b.bottom) - Math.max(a.b.top, b.b.top) > 5)
                    bad.push(f.id + ': ' + a.t + ' lies on ' + b.t);
            return bad})""")
        self.assertEqual(wrong, [])

    def check_scrolling(self, window):
        """Whatever is wider than the page scrolls inside itself, to its very end."""
        window.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.assertEqual(window.evaluate("document.documentElement.scrollWidth <= innerWidth"), True)
        stuck = window.evaluate("""[...document.querySelectorAll('.scroll')].filter(s => {
            s.scrollLeft = 1e6;
            return s.scrollLeft + s.clientWidth < s.firstElementChild.offsetWidth - 8}).map(s => s.outerHTML.slice(0, 80))""")
        self.assertEqual(stuck, [])
        if window.evaluate("innerWidth") < 500:
            wide = window.evaluate("[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth).length")
            self.assertGreater(wide, 3)

    def sweep(self):
        """The folder of a sweep of 400 points: four simulations, whose summaries say that more was given."""
        axes = {"policy": ["lc", "ip-ssa", "og", "fifo"], "cell.bandwidth": ["500kHz", "1MHz", "2MHz", "5MHz", "10MHz"],
                "ues.count": ["2", "4", "8", "12"], "seed": ["1", "2", "3", "4", "5"]}
        for policy in axes["policy"]:
            self.simulate(policy, "--policy", policy, "--duration", "2s")
        for values in itertools.product(*axes.values()):
            overrides = [f"{key}={value}" for key, value in zip(axes, values)]
            policy, hz, count, seed = values[0], 1e3 * float(values[1].replace("MHz", "000").replace("kHz", "")), *map(int, values[2:])
            point = os.path.join(self.directory("sweep"), "points", ",".join(overrides))
            shutil.copytree(self.directory(policy), point, ignore=shutil.ignore_patterns("*.json", "*.pcap", "config"))
            summary = self.summary(policy)
            summary["overrides"], summary["seed"] = overrides, seed
            for given in (summary["given"], summary["topology"]):
                given["seed"], given["cell"]["bandwidth_hz"], given["ues"]["count"] = seed, hz, count
            summary["tasks"]["energy_mj"]["mean"] *= (1 + seed / 20) * (1 + 1e6 / hz) * count
            with open(os.path.join(point, "summary.json"), "w") as f:
                json.dump(summary, f)
        with open(os.path.join(self.directory("sweep"), "sweep.json"), "w") as f:
            json.dump({"format": 1, "axes": [{"key": k, "values": v} for k, v in axes.items()]}, f)

    def test_a_sweep_of_400_runs_is_legible(self):
        self.sweep()
        page, _ = self.report(self.directory("sweep"))
        self.assertLess(len(page), 3e6)
        self.assertIn("400 runs in 80 groups", " ".join(re.findall('<p class="lead">([^<]*)</p>', page)))
        window = browser.Browser()
        self.addCleanup(window.close)
        for width in (1280, 400):
            for dark in (False, True):
                with self.subTest(width=width, dark=dark):
                    self.look(window, os.path.join(self.folder, "report.html"), width, dark)
                    self.check_texts(window)
                    self.check_scrolling(window)

    def test_plots_are_there_and_nothing_overflows(self):
        page = self.pages()
        window = browser.Browser()
        self.addCleanup(window.close)
        for width in (1280, 400):
            for dark in (False, True):
                with self.subTest(width=width, dark=dark):
                    self.look(window, page, width, dark)
                    self.check_texts(window)
                    self.check_scrolling(window)


if __name__ == "__main__":
    reason = browser.why_not() or (None if shutil.which("gnuplot") else "gnuplot is not installed")
    if reason:
        print("skipped:", reason)
        raise SystemExit(77)
    unittest.main(verbosity=2)
