#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_rounding.py KERNELS.ptx: the kernels over points round every operation on its own (dnn/points/points.h).

In the compiled code no fp32 multiply-add is fused, and every multiplication, addition and subtraction says how it
rounds, so that no later stage may fuse them. Fused ones in double precision: in sine and cosine alone.
"""
import re
import sys
from collections import Counter

OPERATION = re.compile(r"^\s*(?:@!?%p\d+\s+)?((?:fma|mad|mul|add|sub)(?:\.[a-z]+)*\.f(?:32|64))\b")
KERNEL = re.compile(r"\.entry\s+(\w+)")
SELECTING = ("ball_kernel", "distances_kernel", "sample_kernel", "suppress_kernel", "boxes_kernel")


def count(path):
    """Operations by kernel."""
    kernel, found = None, Counter()
    with open(path, encoding="ascii", errors="replace") as f:
        for line in f:
            if match := KERNEL.search(line):
                kernel = match[1]
            elif match := OPERATION.match(line):
                found[kernel, match[1]] += 1
    return found


def main():
    found = count(sys.argv[1])
    wrong = [f"{kernel}: {operation} ({n} times)" for (kernel, operation), n in sorted(found.items())
             if ".rn." not in operation or (operation.startswith("fma") and not ("boxes_kernel" in kernel and "f64" in operation))]
    for name in SELECTING:
        if not any(name in kernel and operation.startswith("mul") for kernel, operation in found):
            wrong.append(f"{name}: no multiplication found, so nothing is proved")
    print("\n".join(wrong) or f"{sum(found.values())} operations, each rounded on its own")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
