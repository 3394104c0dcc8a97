# SPDX-License-Identifier: GPL-2.0
"""The workloads of the bench, and the plan that vm-loads gets for one of them.

Workloads are scenario files, with two more sections. [bench]:

  title     a line for the tables
  groups    of policies, from the file of policies (core)
  quick     yes: one of the telling ones
  seconds   of measured time, if the bench wants another than make run
  learn_ms  for which all are there before that under policies that let the
            scheduler reserve compute units, and find out how many; the others have
            settle_ms
  machine   of those that are not telling, with the same hardware, the ones that say
            the same here run in one

How long a run is: as long as it takes for 300 requests, of which p99 is the third
longest, and no longer, but some workgroups of BE at the least: 0.2 s beside those
of 30 ms. Where that is too long, it is fewer: where LC is rare, in the mixes, and
beside 1024 queues.

[series], which makes one workload of each value:

  values    the workload's name is <name>-<value>
  key       section.key that is set to it
  section.key            what that is set to, one for each value
  seconds, slow_motion   of [scenario], one for each value
"""

from dataclasses import dataclass, replace

from . import scenario

# What a run costs, in seconds of CPU time: fitted to what make bench-quick said of
# its ten workloads on a quiet machine (525 s in all). Only the estimate of the time
# that is left depends on it, and which machine comes first, and there only what they
# are to each other.
BOOT_S = 13
RUN_S = 0.5
REQUEST_S = 0.001
KERNEL_S = 0.00014
QUEUE_S = 0.03
WORKGROUP_S = 55e-6

# Of the GPU, and of a node of it in CPX
WAVE_SLOTS = {"SPX": 80 * 32, "CPX": 20 * 32}

# How long a preemption's hardware events are looked at, and by which seed
FLOOR_MS = 40
FIRST_SEED = 1
# The telling workloads have more seeds than the others
TELLING_SEEDS = 5
# Settings of [scenario] that may differ in a series
SERIES_KEYS = ("seconds", "slow_motion")
# Of a series, but for what is set one for each value
SERIES_OWN = ("key", "values")
# What figures of the others are made with
REFERENCES = ["lc-alone", "be-alone", scenario.BASELINE]


@dataclass(frozen=True)
class Workload:
    """One point of the bench. @series: the file's name, @value: what it has
    of the series, "" if there is none; @learn_ms, @shared: see [bench], the latter
    is its machine"""
    scenario: scenario.Scenario
    title: str
    series: str
    value: str
    quick: bool
    learn_ms: int
    shared: str

    @property
    def name(self):
        return self.scenario.name

    @property
    def machine(self):
        """Where it runs: alone, or after others that are not telling either, and
        have the same hardware: booting takes as long as some policies"""
        if self.quick or not self.shared:
            return self.name
        return f"{self.shared}-by-{self.scenario.slow_motion}"

    def policy(self, name):
        return next(policy for policy in self.scenario.policies
                    if policy.name == name)

    def policies(self, seed):
        """Those that it is run under with @seed"""
        return [policy for policy in self.scenario.policies
                if seed == FIRST_SEED or not policy.once]

    def settle_ms(self, policy):
        learns = (policy.knob("enable") == "1" and
                  policy.knob("cu_lc_reserved") != "0")
        return self.learn_ms if learns else self.scenario.settle_ms

    def cost(self, seeds):
        """Expected seconds, but for its machine's"""
        return sum(self.cost_of_run(policy) for seed in seeds
                   for policy in self.policies(seed))

    def cost_of_run(self, policy):
        plan = self.scenario
        settle_s = self.settle_ms(policy) / 1000
        # LC begins when a quarter of that is over
        lc_s = plan.seconds + 0.75 * settle_s
        rates = [(scenario.mean_rate(job.keys) * job.processes,
                  int(job.keys.get("kernels", 1)))
                 for job in plan.jobs if job.role == "lc"]
        requests = lc_s * sum(rate for rate, _ in rates)
        kernels = lc_s * sum(rate * many for rate, many in rates)
        queues = sum(int(job.keys.get("queues", 1)) * job.processes
                     for job in plan.jobs)
        workgroups = self.be_workgroups_per_s() * (plan.seconds + settle_s)
        return (RUN_S + requests * REQUEST_S + kernels * KERNEL_S +
                queues * QUEUE_S + workgroups * WORKGROUP_S)

    def be_workgroups_per_s(self):
        """Of BE that has work without end, about"""
        plan = self.scenario
        endless = [job.keys for job in plan.jobs if job.role == "be"]
        rates = [WAVE_SLOTS[plan.mode] / int(keys.get("waves", 1)) /
                 scenario.typical_us(keys["workgroup_us"]) * 1e6
                 for keys in endless]
        return sum(rates) / len(rates) if rates else 0


def has_group(policy, groups):
    return policy.has("group", "core") in groups


