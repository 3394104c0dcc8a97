# SPDX-License-Identifier: GPL-2.0
import pathlib
import unittest

from analysis import scenario, workloads

SCENARIOS = pathlib.Path(__file__).parent.parent / "scenarios"
POLICIES = workloads.parse_policies((SCENARIOS / "policies").read_text())

TEXT = """
[scenario]
name = x
seconds = 2
[bench]
title = what
groups = core
[lc a]
processes = 2
priority = 15
arrivals = bursts:10:90
rate = 200
seed = 3
workgroups = 8
waves = 4
workgroup_us = bimodal:20:100:5
[lc b]
priority = 15
arrivals = closed
kernels = 10
workgroup_us = 20
[be]
priority = 0
queues = 2
workgroup_us = uniform:10:20
workgroup_step_us = 5
processes = 2
"""
SERIES = "[series]\nkey = be.queues\nvalues = 1 64\nseconds = 3 0.5\n"


def all_workloads():
    return [workload for path in sorted(SCENARIOS.glob("*.conf"))
            for workload in workloads.parse(path.read_text(), POLICIES)]


def plan_lines(text, seeds=(1,)):
    workload, = workloads.parse(text, POLICIES)
    return [line.split() for line in
            workloads.plan(workload, seeds).splitlines()]


class Files(unittest.TestCase):
    """What make bench runs"""

    @classmethod
    def setUpClass(cls):
        cls.workloads = all_workloads()

    def test_names_are_unique(self):
        names = [workload.name for workload in self.workloads]
        self.assertEqual(len(names), len(set(names)))

    def test_ten_are_telling(self):
        self.assertEqual(sum(w.quick for w in self.workloads), 10)

    def test_all_have_the_baseline_and_gpreempt(self):
        for workload in self.workloads:
            names = {p.name for p in workload.scenario.policies}
            self.assertLessEqual({"stock", "doorbell"}, names, workload.name)

    def test_each_file_says_where_its_numbers_come_from(self):
        for path in SCENARIOS.glob("*.conf"):
            head = path.read_text().partition("[")[0].splitlines()
            self.assertGreater(sum(line.startswith("# ") for line in head), 2,
                               path.name)

    def test_loads_of_the_main_scenario_but_for_what_they_vary(self):
        main = scenario.parse((SCENARIOS / "main.conf").read_text())
        found = {w.name: w.scenario for w in self.workloads}
        self.assertEqual({**found["lc-rate-10000"].lc, "rate": "200",
                          "seed": "1"}, main.lc)
        self.assertEqual(found["lc-rate-10000"].be, main.be)
        for name, rate in (("short-be-50", "1000"), ("short-be-rare-lc", "200")):
            short = found[name]
            # a fourth of the GPU
            self.assertEqual(short.mode, "CPX")
            self.assertEqual({**short.lc, "workgroups": "80", "rate": "200",
                              "seed": "1"}, main.lc)
            self.assertEqual(short.lc["workgroups"], "20")
            self.assertEqual(short.lc["rate"], rate)
            self.assertEqual({**short.be, "workgroups": "160",
                              "workgroup_us": main.be["workgroup_us"],
                              "workgroup_step_us":
                                  main.be["workgroup_step_us"]}, main.be)
            self.assertEqual(short.be["workgroup_us"], "50")

    def test_throttling_and_the_daemon_are_for_endless_be_only(self):
        """Work that arrives is submitted by the role lc, which does neither."""
        for workload in self.workloads:
            if all(job.role == job.kind for job in workload.scenario.jobs):
                continue
            for policy in workload.scenario.policies:
                for key in ("throttle", "daemon_ms"):
                    self.assertIsNone(policy.has(key), workload.name)

    def test_every_workload_has_every_policy_that_fits(self):
        found = {w.name: {p.name for p in w.scenario.policies}
                 for w in self.workloads}
        everywhere = {p.name for p in POLICIES if not p.has("group")}
        self.assertEqual(len(everywhere), 16)
        for name in ("short-be-rare-lc", "lc-rate-10000", "persistent"):
            self.assertLessEqual(everywhere, found[name], name)
        for name in ("lc-rate-10", "be-queues-127"):
            self.assertEqual({p.name for p in POLICIES
                              if p.name in everywhere - found[name]},
                             {p.name for p in POLICIES
                              if p.once and not p.has("group")}, name)
        self.assertNotIn("no-admission", found["be-queues-127"])
        self.assertIn("no-admission", found["online-offline"])
        self.assertNotIn("no-wait", found["lc-rate-10"])
        arriving = {name for name in everywhere
                    if not name.startswith(("throttle", "daemon"))}
        self.assertEqual(found["mix-a"], arriving)
        for name, groups in (("online-offline", {"features"}),
                             ("short-be-50", {"moves"}),
                             ("main", {"features", "moves"})):
            self.assertEqual({p.name for p in POLICIES
                              if not p.has("group") or p.has("group") in groups},
                             found[name])

    def test_the_telling_have_more_seeds(self):
        telling = next(w for w in self.workloads if w.quick)
        other = next(w for w in self.workloads if not w.quick)
        for workload, asked, quick, count in (
                (telling, None, False, 5), (telling, None, True, 1),
                (other, None, False, 1), (other, 2, False, 2)):
            self.assertEqual(
                list(workloads.seeds(workload, asked, quick)),
                list(range(1, 1 + count)))

    def test_those_that_are_not_telling_share_machines(self):
        machines = workloads.by_machine(self.workloads)
        names = {name: [workload.name for workload in its_workloads]
                 for name, its_workloads in machines.items()}
        self.assertEqual(names["main"], ["main"])
        self.assertEqual(names["short-be-50"], ["short-be-50"])
        self.assertEqual(names["small-lc-by-4"], ["small-lc-1", "small-lc-4"])
        self.assertEqual(names["disb-by-4"], ["disb-a", "disb-b"])
        for its_workloads in machines.values():
            self.assertEqual(1, len({workload.scenario.params
                                     for workload in its_workloads}))
        self.assertEqual(sum(map(len, machines.values())), len(self.workloads))

    def test_those_that_are_compared_have_all_seeds(self):
        workload = next(w for w in self.workloads if w.name == "main")
        first, later = ({policy.name for policy in workload.policies(seed)}
                        for seed in (1, 2))
        self.assertEqual(first, {p.name for p in workload.scenario.policies})
        self.assertLess(later, first)
        self.assertLessEqual({"lc-alone", "be-alone", "stock", "stock-normal",
                              "mask-25", "doorbell",
                              "preempt-only", "no-wait", "no-cus"}, later)


