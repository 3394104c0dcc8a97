# SPDX-License-Identifier: GPL-2.0
import json
import pathlib
import tempfile
import types
import unittest

from analysis import results, summary

MAIN = types.SimpleNamespace(name="main")
OTHER = types.SimpleNamespace(name="other")


def write_run(parent, policy, waits_ns, be_workgroups, preemptions=0):
    """A run whose LC dispatches waited @waits_ns, as the VM leaves it."""
    directory = pathlib.Path(parent) / policy
    directory.mkdir()
    lines = ["arrival_ns,doorbell_ns,start_ns,end_ns"]
    for i, wait in enumerate(waits_ns):
        doorbell = 1_000_000_000 + i * 5_000_000
        lines.append(f"{doorbell - 500},{doorbell},{doorbell + wait},"
                     f"{doorbell + wait + 20_000}")
    (directory / "lc.csv").write_text("\n".join(lines) + "\n")
    count = len(waits_ns)
    (directory / "lc.json").write_text(json.dumps(
        {"dispatches": count, "issued": 80 * count, "finished": 80 * count}))
    if be_workgroups:
        (directory / "be-0.json").write_text(json.dumps(
            {"issued": be_workgroups + 9, "finished": be_workgroups + 9,
             "window_finished": be_workgroups, "workgroup_ns": 15000}))
    (directory / "before").write_text(
        "clock_ms 1000\ndriver_cpu_ns 5000\npreemptions 3\n")
    (directory / "after").write_text(
        f"clock_ms 11000\ndriver_cpu_ns 15005000\n"
        f"preemptions {3 + preemptions}\n")
    return directory


class Results(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.parent = scratch.name

    def test_figures(self):
        stock = results.load(write_run(
            self.parent, "stock", [1000 * i for i in range(1, 1001)], 1000))
        timer = results.load(write_run(
            self.parent, "timer-1ms", [7890], 875, preemptions=12))
        table = summary.rows(MAIN, [stock, timer], {})
        self.assertEqual(
            [table[0][key] for key in summary.COLUMNS[:6]],
            ["main", "stock", "500.00", "990.00", "999.00", "100.0"])
        self.assertEqual(table[1]["lc_p50_us"], "7.89")
        self.assertEqual(table[1]["be_work_pct"], "87.5")
        self.assertEqual(table[1]["be_slot_s"], "0.013")
        self.assertEqual(table[1]["preemptions"], "12")
        self.assertEqual(table[1]["driver_cpu_us_per_s"], "1500.0")
        self.assertEqual(table[1]["lc_response_p50_us"], "28.39")

    def test_no_be_is_no_work(self):
        alone = results.load(write_run(self.parent, "lc-alone", [100], 0))
        stock = results.load(write_run(self.parent, "stock", [100], 10))
        table = summary.rows(MAIN, [alone, stock], {})
        self.assertEqual(table[0]["be_work_pct"], "0.0")

    def test_work_is_time_and_the_worst_off_process_is_named(self):
        runs = []
        for policy, finished in (("stock", (1000, 500)),
                                 ("timer", (1100, 300))):
            directory = write_run(self.parent, policy, [100], 1)
            for i, count in enumerate(finished):
                (directory / f"be-{i}.json").write_text(json.dumps(
                    {"issued": 1, "finished": 1, "window_finished": count,
                     "workgroup_ns": (1000, 2000)[i]}))
            runs.append(results.load(directory))
        table = summary.rows(MAIN, runs, {})
        self.assertEqual(table[1]["be_work_pct"], "85.0")
        self.assertEqual(table[1]["be_least_pct"], "60.0")

    def test_a_driver_without_gpreempt_has_no_preemptions(self):
        directory = write_run(self.parent, "stock", [100], 10)
        for name in ("before", "after"):
            path = directory / name
            path.write_text("\n".join(
                line for line in path.read_text().splitlines()
                if not line.startswith("preemptions")) + "\n")
        table = summary.rows(MAIN, [results.load(directory)], {})
        self.assertEqual(table[0]["preemptions"], "")
        self.assertIn(" -  ", summary.format_table(table))

    def test_lost_work_is_an_error(self):
        directory = write_run(self.parent, "stock", [100], 10)
        report = {"issued": 10, "finished": 9}
        (directory / "be-0.json").write_text(json.dumps(report))
        with self.assertRaisesRegex(results.BadResult, "10 .* 9 finished"):
            results.load(directory)

    def test_time_runs_forwards(self):
        directory = write_run(self.parent, "stock", [100, -11], 10)
        with self.assertRaisesRegex(results.BadResult, "backwards"):
            results.load(directory)

    def test_missing_samples_are_an_error(self):
        directory = write_run(self.parent, "stock", [100, 100], 10)
        lines = (directory / "lc.csv").read_text().splitlines()
        (directory / "lc.csv").write_text("\n".join(lines[:-1]) + "\n")
        with self.assertRaisesRegex(results.BadResult, "2 .* 1 samples"):
            results.load(directory)

    def test_csv_files(self):
        stock = results.load(write_run(self.parent, "stock", [100], 10))
        path = pathlib.Path(self.parent) / "summary.csv"
        summary.write_summary(path, summary.rows(MAIN, [stock], {}))
        self.assertTrue(path.read_text().startswith(
            "scenario,policy,lc_p50_us,lc_p99_us,lc_p999_us,be_work_pct,"))
        summary.write_latency(path, [(MAIN, [stock]), (OTHER, [stock])])
        lines = path.read_text().splitlines()
        self.assertEqual([line.split(",")[0] for line in lines],
                         ["scenario", "main", "other"])

    def test_a_short_table_has_the_columns_asked_for(self):
        stock = results.load(write_run(self.parent, "stock", [100], 10))
        table = summary.rows(MAIN, [stock], {})
        title = summary.format_table(table, summary.SHORT).splitlines()[0]
        self.assertIn("end p50", title)
        self.assertNotIn("floor", title)
        self.assertIn("floor", summary.format_table(table).splitlines()[0])


if __name__ == "__main__":
    unittest.main()
