# SPDX-License-Identifier: GPL-2.0
import json
import pathlib
import tempfile
import types
import unittest
from collections import defaultdict

from analysis import bench_tables, figures, plots, scenario
from analysis.results import BadResult

MODEL = {"slow_motion": 2, "dispatch_ns": 1500, "num_xcc": 2, "num_partitions": 1,
         "cu_per_xcc": 3, "simd_per_cu": 4, "waves_per_simd": 8}
STAGES = {"acknowledge_ns": 6000, "acknowledge_count": 2}


def workload(*names, series="w", value="", quick=False):
    policies = tuple(scenario.Policy(name, True, ()) for name in names)
    return types.SimpleNamespace(
        name=f"{series}-{value}" if value else series, series=series,
        value=value, title="what", quick=quick,
        scenario=types.SimpleNamespace(policies=policies))


def outcome(policy, be, lc=0, request=(1000,), seed=1, parts=None,
            capacity=1000, late=(0,), **grown):
    return figures.Outcome(
        "w", policy, seed, sorted(request), sorted(request),
        [lc], list(be), capacity, sorted(late),
        {"clock_ms": 500, "preemptions": 10, "driver_cpu_ns": 3000,
         "daemon_cpu_ns": 1000, "idle_ms": 400, **grown}, parts)


def rows(*outcomes):
    return figures.rows(workload(*(run.policy for run in outcomes)),
                        {(run.seed, run.policy): run for run in outcomes})


class Load(unittest.TestCase):
    """What vm-loads leaves, in slow motion"""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = pathlib.Path(scratch.name)
        for number, pasid, wait in ((0, 7, 200), (10, 8, 400), (2, 9, 600)):
            (self.dir / f"lc-{number}.csv").write_text(
                "arrival_ns,doorbell_ns,start_ns,end_ns\n"
                f"1000,2000,{2000 + wait},{3000 + wait}\n")
            self.report(f"lc-{number}", pasid)
        self.report("be-0", 12)
        (self.dir / "before").write_text("clock_ms 1000\nx_ns 0\n"
                                         "wave_ns:12 500\n")
        (self.dir / "after").write_text("clock_ms 3000\nx_ns 80\n"
                                        "wave_ns:12 900\nwave_ns:8 40\n")

    def report(self, name, pasid):
        (self.dir / f"{name}.json").write_text(json.dumps(
            {"pasid": pasid, "issued": 1, "finished": 1}))

    def load(self):
        return figures.load(self.dir, "w", "stock", 1, MODEL)

    def test_all_processes_count(self):
        run = self.load()
        self.assertEqual(run.start, [100, 200, 300])
        self.assertEqual(run.request, [1100, 1200, 1300])

    def test_a_program_is_late_only_when_it_could_have_rung(self):
        (self.dir / "lc-0.csv").write_text(
            "arrival_ns,doorbell_ns,start_ns,end_ns\n"
            "1000,1020,2000,5000\n"
            "3000,5040,6000,7000\n"
            "4000,5050,7000,8000\n")
        # 20 after the arrival, 40 and not at all after the end of the one before;
        # 1000 of the two other jobs; in slow motion by 2
        self.assertEqual(self.load().late, [0, 10, 20, 500, 500])

    def test_work_is_what_a_process_ran_meanwhile(self):
        run = self.load()
        self.assertEqual(run.be_work, [200])
        # lc-10 comes after lc-2
        self.assertEqual(run.lc_work, [0, 0, 20])

    def test_counters_of_time_are_in_slow_motion(self):
        run = self.load()
        # 192 wave slots for 1 s
        self.assertEqual(run.capacity, 192 * 10**9)
        self.assertEqual(run.grown["x_ns"], 40)
        self.assertEqual(run.seconds, 1)

    def test_lost_work_is_an_error(self):
        (self.dir / "be-0.json").write_text(json.dumps(
            {"pasid": 12, "issued": 2, "finished": 1}))
        with self.assertRaises(BadResult):
            self.load()


