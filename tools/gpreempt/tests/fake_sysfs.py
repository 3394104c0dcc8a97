# SPDX-License-Identifier: GPL-2.0
"""A tree that looks like the files of gpreempt in sysfs, for its tools."""

import pathlib

# knob: default, smallest, largest
KNOBS = {
    "monitor_interval_us": (5000, 50, 10000000),
    "lc_interval_us": (1000, 50, 10000000),
    "lc_priority_min": (11, 1, 15),
    "be_max_wait_us": (100000, 0, 10000000),
    "hqd_lc_reserved": (2, 0, 23),
    "hqd_be_max": (19, 0, 24),
}
# those that are not at the top
TUNING = ("monitor_interval_us", "lc_interval_us", "triggers")
COUNTERS = (
    "checks events doorbells inversions preemptions resumes queues_preempted "
    "queues_resumed rotations queues_throttled deactivations wakeups "
    "false_idles guards starvations failures waits_won waits_lost barriers "
    "preempt_ns resume_ns be_held_ns guard_ns").split()
STAGES = "detect decide submit acknowledge progress resume wait".split()


class Tree:
    """Where tools are told that sysfs is: @sysfs; procfs is beside it"""

    def __init__(self, root, uptime=100.0):
        root = pathlib.Path(root)
        self.sysfs = root / "sys"
        self.proc = root / "proc"
        self.kfd = self.sysfs / "class/kfd/kfd"
        self.write(self.kfd / "topology/nodes/0/gpu_id", 0)
        self.write(self.proc / "uptime", f"{uptime:.2f} 0.00")

    @staticmethod
    def write(path, value):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n")

    def knobs(self, node=1):
        return self.kfd / f"topology/nodes/{node}/gpreempt"

    def knob_file(self, name, node=1):
        directory = "tuning" if name.startswith(TUNING) else "."
        return self.knobs(node) / directory / name

    def knob(self, name, node=1):
        return self.knob_file(name, node).read_text().strip()

    def values(self, node=1):
        """All that can be set"""
        return {path.name: self.knob(path.name, node)
                for path in (self.knobs(node) / ".defaults").iterdir()}

    def add_node(self, node=1, gpu_id=1001, bus=0xc1, partition=0,
                 state="off", counters=(), stages=()):
        knobs = self.knobs(node)
        self.write(knobs.parent / "gpu_id", gpu_id)
        self.write(knobs.parent / "properties",
                   f"location_id {bus * 256 + partition}\ndomain 1")
        for name, (default, smallest, largest) in KNOBS.items():
            self.write(self.knob_file(name, node), default)
            self.write(knobs / ".defaults" / name, default)
            self.write(self.knob_file(f"{name}_min", node), smallest)
            self.write(self.knob_file(f"{name}_max", node), largest)
        self.write(self.knob_file("triggers", node),
                   "[timer] [event] [doorbell]")
        self.write(knobs / ".defaults/triggers", "timer+event+doorbell")
        self.write(knobs / "enable", 0)
        self.write(knobs / ".defaults/enable", 0)
        self.write(knobs / "state", state)
        for name, value in (("total", 24), ("active", 5), ("free", 19)):
            self.write(knobs / f"hqd_{name}", value)
        for stage in STAGES:
            self.add_stage(knobs / "stats", stage,
                           dict(stages).get(stage, {}))
        # resume_ns is both the stage's and one of these
        for name in COUNTERS:
            if name != "resume_ns" or name in counters:
                self.write(knobs / "stats" / name, dict(counters).get(name, 0))

    def add_stage(self, stats, stage, values):
        for name in ("count", "ns", "p50_us", "p99_us", "max_us"):
            self.write(stats / f"{stage}_{name}", dict(values).get(name, 0))

    def add_queue(self, pid=42, qid=0, comm="trainer", gpu_id=1001,
                  effective_class="be", state="active", **stats):
        self.write(self.proc / f"{pid}/comm", comm)
        queue = self.kfd / f"proc/{pid}/queues/{qid}"
        self.write(queue / "gpuid", gpu_id)
        self.write(queue / "gpreempt/state", state)
        self.write(queue / "gpreempt/effective_class", effective_class)
        for name in ("preemptions", "active_ns", "off_ns"):
            self.write(queue / "gpreempt/stats" / name, stats.get(name, 0))