def is_variant(policy):
    """Of another one, that tells enough of a value among many"""
    group = policy.has("group")
    return group == "moves" or (policy.once and not group)


def fits(policy, plan):
    """Some policies make no sense without LC, without BE, or where work of BE
    arrives: the daemon and throttling are for BE that is endless."""
    lc, be = plan.of_kind("lc"), plan.of_kind("be")
    if not lc and not (policy.lc and policy.be):
        return False
    if not be and (not policy.lc or policy.has("cu_off_percent")):
        return False
    if policy.has("throttle") or policy.has("daemon_ms"):
        return bool(be) and all(job.role == "be" for job in be)
    return True


def seeds(workload, asked, quick):
    """Those that it is run with. @asked: how many the user wants, or None;
    @quick: make bench-quick"""
    many = TELLING_SEEDS if workload.quick and not quick else 1
    return range(FIRST_SEED, FIRST_SEED + (asked or many))


def parse_policies(text):
    policies = scenario.parse_policies(scenario.read(text))
    names = [policy.name for policy in policies]
    if scenario.BASELINE not in names or len(set(names)) != len(names):
        raise ValueError(f"policies {names}")
    return policies


def points(ini):
    """(value, [(section, key, what it is set to)]) of each workload of a file"""
    if "series" not in ini:
        return [("", [])]
    series = ini["series"]
    values = series["values"].split()
    settings = [[] for _ in values]
    columns = {name: text.split() for name, text in series.items()
               if name not in SERIES_OWN}
    if "key" in series:
        columns[series["key"]] = values
    for name, own in columns.items():
        section, dot, key = name.rpartition(".")
        if len(own) != len(values) or not (dot or key in SERIES_KEYS):
            raise ValueError(f"[series]: {name} and values")
        for setting, text in zip(settings, own):
            setting.append((section or "scenario", key, text))
    return list(zip(values, settings))


def build(ini, value, settings, policies):
    bench = ini["bench"]
    for section, key, text in settings:
        ini[section][key] = text
    plan = scenario.build(ini, ())
    groups = bench.get("groups", "core").split()
    quick = bench.get("quick", "").split()
    telling = "yes" in quick or (bool(value) and value in quick)
    chosen = tuple(policy for policy in policies
                   if has_group(policy, groups) and fits(policy, plan) and
                   (telling or not value or not is_variant(policy)))
    own = [text for *what, text in settings if what == ["scenario", "seconds"]]
    seconds = scenario.whole(*own or [bench.get("seconds", plan.seconds)])
    name = f"{plan.name}-{value}" if value else plan.name
    plan = replace(plan, name=name, seconds=seconds, trace_ms=FLOOR_MS,
                   timeline=(), policies=chosen)
    series = ini["scenario"]["name"]
    return Workload(plan, bench["title"], series, value, telling,
                    int(bench.get("learn_ms", plan.settle_ms)),
                    bench.get("machine", series if value else ""))


def parse(text, policies):
    """The workloads of a file; none, if it has no section [bench]"""
    ini = scenario.read(text)
    if "bench" not in ini:
        return []
    return [build(scenario.read(text), value, settings, policies)
            for value, settings in points(ini)]


def seeded_args(plan, seed):
    """The job lines of a plan. Jobs have seeds of their own, LC and BE as well,
    far enough apart for the processes of each."""
    lines = []
    for kind, apart in (("lc", 0), ("be", 50)):
        for i, job in enumerate(plan.of_kind(kind)):
            own = (int(job.keys.get("seed", 1)) + 100 * i + apart +
                   1000 * (seed - 1))
            job = replace(job, keys={**job.keys, "seed": str(own)})
            lines += [[job.call, *job.args(process, plan.slow_motion)]
                      for process in range(job.processes)]
    return lines


def by_machine(found):
    """{its name: [the workloads that it runs]}"""
    machines = {}
    for workload in found:
        machines.setdefault(workload.machine, []).append(workload)
    return machines


def find_policies(directory):
    """Those of the bench, from @directory with its files"""
    return parse_policies((directory / "policies").read_text())


def find(directory, policies):
    """All workloads of @directory, with those of @policies that they run under"""
    return [workload for path in sorted(directory.glob("*.conf"))
            for workload in parse(path.read_text(), policies)]


def plan(workload, seeds):
    """Shell text for vm-loads: all policies with the first seed, then most of them
    with the next. What comes later changes nothing in what came before."""
    machine = workload.scenario
    slow = machine.slow_motion
    lines = [["into", machine.name]]
    for seed in seeds:
        if seed != FIRST_SEED:
            machine = replace(machine, trace_ms=0)
        lines.append(["setup", round(machine.seconds * slow * 1000), slow])
        lines += seeded_args(machine, seed)
        for policy in workload.policies(seed):
            lines.append(["settle", workload.settle_ms(policy) * slow])
            lines += scenario.policy_lines(machine, policy, f"{seed}/")
    return scenario.shell(lines)
