# SPDX-License-Identifier: BSD-3-Clause
"""Every command of README.md and docs/tutorial.md, as it stands there."""
import os
import re
import shutil
import subprocess

import testbed

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHECKOUT = ("topologies", "edge", "dnn", "base")
SCRIPTS = ("scripts/demo", "scripts/test")


def blocks(page):
    with open(os.path.join(testbed.SOURCE, page)) as f:
        return BLOCK.findall(f.read())


class Pages(testbed.Case):
    def checkout(self):
        """A folder that looks like a checkout built by this build."""
        folder = os.path.join(self.folder, "checkout")
        os.mkdir(folder)
        for name in CHECKOUT:
            os.symlink(os.path.join(testbed.SOURCE, name), os.path.join(folder, name))
        os.symlink(os.path.abspath(testbed.BUILD), os.path.join(folder, "build"))
        return folder

    def run_commands(self, commands, timeout):
        home = os.path.join(self.folder, "home")
        os.mkdir(home)
        cache = os.environ.get("AIRBATCH_CACHE") or os.path.join(
            os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "airbatch")
        result = subprocess.run(["bash", "-euxo", "pipefail", "-c", "\n".join(commands)], cwd=self.checkout(), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                                env=dict(os.environ, HOME=home, AIRBATCH_CACHE=cache))
        self.assertEqual(result.returncode, 0, result.stdout[-4000:])
        return result.stdout, home

    def test_tutorial(self):
        page = blocks("docs/tutorial.md")
        self.assertGreater(len(page), 8)
        # Figures are looked at before the last block, which removes the folder.
        check = ("python3 -c \"import json; a, b = (json.load(open(d + '/summary.json'))['tasks'] for d in "
                 "('office-sim', 'office-run')); print('medians', a['latency_ms']['p50'], b['latency_ms']['p50']); "
                 "assert a['done'] == b['done'] == 30\"")
        text = page[:-1] + [check, page[-1]]
        known = subprocess.run([testbed.AIRBATCH, "help"], capture_output=True, text=True).stdout
        if "\n  report " not in known:
            print("airbatch report is not in this build: left out")
            text = [re.sub(r"(?m)^airbatch report", "true airbatch report", block) for block in text]
        with testbed.turn("office"):
            output, home = self.run_commands(text, 600)
        self.assertIn("typo.yaml:6:3", output)
        self.assertIn("refused, as it should be", output)
        self.assertIn("30 of 30 points", output)
        self.assertEqual(output.count(" 0% packet loss"), 2)
        self.assertEqual([n for n in os.listdir(home) if not n.startswith(".")], [])

    def test_readme(self):
        lines = "\n".join(blocks("README.md")).splitlines()
        scripts = [line for line in lines if line.startswith(SCRIPTS)]
        self.assertEqual(sorted(line.split()[0] for line in scripts), sorted(SCRIPTS))
        commands = [line for line in lines if line not in scripts]
        self.assertGreater(len(commands), 4)
        self.run_commands(commands, 600)

    def test_demo(self):
        # scripts/test is what runs this test; the demo builds `build`, and may do so only where that is this build.
        if os.path.realpath(testbed.BUILD) != os.path.realpath(os.path.join(testbed.SOURCE, "build")):
            self.skipTest("another build than scripts/demo's")
        result = subprocess.run([os.path.join(testbed.SOURCE, "scripts", "demo"), "--duration", "1s"], text=True,
                                capture_output=True, timeout=600)
        for records in re.findall(r"(?m)^  records: (.*)$", result.stdout):
            shutil.rmtree(os.path.join(testbed.SOURCE, records))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("quickstart with ip-ssa: done", result.stdout)


if __name__ == "__main__":
    testbed.main("gcc", "ping")
