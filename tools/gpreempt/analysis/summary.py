# SPDX-License-Identifier: GPL-2.0
"""The table and the CSV files: one row for each policy."""

import csv

from .scenario import BASELINE

COLUMNS = (
    "scenario", "policy", "lc_p50_us", "lc_p99_us", "lc_p999_us",
    "be_work_pct", "lc_max_us", "lc_samples", "lc_response_p50_us",
    "lc_response_p99_us", "be_least_pct", "be_slot_s", "preemptions",
    "driver_cpu_us_per_s", "floor_us",
)


def row(scenario, run, baseline, floor_ns):
    """be_least_pct is of the BE process that lost most against stock;
    @floor_ns: None where nothing is preempted."""
    shares = [100 * got / stock
              for got, stock in zip(run.be_work, baseline.be_work)]
    preemptions = run.grown("preemptions")
    return {
        "scenario": scenario.name,
        "policy": run.policy,
        "lc_p50_us": f"{run.latency_us(500):.2f}",
        "lc_p99_us": f"{run.latency_us(990):.2f}",
        "lc_p999_us": f"{run.latency_us(999):.2f}",
        "be_work_pct": f"{100 * sum(run.be_work) / sum(baseline.be_work):.1f}",
        "lc_max_us": f"{run.latency_us(1000):.2f}",
        "lc_samples": str(len(run.lc)),
        "lc_response_p50_us": f"{run.response_us(500):.2f}",
        "lc_response_p99_us": f"{run.response_us(990):.2f}",
        "be_least_pct": f"{min(shares, default=0):.1f}",
        "be_slot_s": f"{sum(run.be_work) / 1e9:.3f}",
        "preemptions": "" if preemptions is None else str(preemptions),
        "driver_cpu_us_per_s": f"{run.driver_cpu_us_per_s:.1f}",
        "floor_us": "" if floor_ns is None else f"{floor_ns / 1000:.2f}",
    }


def rows(scenario, runs, floors):
    """@floors: ns, by the policy's name."""
    baseline = next(run for run in runs if run.policy == BASELINE)
    return [row(scenario, run, baseline, floors.get(run.policy))
            for run in runs]


def write_summary(path, table):
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def write_latency(path, scenarios):
    """@scenarios: pairs of a scenario and its runs"""
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("scenario", "policy", "arrival_ns", "doorbell_ns",
                         "start_ns", "end_ns", "latency_ns"))
        for scenario, runs in scenarios:
            for run in runs:
                writer.writerows((scenario.name, run.policy, s.arrival,
                                  s.doorbell, s.start, s.end, s.latency)
                                 for s in run.lc)


TABLE = (
    ("policy", "policy", "", "<"),
    ("lc_p50_us", "start p50", "us", ">"),
    ("lc_p99_us", "p99", "us", ">"),
    ("lc_p999_us", "p99.9", "us", ">"),
    ("floor_us", "floor", "us", ">"),
    ("lc_response_p50_us", "end p50", "us", ">"),
    ("lc_response_p99_us", "p99", "us", ">"),
    ("be_work_pct", "BE work", "% of stock", ">"),
    ("be_least_pct", "worst off", "% of stock", ">"),
    ("preemptions", "preemptions", "", ">"),
    ("driver_cpu_us_per_s", "driver CPU", "us/s", ">"),
)

# Of a scenario that is not the main one
SHORT = ("policy", "lc_p50_us", "lc_p99_us", "lc_response_p50_us",
         "lc_response_p99_us", "be_work_pct", "be_least_pct", "preemptions")


def format_table(table, keys=None):
    """The columns that matter most, or those of @keys, as text."""
    columns = []
    for key, title, unit, align in TABLE:
        if keys and key not in keys:
            continue
        cells = [title, unit, *(line[key] or "-" for line in table)]
        width = max(map(len, cells))
        columns.append([f"{cell:{align}{width}}" for cell in cells])
    lines = ["  ".join(cells).rstrip() for cells in zip(*columns)]
    lines.insert(2, "-" * max(map(len, lines)))
    return "\n".join(lines) + "\n"
