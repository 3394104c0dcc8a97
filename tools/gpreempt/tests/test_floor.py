# SPDX-License-Identifier: GPL-2.0
import unittest

from analysis import floor

MODEL = {"hws_packet_ns": 1000, "hws_fence_ns": 500}
LC, BE = 3, 2


def packet(time_ns, opcode):
    return "hws_packet", {"time_ns": time_ns, "opcode": opcode}


def queue(name, time_ns, pasid):
    return name, {"time_ns": time_ns, "pasid": pasid}


# 31 us from the beginning of the unmap to its end, and 1.5 for the fence; the
# driver then takes its time; 6 us from the beginning of the runlist.
PREEMPTION = [
    packet(101_000, "UNMAP_QUEUES"),
    queue("wave_save", 120_000, BE),
    queue("hqd_unmap", 122_000, LC),
    queue("hqd_unmap", 131_000, BE),
    packet(180_000, "QUERY_STATUS"),
    packet(201_000, "RUN_LIST"),
    queue("hqd_map", 206_000, LC),
    queue("hqd_map", 209_000, LC),
]
FLOOR = 31_000 + 1_500 + 6_000
RESUME = [
    packet(301_000, "UNMAP_QUEUES"),
    queue("hqd_unmap", 302_000, LC),
    packet(304_000, "QUERY_STATUS"),
    packet(305_000, "RUN_LIST"),
    queue("hqd_map", 309_000, LC),
    queue("hqd_map", 312_000, BE),
]


class Floor(unittest.TestCase):
    def find(self, events):
        return floor.preemptions(events, LC, MODEL)

    def test_sum_of_what_the_hardware_did(self):
        self.assertEqual(self.find(PREEMPTION), [FLOOR])
        self.assertEqual(self.find(PREEMPTION + RESUME), [FLOOR])

    def test_a_resume_is_none(self):
        self.assertEqual(self.find(RESUME), [])
        # nor one that saved waves of another resume's queues
        saved = [queue("wave_save", 301_500, BE)]
        self.assertEqual(self.find(RESUME[:1] + saved + RESUME[1:]), [])

    def test_a_change_that_saved_nothing_is_none(self):
        self.assertEqual(self.find(
            [event for event in PREEMPTION if event[0] != "wave_save"]), [])

    def test_what_began_before_the_trace_is_left_out(self):
        self.assertEqual(self.find(PREEMPTION[1:]), [])
        self.assertEqual(self.find(PREEMPTION[1:] + PREEMPTION), [FLOOR])

    def test_median(self):
        self.assertEqual(floor.typical_ns(PREEMPTION, LC, MODEL), FLOOR)
        self.assertIsNone(floor.typical_ns(RESUME, LC, MODEL))


if __name__ == "__main__":
    unittest.main()
