# SPDX-License-Identifier: BSD-3-Clause
"""However a run ends, nothing is left: no process, no namespace, no name; and every bad input gets one sentence."""
import glob
import os
import signal
import subprocess
import unittest

import testbed


class Lifecycle(testbed.Case):
    def setUp(self):
        super().setUp()
        self.namespaces = set()
        self.name = f"t{os.getpid()}-{self._testMethodName[-16:].replace('_', '')}"

    def running(self, *more):
        """A run that has begun, and its descendants' process ids."""
        process = self.start("run", testbed.QUICKSTART, "--duration", "30s", "--name", self.name, "--out",
                             self.directory(), "--quiet", *more)
        tasks = os.path.join(self.directory(), "links.csv")
        testbed.wait_for(lambda: os.path.exists(tasks) and os.path.getsize(tasks) > 400, 30, "the run did not start")
        testbed.wait_for(lambda: len(testbed.all_descendants(process.pid)) == 6, 10, "a child is missing")
        descendants = testbed.all_descendants(process.pid)
        # Every node is in a namespace of its own; other programs' come and go meanwhile.
        self.namespaces = {testbed.network_namespace(pid) for pid in descendants}
        self.assertEqual(len(self.namespaces), 6)
        return process, descendants

    def nothing_left(self, descendants):
        testbed.wait_for(lambda: not any(map(testbed.alive, descendants)), 5, "a process is left")
        testbed.wait_for(lambda: not testbed.network_namespaces() & self.namespaces, 5, "a namespace is left")
        names = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
        self.assertFalse([n for n in names if self.name in n])

    def check_killed(self, program, which=0):
        process, descendants = self.running()
        os.kill(testbed.children_of(process.pid)[program][which], signal.SIGKILL)
        _, errors = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("killed by signal 9", errors)
        self.assertEqual(len(errors.strip().splitlines()), 1, errors)
        self.assertEqual(self.summary()["status"], "failed")
        self.nothing_left(descendants)

    def test_killed_ue(self):
        self.check_killed("airbatch-ue", 2)

    def test_killed_edge(self):
        self.check_killed("airbatch-edge")

    def test_killed_shaper(self):
        self.check_killed("airbatch-shaper")

    def test_ended_children(self):
        """A child that ends politely before it was told to is a failure like any other, named by its name."""
        for program, name in (("airbatch-shaper", "shaper"), ("airbatch-edge", "edge"), ("airbatch-ue", "ue1")):
            with self.subTest(program):
                process, descendants = self.running("--overwrite")
                os.kill(testbed.children_of(process.pid)[program][0], signal.SIGTERM)
                _, errors = process.communicate(timeout=20)
                self.assertEqual(process.returncode, 1, errors)
                self.assertIn(f"{name}: ", errors)
                self.assertIn("signal 15", errors)
                summary = self.summary()
                self.assertEqual((summary["status"], summary["valid"]), ("failed", False), errors)
                self.nothing_left(descendants)

    def test_signal_to_the_group(self):
        """What goes to everybody, as from `timeout` or a terminal, interrupts the run; nobody fails of it."""
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(which.name):
                process, descendants = self.running("--overwrite")
                os.killpg(process.pid, which)
                process.communicate(timeout=20)
                self.assertEqual(process.returncode, 1)
                self.assertEqual(self.summary()["status"], "interrupted", self.summary()["why"])
                self.nothing_left(descendants)

    @testbed.needs_root
    def test_killed_supervisor(self):
        process, descendants = self.running("--publish")
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)
        testbed.wait_for(lambda: not any(map(testbed.alive, descendants)), 5, "a process is left")
        listed = self.run_airbatch("ls").stdout
        mine = [line for line in listed.splitlines() if line.startswith(self.name)]
        if mine:
            self.assertIn("left over", mine[0])
        else:  # another run on this machine began, and every run's beginning removes what is left
            self.assertIn("running", listed)
        cleaned = self.run_airbatch("clean")
        self.assertEqual(cleaned.returncode, 0, cleaned.stderr)
        self.nothing_left(descendants)
        self.assertNotIn(self.name, self.run_airbatch("ls").stdout)

    def test_interrupted(self):
        process, descendants = self.running()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 1, errors)
        self.assertEqual(self.summary()["status"], "interrupted", self.summary()["why"])
        self.assertGreater(len(self.table("tasks")), 0)
        self.nothing_left(descendants)

    def test_two_runs_side_by_side(self):
        first, descendants = self.running()
        second = self.run_airbatch("run", testbed.QUICKSTART, "--duration", "1s", "--name", self.name + "b", "--out",
                                   self.directory("other"), "--quiet")
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(self.summary("other")["tasks"]["failed"], 0)
        self.assertIsNone(first.poll())
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=20)
        self.nothing_left(descendants)

    def test_name_that_is_running(self):
        first, descendants = self.running()
        second = self.run_airbatch("run", testbed.QUICKSTART, "--name", self.name, "--out", self.directory("other"))
        self.assertEqual(second.returncode, 2)
        self.assertIn("is running already", second.stderr)
        self.assertFalse(os.path.exists(self.directory("other")))
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=20)
        self.nothing_left(descendants)


