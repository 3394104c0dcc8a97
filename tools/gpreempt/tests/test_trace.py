# SPDX-License-Identifier: GPL-2.0
import unittest

from analysis import results, trace

HEADER = """\
# tracer: nop
#
# entries-in-buffer/entries-written: {kept}/10   #P:1
#
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
"""

# Queue 16 (BE) runs a dispatch that began before the trace; it is saved on
# XCC 0 while queue 24 (LC) runs, and comes back in two steps.
EVENTS = """\
     gpreempt/1-71      [000] .....   100.000010: kfd_gpreempt_preempt_begin: gpu_id=5 seq=3 queues=1
        kfdsim0-60      [000] .....   100.000030: wave_save: time_ns=100000020000 gpu=0 pasid=2 doorbell=16 xcc=0 waves=9 bytes=9 duration_ns=5000
        kfdsim0-60      [000] .....   100.000040: hqd_unmap: time_ns=100000026000 gpu=0 node=0 pasid=2 doorbell=16 how=save waves=9 bytes=9 rptr=0 wptr=1
     gpreempt/1-71      [000] .....   100.000050: kfd_gpreempt_preempt_end: gpu_id=5 seq=3 queues=1 ret=0 duration_ns=40000
        kfdsim0-60      [000] .....   100.000060: dispatch_start: time_ns=100000028000 gpu=0 pasid=3 doorbell=24 packet=0 workgroups=80 start_ns=100000030000
        kfdsim0-60      [000] .....   100.000070: dispatch_end: time_ns=100000051000 gpu=0 pasid=3 doorbell=24 packet=0 workgroups=80 start_ns=100000030000 end_ns=100000050000
        kfdsim0-60      [000] .....   100.000075: hqd_map: time_ns=100000058000 gpu=0 node=0 pasid=2 vmid=8 doorbell=16 sdma=0 pipe=0 queue=0 priority=0 rptr=0 wptr=1
        kfdsim0-60      [000] .....   100.000080: wave_restore: time_ns=100000060000 gpu=0 pasid=2 doorbell=16 xcc=0 waves=5 bytes=5 duration_ns=3000
        kfdsim0-60      [000] .....   100.000090: wave_restore: time_ns=100000063000 gpu=0 pasid=2 doorbell=16 xcc=0 waves=4 bytes=4 duration_ns=2000
        kfdsim0-60      [000] .....   100.000100: dispatch_end: time_ns=100000091000 gpu=0 pasid=2 doorbell=16 packet=7 workgroups=80 start_ns=99999999000 end_ns=100000090000
"""

T = 100_000_000_000


class Trace(unittest.TestCase):
    def activity(self, events=EVENTS, kept=10):
        return trace.activity(
            "t", trace.parse(HEADER.format(kept=kept) + events),
            [results.Sample(T, T, T + 30000, T + 50000)],
            {"pasid": 3, "begin_ns": T - trace.SKIP_NS}, 2)

    def test_be_is_off_from_save_to_first_restore(self):
        lane = self.activity().lanes[0]
        self.assertEqual(lane.be, [(99_999_999_000, T + 20000),
                                   (T + 63000, T + 90000)])
        self.assertEqual(lane.save, [(T + 20000, T + 25000)])
        self.assertEqual(lane.restore, [(T + 60000, T + 65000)])

    def test_an_xcc_where_nothing_was_saved_stops_with_the_others(self):
        lane = self.activity().lanes[1]
        self.assertEqual(lane.be, [(99_999_999_000, T + 20000),
                                   (T + 58000, T + 90000)])
        self.assertEqual(lane.save, [])

    def test_lc_is_told_by_its_pasid(self):
        self.assertEqual(self.activity().lanes[0].lc,
                         [(T + 30000, T + 50000)])

    def test_a_dispatch_without_an_end_runs_to_the_end(self):
        events = EVENTS.splitlines(keepends=True)
        lane = self.activity("".join(
            line for line in events if "dispatch_end" not in line)).lanes[0]
        self.assertEqual(lane.lc, [(T + 30000, T + 90000)])

    def test_preemption_markers(self):
        self.assertEqual(self.activity().preemptions,
                         [(T + 10000, T + 50000)])

    def test_lost_records_are_an_error(self):
        with self.assertRaisesRegex(results.BadResult, "7 kept"):
            self.activity(kept=7)

    def test_empty_trace(self):
        with self.assertRaisesRegex(results.BadResult, "empty"):
            self.activity(events="")


if __name__ == "__main__":
    unittest.main()
