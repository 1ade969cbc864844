# SPDX-License-Identifier: BSD-3-Clause
"""What other users may have put where airbatch looks: FIFOs, links, folders that are not ours, names with terminal escapes."""
import glob
import json
import os
import subprocess
import unittest

import testbed

ESC = "\x1b"
SIM = ("--duration", "1s", "--quiet", "--set", "edge.executor=replay", "--set", "edge.profile=mobilenet-v2-gpu-model",
       "--set", "capture.points=none")
PATIENCE = 60  # a program that waits for a FIFO waits for ever


class Places(testbed.Case):
    def command(self, *arguments, **more):
        return subprocess.run([os.path.abspath(testbed.AIRBATCH), *arguments], capture_output=True, timeout=PATIENCE, **more)

    def lived(self):
        self.assertEqual(self.command("sim", testbed.QUICKSTART, *SIM, "--out", self.directory()).returncode, 0)
        return self.directory()

    def test_fifos_in_a_run_directory_hang_nothing(self):
        directory = self.lived()
        for name in ("tasks.csv", "links.csv", "summary.json"):
            path = os.path.join(directory, name)
            os.unlink(path)
            os.mkfifo(path)
            for arguments in (("show", directory), ("report", directory, "--out", os.path.join(self.folder, "page.html"))):
                result = self.command(*arguments)
                self.assertIn(result.returncode, (0, 1, 2), result.stderr)
        self.assertNotEqual(self.command("show", directory).returncode, 0)

    def test_escapes_are_not_printed(self):
        directory = self.lived()
        path = os.path.join(directory, "summary.json")
        with open(path) as f:
            summary = json.load(f)
        summary["topology"]["name"] = f"{ESC}]0;owned\x07{ESC}[31m"
        summary["policy"] = f"{ESC}[2J\u009b31m"
        summary["notes"] = [f"a note {ESC}[31m"]
        with open(path, "w") as f:
            json.dump(summary, f)
        result = self.command("show", directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        for arguments in (("show", directory), ("show", f"/nowhere/{ESC}[31m"), ("sim", f"/nowhere/{ESC}[31m.yaml"),
                          ("run", testbed.QUICKSTART, "--name", f"x{ESC}[31m"), (f"{ESC}[31m",)):
            result = self.command(*arguments)
            self.assertNotIn(ESC.encode(), result.stdout + result.stderr, arguments)
            self.assertNotIn(b"\xc2\x9b", result.stdout + result.stderr, arguments)

    def test_umask_0_opens_nothing(self):
        result = self.command("sim", testbed.QUICKSTART, *SIM, "--out", self.directory(), preexec_fn=lambda: os.umask(0))
        self.assertEqual(result.returncode, 0, result.stderr)
        for path in [self.directory(), *glob.glob(os.path.join(self.directory(), "**"), recursive=True)]:
            self.assertEqual(os.stat(path).st_mode & 0o022, 0, path)

    def test_paths_that_are_no_utf8_are_refused_before_anything_is_made(self):
        for name in (b"\xff\xfe", b"run\xc0"):
            out = os.path.join(os.fsencode(self.folder), name)
            result = self.command("sim", testbed.QUICKSTART, *SIM, "--out", out)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(b"UTF-8", result.stderr)
            self.assertFalse(os.path.exists(out))

    def test_a_cache_that_others_may_write_is_refused(self):
        home = os.path.join(self.folder, "home")
        cache = os.path.join(home, ".cache", "airbatch")
        os.makedirs(cache)
        os.chmod(cache, 0o777)
        environment = {key: value for key, value in os.environ.items() if key not in ("XDG_CACHE_HOME", "AIRBATCH_CACHE")}
        result = self.command("profile", "list", env={**environment, "HOME": home})
        self.assertIn(b"others may write in the folder", result.stderr)
        os.chmod(cache, 0o755)
        result = self.command("profile", "list", env={**environment, "HOME": home})
        self.assertEqual(result.returncode, 0, result.stderr)


@testbed.needs_root
class Names(testbed.Case):
    """The folder of runs' names, of a user without rights."""

    USER = 54321

    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.runtime = os.path.join(self.folder, "runtime")
        os.mkdir(self.runtime)
        os.chown(self.runtime, self.USER, self.USER)

    def listed(self):
        def become():
            os.setgroups([])
            os.setgid(self.USER)
            os.setuid(self.USER)
        return subprocess.run([os.path.abspath(testbed.AIRBATCH), "ls"], capture_output=True, timeout=PATIENCE, preexec_fn=become,
                              env={**os.environ, "XDG_RUNTIME_DIR": self.runtime})

    def make(self, owner):
        path = os.path.join(self.runtime, "airbatch")
        os.mkdir(path)
        os.chown(path, owner, owner)
        return path

    def test_it_is_made(self):
        self.assertEqual(self.listed().returncode, 0)
        made = os.stat(os.path.join(self.runtime, "airbatch"))
        self.assertEqual((made.st_uid, made.st_mode & 0o022), (self.USER, 0))

    def test_anothers_folder_is_refused(self):
        self.make(4711)
        result = self.listed()
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(b"belongs to user 4711", result.stderr)

    def test_a_link_is_refused(self):
        os.symlink(self.folder, os.path.join(self.runtime, "airbatch"))
        result = self.listed()
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(b"symbolic link", result.stderr)

    def test_what_is_no_file_is_passed_over(self):
        folder = self.make(self.USER)
        os.mkfifo(os.path.join(folder, "fifo"))
        os.symlink("/etc/passwd", os.path.join(folder, "link"))
        os.mkdir(os.path.join(folder, "folder"))
        with open(os.path.join(folder, f"x{ESC}[31m"), "w") as f:
            f.write(f"17 /nowhere/{ESC}[31m\n")
        result = self.listed()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn(ESC.encode(), result.stdout)
        for word in (b"fifo", b"link", b"folder"):
            self.assertNotIn(word, result.stdout)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    testbed.main(namespaces=False)
