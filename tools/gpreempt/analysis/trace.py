# SPDX-License-Identifier: GPL-2.0
"""Who held the GPU, from the text of the kernel's trace file."""

import re
from collections import defaultdict

from .intervals import difference, union
from .results import BadResult
from .timeline import Activity, Lane

EVENT = re.compile(r"\s(?P<seconds>\d+)\.(?P<micro>\d{6}): "
                   r"(?P<name>\w+): (?P<fields>.*)$")
WRITTEN = re.compile(r"# entries-in-buffer/entries-written: (\d+)/(\d+)")

# Left out of the picture: the job has only just begun.
SKIP_NS = 20_000_000


def parse(text, slow=1):
    """[(name, fields)] in the order of the file. Numbers are ints, and
    "written_ns" is the time of the record itself, us resolution. @slow: the
    machine ran in slow motion."""
    events = []
    for line in text.splitlines():
        if line.startswith("#"):
            kept = WRITTEN.match(line)
            if kept and kept[1] != kept[2]:
                raise BadResult(f"trace: {kept[2]} records, {kept[1]} kept")
            continue
        match = EVENT.search(line)
        if not match:
            continue
        fields = dict(token.split("=", 1)
                      for token in match["fields"].split() if "=" in token)
        fields = {key: int(value) if value.isdigit() else value
                  for key, value in fields.items()}
        fields["written_ns"] = int(match["seconds"] + match["micro"]) * 1000
        fields = {key: value // slow
                  if key.endswith("_ns") and isinstance(value, int) else value
                  for key, value in fields.items()}
        events.append((match["name"], fields))
    return events


def queue_of(fields):
    return fields["pasid"], fields["doorbell"]


def dispatches(events, end):
    """{queue: [(first wave, last wave)]}; what is still running runs to @end"""
    running = {}
    found = defaultdict(list)
    for name, fields in events:
        key = (*queue_of(fields), fields["packet"]) if (
            name in ("dispatch_start", "dispatch_end")) else None
        if name == "dispatch_start":
            running[key] = fields["start_ns"]
        elif name == "dispatch_end":
            running.pop(key, None)
            found[key[:2]].append((fields["start_ns"], fields["end_ns"]))
    for key, start in running.items():
        found[key[:2]].append((start, max(start, end)))
    return found


def swaps(events, kind):
    """{(queue, xcc): [(begin, end)]} of wave_save or wave_restore"""
    found = defaultdict(list)
    for name, fields in events:
        if name == kind:
            begin = fields["time_ns"]
            found[queue_of(fields), fields["xcc"]].append(
                (begin, begin + fields["duration_ns"]))
    return found


def stopped(saves, restores, end):
    """From each save to the end of the first restore after it."""
    pairs = []
    for begin, _ in saves:
        ends = [until for since, until in restores if since >= begin]
        pairs.append((begin, min(ends, default=end)))
    return pairs


def off_slots(events, end):
    """{queue: [(since, until)]}: from the moment that the hardware stops
    waves, any queue's, in order to unmap the queue, to where it maps it."""
    off = defaultdict(list)
    last_map = defaultdict(int)
    since = {}
    saves = [fields["time_ns"] for name, fields in events
             if name == "wave_save"]
    for name, fields in events:
        if name == "hqd_unmap":
            queue, when = queue_of(fields), fields["time_ns"]
            since[queue] = min((save for save in saves
                                if last_map[queue] < save <= when),
                               default=when)
        elif name == "hqd_map":
            queue = queue_of(fields)
            last_map[queue] = fields["time_ns"]
            if queue in since:
                off[queue].append((since.pop(queue), fields["time_ns"]))
    for queue, when in since.items():
        off[queue].append((when, end))
    return off


def preemptions(events):
    """(decided, acknowledged) of every preemption in the trace"""
    begun = {}
    pairs = []
    for name, fields in events:
        if name == "kfd_gpreempt_preempt_begin":
            begun[fields["seq"]] = fields["written_ns"]
        elif name == "kfd_gpreempt_preempt_end" and fields["seq"] in begun:
            pairs.append((begun[fields["seq"]], fields["written_ns"]))
    return pairs


def build_lane(xcc, by_queue, swapped, lc_pasid, end):
    """A dispatch is on every XCC of the node; what is saved and restored, on
    its own. @swapped: what swaps() and off_slots() found."""
    saves, restores, off_slot = swapped
    lane = Lane()
    for queue, pairs in by_queue.items():
        if queue[0] == lc_pasid:
            lane.lc = union(lane.lc, pairs)
            continue
        saved, restored = saves[queue, xcc], restores[queue, xcc]
        lane.save = union(lane.save, saved)
        lane.restore = union(lane.restore, restored)
        off = union(stopped(saved, restored, end), off_slot[queue])
        lane.be = union(lane.be, difference(union(pairs), off))
    return lane


def activity(title, events, samples, report, num_xcc):
    """What the timeline draws, from the events of one policy, and the
    samples and the report of the LC job that ran meanwhile."""
    if not events:
        raise BadResult(f"{title}: an empty trace")
    end = max(fields["written_ns"] for _, fields in events)
    by_queue = dispatches(events, end)
    swapped = (swaps(events, "wave_save"), swaps(events, "wave_restore"),
               off_slots(events, end))
    lanes = {xcc: build_lane(xcc, by_queue, swapped, report["pasid"], end)
             for xcc in range(num_xcc)}
    waiting = [(sample.doorbell, sample.start) for sample in samples]
    return Activity(title, report["begin_ns"] + SKIP_NS, lanes, waiting,
                    preemptions(events))
