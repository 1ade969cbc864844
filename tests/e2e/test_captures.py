# SPDX-License-Identifier: BSD-3-Clause
"""Captures of emulated runs: tshark's tasks are those of the records; failed captures are marked, the run goes on; and
every command of docs/captures.md works."""
import os
import re
import statistics
import subprocess
import unittest

import captures
import testbed

MOST_MEDIAN_NS = 3_000_000  # between the link model's delivery and the receiving process: what a valid run promises of both
NOT_EARLY_NS = 50_000     # the clock offset is that of two readings


ELSEWHERE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static const char *place(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && strcmp(slash, "/radio.pcap") == 0 ? getenv("RADIO") : path;
}
int truncate(const char *path, off_t size)
{
	int (*next)(const char *, off_t) = (int (*)(const char *, off_t))dlsym(RTLD_NEXT, "truncate");
	return next(place(path), size);
}
FILE *fopen(const char *path, const char *mode)
{
	FILE *(*next)(const char *, const char *) = (FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen");
	const char *slash = strrchr(path, '/');
	if (slash && strcmp(slash, "/ue1.pcap") == 0 && (errno = EISDIR))
		return NULL;
	return next(place(path), mode);
}
"""


class Captures(testbed.Case):
    def clock(self):
        return ("-o", "airbatch.clock_offset:" + self.summary()["clock_offset"])

    def file(self, name):
        return os.path.join(self.directory(), name)

    def differences(self, what, measured, seen):
        off = [measured[key] - seen[key] for key in measured]
        print(f"{what}: records minus capture {statistics.median(off) / 1e3:.1f} us in the median, "
              f"{min(off) / 1e3:.1f} .. {max(off) / 1e3:.1f} us, {len(off)} tasks")
        self.assertLess(statistics.median(off), MOST_MEDIAN_NS)
        self.assertGreater(min(off), -NOT_EARLY_NS)

    def check_tasks(self, tasks):
        path = self.file("radio.pcap")
        uploads, results = captures.uploads(path, self.clock()), captures.results(path, self.clock())
        self.assertGreater(len(tasks), 10)
        self.assertEqual(set(uploads), set(tasks))
        self.assertEqual(set(results), set(tasks))
        self.assertEqual({k: 8 * size for k, (size, _) in uploads.items()}, {k: int(t["upload_bits"]) for k, t in tasks.items()})
        self.differences("upload", {k: captures.ms(t["upload_ms"]) for k, t in tasks.items()}, {k: t for k, (_, t) in uploads.items()})
        self.differences("latency", {k: captures.ms(t["latency_ms"]) for k, t in tasks.items()}, {k: t for k, (t, _) in results.items()})

    def test_tasks_are_as_in_the_records(self):
        summary, tasks = self.valid(testbed.QUICKSTART, "--duration", "4s", "--pcap", "all")
        self.check_tasks(captures.offloaded(tasks))
        self.assertEqual([c["file"] for c in summary["captures"]], ["radio.pcap", "edge.pcap"] + [f"ue{i}.pcap" for i in range(1, 5)])
        self.assertTrue(all(c["complete"] and c["lost"] == 0 for c in summary["captures"]))
        for capture in summary["captures"]:
            count = subprocess.run(["capinfos", "-c", "-M", "-T", "-r", self.file(capture["file"])], capture_output=True, text=True)
            self.assertEqual(int(count.stdout.split()[-1]), capture["packets"])
        # Every tensor comes in at a UE, crosses the air and goes out at the edge, in this order.
        for ue in range(1, 5):
            at = [captures.uploads(self.file(name), self.clock()) for name in (f"ue{ue}.pcap", "radio.pcap", "edge.pcap")]
            for key, (size, time) in at[0].items():
                self.assertEqual({size}, {a[key][0] for a in at})
                self.assertLess(time, at[1][key][1])
                self.assertLessEqual(at[1][key][1], at[2][key][1])

    def test_cut_and_filtered_pcapng(self):
        summary, tasks = self.done(testbed.QUICKSTART, "--duration", "2s", "--pcap", "radio,ue1", "--snaplen", "128", "--pcapng",
                                   "--filter", "src host 198.18.0.2")
        path = self.file("radio.pcapng")
        mine = {k for k in captures.offloaded(tasks) if k[0] == 1}
        self.assertEqual(set(captures.uploads(path)), mine)
        comments = {re.sub(r"[\d.]+ ms", "T", c) for _, c in captures.rows(path, "tcp", "frame.number", "frame.comment")}
        self.assertEqual(comments, {"gain -64.2 dB, SNR 59.8 dB, granted 1 MHz, queued T, on the air T"})
        self.assertGreater(summary["captures"][0]["filtered"], 100)

    def elsewhere(self, radio):
        """An environment in which radio.pcap opens as another file and ue1.pcap cannot be created."""
        library = os.path.join(self.folder, "elsewhere.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", library, "-"], input=ELSEWHERE, text=True, check=True)
        return dict(os.environ, LD_PRELOAD=library, RADIO=radio, ASAN_OPTIONS="verify_asan_link_order=0")

    def check_failed(self, command):
        """radio.pcap is on a full disk and ue1.pcap cannot be created: all else is as ever."""
        result = self.run_airbatch(command, testbed.QUICKSTART, "--duration", "1s", "--pcap", "radio,edge,ue1", "--out",
                                   self.directory(), env=self.elsewhere("/dev/full"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("No space left on device", result.stderr)
        self.assertIn("Is a directory", result.stderr)
        for name in ("radio.pcap", "ue1.pcap"):
            self.assertRegex(result.stdout, f"capture {name} is INCOMPLETE: [1-9][0-9]* packets are missing")
        found = {c["file"]: c for c in self.summary()["captures"]}
        self.assertEqual([found[name]["complete"] for name in ("radio.pcap", "edge.pcap", "ue1.pcap")], [False, True, False])
        self.assertEqual(found["radio.pcap"]["lost"], found["edge.pcap"]["packets"])
        self.assertEqual(len(self.table("tasks")), 8)
        self.assertEqual(len(captures.uploads(self.file("edge.pcap"))), len(captures.offloaded(self.table("tasks"))))
        return result

    def test_failed_captures_of_a_simulation(self):
        self.check_failed("sim")

    def test_failed_captures_of_a_run(self):
        self.check_failed("run")

    @testbed.needs_root
    def test_a_disk_that_fills(self):
        """A file system of 256 KiB: what is there is whole, what is missing is counted."""
        small = os.path.join(self.folder, "small")
        os.mkdir(small)
        script = 'small=$1; shift; mount -t tmpfs -o size=256k none $small; "$@"; s=$?; cp $small/radio.pcap $small.pcap; exit $s'
        result = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", small, os.path.abspath(testbed.AIRBATCH), "sim",
                                 testbed.QUICKSTART, "--duration", "2s", "--pcap", "radio,edge", "--out", self.directory(), "--quiet"],
                                capture_output=True, text=True, timeout=60,
                                env=self.elsewhere(os.path.join(small, "radio.pcap")))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("No space left on device", result.stderr)
        radio, edge = self.summary()["captures"]
        self.assertGreater(radio["packets"], 50)
        self.assertEqual(radio["packets"] + radio["lost"], edge["packets"])
        self.assertEqual(len(captures.rows(small + ".pcap", "frame", "frame.number")), radio["packets"])

    def test_every_command_of_the_page(self):
        with open(os.path.join(testbed.SOURCE, "docs", "captures.md")) as page:
            blocks = re.findall(r"```sh\n(.*?)```", page.read(), re.S)
        self.assertGreater(len(blocks), 4)
        script = "\n".join(blocks).replace("build/airbatch", os.path.abspath(testbed.AIRBATCH)).replace("runs/see", self.directory())
        script = script.replace("quickstart.yaml", "quickstart.yaml " + " ".join(testbed.MODEL_GPU))
        result = subprocess.run(["bash", "-eu", "-c", script], capture_output=True, text=True, cwd=testbed.SOURCE,
                                env=dict(os.environ, HOME=captures.HOME))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("Lua", result.stderr)
        bits = next(int(t["upload_bits"]) for t in self.table("tasks") if (t["ue"], t["task"]) == ("3", "2"))
        self.assertIn(f"ue3 task 2 tensor, {bits // 8} bytes", result.stdout)
        self.assertIn('"complete": true', result.stdout)


class Nonsense(testbed.Case):
    def refused(self, *arguments, text="{}"):
        result = self.run_airbatch("sim", self.topology(text), "--out", self.directory(), *arguments)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.assertFalse(os.path.exists(self.directory()))
        return result.stderr

    def test_in_the_file_with_its_line(self):
        error = self.refused(text="seed: 1\ncapture:\n  points: all\n  filter: tcp prot 80\n")
        self.assertIn("test.yaml:4:11: capture.filter: 'tcp prot 80' is no filter of pcap-filter(7)", error)
        self.assertIn("test.yaml:2:20", self.refused(text="seed: 1\ncapture: {snaplen: 5B}\n"))
        self.assertIn("64kB", self.refused(text="capture: {rotate: 10B}\n"))
        self.assertIn("test.yaml:1:19: capture.format is 'snoop': must be pcap or pcapng", self.refused(text="capture: {format: snoop}\n"))

    def test_on_the_command_line(self):
        self.assertIn("tcp prot 80", self.refused("--filter", "tcp prot 80"))
        self.assertIn("capture.snaplen", self.refused("--snaplen", "5"))
        self.assertIn("capture.snaplen", self.refused("--snaplen", "1e99"))
        self.assertIn("capture.points", self.refused("--pcap", "air"))
        self.assertIn("ue9", self.refused("--pcap", "ue9"))
        self.assertIn("capture.rotate", self.refused("--rotate", "100"))


if __name__ == "__main__":
    testbed.main("tshark", "jq")
