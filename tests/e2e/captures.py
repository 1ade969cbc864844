# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of captures share: tshark with the dissector, and tasks as it sees them."""
import os
import subprocess
import tempfile

import testbed

SCRIPT = os.path.join(testbed.SOURCE, "scripts", "wireshark", "airbatch.lua")
HOME = tempfile.gettempdir()  # no plug-in and no preference of the person's own


def tshark(path, *arguments, check=True):
    result = subprocess.run(["tshark", "-X", "lua_script:" + SCRIPT, "-r", path, *arguments], capture_output=True,
                            text=True, errors="replace", timeout=120, env=dict(os.environ, HOME=HOME))
    if "Lua" in result.stderr or "Lua Error" in result.stdout:
        raise AssertionError(f"{path}: {result.stderr[-2000:]}{result.stdout[-2000:]}")
    if check and result.returncode != 0:
        raise AssertionError(result.stderr)
    return result.stdout


def rows(path, display_filter, *fields, options=()):
    command = ["-Y", display_filter, "-T", "fields", "-E", "occurrence=f", *options]
    for field in fields:
        command += ["-e", field]
    return [line.split("\t") for line in tshark(path, *command).splitlines()]


def ns(text):
    """A decimal number of s (or, multiplied, of ms) in whole ns, exactly."""
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("-").partition(".")
    return sign * (int(whole) * 10**9 + int((fraction + "000000000")[:9]))


def ms(text):
    return ns(text) // 1000


def uploads(path, options=()):
    """{(ue, task): (bytes, ns)} of the tensors that are complete in the capture."""
    found = rows(path, "airbatch.upload_time", "airbatch.ue", "airbatch.task", "airbatch.upload_bytes", "airbatch.upload_time",
                 options=options)
    return {(int(ue), int(task)): (int(size), ns(time)) for ue, task, size, time in found}


def results(path, options=()):
    """{(ue, task): (latency in ns, whether its deadline is marked as missed)}."""
    found = rows(path, "airbatch.latency", "airbatch.ue", "airbatch.task", "airbatch.latency", "airbatch.deadline_missed",
                 options=options)
    return {(int(ue), int(task)): (ns(latency), bool(missed)) for ue, task, latency, missed in found}


def offloaded(tasks):
    return {(int(t["ue"]), int(t["task"])): t for t in tasks if t["outcome"] == "done" and t["cut"] != t["subtasks"]}
