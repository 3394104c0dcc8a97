# SPDX-License-Identifier: GPL-2.0
import pathlib
import unittest

from analysis import scenario

SCENARIOS = pathlib.Path(__file__).parent.parent / "scenarios"
MAIN = SCENARIOS / "main.conf"


class MainScenario(unittest.TestCase):
    def setUp(self):
        self.scenario = scenario.parse(MAIN.read_text())

    def test_policies(self):
        self.assertEqual([p.name for p in self.scenario.policies],
                         ["lc-alone", "stock", "timer-5ms", "timer-1ms",
                          "doorbell", "grace-1"])
        self.assertFalse(self.scenario.policies[0].be)
        self.assertTrue(self.scenario.policies[1].be)

    def test_be_processes_differ_in_duration_only(self):
        first, second = (self.scenario.be_args(n) for n in (0, 1))
        self.assertEqual(first[:-1], second[:-1])
        self.assertNotEqual(first[-1], second[-1])

    def test_plan_traces_the_timeline_and_who_preempts(self):
        lines = scenario.plan(self.scenario).splitlines()
        traced = {line.split()[1]: line.split()[3] != "0"
                  for line in lines if line.startswith("policy ")}
        self.assertEqual(traced, {"lc-alone": False, "stock": True,
                                  "timer-5ms": True, "timer-1ms": True,
                                  "doorbell": True, "grace-1": True})

    def test_plan_is_in_slow_motion(self):
        slow = self.scenario.slow_motion
        self.assertGreater(slow, 1)
        lines = [line.split() for line in
                 scenario.plan(self.scenario).splitlines()]
        self.assertEqual(lines[0][1:], [str(n * slow) for n in (
            self.scenario.seconds, self.scenario.settle_ms, 1)])
        self.assertIn(f"--workgroup-us={20 * slow}", lines[1])
        self.assertIn(f"--rate={200 / slow:g}", lines[1])
        timer = next(line for line in lines if line[1] == "timer-1ms")
        self.assertIn(f"lc_interval_us={1000 * slow}", timer)
        self.assertIn("enable=1", timer)


class LongLc(unittest.TestCase):
    """What make run shows below the main scenario"""

    def setUp(self):
        self.scenario = scenario.parse((SCENARIOS / "long-lc.conf").read_text())
        self.main = scenario.parse(MAIN.read_text())

    def test_only_the_length_of_lc_differs(self):
        self.assertEqual(self.scenario.be, self.main.be)
        self.assertEqual({**self.scenario.lc, "workgroup_us": "20"},
                         self.main.lc)

    def test_policies_are_those_of_main(self):
        main = {policy.name: policy for policy in self.main.policies}
        self.assertEqual([policy.name for policy in self.scenario.policies],
                         ["lc-alone", "stock", "doorbell"])
        for policy in self.scenario.policies:
            self.assertEqual(policy, main[policy.name])

    def test_nothing_is_traced(self):
        self.assertFalse(any(map(self.scenario.is_traced,
                                 self.scenario.policies)))


class Parse(unittest.TestCase):
    def test_enable_is_written_last(self):
        text = MAIN.read_text() + "\n[policy x]\nenable = 1\nconfirm_us = 7\n"
        self.assertEqual(scenario.parse(text).policies[-1].knobs,
                         (("confirm_us", "7"), ("enable", "1")))

    def test_rejects_a_timeline_of_an_unknown_policy(self):
        text = MAIN.read_text().replace("timeline = stock", "timeline = stok")
        with self.assertRaises(ValueError):
            scenario.parse(text)

    def test_rejects_a_scenario_without_a_baseline(self):
        text = MAIN.read_text().replace("[policy stock]",
                                        "[policy stock]\nbe = no")
        with self.assertRaises(ValueError):
            scenario.parse(text)

    def test_rejects_what_is_not_ini(self):
        with self.assertRaises(ValueError):
            scenario.parse("enable = 1\n")


if __name__ == "__main__":
    unittest.main()
