# SPDX-License-Identifier: BSD-3-Clause
"""What the scripts of reproduce/ share: where things are, what they run on, and whether real packets can be had."""
import os
import platform
import shutil
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


def marks(name):
    """The lines of a page between which its tables stand."""
    return f"<!-- scripts/reproduce/{name} --docs writes from here -->", "<!-- to here -->"


def put_into_docs(docs, name, text, out, pictures):
    """Puts text between the two marks of docs/NAME.md, and pictures of the folder out into docs/NAME."""
    begin, end = marks(name)
    page, folder = os.path.join(docs, name + ".md"), os.path.join(docs, name)
    with open(page) as f:
        old = f.read()
    if begin not in old or end not in old:
        raise RuntimeError(f"{page} has no place for the tables: it must hold '{begin}' and '{end}'")
    with open(page, "w") as f:
        f.write(old[:old.index(begin) + len(begin)] + "\n\n" + text + "\n" + old[old.index(end):])
    os.makedirs(folder, exist_ok=True)
    for picture in pictures:
        shutil.copy(os.path.join(out, picture), folder)
