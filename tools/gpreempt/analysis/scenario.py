# SPDX-License-Identifier: GPL-2.0
"""A scenario file, and the plan that the script in the VM makes of it.

Sections: [scenario], jobs [lc] or [lc NAME] and [be] or [be NAME], policies
[policy NAME]. What the bench adds is in workloads.py.
"""

import configparser
import shlex
from dataclasses import dataclass

# What the other policies are compared with
BASELINE = "stock"

# Every key of a job but those below is an option of gpreempt-load, as it is
# there with blanks for dashes. In the order in which they are given:
OPTIONS = {
    "lc": ("priority", "arrivals", "seed", "queues", "kernels", "ahead",
           "workgroups", "waves", "after_be"),
    "be": ("priority", "queues", "in_flight", "workgroups", "waves", "seed"),
}
TIMED = {"workgroup_us", "workgroup_step_us", "per_kernel", "rate", "publish"}
# Keys of a policy that are no knobs of the driver
POLICY_KEYS = ("lc", "be", "lc_priority", "be_priority", "throttle",
               "daemon_ms", "cu_off_percent", "group", "seeds")
# In the VM. The jobs of a run see each other through it.
BOARD = "/dev/shm/board"

DEFAULTS = {"gpu": "mi308x", "mode": "SPX", "slow_motion": "4", "settle_ms": "100",
            "trace_ms": "0", "timeline": "", "timeline_ms": "0"}


@dataclass(frozen=True)
class Policy:
    """@knobs: (file, value) pairs in the order in which they are written;
    @lc, @be: do these jobs run; @extra: the other POLICY_KEYS"""
    name: str
    be: bool
    knobs: tuple
    lc: bool = True
    extra: tuple = ()

    def knob(self, name, default=None):
        return dict(self.knobs).get(name, default)

    def has(self, name, default=None):
        return dict(self.extra).get(name, default)

    @property
    def once(self):
        """Run with the first seed alone"""
        return self.has("seeds") == "one"

    @property
    def preempts(self):
        return self.be and self.lc and self.knob("enable") == "1"


@dataclass(frozen=True)
class Job:
    """@kind: lc or be; @processes: how many of them; @keys: of the section"""
    kind: str
    name: str
    processes: int
    keys: dict

    @property
    def role(self):
        """BE whose work arrives, instead of being endless, does what lc does"""
        return "lc" if "arrivals" in self.keys else self.kind

    @property
    def call(self):
        """What the plan calls for each process"""
        return self.kind if self.role == self.kind else "be_open"

    def args(self, process, slow):
        """The arguments of process number @process, from 0."""
        keys = dict(self.keys)
        if "seed" in keys:
            keys["seed"] = str(int(keys["seed"]) + process)
        if "arrivals" in keys:
            keys["arrivals"] = slow_arrivals(keys["arrivals"], slow)
        times = slow_times(step_times(keys, process), slow)
        args = options(keys, OPTIONS[self.role]) + [f"--workgroup-us={times}"]
        if keys.get("per_kernel", "no") == "yes":
            args.append("--per-kernel")
        if keys.get("publish", "no") == "yes":
            args.append("--publish")
        if "after_be" in keys or "--publish" in args:
            args.append(f"--board={BOARD}")
        if "rate" in keys:
            args.append(f"--rate={float(keys['rate']) / slow:g}")
        return args


@dataclass(frozen=True)
class Scenario:
    name: str
    gpu: str
    mode: str
    slow_motion: int
    seconds: float
    settle_ms: int
    trace_ms: int
    timeline: tuple
    timeline_ms: int
    jobs: tuple
    policies: tuple

    @property
    def params(self):
        """Of the simulator, as the machine is told them"""
        return (f"preset={self.gpu} mode={self.mode} "
                f"slow_motion={self.slow_motion}")

    def of_kind(self, kind):
        return [job for job in self.jobs if job.kind == kind]

    def processes(self, kind):
        """(job, number of the process in it) of each, as they are started"""
        return [(job, process) for job in self.of_kind(kind)
                for process in range(job.processes)]

    @property
    def lc(self):
        """The keys of the first LC job"""
        return self.of_kind("lc")[0].keys

    @property
    def be(self):
        return {"processes": str(self.of_kind("be")[0].processes),
                **self.of_kind("be")[0].keys}

    def be_args(self, number):
        """The arguments of BE process @number, from 0."""
        job, process = self.processes("be")[number]
        return job.args(process, self.slow_motion)

    def lc_args(self, number=0):
        job, process = self.processes("lc")[number]
        return job.args(process, self.slow_motion)

    def is_traced(self, policy):
        """For the timeline, or for what a preemption takes the hardware."""
        return bool(self.trace_ms) and (policy.preempts or
                                        policy.name in self.timeline)

    def slowed_knob(self, knob):
        """A knob that is a time, as the machine has to be told it."""
        name, value = knob
        if name.endswith("_us"):
            value = str(int(value) * self.slow_motion)
        return f"{name}={value}"


def number(value):
    """As short as it can be said exactly"""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def slow_times(text, slow):
    """A distribution of --workgroup-us with all its times @slow times as long"""
    kind, *values = text.split(":")
    if not values:
        return number(float(kind) * slow)
    # the last is no time: a sigma, a percentage
    timed = {"uniform": 2, "lognormal": 1, "bimodal": 2}[kind]
    return ":".join([kind, *(number(float(value) * slow)
                             for value in values[:timed]), *values[timed:]])


def mean_rate(keys):
    """Requests a second of a job, about; in a closed loop as fast as they go"""
    rate = float(keys.get("rate", 200))
    kind, *values = keys.get("arrivals", "").split(":")
    if kind == "bursts":
        on, off = map(float, values)
        rate *= on / (on + off)
    return rate


