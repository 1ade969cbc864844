#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The page of `airbatch report` in a headless browser: plots are there, nothing overflows, nothing is fetched.

AIRBATCH_SCREENSHOTS=FOLDER keeps what was seen.
"""
import collections
import os
import shutil
import unittest

import browser
import testbed
from test_report import BUSY, ReportCase


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
        seconds = window.open("file://" + page, width, dark=dark)
        self.assertLess(seconds, 5)
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

    def test_plots_are_there_and_nothing_overflows(self):
        page = self.pages()
        window = browser.Browser()
        self.addCleanup(window.close)
        for width in (1280, 400):
            for dark in (False, True):
                with self.subTest(width=width, dark=dark):
                    self.look(window, page, width, dark)


if __name__ == "__main__":
    reason = browser.why_not() or (None if shutil.which("gnuplot") else "gnuplot is not installed")
    if reason:
        print("skipped:", reason)
        raise SystemExit(77)
    unittest.main(verbosity=2)
