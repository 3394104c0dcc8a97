# SPDX-License-Identifier: GPL-2.0
"""Which conclusions of the bench hold when a parameter of the model is another."""

from dataclasses import dataclass, replace

from . import figures, scenario, workloads
from .bench_tables import short

# name, and seconds of measured time: short, as there are many machines
WORKLOADS = {"main": 0.3, "short-be-50": 0.1, "small-lc-8": 0.05}
SETTLE_MS = 80
POLICIES = (scenario.BASELINE, "mask-25", "timer-1ms", "doorbell")
SEED = 1

FACTORS = (0.1, 0.3, 3, 10)
INTERFERENCE = "interference_pct"
INTERFERENCES = (25, 50, 100)
# Of a parameter of these units there is an estimate, or a figure that another chip
# has not; the others are what the chip is
UNITS = ("ns", "bytes/s", "MHz", "bytes/CU")
# What none of the workloads uses: no SDMA queues, no barriers on signals, no more
# processes than run at a time
UNUSED = ("sdma_bandwidth", "barrier_poll_ns", "barrier_poll_max_ns",
          "process_quantum_ns")

# By the p90 of LC's requests, and by BE's work: in so short a time the p99 is one
# request, or two
LC, BE = "lc_req_p90_us", "be_work_pct"
YES, NO, TRADE = "yes", "no", "trade"
CONCLUSIONS = ("doorbell beats timer-1ms", "doorbell beats mask-25",
               "no worse than stock")
COLUMNS = ("parameter", "factor", "value", "workload", "policy",
           "lc_start_p50_us", "lc_start_p99_us", "lc_req_p50_us",
           "lc_req_p90_us", "lc_req_p99_us", "be_work_pct")


@dataclass(frozen=True)
class Variant:
    """A model. @parameter: "" is the model as it comes; @factor: of its value, as
    text"""
    parameter: str = ""
    factor: str = "1"
    value: int = 0

    @property
    def machine(self):
        """Those of one parameter run one after the other, each workload in a
        machine"""
        return self.parameter or "base"

    @property
    def option(self):
        """For the module"""
        return f"model={self.parameter}={self.value}" if self.parameter else ""


def units(text):
    """{parameter: unit} of the simulator's model file"""
    return {name: unit for name, _, unit in
            (line.split(None, 3)[:3] for line in text.splitlines())}


def variants(text, parameters):
    """All but the base. @text: the model file; @parameters: what is in it, without
    slow motion"""
    found = [Variant(name, f"{factor:g}",
                     max(1, round(parameters[name] * factor)))
             for name, unit in units(text).items()
             if unit in UNITS and name not in UNUSED
             for factor in FACTORS]
    return found + [Variant(INTERFERENCE, str(pct), pct)
                    for pct in INTERFERENCES]


def shortened(found):
    """The workloads of the sweep, of all that there are, with its policies"""
    by_name = {workload.name: workload for workload in found}
    chosen = []
    for name, seconds in WORKLOADS.items():
        workload = by_name[name]
        plan = replace(workload.scenario, seconds=seconds, trace_ms=0,
                       settle_ms=SETTLE_MS,
                       policies=tuple(map(workload.policy, POLICIES)))
        chosen.append(replace(workload, scenario=plan))
    return chosen


def plan(workload):
    """Shell text for vm-loads"""
    machine = workload.scenario
    slow = machine.slow_motion
    lines = [["setup", round(machine.seconds * slow * 1000), slow],
             ["settle", machine.settle_ms * slow],
             *workloads.seeded_args(machine, SEED)]
    for policy in machine.policies:
        lines += scenario.policy_lines(machine, policy)
    return scenario.shell(lines)


def script(variants_of_one, params):
    """What the machine runs: kfdsim anew for each of them. The plan is a file."""
    lines = ["set -e"]
    for variant in variants_of_one:
        lines += [f"kfdsim-load {params} {variant.option}",
                  f"mkdir /out/{variant.factor}",
                  f"vm-loads /tools/plan /out/{variant.factor}",
                  "kfdsim-unload"]
    return "\n".join(lines)