class Parse(unittest.TestCase):
    def test_a_series_is_one_workload_for_each_value(self):
        found = workloads.parse(TEXT + SERIES, POLICIES)
        self.assertEqual([(w.name, w.scenario.seconds, w.scenario.be["queues"])
                          for w in found],
                         [("x-1", 3, "1"), ("x-64", 0.5, "64")])

    def test_a_series_has_seconds_for_all_values(self):
        with self.assertRaises(ValueError):
            workloads.parse(TEXT + SERIES.replace("3 0.5", "3"), POLICIES)

    def test_a_series_has_its_own_slow_motion(self):
        found = workloads.parse(TEXT + SERIES + "slow_motion = 20 4\n", POLICIES)
        self.assertEqual([w.scenario.params for w in found],
                         ["preset=mi308x mode=SPX slow_motion=20",
                          "preset=mi308x mode=SPX slow_motion=4"])
        self.assertIn("setup 60000 20\n", workloads.plan(found[0], (1,)))

    def test_a_series_may_set_what_is_not_its_value(self):
        series = ("[series]\nvalues = 2 1016\nbe.queues = 2 127\n"
                  "be.processes = 1 8\n")
        found = workloads.parse(TEXT + series, POLICIES)
        self.assertEqual([(w.name, w.scenario.be["queues"],
                           w.scenario.be["processes"], w.scenario.seconds)
                          for w in found],
                         [("x-2", "2", "1", 2), ("x-1016", "127", "8", 2)])

    def test_a_series_sets_nothing_else(self):
        for line in ("queues = 1 2\n", "be.queues = 1\n"):
            with self.assertRaises(ValueError):
                workloads.parse(TEXT + "[series]\nvalues = 1 2\n" + line,
                                POLICIES)

    def test_an_unknown_key_of_a_job_is_an_error(self):
        with self.assertRaises(ValueError):
            workloads.parse(TEXT + "[be c]\nqueue = 1\n", POLICIES)

    def test_without_lc_there_is_no_policy_without_be(self):
        text = TEXT.replace("[lc a]", "[xlc a]").replace("[lc b]", "[xlc b]")
        workload, = workloads.parse(text, POLICIES)
        names = [p.name for p in workload.scenario.policies]
        self.assertNotIn("lc-alone", names)
        self.assertLessEqual({"stock", "mask-25", "doorbell"}, set(names))

    def test_without_be_there_is_nothing_to_keep_off(self):
        text = TEXT.replace("[be]", "[xbe]")
        workload, = workloads.parse(text, POLICIES)
        self.assertEqual([p.name for p in workload.scenario.policies],
                         ["lc-alone", "stock", "stock-normal", "timer-5ms",
                          "timer-1ms", "doorbell", "grace-1"])

    def test_files_of_make_run_alone_are_none(self):
        self.assertEqual(workloads.parse("[scenario]\nname = x\n", POLICIES),
                         [])


