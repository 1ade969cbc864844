#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""compare.py TIMES.csv...: rows of time_network and torch_network.py as one markdown table: our median beside the
best PyTorch mode's, and the ratio (below 1: we are faster)."""
import csv
import sys
from collections import defaultdict


def main():
    times = defaultdict(dict)  # (network, precision, batch) -> mode -> median
    for path in sys.argv[1:]:
        with open(path, newline="") as f:
            for network, mode, batch, _, median, *_ in csv.reader(f):
                precision = "fp16" if "fp16" in mode else "fp32"
                times[network, precision, int(batch)][mode] = float(median)
    print("| network | precision | b | airbatch ms | best PyTorch ms | mode | ratio |")
    print("|---|---|---|---|---|---|---|")
    for (network, precision, batch), modes in sorted(times.items()):
        ours = min((t for m, t in modes.items() if m.startswith("airbatch")), default=None)
        theirs = min(((t, m) for m, t in modes.items() if m.startswith("torch")), default=None)
        cells = [f"{ours * 1e3:.3f}" if ours else "-"]
        cells += [f"{theirs[0] * 1e3:.3f}", theirs[1].split()[1]] if theirs else ["-", "-"]
        cells.append(f"{ours / theirs[0]:.2f}" if ours and theirs else "-")
        print(f"| {network} | {precision} | {batch} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
