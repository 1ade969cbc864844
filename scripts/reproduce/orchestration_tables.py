# SPDX-License-Identifier: BSD-3-Clause
"""The tables and expected shapes of scripts/reproduce/orchestration."""
import statistics

STANDARD_BITS, RAW_BITS = 150000, 1204224


class Sweep:
    """What was planned by rule, by (users, threshold, condition, input, policy)."""

    def __init__(self, rows):
        self.rows = {(r["users"], r["threshold"], r["condition"], r["input_bits"], r["policy"]): r for r in rows}
        self.users = sorted({r["users"] for r in rows})
        self.thresholds = sorted({r["threshold"] for r in rows}, key=lambda t: t or 0)
        self.conditions = sorted({r["condition"] for r in rows})
        self.inputs = sorted({r["input_bits"] for r in rows})

    def ms(self, users, threshold, condition, policy, bits=STANDARD_BITS):
        return self.rows[users, threshold, condition, bits, policy]["mean_response_ms"]

    def gain(self, users, threshold, condition, bits=STANDARD_BITS):
        return 1 - self.ms(users, threshold, condition, "oracle", bits) / self.ms(users, threshold, condition, "no-selection", bits)

    def mean_gain(self, threshold, condition, bits=STANDARD_BITS):
        return statistics.mean(self.gain(n, threshold, condition, bits) for n in self.users)

    def actions(self, users, threshold, condition, policy="oracle", bits=STANDARD_BITS):
        return self.rows[users, threshold, condition, bits, policy]["actions"]


def percent(share):
    return f"{100 * share:.1f} %"


def named(threshold):
    return "none" if threshold is None else f"{100 * threshold:g} %"


def rule_tables(s):
    lines = ["", "## By rule", "", "Mean response time in ms at 89 %, condition A, and the oracle's actions (0 to 7 local d0 to d7, 8 edge, 9 cloud):",
             "", "| users | oracle | actions | no-selection | device-only | edge-only | cloud-only |", "|---|---|---|---|---|---|---|"]
    for n in s.users:
        times = [f"{s.ms(n, 0.89, 'A', p):.2f}" for p in ("oracle", "no-selection", "device-only", "edge-only", "cloud-only")]
        lines.append(f"| {n} | {times[0]} | {s.actions(n, 0.89, 'A')} | {' | '.join(times[1:])} |")
    lines += ["", "What choosing variants gains (oracle against `no-selection`), mean over 1 to 5 users:", "",
              "| input | threshold | " + " | ".join(s.conditions) + " |", "|---|---|" + "---|" * len(s.conditions)]
    for bits in s.inputs:
        for t in s.thresholds:
            gains = " | ".join(percent(s.mean_gain(t, c, bits)) for c in s.conditions)
            lines.append(f"| {bits / 1000:g} kbit | {named(t)} | {gains} |")
    return lines


def median(values):
    values = list(values)
    return f"{statistics.median(values):.0f}" if values else "-"


def agent_table(trained, users):
    lines = ["", "## Agents", "", "Loss to the best choice after the training (worst of all runs), and the interactions after which an agent stayed within 1 % "
             "(up to 3 users) or 3 % of it (median of those that got there):", "",
             "| policy | users | runs | worst loss | converged | interactions | accuracy held |", "|---|---|---|---|---|---|---|"]
    for kind in dict.fromkeys(r["policy"] for r in trained):
        for n in users:
            rows = [r for r in trained if r["policy"] == kind and r["users"] == n]
            there = [r["interactions"] for r in rows if r["interactions"] is not None]
            lines.append(f"| {kind} | {n} | {len(rows)} | {percent(max(r['loss'] for r in rows))} | {len(there)} | {median(there)} | "
                         f"{'always' if all(r['accurate'] for r in rows) else 'NOT always'} |")
    return lines


def move_table(moved, users):
    lines = ["", "## Moves", "", "Interactions until an agent stayed within 3 % of the best choice, anew and going on from what it knew (medians):", "",
             "| what changed | policy | users | anew | going on |", "|---|---|---|---|---|"]
    for what in dict.fromkeys(r["what"] for r in moved):
        for kind in dict.fromkeys(r["policy"] for r in moved):
            for n in users:
                rows = [r for r in moved if (r["what"], r["policy"], r["users"]) == (what, kind, n)]
                anew, on = (median(r[k] for r in rows if r[k] is not None) for k in ("interactions_anew", "interactions"))
                lines.append(f"| {what} | {kind} | {n} | {anew} | {on} |")
    return lines


