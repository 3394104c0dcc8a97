# SPDX-License-Identifier: GPL-2.0
import pathlib
import tempfile
import unittest

from analysis import swaps

MODEL = {"slow_motion": 4, "trap_ns": 2000, "vram_bandwidth": 4 * 10**12,
         "num_xcc": 4, "num_partitions": 1, "cu_per_xcc": 20, "simd_per_cu": 4, "waves_per_simd": 8}
TRACE = """\
# entries-in-buffer/entries-written: 4/4   #P:1
 x-1 [000] ..... 1.000001: wave_save: time_ns=4 gpu=0 pasid=3 xcc=0 waves=640 \
bytes=4000000 duration_ns=32000
 x-1 [000] ..... 1.000002: wave_save: time_ns=4 gpu=0 pasid=3 xcc=1 waves=80 \
bytes=500000 duration_ns=10000
 x-1 [000] ..... 1.000002: wave_restore: time_ns=8 gpu=0 pasid=3 xcc=0 waves=640 \
bytes=4000000 duration_ns=24000
 x-1 [000] ..... 1.000003: hqd_map: time_ns=8 gpu=0 pasid=3 rptr=1
"""


class Swaps(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.dir = pathlib.Path(scratch.name)
        run = self.dir / "loads" / "w" / "1" / "doorbell"
        run.mkdir(parents=True)
        (run / "trace").write_text(TRACE)

    def test_what_the_trace_says_beside_the_floor(self):
        self.assertEqual(swaps.collect(self.dir, MODEL), [
            ("save", 640, 8000, 6000), ("save", 80, 2500, 2500),
            ("restore", 640, 6000, 6000)])

    def test_rows(self):
        found = swaps.collect(self.dir, MODEL)
        self.assertEqual(swaps.rows(found, 640)[1:], [
            ["save", "1-80", "1", "2.50", "2.50", "2.50", "2.50", "2.50"],
            ["save", "561-640", "1", "6.00", "8.00", "8.00", "8.00", "8.00"],
            ["restore", "561-640", "1", "6.00", "6.00", "6.00", "6.00",
             "6.00"]])

    def test_files(self):
        load = self.dir / "loads" / "w"
        (load / "model").write_text("".join(
            f"{name} {value * (4 if name == 'trap_ns' else 1)} "
            f"{'ns' if name == 'trap_ns' else 1} x\n"
            for name, value in MODEL.items()))
        self.assertEqual(swaps.report(self.dir, [load]),
                         ["swaps.csv", "swaps.svg"])
        self.assertIn("<svg", (self.dir / "swaps.svg").read_text())
        self.assertIn("save,561-640,1,6.00,8.00",
                      (self.dir / "swaps.csv").read_text())
        (load / "1" / "doorbell" / "trace").unlink()
        self.assertEqual(swaps.report(self.dir, [load]), [])


if __name__ == "__main__":
    unittest.main()
