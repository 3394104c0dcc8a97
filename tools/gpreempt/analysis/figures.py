# SPDX-License-Identifier: GPL-2.0
"""The figures of the bench: one row for each workload, policy and seed."""

import csv
import json
from dataclasses import dataclass

from . import floor, model, results, trace
from .results import BadResult
from .scenario import BASELINE
from .stats import percentile

COLUMNS = (
    "workload", "policy", "seed", "lc_start_p50_us", "lc_start_p99_us",
    "lc_req_p50_us", "lc_req_p99_us", "lc_req_p999_us", "be_work_pct",
    "be_of_ideal_pct", "be_worst_pct", "preemptions_per_s",
    "driver_cpu_us_per_s", "floor_us",
)
CPU_COLUMNS = ("workload", "policy", "seed", "cpu_busy_pct", "late_p99_us")
# A CPU that is busier than that is what is measured, and not the scheduler
BUSY_PERCENT = 85
# so is a program of LC that is late to ring by this share of its requests' p99
LATE_PERCENT = 20
STAGE_COLUMNS = ("workload", "policy", "seed", "stage", "count", "mean_us",
                 "floor_us")
STAGES = ("detect", "decide", "submit", "acknowledge", "progress", "resume")
# Runs without competition
LC_ALONE = "lc-alone"
BE_ALONE = "be-alone"


@dataclass(frozen=True)
class Outcome:
    """What a run left. @start, @request: sorted latencies of LC, ns, from the
    doorbell to the first wave and from the arrival to the end; @lc_work,
    @be_work: wave slots x ns that the processes of each kind had in the
    measured time, in the order of their numbers; @capacity: what the GPU has of
    these; @late: sorted, ns for which a program did not ring although it could
    have; @grown: how much each counter has grown; @floor: ns of each part, see
    floor.py, None where unknown"""
    workload: str
    policy: str
    seed: int
    start: list
    request: list
    lc_work: list
    be_work: list
    capacity: int
    late: list
    grown: dict
    floor: dict = None

    @property
    def seconds(self):
        return self.grown["clock_ms"] / 1000

    @property
    def busy_percent(self):
        """Of the machine's only CPU, for whatever"""
        return 100 - 100 * self.grown["idle_ms"] / self.grown["clock_ms"]

    @property
    def late_percent(self):
        """Of the requests' p99, at the p99"""
        if not self.request:
            return 0
        return (100 * percentile(self.late, 990) /
                percentile(self.request, 990))

    @property
    def cpu_us(self):
        """Of the scheduler, wherever it is: the driver's thread, a daemon"""
        return (self.grown["driver_cpu_ns"] +
                self.grown["daemon_cpu_ns"]) / 1000


def growth(directory, slow):
    """How much each counter grew. What is a time is in slow motion."""
    before, after = (
        dict(line.split() for line in
             (directory / name).read_text(encoding="ascii").splitlines())
        for name in ("before", "after"))
    return {name: (int(value) - int(before.get(name, 0))) //
            (slow if results.is_time(name.partition(":")[0]) else 1)
            for name, value in after.items()}


def work(reports, grown):
    return [grown.get(f"wave_ns:{report['pasid']}", 0) for report in reports]


def numbered(directory, pattern):
    """Files of the jobs, in the order of the numbers in their names"""
    return sorted(directory.glob(pattern),
                  key=lambda path: int(path.stem.rpartition("-")[2]))


def load_floor(directory, slow, parameters):
    """{part: ns}, or None where nothing was traced, or preempted"""
    if not (directory / "trace").exists():
        return None
    events = trace.parse((directory / "trace").read_text(encoding="utf-8"),
                         slow)
    report = json.loads((directory / "trace.json").read_text(encoding="ascii"))
    return floor.parts_ns(events, report["pasid"], parameters)


def load(directory, workload, policy, seed, parameters):
    """The Outcome in @directory"""
    slow = parameters["slow_motion"]
    try:
        queues = [results.load_samples(path, slow)
                  for path in numbered(directory, "lc-*.csv")]
        lc, be = ([results.load_report(path, slow)
                   for path in numbered(directory, f"{kind}-*.json")]
                  for kind in ("lc", "be"))
        grown = growth(directory, slow)
        found = load_floor(directory, slow, parameters)
    except (OSError, KeyError, ValueError) as err:
        raise BadResult(f"{directory}: {err}") from None
    samples = [sample for queue in queues for sample in queue]
    return Outcome(workload, policy, seed,
                   sorted(sample.latency for sample in samples),
                   sorted(sample.response for sample in samples),
                   work(lc, grown), work(be, grown),
                   model.wave_slots(parameters) * grown["clock_ms"] * 10**6,
                   sorted(ns for queue in queues
                          for ns in results.lateness(queue)),
                   grown, found)