def mean_interactions(trained, kind):
    rows = [r for r in trained if r["policy"] == kind]
    return statistics.mean(r["interactions"] for r in rows) if all(r["interactions"] is not None for r in rows) else None


def rule_shapes(s):
    near = 0.005
    yield "device-only is flat in the number of users", len({round(s.ms(n, None, "A", "device-only"), 9) for n in s.users}) == 1
    for policy in ("edge-only", "cloud-only"):
        times = [s.ms(n, None, "A", policy) for n in s.users]
        yield f"{policy} grows with the number of users", times == sorted(times) and times[-1] > times[0]
    for n, gain in ((1, 0.0), (3, 0.29), (5, 0.36)):
        yield f"at 89 % in condition A {n} users gain about {percent(gain)}", abs(s.gain(n, 0.89, "A") - gain) < near
    yield "the mean gain at 89 % in condition A is about 24 %", abs(s.mean_gain(0.89, "A") - 0.24) < near
    yield "at 89.9 % there is nothing to select", all(abs(s.gain(n, 0.899, c)) < 1e-9 for n in s.users for c in s.conditions)
    yield "a looser threshold never costs more", all(
        s.ms(n, a, c, "oracle", b) <= s.ms(n, t, c, "oracle", b) + 1e-9 for n in s.users for c in s.conditions for b in s.inputs
        for a, t in zip(s.thresholds, s.thresholds[1:]))
    yield "no threshold: small local models only", all(set(s.actions(n, None, c)) == {"7"} for n in s.users for c in s.conditions)
    yield "weak links everywhere push to the devices", all(set(s.actions(n, t, "D")) <= set("01234567") for n in s.users for t in s.thresholds)
    yield "raw pixels never leave a device", all(set(s.actions(n, t, c, bits=RAW_BITS)) <= set("01234567")
                                                 for n in s.users for t in s.thresholds for c in s.conditions)
    yield "the oracle is the lower envelope", all(
        s.ms(n, t, c, "oracle", b) <= s.ms(n, t, c, p, b) + 1e-9 for n in s.users for t in s.thresholds for c in s.conditions for b in s.inputs
        for p in ("no-selection", "device-only", "edge-only", "cloud-only"))


def agent_shapes(trained, moved, most_loss):
    for kind in ("q-orch", "dqn-orch", "hybrid-orch", "rl-no-selection"):
        rows = [r for r in trained if r["policy"] == kind]
        off = [r for r in rows if r["loss"] > most_loss[r["users"]] + 1e-9]
        yield f"{kind} loses at most 1 % (up to 3 users) and 3 % ({len(rows) - len(off)} of {len(rows)} runs)", not off
    yield "the accuracy holds in every score of every agent", all(r["accurate"] for r in [*trained, *moved])
    network, hybrid = mean_interactions(trained, "dqn-orch"), mean_interactions(trained, "hybrid-orch")
    if network and hybrid:
        yield (f"hybrid-orch needs at most a twentieth of dqn-orch's interactions (in the mean {hybrid:.0f} of {network:.0f})",
               20 * hybrid <= network)
    alone = [r["loss"] for r in trained if r["policy"] == "independent-orch" and r["users"] > 1 and r["threshold"] == 0.89]
    yield "independent learners gain nothing from averaging at 89 %", min(alone) > 0.1
    table = [r for r in moved if r["policy"] == "q-orch" and r["what"].startswith("threshold")]
    yield "q-orch needs fewer interactions from an agent of a looser threshold", all(
        r["interactions"] is not None and r["interactions"] <= r["interactions_anew"] for r in table)
    yield "hybrid-orch is back within 3 % after links became weak", all(
        r["loss"] <= 0.03 for r in moved if r["policy"] == "hybrid-orch")


def page(planned, trained, moved, most_loss):
    """The page, and the shapes that are not there."""
    s = Sweep(planned)
    lines = ["# Orchestration in virtual time", "", "Stated response times (edge/policy/orchestration/standard.h), not measured ones; nothing is emulated."]
    lines += rule_tables(s) + agent_table(trained, s.users) + move_table(moved, s.users)
    shapes = [*rule_shapes(s), *agent_shapes(trained, moved, most_loss)]
    lines += ["", "## Expected shapes", "", "| shape | |", "|---|---|"] + [f"| {text} | {'holds' if ok else 'NOT THERE'} |" for text, ok in shapes]
    return "\n".join(lines) + "\n", [text for text, ok in shapes if not ok]
