# SPDX-License-Identifier: GPL-2.0
"""The distribution of LC latencies, drawn by gnuplot."""

from . import gnuplot
from .stats import ccdf

# Two dispatches that saw one tick of the GPU's clock have no logarithm.
LEAST_US = 0.01


def points(runs):
    """gnuplot's data blocks: x in us, y the share above x."""
    blocks = []
    for run in runs:
        curve = [(run.latency_us(1), 1.0)]
        curve += [(ns / 1000, share)
                  for ns, share in ccdf(sorted(s.latency for s in run.lc))]
        blocks.append("".join(f"{max(x, LEAST_US):.3f} {share:.6f}\n"
                              for x, share in curve))
    return "\n\n".join(blocks)


def draw(path, runs, floors):
    """@floors: ns, by policy; the least of them is a line."""
    known = [ns for ns in floors.values() if ns]
    floor_us = min(known) / 1000 if known else 0
    names = " ".join(run.policy for run in runs)
    gnuplot.draw(path, "latency.gp", points(runs), names=names,
                 floor_us=floor_us)