def typical_us(text):
    """One of the times of a distribution: its median, or the most frequent"""
    return float(text.split(":")[1] if ":" in text else text)


def step_times(keys, process):
    """Processes of one job may differ by a step, so as not to march in step"""
    step = float(keys.get("workgroup_step_us", 0)) * process
    text = keys["workgroup_us"]
    if not step:
        return text
    kind, *values = text.split(":")
    if not values:
        return number(float(kind) + step)
    timed = {"uniform": 2, "lognormal": 1, "bimodal": 2}[kind]
    return ":".join([kind, *(number(float(value) + step)
                             for value in values[:timed]), *values[timed:]])


def slow_arrivals(text, slow):
    kind, *values = text.split(":")
    if kind == "bursts":
        values = [number(float(value) * slow) for value in values]
    return ":".join([kind, *values])


def options(section, keys):
    return [f"--{key.replace('_', '-')}={section[key]}" for key in keys
            if key in section]


def parse_policy(name, section):
    knobs = [(key, value) for key, value in section.items()
             if key not in POLICY_KEYS]
    knobs.sort(key=lambda knob: knob[0] == "enable")
    extra = tuple((key, section[key]) for key in POLICY_KEYS[2:]
                  if key in section)
    return Policy(name, section.getboolean("be", True), tuple(knobs),
                  section.getboolean("lc", True), extra)


def parse_policies(ini):
    return tuple(parse_policy(title.split(None, 1)[1], ini[title])
                 for title in ini.sections() if title.startswith("policy "))


def parse_jobs(ini):
    jobs = []
    for title in ini.sections():
        kind, _, name = title.partition(" ")
        if kind not in OPTIONS:
            continue
        keys = dict(ini[title])
        processes = int(keys.pop("processes", 1))
        job = Job(kind, name.strip() or kind, processes, keys)
        unknown = set(keys) - set(OPTIONS[job.role]) - TIMED
        if unknown:
            raise ValueError(f"[{title}]: {', '.join(sorted(unknown))}")
        jobs.append(job)
    return tuple(sorted(jobs, key=lambda job: job.kind == "be"))


def read(text):
    """The ConfigParser of a file, or ValueError"""
    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read_string(text)
    except configparser.Error as err:
        raise ValueError(str(err)) from None
    return ini


def whole(text):
    """Seconds, an int where they are whole"""
    value = float(text)
    return int(value) if value == int(value) else value


def build(ini, policies):
    main = {**DEFAULTS, **ini["scenario"]}
    return Scenario(
        name=main["name"], gpu=main["gpu"], mode=main["mode"],
        slow_motion=int(main["slow_motion"]),
        seconds=whole(main["seconds"]), settle_ms=int(main["settle_ms"]),
        trace_ms=int(main["trace_ms"]),
        timeline=tuple(main["timeline"].split()),
        timeline_ms=int(main["timeline_ms"]),
        jobs=parse_jobs(ini), policies=policies)


def parse(text):
    """Raises ValueError or KeyError for a file that makes no sense."""
    ini = read(text)
    scenario = build(ini, parse_policies(ini))
    policies = scenario.policies
    names = [policy.name for policy in policies]
    unknown = set(scenario.timeline) - set(names)
    if unknown or len(set(names)) != len(names) or not names:
        raise ValueError(f"policies {names}, timeline {scenario.timeline}")
    if not any(policy.name == BASELINE and policy.be for policy in policies):
        raise ValueError(f"no policy {BASELINE} with BE to compare with")
    return scenario


def extra_lines(policy, slow):
    """What a policy asks of the jobs, by options that come after their own"""
    lines = []
    for kind in ("lc", "be"):
        args = []
        if policy.has(f"{kind}_priority"):
            args.append(f"--priority={policy.has(kind + '_priority')}")
        if policy.has("throttle") or policy.has("daemon_ms"):
            args.append(f"--board={BOARD}")
        if kind == "be":
            args += options(dict(policy.extra), ("throttle", "cu_off_percent"))
        if args:
            lines.append(["extra", kind, *args])
    if policy.has("daemon_ms"):
        poll = number(float(policy.has("daemon_ms")) * slow)
        lines.append(["extra", "daemon", f"--board={BOARD}",
                      f"--poll-ms={poll}"])
    return lines


def policy_lines(scenario, policy, directory=""):
    """The call of `policy` and what has to come before it"""
    trace_ms = (scenario.trace_ms * scenario.slow_motion
                if scenario.is_traced(policy) else 0)
    line = ["policy", directory + policy.name, "yes" if policy.be else "no",
            trace_ms, *map(scenario.slowed_knob, policy.knobs)]
    extra = extra_lines(policy, scenario.slow_motion)
    if not policy.lc:
        extra.append(["extra", "lc", "none"])
    return [*extra, line]


def job_lines(scenario):
    slow = scenario.slow_motion
    return [[job.call, *job.args(process, slow)]
            for kind in ("lc", "be")
            for job, process in scenario.processes(kind)]


def shell(lines):
    return "".join(shlex.join(map(str, line)) + "\n" for line in lines)


def plan(scenario):
    """Shell text that calls `setup`, `lc`, `be`, `extra` and `policy`, which
    vm-scenario defines; the scenario reaches the VM in no other way, but for
    the parameters of the simulator. All times are in slow motion.
    """
    slow = scenario.slow_motion
    lines = [
        ["setup", number(scenario.seconds * slow), scenario.settle_ms * slow,
         slow],
        *job_lines(scenario),
    ]
    for policy in scenario.policies:
        lines += policy_lines(scenario, policy)
    return shell(lines)