def load_workload(workload, directory, seeds, left_out):
    """{(seed, policy): Outcome}; why a run is not among them is added to
    @left_out. Nothing can be compared without the baseline."""
    parameters = model.parse((directory / "model").read_text())
    outcomes = {}
    for seed in seeds:
        for policy in workload.policies(seed):
            try:
                outcomes[seed, policy.name] = load(
                    directory / str(seed) / policy.name, workload.name,
                    policy.name, seed, parameters)
            except BadResult as err:
                if policy.name == BASELINE:
                    raise
                left_out.append(str(err))
    return outcomes


def us(ordered, permille):
    return f"{percentile(ordered, permille) / 1000:.2f}" if ordered else ""


def percent(part, whole):
    return f"{100 * part / whole:.1f}" if whole > 0 else ""


def ideal_work(outcome, alone):
    """What no scheduler can exceed: all that BE wants, or what LC leaves"""
    return min(sum(alone.be_work), outcome.capacity - sum(outcome.lc_work))


def row(outcome, stock, alone, floors):
    """@stock, @alone: outcomes of the baseline, and of BE without LC or None;
    @floors: the sum of the parts, by policy"""
    shares = [100 * got / base
              for got, base in zip(outcome.be_work, stock.be_work) if base]
    ideal = ideal_work(outcome, alone) if alone else 0
    found = floors.get(outcome.policy)
    runs_be = bool(outcome.be_work)
    return {
        "workload": outcome.workload, "policy": outcome.policy,
        "seed": str(outcome.seed),
        "lc_start_p50_us": us(outcome.start, 500),
        "lc_start_p99_us": us(outcome.start, 990),
        "lc_req_p50_us": us(outcome.request, 500),
        "lc_req_p99_us": us(outcome.request, 990),
        "lc_req_p999_us": us(outcome.request, 999),
        "be_work_pct": percent(sum(outcome.be_work), sum(stock.be_work)),
        "be_of_ideal_pct": (percent(sum(outcome.be_work), ideal)
                            if runs_be else ""),
        "be_worst_pct": f"{min(shares):.1f}" if runs_be and shares else "",
        "preemptions_per_s":
            f"{outcome.grown['preemptions'] / outcome.seconds:.1f}",
        "driver_cpu_us_per_s": f"{outcome.cpu_us / outcome.seconds:.1f}",
        "floor_us": "" if found is None else f"{found / 1000:.2f}",
    }


def rows(workload, outcomes):
    """All rows of a workload, by seed, then as the policies are listed"""
    floors = {name: sum(outcome.floor.values())
              for (_, name), outcome in outcomes.items() if outcome.floor}
    return [row(outcomes[seed, policy.name], outcomes[seed, BASELINE],
                outcomes.get((seed, BE_ALONE)), floors)
            for seed in sorted({seed for seed, _ in outcomes})
            for policy in workload.scenario.policies
            if (seed, policy.name) in outcomes]


def cpu_rows(outcomes):
    """How busy the machine's CPU was, by seed and policy, and how late LC's programs
    rang because it was"""
    return [{"workload": run.workload, "policy": name, "seed": str(seed),
             "cpu_busy_pct": f"{run.busy_percent:.1f}",
             "late_p99_us": us(run.late, 990)}
            for (seed, name), run in sorted(outcomes.items())]


def stage_floor(stage, parts, parameters):
    """What a stage takes the hardware, ns; the others are the driver's own."""
    if stage == "acknowledge":
        return parts["unmap"] + parts["fence"]
    if stage == "progress":
        return parts["map"] + parameters["dispatch_ns"]
    return None


def stage_rows(outcomes, parameters):
    """Where the time of preemptions goes, by the driver's own counters"""
    parts = {name: outcome.floor for (_, name), outcome in outcomes.items()
             if outcome.floor}
    found = []
    for (seed, name), outcome in sorted(outcomes.items()):
        for stage in STAGES:
            count = outcome.grown.get(f"{stage}_count", 0)
            if not count:
                continue
            least = (stage_floor(stage, parts[name], parameters)
                     if name in parts else None)
            found.append({
                "workload": outcome.workload, "policy": name,
                "seed": str(seed), "stage": stage, "count": str(count),
                "mean_us":
                    f"{outcome.grown[stage + '_ns'] / count / 1000:.2f}",
                "floor_us": "" if least is None else f"{least / 1000:.2f}"})
    return found


def write(path, columns, table):
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def read(path):
    with open(path, newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))