def load(workload, variant, directory, parameters):
    """Rows of the table: what a machine left in @directory"""
    table = []
    outcomes = {(SEED, policy.name): figures.load(
        directory / policy.name, workload.name, policy.name, SEED, parameters)
        for policy in workload.scenario.policies}
    for row in figures.rows(workload, outcomes):
        row[LC] = figures.us(outcomes[SEED, row["policy"]].request, 900)
        table.append({**{key: row[key] for key in COLUMNS[3:]},
                      "parameter": variant.parameter,
                      "factor": variant.factor, "value": str(variant.value)})
    return table


def better(one, other):
    """YES if it is in LC's p90 and BE's work, NO if in neither"""
    lc = float(one[LC]) < float(other[LC])
    be = float(one[BE]) >= float(other[BE])
    if lc != be:
        return TRADE
    return YES if lc else NO


def conclude(rows):
    """{conclusion: verdict}. @rows: of one machine and workload, by policy"""
    ours = rows["doorbell"]
    lc = {policy: float(row[LC]) for policy, row in rows.items()}
    return dict(zip(CONCLUSIONS, (
        YES if lc["doorbell"] < lc["timer-1ms"] else NO,
        better(ours, rows["mask-25"]),
        YES if lc["doorbell"] <= lc[scenario.BASELINE] else NO)))


def group(table):
    """{(parameter, factor): {workload: {policy: row}}}, in the table's order"""
    found = {}
    for row in table:
        found.setdefault((row["parameter"], row["factor"]), {}).setdefault(
            row["workload"], {})[row["policy"]] = row
    return found


def verdict_rows(table):
    """What is concluded of each workload with the model as it comes"""
    base = group(table)["", "1"]
    return [["workload", *CONCLUSIONS],
            *([name, *conclude(rows).values()]
              for name, rows in base.items())]


def flip_rows(table):
    """A line for each conclusion that is another than with the model as it comes"""
    found = group(table)
    base = found.pop(("", "1"))
    grid = [["parameter", "times", "workload", "conclusion", "usually", "here",
             "doorbell", "other"]]
    others = dict(zip(CONCLUSIONS, ("timer-1ms", "mask-25", scenario.BASELINE)))
    for (parameter, factor), loads in found.items():
        for workload, rows in loads.items():
            usual, here = conclude(base[workload]), conclude(rows)
            grid += [[parameter, factor, workload, conclusion,
                      usual[conclusion], here[conclusion],
                      figure(rows["doorbell"]),
                      figure(rows[others[conclusion]])]
                     for conclusion in CONCLUSIONS
                     if usual[conclusion] != here[conclusion]]
    return grid


def figure(row):
    return f"{short(float(row[LC]))} us, {row[BE]} %"


def effect_rows(table, workload, policy="doorbell", column=LC):
    """A line for each parameter: a figure of one policy, by the factor"""
    found = group(table)
    base = short(float(found.pop(("", "1"))[workload][policy][column]))
    lines = {}
    for (parameter, factor), loads in found.items():
        if parameter != INTERFERENCE:
            lines.setdefault(parameter, {})[factor] = short(
                float(loads[workload][policy][column]))
    low, high = ([f"{factor:g}" for factor in FACTORS if (factor < 1) == below]
                 for below in (True, False))
    return [["parameter", *(f"x{factor}" for factor in (*low, 1, *high))],
            *([parameter, *(cells[factor] for factor in low), base,
               *(cells[factor] for factor in high)]
              for parameter, cells in lines.items())]


def interference_rows(table):
    """LC's p90 in us and BE's work in % of stock, by interference"""
    found = group(table)
    points = [("0", found["", "1"])] + [
        (factor, loads) for (parameter, factor), loads in found.items()
        if parameter == INTERFERENCE]
    return [["workload", INTERFERENCE, *POLICIES],
            *([workload, pct, *(figure(loads[workload][policy])
                                for policy in POLICIES)]
              for workload in WORKLOADS for pct, loads in points)]
