#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `cmake --install` brings works from any folder, without the sources."""
import os
import shutil
import subprocess
import tempfile

import testbed


class Installed(testbed.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = tempfile.mkdtemp(prefix="airbatch-install-")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.prefix = os.path.join(cls.root, "prefix")
        manifest = os.path.join(testbed.BUILD, "install_manifest.txt")  # somebody's own installation may have left one
        before = open(manifest).read() if os.path.exists(manifest) else None
        subprocess.run(["cmake", "--install", testbed.BUILD, "--prefix", cls.prefix], capture_output=True, text=True, check=True)
        os.unlink(manifest)
        if before is not None:
            with open(manifest, "w") as file:
                file.write(before)

    def setUp(self):
        super().setUp()
        self.elsewhere = os.path.join(self.folder, "elsewhere")
        os.mkdir(self.elsewhere)

    def shared(self, *names):
        return os.path.join(self.prefix, "share", *names)

    def command(self, *arguments):
        environment = {**os.environ, "PATH": os.path.join(self.prefix, "bin") + ":" + os.environ["PATH"]}
        return subprocess.run(arguments, cwd=self.elsewhere, env=environment, capture_output=True, text=True)

    def test_topologies_by_name(self):
        for name in ("quickstart", "quickstart.yaml", "early-exit-stated"):
            result = self.command("airbatch", "sim", name, "--duration", "1s", "--quiet", "--out", name)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertTrue(os.path.exists(os.path.join(self.elsewhere, name, "tasks.csv")))

    def test_a_file_here_goes_before_one_that_came_with_us(self):
        with open(os.path.join(self.elsewhere, "quickstart.yaml"), "w") as file:
            file.write("nonsense: 1\n")
        result = self.command("airbatch", "sim", "quickstart.yaml")
        self.assertEqual(result.returncode, 2)
        self.assertIn("quickstart.yaml:1", result.stderr)

    def test_an_unknown_name(self):
        result = self.command("airbatch", "sim", "quikstart")
        self.assertEqual(result.returncode, 2)
        self.assertIn("quikstart: No such file or directory; did you mean quickstart?", result.stderr)

    def test_what_comes_along(self):
        for path in ("airbatch/wireshark/airbatch.lua", "airbatch/topologies/traces", "doc/airbatch/tutorial.md",
                     "doc/airbatch/README.md", "doc/airbatch/CHANGELOG.md"):
            self.assertTrue(os.path.exists(self.shared(path)), path)

    def test_outside_policies_build_against_it(self):
        source = self.shared("airbatch", "examples", "policy", "equal_bands.c")
        flags = subprocess.run(["pkg-config", "--cflags", "airbatch"], capture_output=True, text=True,
                               env={**os.environ, "PKG_CONFIG_PATH": self.shared("pkgconfig")})
        self.assertEqual(flags.returncode, 0, flags.stderr)
        built = self.command("cc", "-shared", "-fPIC", *flags.stdout.split(), "-o", "own.so", source)
        self.assertEqual(built.returncode, 0, built.stderr)
        result = self.command("airbatch", "sim", "quickstart", "--policy", "./own.so", "--set", "cell.grant=granted",
                              "--duration", "1s", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_version_is_the_change_log_s(self):
        version = self.command("airbatch", "--version").stdout.split()[1]
        with open(os.path.join(testbed.SOURCE, "CHANGELOG.md")) as file:
            self.assertIn(f"\n## {version} (", file.read())
        with open(os.path.join(testbed.SOURCE, "CITATION.cff")) as file:
            self.assertIn(f"\nversion: {version}\n", file.read())


if __name__ == "__main__":
    testbed.main("pkg-config", "cc", namespaces=False)
