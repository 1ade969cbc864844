# SPDX-License-Identifier: BSD-3-Clause
"""How near emulated runs come to simulated ones on this machine, now: figures, no verdict (ctest --preset precision)."""
import json
import os
import subprocess
import tempfile

import testbed
from test_sim import TRAFFIC

RUNS = 3


def run(folder, command, name, *arguments):
    directory = os.path.join(folder, name)
    subprocess.run([testbed.AIRBATCH, command, *arguments, "--out", directory, "--quiet"], check=True)
    with open(os.path.join(directory, "summary.json")) as f:
        return json.load(f)


def compare(what, figures, folder, *arguments):
    """Each figure: (name, unit, function of a summary)."""
    simulated = run(folder, "sim", what + "-sim", *arguments)
    for attempt in range(RUNS):
        emulated = run(folder, "run", f"{what}-{attempt}", *arguments)
        off = ", ".join(f"{name} {100 * (value(emulated) / value(simulated) - 1):+.3f} %" for name, value in figures)
        print(f"{what}, emulation against simulation: {off}; {'valid' if emulated['valid'] else 'NOT VALID'}", flush=True)
        for why in emulated["not_valid_because"]:
            print("  not valid:", why)


def main():
    reason = testbed.why_not()
    if reason:
        print("skipped:", reason)
        return
    with tempfile.TemporaryDirectory(prefix="airbatch-precision-") as folder:
        for rate in ("10Mbit/s", "18Mbit/s"):
            path = os.path.join(folder, "traffic.yaml")
            with open(path, "w") as f:
                f.write(TRAFFIC % (rate, "none"))
            compare(f"datagrams at {rate.replace('/', '-')}",
                    [("mean delay", lambda s: s["traffic"][0]["delay_us"]["mean"]),
                     ("goodput", lambda s: s["traffic"][0]["goodput_bps"])], folder, path)
        compare("quickstart",
                [("median latency", lambda s: s["tasks"]["latency_ms"]["p50"]),
                 ("energy", lambda s: s["tasks"]["energy_mj"]["mean"])],
                folder, testbed.QUICKSTART, "--duration", "5s")


if __name__ == "__main__":
    main()
