# SPDX-License-Identifier: BSD-3-Clause
"""What the scripts of reproduce/ share: where things are, what they run on, and whether real packets can be had."""
import os
import platform
import subprocess

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AIRBATCH = os.path.join(SOURCE, "build", "airbatch")


def build():
    if not os.path.exists(AIRBATCH):
        subprocess.run([os.path.join(SOURCE, "scripts", "build")], check=True)


def why_not():
    """A reason why the emulation cannot be had here, or None. Without root it takes a user namespace, as `airbatch run` does."""
    for flags in ("-n", "-Urn"):
        probe = subprocess.run(["unshare", flags, "true"], capture_output=True, text=True)
        if probe.returncode == 0:
            return None
    return "no network namespaces here (run as root): " + probe.stderr.strip()


def machine():
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "unknown processor")
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}"