class BadInput(testbed.Case):
    def refused(self, *arguments, status=2):
        """The one line that says what is wrong."""
        result = self.run_airbatch("run", *arguments, "--out", self.directory(), timeout=30)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        return result.stderr

    def refused_text(self, text):
        return self.refused(self.topology(text))

    def test_unknown_key(self):
        error = self.refused_text("cell:\n  bandwith: 1MHz\n")
        self.assertIn("test.yaml:2:3", error)
        self.assertIn("bandwidth", error)

    def test_missing_unit(self):
        error = self.refused_text("ues:\n  distance: 50\n")
        self.assertIn("test.yaml:2:13", error)
        self.assertIn("50m", error)

    def test_distance_0(self):
        self.assertIn("distance", self.refused_text("ues:\n  distance: 0m\n"))

    def test_more_ues_than_addresses(self):
        self.assertIn("address", self.refused_text("cell:\n  subnet: 198.18.0.0/29\nues:\n  count: 9\n"))

    def test_unknown_policy(self):
        error = self.refused(testbed.QUICKSTART, "--policy", "ip-sa")
        self.assertIn("ip-ssa", error)

    def test_unknown_network(self):
        self.assertIn("mobilenet-v2", self.refused_text("ues:\n  network: mobilenet-v9\n"))

    def test_no_coverage(self):
        self.assertIn("coverage", self.refused_text("ues:\n  gain: -240dB\n"))

    def test_missing_file(self):
        self.assertIn("nowhere.yaml", self.refused("nowhere.yaml"))

    def test_empty_file(self):
        self.refused_text("")

    def test_replay_without_profile(self):
        self.assertIn("profile", self.refused(testbed.COMPUTED, "--set", "edge.executor=replay"))

    def test_unwritable_directory(self):
        blocked = os.path.join(self.folder, "file")
        with open(blocked, "w"):
            pass
        result = self.run_airbatch("run", testbed.QUICKSTART, "--out", os.path.join(blocked, "run"))
        self.assertIn(result.returncode, (1, 2))
        self.assertIn("cannot make the folder", result.stderr)

    def test_wrong_usage(self):
        for arguments in ((), ("nonsense",), ("run",), ("run", "--nonsense"), ("show",)):
            result = self.run_airbatch(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertTrue(result.stderr)

    def without(self, prepare):
        """A run in a mount namespace of its own that `prepare` (shell) has changed."""
        script = prepare + '; exec "$@"'
        os.chmod(self.folder, 0o777)
        environment = dict(os.environ, HOME=self.folder, XDG_RUNTIME_DIR=self.folder)
        return subprocess.run(["unshare", "--mount", "sh", "-ec", script, "sh", os.path.abspath(testbed.AIRBATCH),
                               "run", testbed.QUICKSTART, "--out", self.directory(), "--quiet"],
                              capture_output=True, text=True, timeout=60, env=environment)

    @testbed.needs_root
    def test_no_permission_for_namespaces(self):
        # Without the capability and without user namespaces, as in a container.
        forbid = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
        result = subprocess.run(["unshare", "-Ur", "sh", "-ec", forbid, "sh", "setpriv", "--bounding-set", "-sys_admin",
                                 "--inh-caps", "-all", os.path.abspath(testbed.AIRBATCH), "run", testbed.QUICKSTART, "--out", self.directory(),
                                 "--quiet"], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.assertIn("need root", result.stderr)
        self.assertFalse(os.path.exists(self.directory()))

    @testbed.needs_root
    def test_missing_driver(self):
        drivers = glob.glob("/usr/lib/*/librte_net_af_packet.so.*") + glob.glob("/usr/lib/*/dpdk/pmds-*/*af_packet*")
        result = self.without("; ".join(f"mount --bind /dev/null {os.path.realpath(d)}" for d in drivers))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.assertIn("af_packet", result.stderr)


if __name__ == "__main__":
    testbed.main()
