# SPDX-License-Identifier: BSD-3-Clause
"""Runs where a process may have little: a processor quota, no locked memory, a network that another user namespace owns."""
import contextlib
import json
import os
import subprocess
import unittest

import testbed

TOPOLOGY = """
name: contained
duration: 1s
policy: lc
ues: {count: 2, distance: 20m, arrivals: {kind: none}}
edge: {executor: replay, profile: mobilenet-v2-gpu-model}
"""
V1, V2 = "/sys/fs/cgroup/cpu", "/sys/fs/cgroup"
PERIOD_US = 100000


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


@contextlib.contextmanager
def group_of(cores):
    """A new control group with a quota; the file that takes processes into it."""
    v1 = os.path.exists(os.path.join(V1, "cpu.cfs_quota_us"))
    folder = os.path.join(V1 if v1 else V2, "airbatch-test-%d" % os.getpid())
    try:
        if not v1:
            write(os.path.join(V2, "cgroup.subtree_control"), "+cpu")
        os.mkdir(folder)
    except OSError as e:
        raise unittest.SkipTest("no control group can be made here: %s" % e)
    try:
        quota = int(cores * PERIOD_US)
        if v1:
            write(os.path.join(folder, "cpu.cfs_period_us"), str(PERIOD_US))
            write(os.path.join(folder, "cpu.cfs_quota_us"), str(quota))
        else:
            write(os.path.join(folder, "cpu.max"), "%d %d" % (quota, PERIOD_US))
        yield os.path.join(folder, "cgroup.procs")
    finally:
        testbed.wait_for(lambda: removed(folder), 10, "processes are left in " + folder)


def removed(folder):
    try:
        os.rmdir(folder)
        return True
    except OSError:
        return False


class Containers(testbed.Case):
    def run_in(self, *prefix, options=()):
        return subprocess.run([*prefix, testbed.AIRBATCH, "run", self.topology(TOPOLOGY), "--out", self.directory(), *options],
                              capture_output=True, text=True, timeout=90)

    def under_quota(self, cores, *options, beside=""):
        with group_of(cores) as procs:
            return self.run_in("sh", "-ec", 'echo $$ > "$0"; %s exec "$@"' % beside, procs, options=options)

    def assert_refused(self, result, *words):
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertFalse(os.path.exists(self.directory()))

    @testbed.needs_root
    def test_a_quota_that_no_run_can_live_with_is_refused(self):
        self.assert_refused(self.under_quota(.03), "0.03 of a processor", "--cpuset-cpus")
        self.assert_refused(self.under_quota(.5, "--set", "shaper.loop=poll"), "never sleeps", "1.05")

    @testbed.needs_root
    def test_a_small_quota_is_said_before_and_after(self):
        result = self.under_quota(.1, "--duration", "3s", beside="timeout 8 sh -c 'while :; do :; done' &")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("leaves 0.1 processors", result.stderr)
        summary = self.summary()
        self.assertTrue(any("quota of 0.1 processors stopped" in note for note in summary["notes"]), summary["notes"])

    @testbed.needs_root
    def test_too_little_locked_memory_is_refused(self):
        def limited(kib):
            return self.run_in("setpriv", "--bounding-set", "-ipc_lock", "--inh-caps", "-all", "prlimit",
                               "--memlock=%d" % (kib << 10))
        self.assert_refused(limited(64), "64 KiB", "1024 KiB", "ulimit -l")
        self.assertEqual(limited(4096).returncode, 0)
        self.assertTrue(any("rings hold only 512 packets" in note for note in self.summary()["notes"]))

    def test_a_network_that_another_user_namespace_owns(self):
        result = self.run_in("unshare", "--user", "--map-root-user")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.summary()["status"], "done")

    def test_a_user_namespace_without_users(self):
        result = self.run_in("unshare", "--user")
        self.assertEqual(result.returncode, 1)
        self.assertIn("--map-root-user", result.stderr)

    @testbed.needs_root
    def test_the_doctor_sees_a_quota_and_what_it_does(self):
        with group_of(.1) as procs:
            result = subprocess.run(["sh", "-ec", 'echo $$ > "$0"; exec "$@"', procs, testbed.AIRBATCH, "doctor", "--json"],
                                    capture_output=True, text=True, timeout=120)
        answer = json.loads(result.stdout)
        found = {check["name"]: check for check in answer["checks"]}
        self.assertEqual(found["processors"]["state"], "poor")
        self.assertIn("leaves 0.1", found["processors"]["found"])
        self.assertFalse(answer["prediction"]["valid"], answer)  # the rehearsal takes a third of a processor
        self.assertIn("not be valid", answer["prediction"]["text"])

    def test_the_prediction_is_what_the_rehearsal_found(self):
        answer = json.loads(self.run_airbatch("doctor", "--json").stdout)
        kept = [check["state"] == "ok" for check in answer["checks"]
                if check["name"] == "batches" or check["name"].endswith(("timer", "timers"))]
        self.assertEqual(len(kept), 4)
        self.assertEqual(answer["prediction"]["valid"], all(kept) and answer["ready"], answer)


if __name__ == "__main__":
    testbed.main("unshare", "setpriv", "prlimit")
