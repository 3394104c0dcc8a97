# SPDX-License-Identifier: GPL-2.0
"""The tables of the bench: on a terminal, and for the documentation."""

import csv
import statistics
from collections import defaultdict

from .figures import BUSY_PERCENT, LATE_PERCENT, LC_ALONE, STAGES
from .scenario import BASELINE

LEGEND = """\
start       LC, from the doorbell to the first wave
request     LC, from the arrival to the end of the last kernel
spread      the least and the greatest p99 of a seed
x alone     p99 of the requests over that of LC without BE
BE work     wave slots x time that BE ran, of what it runs under stock; of what LC
            leaves, and no more than BE runs alone; and of the process that
            lost most against stock
driver CPU  of the scheduler's kernel thread, or of the daemon

Medians over the seeds. All of it is simulated.
"""
TABLE = (
    ("policy", "policy", "", "<"),
    ("start_p50", "start p50", "us", ">"),
    ("start_p99", "p99", "us", ">"),
    ("req_p50", "request p50", "us", ">"),
    ("req_p99", "p99", "us", ">"),
    ("spread", "spread", "us", ">"),
    ("req_p999", "p99.9", "us", ">"),
    ("max", "max", "us", ">"),
    ("factor", "p99", "x alone", ">"),
    ("be_work", "BE work", "% of stock", ">"),
    ("be_ideal", "", "% of ideal", ">"),
    ("be_worst", "worst off", "% of stock", ">"),
    ("preemptions", "preempted", "/s", ">"),
    ("cpu", "driver CPU", "us/s", ">"),
    ("floor", "floor", "us", ">"),
)
MEDIANS = {
    "start_p50": "lc_start_p50_us", "start_p99": "lc_start_p99_us",
    "req_p50": "lc_req_p50_us", "req_p99": "lc_req_p99_us",
    "req_p999": "lc_req_p999_us", "be_work": "be_work_pct",
    "be_ideal": "be_of_ideal_pct", "be_worst": "be_worst_pct",
    "preemptions": "preemptions_per_s", "cpu": "driver_cpu_us_per_s",
    "floor": "floor_us",
}
# Who turns gpreempt on has that instead of BASELINE
DEFAULTS = "doorbell"
# Of both, side by side
COMPARED = ("start_p50", "start_p99", "req_p50", "req_p99")
# Takes too long to be one of the quick ones, and has a table in the document
TRIAL = "end-to-end"
# What the document shows of each workload
DOC = ("policy", "start_p50", "start_p99", "req_p50", "req_p99", "factor",
       "be_work", "be_ideal", "be_worst", "preemptions", "cpu")
# The moves: which policies tell what each is worth, and what of them
MOVES = ("stock", "mask-25", "preempt-only", "no-wait", "no-cus", "doorbell")
MOVES_SHOWN = ("policy", "start_p50", "start_p99", "req_p50", "req_p99",
               "be_work", "be_ideal", "be_worst", "preemptions")


def short(value):
    """Three digits, or all before the point"""
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def values(rows, column):
    return [float(row[column]) for row in rows if row[column]]


def median(rows, column):
    found = values(rows, column)
    return statistics.median(found) if found else None


def by_policy(table):
    """{(workload, policy): its rows, one for each seed}, in their order"""
    found = defaultdict(list)
    for row in table:
        found[row["workload"], row["policy"]].append(row)
    return found


def summarize(rows, alone, longest_ns):
    """One line: medians over the seeds, as text. @alone: rows of LC alone;
    @longest_ns: the longest request of all seeds, or None"""
    line = {"policy": rows[0]["policy"]}
    for key, column in MEDIANS.items():
        value = median(rows, column)
        line[key] = "-" if value is None else short(value)
    p99 = values(rows, "lc_req_p99_us")
    line["spread"] = (f"{short(min(p99))}-{short(max(p99))}"
                      if len(p99) > 1 else "-")
    base = median(alone, "lc_req_p99_us") if alone else None
    line["factor"] = (short(statistics.median(p99) / base)
                      if p99 and base else "-")
    line["max"] = "-" if longest_ns is None else short(longest_ns / 1000)
    return line


def lines_of(workload, groups, outcomes):
    name = workload.name
    alone = groups.get((name, LC_ALONE))
    found = []
    for policy in workload.scenario.policies:
        if not groups.get((name, policy.name)):
            continue
        longest = [run.request[-1] for (_, of), run in outcomes[name].items()
                   if of == policy.name and run.request]
        found.append(summarize(groups[name, policy.name], alone,
                               max(longest, default=None)))
    return found


def format_lines(lines, keys=None):
    columns = []
    for key, title, unit, align in TABLE:
        if keys and key not in keys:
            continue
        cells = [title, unit, *(line[key] for line in lines)]
        if all(cell == "-" for cell in cells[2:]):
            continue
        width = max(map(len, cells))
        columns.append([f"{cell:{align}{width}}" for cell in cells])
    text = ["  ".join(cells).rstrip() for cells in zip(*columns)]
    text.insert(2, "-" * max(map(len, text)))
    return "\n".join(text) + "\n"


def series_of(chosen):
    """{series: its workloads} of those that have more than one"""
    found = defaultdict(list)
    for workload in chosen:
        if workload.value:
            found[workload.series].append(workload)
    return {name: loads for name, loads in found.items() if len(loads) > 1}


def series_grid(loads, groups, column):
    """Rows of a table: a value of the series, then the median of each policy"""
    policies = [policy.name for policy in loads[0].scenario.policies]
    grid = [["", *policies]]
    for load in loads:
        cells = [median(groups[load.name, policy], column)
                 for policy in policies]
        grid.append([load.value,
                     *("-" if cell is None else short(cell)
                       for cell in cells)])
    return grid