class Plan(unittest.TestCase):
    def test_times_are_in_slow_motion(self):
        lines = plan_lines(TEXT)
        self.assertEqual(lines[:2], [["into", "x"], ["setup", "8000", "4"]])
        self.assertEqual({line[1] for line in lines if line[0] == "settle"},
                         {"400"})
        self.assertIn("--arrivals=bursts:40:360", lines[2])
        self.assertIn("--workgroup-us=bimodal:80:400:5", lines[2])
        self.assertIn("--rate=50", lines[2])

    def test_only_who_reserves_takes_time_to_learn(self):
        lines = plan_lines(TEXT.replace(
            "groups = core", "groups = core moves\nlearn_ms = 800"))
        settled = {line[1]: before[1] for before, line in zip(lines, lines[1:])
                   if (before[0], line[0]) == ("settle", "policy")}
        self.assertEqual(settled["1/stock"], "400")
        self.assertEqual(settled["1/doorbell"], "3200")
        self.assertEqual(settled["1/no-wait"], "3200")
        self.assertEqual(settled["1/no-cus"], "400")

    def test_processes_differ_in_seed_and_step(self):
        calls = plan_lines(TEXT)
        lc = [line for line in calls if line[0] == "lc"]
        be = [line for line in calls if line[0] == "be"]
        seeds = [word for line in lc + be for word in line if "seed" in word]
        self.assertEqual(seeds, ["--seed=3", "--seed=4", "--seed=101",
                                 "--seed=51", "--seed=52"])
        self.assertIn("--workgroup-us=uniform:40:80", be[0])
        self.assertIn("--workgroup-us=uniform:60:100", be[1])

    def test_more_seeds_change_nothing_before_them(self):
        one, two = plan_lines(TEXT), plan_lines(TEXT, (1, 2))
        self.assertEqual(two[:len(one)], one)
        self.assertIn("--seed=1003", two[len(one) + 1])
        directories = {line[1] for line in two if line[0] == "policy"}
        self.assertIn("2/doorbell", directories)
        self.assertNotIn("2/grace-1", directories)

    def test_with_fewer_policies_a_run_costs_less(self):
        workload, = workloads.parse(TEXT, POLICIES)
        one, two = (workload.cost(seeds) for seeds in ((1,), (1, 2)))
        self.assertLess(one, two)
        self.assertLess(two, 2 * one)

    def test_short_workgroups_of_be_cost_more(self):
        costs = {w.name: w.cost((1,)) for w in workloads.find(
            SCENARIOS, workloads.find_policies(SCENARIOS))}
        self.assertGreater(costs["short-be-50"], 2 * costs["short-be-200"])
        self.assertGreater(costs["short-be-200"], costs["short-be-10000"])

    def test_a_policy_changes_the_jobs(self):
        calls = plan_lines(TEXT)
        at = next(i for i, line in enumerate(calls)
                  if line[:2] == ["policy", "1/daemon-5ms"])
        self.assertEqual([line[:2] for line in calls[at - 3:at]],
                         [["extra", "lc"], ["extra", "be"],
                          ["extra", "daemon"]])
        self.assertIn("--poll-ms=20", calls[at - 1])
        at = next(i for i, line in enumerate(calls)
                  if line[:2] == ["policy", "1/stock-normal"])
        self.assertEqual(calls[at - 1], ["extra", "be", "--priority=7"])

    def test_be_that_arrives_is_what_lc_does(self):
        text = TEXT.replace("[be]\n", "[be]\narrivals = constant\nrate = 40\n")
        calls = [line for line in plan_lines(text) if line[0] == "be_open"]
        self.assertEqual(len(calls), 2)
        self.assertIn("--rate=10", calls[0])

    def test_only_the_first_seed_is_traced(self):
        traced = [line for line in plan_lines(TEXT, (1, 2))
                  if line[0] == "policy" and line[3] != "0"]
        self.assertEqual([line[1] for line in traced],
                         ["1/timer-5ms", "1/timer-1ms", "1/doorbell",
                          "1/grace-1"])


if __name__ == "__main__":
    unittest.main()
