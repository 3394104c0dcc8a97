# SPDX-License-Identifier: GPL-2.0
"""How many instructions the core needs, from traces of vm-bench.

In the machine that counts instructions a nanosecond is an instruction. What a
call took is its duration without the time that its task slept, less that of the
calls in it that are FOREIGN: the simulated hardware, waiting for it, and timers
that happened to expire. What tracing itself takes is measured, and taken off.
"""

import csv
import statistics
from dataclasses import dataclass

from . import funcgraph
from .results import BadResult

FOREIGN = {"amdkfd_fence_wait_timeout", "kfdsim_doorbell_kernel_write",
           "kfdsim_doorbell_vma_fault", "monitor_timer"}
OPERATIONS = ("check", "preempt", "resume", "doorbell-fault")
# How much a check may cost more with many BE queues than with few
TOLERANCE = 0.10
PACKETS = ("unmap_queues", "query_status", "run_list")


@dataclass(frozen=True)
class Tracing:
    """What it takes to trace a call: @inside is part of the duration that is
    shown for the call, @outside only of that of the call around it."""
    inside: int = 0
    outside: int = 0


def own(call, tracing):
    """Instructions of @call that are the driver's own work."""
    total = call.ns - tracing.inside
    for inner in call.calls:
        total -= tracing.outside + inner.ns
        if inner.name not in FOREIGN:
            total += own(inner, tracing)
    return total


def has_event(call, name):
    return any(event.startswith(name + ":") for event in call.events())


def find(call, name):
    """Is there a call of @name in @call, at any depth?"""
    return any(inner.name == name or find(inner, name)
               for inner in call.calls)


def operation(phase, call):
    """What an outermost call is a sample of; None: of nothing."""
    if phase == "check":
        return "check" if call.name == "monitor_timer" else None
    if call.name == "kfd_gpreempt_work":
        if has_event(call, "kfd_gpreempt_preempt_end"):
            return "preempt"
        if has_event(call, "kfd_gpreempt_resume_end"):
            return "resume"
    # only the ring of an armed doorbell is the scheduler's business
    if call.name == "handle_mm_fault" and find(call, "kfd_gpreempt_woken"):
        return "doorbell-fault"
    return None


def samples(text, tracing):
    """{(operation, BE queues, LC queues): [instructions]}"""
    found = {}
    for marker, calls in funcgraph.parse(text):
        words = marker.split()
        if len(words) != 4 or words[0] != "bench:":
            raise BadResult(f"trace: marker '{marker}'")
        for call in calls:
            name = operation(words[1], call)
            if name:
                found.setdefault((name, int(words[2]), int(words[3])),
                                 []).append(own(call, tracing))
    return found


def checks(text):
    """The traced calls of the checks with one queue of each kind."""
    return [call for marker, calls in funcgraph.parse(text)
            for call in calls
            if marker == "bench: check 1 1" and call.name == "monitor_timer"]


def tracing_cost(plain, calibration):
    """From checks in which nothing is traced, and those in which a function of
    a few instructions is."""
    alone, nested = checks(plain), checks(calibration)
    if not alone or not nested or any(call.calls for call in alone) or \
            any(call.count() != 1 for call in nested):
        raise BadResult("trace: not one more call in each check")
    inside = statistics.median_low(call.calls[0].ns for call in nested)
    outside = statistics.median_low(
        call.ns - call.calls[0].ns for call in nested)
    outside -= statistics.median_low(call.ns for call in alone)
    if outside < 0:
        raise BadResult(f"tracing a call takes {outside} ns?")
    return Tracing(inside, outside)


def table(texts, tracing):
    """Rows of core.csv: the median of each, in a fixed order."""
    found = {}
    for text in texts:
        found.update(samples(text, tracing))
    rows = [(name, be, lc, statistics.median_low(found[name, be, lc]))
            for name, be, lc in found]
    rows.sort(key=lambda row: (OPERATIONS.index(row[0]), row[2], row[1]))
    counts = {(be, lc) for _, be, lc in found}
    missing = [(name, *count) for name in OPERATIONS for count in counts
               if (name, *count) not in found]
    if missing or not counts:
        raise BadResult(f"not in the traces: {missing}")
    return rows


def write(path, rows):
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("operation", "be_queues", "lc_queues",
                         "guest_instructions"))
        writer.writerows(rows)


def load_packets(path):
    with open(path, newline="", encoding="ascii") as file:
        return [{key: value if key == "operation" else int(value)
                 for key, value in row.items()}
                for row in csv.DictReader(file)]


def complaints(rows, packets):
    """What must not be: text for each. A check looks at the LC queues alone;
    a batch of any size is one unmap, one fence and one runlist."""
    texts = []
    for lc in sorted({row[2] for row in rows if row[0] == "check"}):
        costs = {be: cost for name, be, count, cost in rows
                 if name == "check" and count == lc}
        least = costs[min(costs)]
        for be, cost in sorted(costs.items()):
            if cost > least * (1 + TOLERANCE):
                texts.append(f"a check with {lc} LC queues costs {least} "
                             f"instructions with {min(costs)} BE queues, and "
                             f"{cost} with {be}")
    for row in packets:
        sent = [row[name] for name in PACKETS]
        if sent != [1, 1, 1]:
            texts.append(f"{row['operation']} of {row['be_queues']} BE queues: "
                         f"{sent} packets {PACKETS}")
    return texts


def format_rows(rows):
    """One line for each operation and number of LC queues."""
    be_counts = sorted({row[1] for row in rows})
    lines = [f"{'operation':14}  {'LC queues':>9}  " +
             "  ".join(f"{be:>8} BE" for be in be_counts)]
    lines.append("-" * len(lines[0]))
    costs = {row[:3]: row[3] for row in rows}
    for name, lc in dict.fromkeys((row[0], row[2]) for row in rows):
        cells = [costs.get((name, be, lc)) for be in be_counts]
        lines.append(f"{name:14}  {lc:>9}  " + "  ".join(
            f"{'-' if cell is None else cell:>11}" for cell in cells))
    return "\n".join(lines) + "\n"


def points(rows):
    """gnuplot's data blocks, one for each operation and number of LC queues,
    with its title in the first line."""
    blocks = {}
    for name, be, lc, cost in rows:
        blocks.setdefault(f"{name}, {lc} LC", []).append(f"{be} {cost}")
    return "\n\n\n".join("\n".join([f'"{title}"', *lines])
                         for title, lines in blocks.items()) + "\n"
