# SPDX-License-Identifier: GPL-2.0
"""What one policy's run left in its directory, and the figures in it."""

import csv
import json
from dataclasses import dataclass

from .stats import percentile


class BadResult(Exception):
    """A run that failed, or whose files contradict each other."""


@dataclass(frozen=True)
class Sample:
    """One LC dispatch; CLOCK_MONOTONIC, ns."""
    arrival: int
    doorbell: int
    start: int
    end: int

    @property
    def latency(self):
        """Doorbell to first wave. The GPU's clock ticks every 10 ns and a
        timestamp is the tick before the event: 0 at the least."""
        return max(0, self.start - self.doorbell)

    @property
    def response(self):
        """Arrival to completion: counts waiting for one's own queue too."""
        return self.end - self.arrival


@dataclass(frozen=True)
class Run:
    """@lc: the samples, by doorbell; @before, @after: counters, by name, as
    read around the measured time; @be: the BE processes' reports."""
    policy: str
    lc: list
    be: list
    before: dict
    after: dict

    def grown(self, counter):
        """How much @counter grew; None if the driver doesn't have it."""
        if counter not in self.before or counter not in self.after:
            return None
        return self.after[counter] - self.before[counter]

    @property
    def be_work(self):
        """What each BE process got done, in order of their numbers: ns of
        finished workgroups, so that processes with short workgroups don't
        count for more."""
        return [report["window_finished"] * report["workgroup_ns"]
                for report in self.be]

    def latency_us(self, permille):
        return percentile(sorted(s.latency for s in self.lc), permille) / 1000

    def response_us(self, permille):
        return percentile(sorted(s.response for s in self.lc), permille) / 1000

    @property
    def driver_cpu_us_per_s(self):
        """CPU time of the gpreempt kernel threads, us for each second."""
        elapsed_ms = self.grown("clock_ms")
        if not elapsed_ms:
            raise BadResult(f"{self.policy}: no time passed")
        return self.grown("driver_cpu_ns") / elapsed_ms


def load_samples(path, slow=1):
    """@slow: the machine ran in slow motion, see scenarios/main.conf"""
    with open(path, newline="", encoding="ascii") as file:
        samples = [Sample(*(int(row[key]) // slow for key in
                            ("arrival_ns", "doorbell_ns", "start_ns",
                             "end_ns")))
                   for row in csv.DictReader(file)]
    if not samples:
        raise BadResult(f"{path}: no samples")
    for sample in samples:
        if not sample.arrival <= sample.doorbell < sample.end or \
           not sample.doorbell - 10 <= sample.start <= sample.end:
            raise BadResult(f"{path}: {sample} runs backwards; where the "
                            "simulation lags, slower motion helps")
    return samples


def lateness(samples):
    """For how long the program of each of @samples, of one queue, was not there to
    ring: since the request arrived, or the one before it ended"""
    late, ended = [], 0
    for sample in sorted(samples, key=lambda sample: sample.arrival):
        late.append(max(0, sample.doorbell - max(sample.arrival, ended)))
        ended = sample.end
    return late


def is_time(name):
    return name.endswith(("_ns", "_ms"))


def load_counters(path, slow=1):
    counters = {}
    for line in path.read_text(encoding="ascii").splitlines():
        name, value = line.split()
        counters[name] = int(value) // (slow if is_time(name) else 1)
    return counters


def load_report(path, slow=1):
    """A report of gpreempt-load, which checked that no work was lost; that
    is checked here again from its figures."""
    try:
        report = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as err:
        raise BadResult(f"{path}: {err}") from None
    if report["finished"] != report["issued"] or not report["issued"]:
        raise BadResult(f"{path}: {report['issued']} workgroups issued, "
                        f"{report['finished']} finished")
    return {name: value // slow if is_time(name) else value
            for name, value in report.items()}


def load(directory, slow=1):
    """The Run in @directory, which bears the policy's name."""
    try:
        lc_report = load_report(directory / "lc.json", slow)
        run = Run(policy=directory.name,
                  lc=load_samples(directory / "lc.csv", slow),
                  be=[load_report(path, slow)
                      for path in sorted(directory.glob("be-*.json"))],
                  before=load_counters(directory / "before", slow),
                  after=load_counters(directory / "after", slow))
    except (OSError, KeyError, ValueError) as err:
        raise BadResult(f"{directory}: {err}") from None
    if lc_report["dispatches"] != len(run.lc):
        raise BadResult(f"{directory}: {lc_report['dispatches']} dispatches, "
                        f"{len(run.lc)} samples")
    return run
