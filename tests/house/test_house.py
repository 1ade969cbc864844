#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The laws of the house: which room may use which, what a target links, what a name means, how long a function is.

Arguments: the build directory. Sources are those that git knows, or, without git, all that are there."""
import collections
import functools
import os
import re
import statistics
import subprocess
import sys
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = None

# Lowest first: a room uses those before it, and itself. The longest path that fits is a file's room.
FLOORS = [
    "base", "phy", "mac", "dnn", "proto",
    "ue/life", "edge/policy", "edge/online", "edge/desk",
    "setup", "records",
    "ue/process", "edge/process", "sim", "emu",
    "tools",
]
# Programs of their own: they start no room of the house, and none uses them.
OUTSIDE = ("tests", "edge/policy/example")
# Functions of the C library that one of our programs puts its own in front of.
WRAPPED = ("setsockopt",)
# What a policy outside the house includes must need nothing to link.
ALONE = ("edge/policy/policy.h", "dnn/device.h", "base/err.h")


@functools.lru_cache
def sources():
    git = subprocess.run(["git", "-C", SOURCE, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    if git.returncode == 0:
        names = git.stdout.split("\n")
    else:
        names = [os.path.relpath(os.path.join(folder, name), SOURCE)
                 for folder, _, files in os.walk(SOURCE) if "/build" not in folder for name in files]
    return sorted(n for n in set(names)
                  if re.search(r"\.(c|h|cu|cuh|inc)$", n) and os.path.exists(os.path.join(SOURCE, n)) and not n.startswith(OUTSIDE))


@functools.lru_cache
def read(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
        return file.read()


@functools.lru_cache
def room(name):
    fitting = [floor for floor in FLOORS if name.startswith(floor + "/")]
    return max(fitting, key=len) if fitting else None


@functools.lru_cache
def includes(name):
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', read(name), re.M)


def targets():
    """Each library or program of the build: its sources, and the targets of the house that it names."""
    found = {}
    with open(os.path.join(BUILD, "targets.txt"), encoding="utf-8") as file:
        for line in file:
            name, folder, files, uses = line.rstrip("\n").split("|")
            paths = [f if os.path.isabs(f) else os.path.join(folder, f) for f in files.split(";") if f]
            inside = {os.path.relpath(p, SOURCE) for p in paths if p.startswith(SOURCE + "/") and not p.startswith(BUILD + "/")}
            found[name] = (inside, [u for u in uses.split(";") if u])
    return found


class Rooms(unittest.TestCase):
    def test_every_source_stands_in_a_room(self):
        self.assertEqual([name for name in sources() if room(name) is None], [])

    def test_rooms_look_down_only(self):
        wrong = []
        for name in sources():
            for other in includes(name):
                below = room(other)
                if below and FLOORS.index(below) > FLOORS.index(room(name)):
                    wrong.append(f"{name} includes {other}")
        self.assertEqual(wrong, [])

    def test_includes_name_headers_by_their_whole_path(self):
        wrong = [f"{name} includes {other}" for name in sources() for other in includes(name)
                 if other.endswith(".c") or not (os.path.exists(os.path.join(SOURCE, other)) or other.endswith((".cuh", ".inc")))]
        self.assertEqual(wrong, [])

    def test_private_headers_stay_in_their_folder(self):
        """.. and in the folders below it."""
        wrong = [f"{name} includes {other}" for name in sources() for other in includes(name)
                 if other.endswith("_private.h") and not name.startswith(os.path.dirname(other) + "/")]
        self.assertEqual(wrong, [])

    def test_headers_for_outside_policies_need_nothing_to_link(self):
        for name in ALONE:
            self.assertLessEqual(set(includes(name)), set(ALONE), name)

    def test_no_room_is_a_quarter_of_the_house(self):
        lines = collections.Counter()
        for name in sources():
            lines[name.split("/")[0]] += read(name).count("\n")
        total = sum(lines.values())
        self.assertEqual({r: f"{n / total:.1%}" for r, n in lines.items() if n / total >= 0.25}, {})

    def test_simulated_edge_and_ue_are_short_hosts(self):
        code = [line for name in sources() if re.match(r"sim/(edge|ue)\w*\.[ch]$", name) for line in read(name).split("\n")
                if not re.match(r"\s*(//.*)?$", line)]
        self.assertLess(len(code), 250)


class Targets(unittest.TestCase):
    """What a target includes it links: the code behind a header is in the target itself or in what it names."""

    def setUp(self):
        self.targets = targets()
        self.owners = collections.defaultdict(set)
        for target, (files, _) in self.targets.items():
            for name in files:
                if name.endswith(".c"):
                    self.owners[name[:-2] + ".h"].add(target)

    def linked(self, target, seen):
        if target not in seen and target in self.targets:
            seen.add(target)
            for other in self.targets[target][1]:
                self.linked(other, seen)
        return seen

    def test_what_is_included_is_linked(self):
        wrong = []
        for target, (files, _) in sorted(self.targets.items()):
            linked = self.linked(target, set())
            for name in sorted(files):
                for other in includes(name):
                    if self.owners[other] and not self.owners[other] & linked:
                        wrong.append(f"{target}: {name} includes {other} of {', '.join(sorted(self.owners[other]))}")
        self.assertEqual(wrong, [])


class Symbols(unittest.TestCase):
    """The object files' own view: who defines what, and who calls it."""

    def setUp(self):
        self.defined = collections.defaultdict(set)
        self.used = collections.defaultdict(set)
        objects = {}
        for target, (files, _) in targets().items():
            for name in files:
                path = self.object_of(target, name)
                if path:
                    objects[path] = name
        out = subprocess.run(["nm", "-P", "-A", *objects], capture_output=True, text=True).stdout
        for line in out.split("\n"):
            path, _, rest = line.partition(": ")
            fields = rest.split()
            if len(fields) < 2 or "." in fields[0]:
                continue
            if fields[1] in "TDBRC" and fields[0] not in WRAPPED:
                self.defined[fields[0]].add(objects[path])
            elif fields[1] == "U":
                self.used[objects[path]].add(fields[0])

    @staticmethod
    def object_of(target, name):
        folder = os.path.dirname(name)
        while True:
            path = os.path.join(BUILD, folder, "CMakeFiles", target + ".dir", os.path.relpath(name, folder or ".") + ".o")
            if os.path.exists(path):
                return path
            if not folder:
                return None
            folder = os.path.dirname(folder)

    def test_objects_were_found(self):
        self.assertGreater(len(self.used), 300, "no object files: is this the build directory?")

    def test_a_name_means_one_thing(self):
        twice = {symbol: sorted(files) for symbol, files in self.defined.items() if len(files) > 1 and symbol != "main"}
        self.assertEqual(twice, {})

    def test_calls_go_down_only(self):
        wrong = []
        for name, symbols in self.used.items():
            for symbol in symbols:
                for owner in self.defined.get(symbol, ()):
                    if FLOORS.index(room(owner)) > FLOORS.index(room(name)):
                        wrong.append(f"{name} calls {symbol} of {owner}")
        self.assertEqual(wrong, [])


