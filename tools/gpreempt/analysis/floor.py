# SPDX-License-Identifier: GPL-2.0
"""What a preemption takes the simulated hardware, from its own events.

The floor is what would be left with a driver and programs that need no time:

  unmap  from where the scheduler in firmware begins with UNMAP_QUEUES to where
         the last queue is unmapped: the packet, the grace period in which waves
         may end by themselves, the trap, the time in which the waves that were
         resident get to memory, and the queues' descriptors.
  fence  the packet behind it, and writing the fence.
  map    from where it begins with the RUN_LIST that follows to where the LC
         queue has its slot: the packet, its process, the queue.

What is not in it: who notices the inversion, how long the driver needs before,
between and after these, and the launch of the LC dispatch.
"""

from .stats import percentile


class Scheduler:
    """Where the scheduler in firmware is, and what it has done since it last
    began to unmap."""

    def __init__(self, lc_pasid, model):
        self.lc_pasid = lc_pasid
        self.model = model
        self.found = []
        self.restart(None)

    def restart(self, begin):
        self.begin = begin
        self.saved = False
        self.unmapped = None
        self.runlist = None
        self.lc_mapped = None

    def packet(self, fields):
        begin = fields["time_ns"] - self.model["hws_packet_ns"]
        if fields["opcode"] == "UNMAP_QUEUES":
            self.finish()
            self.restart(begin)
        elif fields["opcode"] == "RUN_LIST":
            self.runlist = begin

    def mapped(self, fields):
        if fields["pasid"] != self.lc_pasid:
            # a resume, or a change of another kind
            self.begin = None
        elif self.lc_mapped is None:
            self.lc_mapped = fields["time_ns"]

    def finish(self):
        """Keep it if it was a preemption: waves of others were saved, and
        none of their queues has been mapped again."""
        times = (self.begin, self.unmapped, self.runlist, self.lc_mapped)
        if not self.saved or None in times:
            return
        self.found.append({
            "unmap": self.unmapped - self.begin,
            "fence": self.model["hws_packet_ns"] + self.model["hws_fence_ns"],
            "map": self.lc_mapped - self.runlist})

    def event(self, name, fields):
        if name == "hws_packet":
            self.packet(fields)
        elif name == "wave_save" and fields["pasid"] != self.lc_pasid:
            self.saved = True
        elif name == "hqd_unmap":
            self.unmapped = fields["time_ns"]
        elif name == "hqd_map" and self.runlist is not None:
            self.mapped(fields)


def all_parts(events, lc_pasid, model):
    """{part: ns} of each preemption in the trace"""
    scheduler = Scheduler(lc_pasid, model)
    for name, fields in events:
        scheduler.event(name, fields)
    scheduler.finish()
    return scheduler.found


def preemptions(events, lc_pasid, model):
    """The floor of each preemption in the trace, ns."""
    return [sum(parts.values())
            for parts in all_parts(events, lc_pasid, model)]


def parts_ns(events, lc_pasid, model):
    """The median of each part; None without a preemption."""
    found = all_parts(events, lc_pasid, model)
    if not found:
        return None
    return {part: percentile(sorted(parts[part] for parts in found), 500)
            for part in found[0]}


def typical_ns(events, lc_pasid, model):
    """The median; None without a preemption."""
    found = sorted(preemptions(events, lc_pasid, model))
    return percentile(found, 500) if found else None
