# SPDX-License-Identifier: GPL-2.0
import unittest

from analysis import model, results
from analysis.scenario import Policy

TEXT = """\
num_xcc                                 4 1        product brief
num_partitions                          1 1        SPX is the default mode
cu_per_xcc                             20 1        product brief
vram_bandwidth              5300000000000 bytes/s  product brief
trap_ns                              2000 ns       estimate
cu_state_bytes                     610304 bytes    kfd_queue.c
slow_motion                             1 1        parameter of the module
"""

SLOW = TEXT.replace("5300000000000", "1325000000000").replace(
    "trap_ns                              2000",
    "trap_ns                              8000").replace(
    "slow_motion                             1",
    "slow_motion                             4")


class Model(unittest.TestCase):
    def setUp(self):
        self.model = model.parse(TEXT)

    def test_save_of_a_full_gpu(self):
        self.assertAlmostEqual(model.save_ns(self.model), 11212, delta=1)

    def test_slow_motion_is_taken_back(self):
        slow = model.parse(SLOW)
        self.assertEqual(slow["slow_motion"], 4)
        for name in set(slow) - {"slow_motion"}:
            self.assertEqual(slow[name], self.model[name], name)

    def test_worst_case_needs_a_timer(self):
        on = Policy("t", True, (("triggers", "timer"),
                                ("lc_interval_us", "1000"), ("enable", "1")))
        off = Policy("s", True, (("lc_interval_us", "1000"), ("enable", "0")))
        self.assertAlmostEqual(model.worst_us(self.model, on), 1011.2,
                               delta=0.1)
        self.assertIsNone(model.worst_us(self.model, off))

    def test_a_doorbell_waits_for_no_timer(self):
        policy = Policy("d", True, (("triggers", "timer+doorbell"),
                                    ("lc_interval_us", "1000"),
                                    ("confirm_us", "7"), ("enable", "1")))
        self.assertAlmostEqual(model.worst_us(self.model, policy), 18.2,
                               delta=0.1)

    def test_incomplete_model(self):
        with self.assertRaises(results.BadResult):
            model.save_ns({"cu_state_bytes": 1})


if __name__ == "__main__":
    unittest.main()
