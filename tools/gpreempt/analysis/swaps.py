# SPDX-License-Identifier: GPL-2.0
"""How long waves take to be saved and restored, from the simulator's own events.

An event is what one queue has on one XCC. The floor of it is the trap, and its
bytes at the XCC's share of the memory's bandwidth: what it would take alone. Queues
that are saved or restored at the same time share that.
"""

from . import gnuplot, model, trace
from .bench_tables import short, write_rows
from .stats import percentile

EVENTS = {"wave_save": "save", "wave_restore": "restore"}
COLUMNS = ("what", "waves", "events", "floor p50 us", "min us", "p50 us", "p99 us",
           "max us")
# Of an XCC's wave slots
BINS = 8


def floor_ns(fields, parameters):
    """What it would take alone"""
    return parameters["trap_ns"] + (fields["bytes"] * 10**9 *
                                    parameters["num_xcc"] //
                                    parameters["vram_bandwidth"])


def find(events, parameters):
    """[(save or restore, waves, ns, floor in ns)] of a trace"""
    return [(EVENTS[name], fields["waves"], fields["duration_ns"],
             floor_ns(fields, parameters))
            for name, fields in events if name in EVENTS]


def collect(directory, parameters):
    """Of all traces that runs have left in @directory, or below"""
    found = []
    for path in sorted(directory.rglob("trace")):
        events = trace.parse(path.read_text(encoding="utf-8"),
                             parameters["slow_motion"])
        found += find(events, parameters)
    return found


def rows(found, slots):
    """A line for each part of an XCC's @slots that may be taken"""
    table = [list(COLUMNS)]
    width = slots // BINS
    for what in EVENTS.values():
        for low in range(0, slots, width):
            part = [(ns, least) for kind, waves, ns, least in found
                    if kind == what and low < waves <= low + width]
            if not part:
                continue
            took, least = map(sorted, zip(*part))
            figures = (percentile(least, 500), took[0],
                       percentile(took, 500), percentile(took, 990), took[-1])
            table.append([what, f"{low + 1}-{low + width}", str(len(part)),
                          *(short(ns / 1000) for ns in figures)])
    return table


def points(found):
    """gnuplot's data: saves, restores, the floor"""
    blocks = [sorted({(waves, ns) for kind, waves, ns, _ in found
                      if kind == what}) for what in EVENTS.values()]
    blocks.append(sorted({(waves, least) for _, waves, _, least in found}))
    return "\n\n".join("".join(f"{waves} {ns / 1000:.3f}\n"
                               for waves, ns in block) or "NaN NaN\n"
                       for block in blocks)


def report(out, directories):
    """Write swaps.csv and swaps.svg to @out, from what the machines left in
    @directories; returns the names of what there is of these."""
    found = []
    slots = 0
    for directory in directories:
        parameters = model.parse((directory / "model").read_text())
        found += collect(directory, parameters)
        slots = max(slots, model.wave_slots(parameters) //
                    model.xccs(parameters))
    if not found:
        return []
    write_rows(out / "swaps.csv", rows(found, slots))
    gnuplot.draw(out / "swaps.svg", "swaps.gp", points(found))
    return ["swaps.csv", "swaps.svg"]