class Pages(unittest.TestCase):
    def test_files_that_pages_name_are_there(self):
        """`folder/file.c`, `folder/file` of a file.h, `folder/` and links of Markdown, in README.md and docs."""
        pages = ["README.md"] + ["docs/" + n for n in sorted(os.listdir(os.path.join(SOURCE, "docs"))) if n.endswith(".md")]
        tops = {floor.split("/")[0] for floor in FLOORS} | {"tests", "docs", "scripts", "topologies", "cmake"}
        wrong = []
        for page in pages:
            text = read(page)
            for name in re.findall(r"`([\w./-]+/[\w.-]*)`", text):
                path = os.path.join(SOURCE, name)
                if name.split("/")[0] in tops and "NAME" not in name and not any(os.path.exists(path + end) for end in ("", ".h", ".c")):
                    wrong.append(f"{page}: `{name}`")
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
                if not os.path.exists(os.path.join(SOURCE, os.path.dirname(page), link)):
                    wrong.append(f"{page}: ({link})")
        self.assertEqual(wrong, [])


class Functions(unittest.TestCase):
    def test_functions_are_short(self):
        lengths = []
        for name in sources():
            if not name.endswith(".c"):
                continue
            lines, began = read(name).split("\n"), None
            for number, line in enumerate(lines):
                if line == "{":
                    began = number
                elif line == "}" and began is not None:
                    lengths.append((number - began - 1, name, lines[began - 1]))
                    began = None
        ordered = sorted(length for length, _, _ in lengths)
        self.assertLessEqual(statistics.median(ordered), 10)
        self.assertLessEqual(ordered[len(ordered) * 9 // 10], 21)
        longest = max(lengths)
        self.assertLessEqual(longest[0], 63, f"{longest[1]}: {longest[2]}")


if __name__ == "__main__":
    BUILD = os.path.abspath(sys.argv.pop(1))
    unittest.TestCase.maxDiff = None
    unittest.main(verbosity=1)
