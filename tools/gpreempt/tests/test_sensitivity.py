# SPDX-License-Identifier: GPL-2.0
import pathlib
import unittest

from analysis import model, sensitivity, workloads

SCENARIOS = pathlib.Path(__file__).parent.parent / "scenarios"
MODEL = """\
num_xcc                                 4 1        product brief
num_partitions                          1 1        SPX is the default mode
vram_bandwidth              1325000000000 bytes/s  product brief
sdma_bandwidth                12500000000 bytes/s  estimate: one link's worth
trap_ns                              8000 ns       estimate
interference_pct                        0 percent  none
slow_motion                             4 1        parameter of the module
"""


def machine(parameter, factor, workload, **figures):
    """Rows: @figures has (LC's p99, BE's work) of each policy"""
    return [{"parameter": parameter, "factor": factor, "workload": workload,
             "policy": policy.replace("_", "-"), "value": "0",
             "lc_req_p90_us": str(p90), "be_work_pct": str(work)}
            for policy, (p90, work) in figures.items()]


BASE = machine("", "1", "main", stock=(900, 100), mask_25=(50, 75),
               timer_1ms=(500, 97), doorbell=(100, 96))


class Variants(unittest.TestCase):
    def setUp(self):
        self.found = sensitivity.variants(MODEL, model.parse(MODEL))

    def test_values_are_without_slow_motion(self):
        self.assertEqual(
            [(variant.factor, variant.value) for variant in self.found
             if variant.parameter == "trap_ns"],
            [("0.1", 200), ("0.3", 600), ("3", 6000), ("10", 20000)])
        self.assertIn("model=vram_bandwidth=53000000000000",
                      [variant.option for variant in self.found])

    def test_not_what_the_chip_is_or_what_is_not_used(self):
        self.assertEqual({variant.parameter for variant in self.found},
                         {"vram_bandwidth", "trap_ns", "interference_pct"})

    def test_interference_is_itself(self):
        self.assertEqual(
            [(variant.factor, variant.value) for variant in self.found
             if variant.parameter == "interference_pct"],
            [("25", 25), ("50", 50), ("100", 100)])

    def test_kfdsim_is_loaded_anew_for_each(self):
        lines = sensitivity.script(self.found[:2], "preset=x").splitlines()
        self.assertEqual(lines[1], "kfdsim-load preset=x "
                         "model=vram_bandwidth=530000000000")
        self.assertEqual([line.split()[0] for line in lines].count(
            "kfdsim-unload"), 2)


class Plan(unittest.TestCase):
    def test_all_workloads_of_the_sweep_exist(self):
        policies = workloads.parse_policies(
            (SCENARIOS / "policies").read_text())
        chosen = sensitivity.shortened(
            workload for path in sorted(SCENARIOS.glob("*.conf"))
            for workload in workloads.parse(path.read_text(), policies))
        self.assertEqual([workload.name for workload in chosen],
                         list(sensitivity.WORKLOADS))
        for workload in chosen:
            lines = sensitivity.plan(workload).splitlines()
            self.assertEqual(
                [line.split()[1] for line in lines
                 if line.startswith("policy ")], list(sensitivity.POLICIES))
            self.assertTrue(lines[0].startswith("setup "))


class Conclusions(unittest.TestCase):
    def verdicts(self, **figures):
        rows = sensitivity.group(machine("", "1", "main", **figures))
        return list(sensitivity.conclude(rows["", "1"]["main"]).values())

    def test_verdicts(self):
        self.assertEqual(
            list(sensitivity.conclude(
                sensitivity.group(BASE)["", "1"]["main"]).values()),
            ["yes", "trade", "yes"])
        self.assertEqual(self.verdicts(
            stock=(90, 100), mask_25=(50, 97), timer_1ms=(99, 97),
            doorbell=(100, 96)), ["no", "no", "no"])
        self.assertEqual(self.verdicts(
            stock=(100, 100), mask_25=(101, 96), timer_1ms=(101, 97),
            doorbell=(100, 96)), ["yes", "yes", "yes"])

    def test_flips(self):
        table = BASE + machine(
            "trap_ns", "10", "main", stock=(900, 100), mask_25=(50, 75),
            timer_1ms=(500, 97), doorbell=(501, 96)) + machine(
            "trap_ns", "3", "main", stock=(900, 100), mask_25=(50, 75),
            timer_1ms=(500, 97), doorbell=(499, 96))
        self.assertEqual(sensitivity.flip_rows(table)[1:], [
            ["trap_ns", "10", "main", "doorbell beats timer-1ms", "yes", "no",
             "501 us, 96 %", "500 us, 97 %"]])

    def test_effects(self):
        table = list(BASE)
        for factor in ("0.1", "0.3", "3", "10"):
            table += machine("trap_ns", factor, "main", stock=(900, 100),
                             mask_25=(50, 75), timer_1ms=(500, 97),
                             doorbell=(float(factor) * 100, 96))
        self.assertEqual(sensitivity.effect_rows(table, "main"), [
            ["parameter", "x0.1", "x0.3", "x1", "x3", "x10"],
            ["trap_ns", "10.0", "30.0", "100", "300", "1000"]])


if __name__ == "__main__":
    unittest.main()