def format_grid(grid):
    widths = [max(len(line[i]) for line in grid) for i in range(len(grid[0]))]
    lines = ["  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths))
             for line in grid]
    lines.insert(1, "-" * len(lines[0]))
    return "\n".join(line.rstrip() for line in lines) + "\n"


SERIES_COLUMNS = (("lc_start_p99_us", "start p99, us"),
                  ("lc_req_p99_us", "request p99, us"),
                  ("be_work_pct", "BE work, % of stock"))


def text(chosen, table, outcomes):
    """All tables, for a terminal"""
    groups = by_policy(table)
    in_series = series_of(chosen)
    parts = []
    for workload in chosen:
        if workload.series in in_series:
            continue
        parts.append(f"{workload.name}: {caption(workload)}\n\n" +
                     format_lines(lines_of(workload, groups, outcomes)))
    for name, loads in in_series.items():
        for column, title in SERIES_COLUMNS:
            grid = series_grid(loads, groups, column)
            if any(cell != "-" for line in grid[1:] for cell in line[1:]):
                parts.append(f"{name}: {loads[0].title}: {title}\n\n" +
                             format_grid(grid))
    return "\n".join(["", *parts, *busy(chosen, outcomes), LEGEND])


def above(chosen, outcomes, percent_of, most):
    """A line for each workload in which @percent_of(run) is more than @most"""
    lines = []
    for workload in chosen:
        found = {}
        for (_, policy), run in outcomes[workload.name].items():
            found[policy] = max(found.get(policy, 0), percent_of(run))
        policies = [f"{policy} {percent:.0f} %" for policy, percent in
                    found.items() if percent > most]
        if policies:
            lines.append(f"  {workload.name}: {', '.join(policies)}\n")
    return lines


def busy(chosen, outcomes):
    """What can't be trusted: texts, or nothing"""
    cpu = above(chosen, outcomes, lambda run: run.busy_percent, BUSY_PERCENT)
    late = above(chosen, outcomes, lambda run: run.late_percent, LATE_PERCENT)
    texts = []
    if cpu:
        texts.append("Where the machine's CPU was busy for more than "
                     f"{BUSY_PERCENT} % of the time, it was the simulation\nthat "
                     "took long, not the GPU:\n" + "".join(cpu))
    if late:
        texts.append("Where LC's programs got the CPU late, at the p99 by more "
                     f"than {LATE_PERCENT} % of their requests' p99,\nfor the "
                     "simulation, the scheduler or each other:\n" +
                     "".join(late))
    return texts


def caption(workload):
    if not workload.value:
        return workload.title
    return f"{workload.title}: {workload.value}"


def write_rows(path, grid):
    with open(path, "w", newline="", encoding="ascii") as file:
        csv.writer(file, lineterminator="\n").writerows(grid)


def write_doc(directory, chosen, table, stages):
    """A CSV file for each table of gpreempt-evaluation.rst"""
    groups = by_policy(table)
    titles = {key: " ".join(filter(None, (title, unit)))
              for key, title, unit, _ in TABLE}
    for workload in chosen:
        if not workload.quick and workload.name != TRIAL:
            continue
        lines = lines_of(workload, groups, defaultdict(dict))
        write_rows(directory / f"{workload.name}.csv",
                   [[titles[key] for key in DOC],
                    *([line[key] for key in DOC] for line in lines)])
    write_rows(directory / "moves.csv", moves(chosen, groups, titles))
    write_rows(directory / "harm.csv", harm(chosen, groups))
    for name, loads in series_of(chosen).items():
        for column in ("lc_req_p99_us", "be_work_pct"):
            write_rows(directory / f"{name}-{column}.csv",
                       series_grid(loads, groups, column))
    write_stages(directory / "stages.csv", stages)


def moves(chosen, groups, titles):
    """What each move is worth, in the telling workloads"""
    grid = [["workload", *(titles[key] for key in MOVES_SHOWN)]]
    for workload in chosen:
        if not workload.quick:
            continue
        for line in lines_of(workload, groups, defaultdict(dict)):
            if line["policy"] in MOVES:
                grid.append([workload.name,
                             *(line[key] for key in MOVES_SHOWN)])
    return grid


def harm(chosen, groups):
    """What changes for who turns gpreempt on, in every workload"""
    grid = [["workload", *(f"{name} {policy}" for name in
                           ("start p50 us:", "p99:", "request p50:", "p99:")
                           for policy in (BASELINE, "gpreempt")),
             "BE work % of stock", "worst off"]]
    for workload in chosen:
        lines = {line["policy"]: line
                 for line in lines_of(workload, groups, defaultdict(dict))}
        if not {BASELINE, DEFAULTS} <= set(lines):
            continue
        grid.append([workload.name,
                     *(lines[policy][key] for key in COMPARED
                       for policy in (BASELINE, DEFAULTS)),
                     lines[DEFAULTS]["be_work"], lines[DEFAULTS]["be_worst"]])
    return grid


def write_stages(path, stages, workload="main"):
    """Means of each stage, and the model's floor, of one workload"""
    found = defaultdict(lambda: defaultdict(list))
    for row in stages:
        if row["workload"] == workload:
            found[row["policy"]][row["stage"]].append(row)
    grid = [["policy", *STAGES]]
    for policy, rows in found.items():
        cells = []
        for stage in STAGES:
            mean = median(rows[stage], "mean_us")
            least = median(rows[stage], "floor_us")
            cells.append("-" if mean is None else short(mean) +
                         ("" if least is None else f" ({short(least)})"))
        grid.append([policy, *cells])
    write_rows(path, grid)
