# SPDX-License-Identifier: GPL-2.0
"""A scenario file, and the plan that the script in the VM makes of it."""

import configparser
import shlex
from dataclasses import dataclass

# What the other policies are compared with
BASELINE = "stock"

LC_KEYS = ("priority", "arrivals", "seed", "workgroups", "waves")
BE_KEYS = ("priority", "queues", "in_flight", "workgroups", "waves")


@dataclass(frozen=True)
class Policy:
    """@knobs: (file, value) pairs in the order in which they are written."""
    name: str
    be: bool
    knobs: tuple

    def knob(self, name, default=None):
        return dict(self.knobs).get(name, default)

    @property
    def preempts(self):
        return self.be and self.knob("enable") == "1"


@dataclass(frozen=True)
class Scenario:
    name: str
    gpu: str
    slow_motion: int
    seconds: int
    settle_ms: int
    trace_ms: int
    timeline: tuple
    timeline_ms: int
    lc: dict
    be: dict
    policies: tuple

    def be_args(self, process):
        """The arguments of BE process number @process, from 0."""
        workgroup_us = (int(self.be["workgroup_us"]) +
                        process * int(self.be["workgroup_step_us"]))
        return [*options(self.be, BE_KEYS),
                f"--workgroup-us={workgroup_us * self.slow_motion}"]

    def is_traced(self, policy):
        """For the timeline, or for what a preemption takes the hardware."""
        return bool(self.trace_ms) and (policy.preempts or
                                        policy.name in self.timeline)

    def lc_args(self):
        workgroup_us = int(self.lc["workgroup_us"]) * self.slow_motion
        return [*options(self.lc, LC_KEYS),
                f"--workgroup-us={workgroup_us}",
                f"--rate={float(self.lc['rate']) / self.slow_motion:g}"]

    def slowed_knob(self, knob):
        """A knob that is a time, as the machine has to be told it."""
        name, value = knob
        if name.endswith("_us"):
            value = str(int(value) * self.slow_motion)
        return f"{name}={value}"


def options(section, keys):
    return [f"--{key.replace('_', '-')}={section[key]}" for key in keys]


def parse_policy(name, section):
    knobs = [(key, value) for key, value in section.items() if key != "be"]
    knobs.sort(key=lambda knob: knob[0] == "enable")
    return Policy(name, section.getboolean("be", True), tuple(knobs))


def parse(text):
    """Raises ValueError or KeyError for a file that makes no sense."""
    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read_string(text)
    except configparser.Error as err:
        raise ValueError(str(err)) from None
    main = ini["scenario"]
    policies = tuple(parse_policy(title.split(None, 1)[1], ini[title])
                     for title in ini.sections()
                     if title.startswith("policy "))
    scenario = Scenario(
        name=main["name"], gpu=main["gpu"],
        slow_motion=int(main["slow_motion"]),
        seconds=int(main["seconds"]), settle_ms=int(main["settle_ms"]),
        trace_ms=int(main["trace_ms"]),
        timeline=tuple(main["timeline"].split()),
        timeline_ms=int(main["timeline_ms"]),
        lc=dict(ini["lc"]), be=dict(ini["be"]), policies=policies)
    names = [policy.name for policy in policies]
    unknown = set(scenario.timeline) - set(names)
    if unknown or len(set(names)) != len(names) or not names:
        raise ValueError(f"policies {names}, timeline {scenario.timeline}")
    if not any(policy.name == BASELINE and policy.be for policy in policies):
        raise ValueError(f"no policy {BASELINE} with BE to compare with")
    return scenario


def plan(scenario):
    """Shell text that calls `setup`, `lc`, `be` and `policy`, which
    vm-scenario defines; the scenario reaches the VM in no other way, but for
    the parameters of the simulator. All times are in slow motion.
    """
    slow = scenario.slow_motion
    lines = [
        ["setup", scenario.seconds * slow, scenario.settle_ms * slow, slow],
        ["lc", *scenario.lc_args()],
    ]
    for process in range(int(scenario.be["processes"])):
        lines.append(["be", *scenario.be_args(process)])
    for policy in scenario.policies:
        trace_ms = (scenario.trace_ms * slow if scenario.is_traced(policy)
                    else 0)
        lines.append(["policy", policy.name, "yes" if policy.be else "no",
                      trace_ms,
                      *map(scenario.slowed_knob, policy.knobs)])
    return "".join(shlex.join(map(str, line)) + "\n" for line in lines)