class LoadAll(unittest.TestCase):
    """One run that can't be believed does not take the others with it."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = pathlib.Path(scratch.name)
        (self.dir / "model").write_text(
            "".join(f"{name} {value} - -\n" for name, value in MODEL.items()))
        for policy, start in (("stock", 2200), ("doorbell", 2200),
                              ("mask-25", 900)):
            self.run_of(policy, start)
        self.workload = workload()
        self.workload.policies = lambda seed: tuple(
            scenario.Policy(name, True, ())
            for name in ("stock", "doorbell", "mask-25"))

    def run_of(self, policy, start):
        directory = self.dir / "1" / policy
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "lc-0.csv").write_text(
            "arrival_ns,doorbell_ns,start_ns,end_ns\n"
            f"1000,2000,{start},3000\n")
        (directory / "lc-0.json").write_text(json.dumps(
            {"pasid": 7, "issued": 1, "finished": 1}))
        for name in ("before", "after"):
            (directory / name).write_text("clock_ms 1\n")

    def test_a_run_that_runs_backwards_is_left_out_and_named(self):
        left_out = []
        found = figures.load_workload(self.workload, self.dir, [1], left_out)
        self.assertEqual({(1, "stock"), (1, "doorbell")}, found.keys())
        self.assertEqual(1, len(left_out))
        self.assertIn("mask-25/lc-0.csv", left_out[0])
        self.assertIn("backwards", left_out[0])

    def test_without_the_baseline_there_is_nothing_to_compare(self):
        self.run_of("stock", 900)
        with self.assertRaises(BadResult):
            figures.load_workload(self.workload, self.dir, [1], [])


class Rows(unittest.TestCase):
    def test_shares_of_stock_of_the_ideal_and_of_the_worst_off(self):
        table = rows(outcome("be-alone", (600, 400)),
                     outcome("stock", (500, 400), lc=50),
                     outcome("doorbell", (450, 300), lc=200))
        line = table[2]
        self.assertEqual(line["be_work_pct"], "83.3")
        self.assertEqual(line["be_of_ideal_pct"], "93.8")
        self.assertEqual(line["be_worst_pct"], "75.0")
        self.assertEqual(line["preemptions_per_s"], "20.0")
        self.assertEqual(line["driver_cpu_us_per_s"], "8.0")

    def test_the_ideal_is_no_more_than_be_wants(self):
        table = rows(outcome("be-alone", (1000,), capacity=1300),
                     outcome("stock", (1000,), capacity=1300),
                     outcome("doorbell", (750,), lc=200, capacity=1300))
        self.assertEqual(table[2]["be_of_ideal_pct"], "75.0")

    def test_what_there_is_not_is_left_out(self):
        line, = rows(outcome("stock", (), request=()))
        self.assertEqual(line["lc_req_p99_us"], "")
        self.assertEqual(line["be_work_pct"], "")

    def test_the_floor_of_one_seed_counts_for_all(self):
        parts = {"unmap": 10000, "fence": 500, "map": 4000}
        table = rows(outcome("stock", (1,)), outcome("stock", (1,), seed=2),
                     outcome("doorbell", (1,), parts=parts),
                     outcome("doorbell", (1,), seed=2))
        # named once for each seed
        self.assertEqual({row["floor_us"] for row in table
                          if row["policy"] == "doorbell"}, {"14.50"})

    def test_stages_stand_beside_their_floor(self):
        parts = {"unmap": 1000, "fence": 500, "map": 4000}
        run = outcome("doorbell", (1,), parts=parts, **STAGES)
        line, = figures.stage_rows({(1, "doorbell"): run}, MODEL)
        self.assertEqual((line["stage"], line["mean_us"], line["floor_us"]),
                         ("acknowledge", "3.00", "1.50"))

    def test_columns(self):
        line, = rows(outcome("stock", (1,)))
        self.assertEqual(tuple(line), figures.COLUMNS)


class Tables(unittest.TestCase):
    def setUp(self):
        self.runs = {}
        for seed, wait in ((1, 4000), (2, 2000), (3, 9000)):
            for name, ns in (("lc-alone", 1000), ("stock", wait)):
                self.runs[seed, name] = outcome(name, (1,), request=(ns,),
                                                seed=seed)
        self.load = workload("lc-alone", "stock")
        self.table = figures.rows(self.load, self.runs)

    def test_medians_and_spread(self):
        line = bench_tables.lines_of(
            self.load, bench_tables.by_policy(self.table),
            {"w": self.runs})[1]
        self.assertEqual(line["req_p99"], "4.00")
        self.assertEqual(line["spread"], "2.00-9.00")
        self.assertEqual(line["factor"], "4.00")
        self.assertEqual(line["max"], "9.00")

    def test_a_busy_cpu_is_said(self):
        self.assertEqual(bench_tables.busy([self.load], {"w": self.runs}), [])
        self.runs[2, "stock"] = outcome("stock", (1,), seed=2, idle_ms=50)
        text, = bench_tables.busy([self.load], {"w": self.runs})
        self.assertIn("  w: stock 90 %", text)
        self.assertNotIn("lc-alone", text)
        self.assertEqual(
            [row["cpu_busy_pct"] for row in figures.cpu_rows(self.runs)
             if row["policy"] == "stock"], ["20.0", "90.0", "20.0"])

    def test_programs_that_get_no_cpu_are_named(self):
        self.runs[1, "stock"] = outcome("stock", (1,), late=(0, 0, 300))
        text, = bench_tables.busy([self.load], {"w": self.runs})
        self.assertIn("  w: stock 30 %", text)
        self.assertEqual(
            [row["late_p99_us"] for row in figures.cpu_rows(self.runs)
             if row["policy"] == "stock"], ["0.30", "0.00", "0.00"])

    def test_columns_without_figures_are_left_out(self):
        text = bench_tables.text([self.load], self.table, {"w": self.runs})
        self.assertNotIn("floor", text)
        self.assertIn("spread", text)

    def test_a_series_is_a_grid(self):
        loads = [workload("stock", series="s", value=value)
                 for value in ("1", "2")]
        table = [{**rows(outcome("stock", (1,), request=(ns,)))[0],
                  "workload": f"s-{value}"}
                 for value, ns in (("1", 1000), ("2", 5000))]
        grid = bench_tables.series_grid(
            loads, bench_tables.by_policy(table), "lc_req_p99_us")
        self.assertEqual(grid, [["", "stock"], ["1", "1.00"], ["2", "5.00"]])


    def test_the_document_shows_what_moves_are_worth(self):
        load = workload("lc-alone", "stock", "doorbell", quick=True)
        table = rows(*(outcome(name, (1,)) for name in
                       ("lc-alone", "stock", "doorbell")))
        titles = defaultdict(str, policy="policy")
        grid = bench_tables.moves([load], bench_tables.by_policy(table), titles)
        self.assertEqual([line[:2] for line in grid],
                         [["workload", "policy"], ["w", "stock"],
                          ["w", "doorbell"]])
        self.assertEqual({len(line) for line in grid},
                         {1 + len(bench_tables.MOVES_SHOWN)})


    def test_stock_and_gpreempt_stand_side_by_side(self):
        load, other = workload("stock", "doorbell"), workload("stock")
        table = rows(outcome("stock", (10,), request=(2000,)),
                     outcome("doorbell", (9,), request=(3000,)))
        grid = bench_tables.harm([load, other], bench_tables.by_policy(table))
        self.assertEqual(grid[1:], [["w", *["2.00", "3.00"] * 4, "90.0",
                                     "90.0"]])
        self.assertEqual(len(grid[0]), len(grid[1]))


class Pictures(unittest.TestCase):
    def test_the_ideal_is_of_stock(self):
        load = workload("stock", series="s", value="7")
        table = [{"workload": "s-7", "policy": "doorbell", "be_work_pct": "60.0",
                  "be_of_ideal_pct": "75.0"}]
        self.assertEqual(plots.ideal_line(
            [load], bench_tables.by_policy(table)), [("7", "80.0")])

    def test_a_policy_that_is_not_there_has_a_block(self):
        text = plots.blocks({"stock": [(1, 2)]})
        self.assertEqual(len(text.split("\n\n\n")), len(plots.STYLES))
        self.assertIn("stock\n1 2\n", text)

    def test_nothing_is_better_than_the_front_in_both(self):
        self.assertEqual(plots.front({
            "lc-alone": [(100, 1)], "stock": [(100, 900)], "a": [(90, 50)],
            "b": [(80, 60)], "c": [(50, 20)], "d": [(100, 950)]}),
            [(50, 20), (90, 50), (100, 900)])

    def test_the_tail_is_never_thinned(self):
        points = [(i, 0) for i in range(5000)]
        thin = plots.thin(points)
        self.assertLess(len(thin), 150)
        self.assertEqual(thin[-60:], points[-60:])


if __name__ == "__main__":
    unittest.main()
