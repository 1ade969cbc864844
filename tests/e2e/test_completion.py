# SPDX-License-Identifier: BSD-3-Clause
"""What bash and zsh complete, asked of the shells themselves."""
import os
import shutil
import subprocess
import unittest

import testbed

SCRIPT = os.path.join(testbed.SOURCE, "scripts", "completion", "airbatch.bash")

# readline's part: it hands the line over, and puts the answers in place of the last word.
BASH = """
compopt() { :; }
source "$1"
complete -p airbatch >/dev/null || exit 1
COMP_LINE=$2; COMP_POINT=${#2}
_airbatch
printf '%s\\n' "${COMPREPLY[@]}"
"""

ZSH = """
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; unset zle_bracketed_paste; fpath=($1 \\$fpath); path=($2 \\$path); autoload -U compinit; compinit -u -D; zstyle ':completion:*' list-colors ''"
zpty -w z "echo rea''dy"
zpty -m -r z out '*ready*'
zpty -n -w z "$3"
zpty -n -w z $'\\t'
sleep 2
while zpty -r -t z part; do print -rn -- "$part"; done
zpty -d z
"""


class Completion(testbed.Case):
    def complete(self, line, cwd=None):
        """Candidates for the last word of a line that begins with airbatch."""
        line = line.replace("airbatch", os.path.abspath(testbed.AIRBATCH), 1)
        result = subprocess.run(["bash", "--norc", "-c", BASH, "bash", SCRIPT, line], capture_output=True, text=True,
                                timeout=20, cwd=cwd or testbed.SOURCE)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return [c for c in result.stdout.splitlines() if c]

    def test_commands(self):
        for command in ("run", "sim", "sweep", "doctor", "ls"):
            self.assertIn(command, self.complete("airbatch "))
        self.assertEqual(self.complete("airbatch do"), ["doctor"])
        self.assertEqual(self.complete("airbatch nonsense x"), [])

    def test_options(self):
        self.assertEqual(self.complete("airbatch run --pub"), ["--publish"])
        self.assertIn("--engine=", self.complete("airbatch sweep --"))
        self.assertNotIn("--manuals=", self.complete("airbatch help --"))

    def test_figures(self):
        self.assertEqual(self.complete("airbatch sim x.yaml --expect promised_bu"), ["promised_but_missed"])
        self.assertIn("shaper.overruns", self.complete("airbatch show x --expect shaper."))

    def test_topology_keys(self):
        self.assertEqual(self.complete("airbatch run x.yaml --set cell.fair"), ["cell.fair_window="])
        self.assertEqual(self.complete("airbatch run -s ue12.dev"), ["ue12.device.f_min=", "ue12.device.f_max=",
                                                                      "ue12.device.power_max="])
        # bash itself keeps what stands before the '='.
        self.assertEqual(self.complete("airbatch run --set cell.queue_discipline="), ["drop-tail", "codel"])
        self.assertEqual(self.complete("airbatch run --set=cell.queue_discipline=c"), ["codel"])
        self.assertEqual(self.complete("airbatch run --set edge.verify="), ["true", "false"])
        self.assertIn("ip-ssa", self.complete("airbatch run --set policy="))

    def test_every_key_is_offered(self):
        text = subprocess.run([testbed.AIRBATCH, "help", "topology"], capture_output=True, text=True).stdout
        keys = sum(line.startswith("    ") and line[4] != " " for line in text.splitlines())
        self.assertEqual(len(self.complete("airbatch sim --set ")), keys)

    def test_policies_and_networks(self):
        self.assertIn("ip-ssa", self.complete("airbatch plan --policy "))
        self.assertEqual(self.complete("airbatch sweep --policy lc,og,fi"), ["lc,og,fifo"])
        self.assertEqual(self.complete("airbatch run --set ues.network=mobilenet-v2"), ["mobilenet-v2"])

    def test_files(self):
        self.assertEqual(self.complete("airbatch run topologies/quick"), ["topologies/quickstart.yaml"])
        self.assertEqual(self.complete("airbatch run READ"), [])
        self.assertEqual(self.complete("airbatch show tests/e2"), ["tests/e2e"])

    def test_programs(self):
        self.assertIn("bash", self.complete("airbatch exec x ue1 -- bas"))

    def test_topics(self):
        self.assertEqual(self.complete("airbatch help prot"), ["protocol"])
        self.assertEqual(self.complete("airbatch sweep --engine e"), ["emulate"])

    def test_zsh(self):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        folder = os.path.join(testbed.SOURCE, "scripts", "completion")
        result = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", folder, os.path.abspath(testbed.BUILD),
                                 "airbatch doc"], capture_output=True, text=True, timeout=60)
        self.assertIn("airbatch doctor", result.stdout.replace("\x07", ""), result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
