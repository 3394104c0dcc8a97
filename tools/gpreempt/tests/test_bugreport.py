# SPDX-License-Identifier: GPL-2.0
"""gpreempt-bugreport, on a tree that looks like sysfs."""

import os
import pathlib
import subprocess
import tarfile
import tempfile
import time
import unittest

from tests.fake_sysfs import Tree

BUGREPORT = pathlib.Path(__file__).parent.parent / "gpreempt-bugreport"
NODES = "sys/class/kfd/kfd/topology/nodes"
PROC = "sys/class/kfd/kfd/proc"


class Bugreport(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.tree = Tree(self.root)
        self.tree.add_node(counters={"preemptions": 12})
        self.tree.add_queue(42, 3, "trainer")
        self.output = self.root / "r.tar.xz"

    def run_bugreport(self, *options, output=None):
        return subprocess.run(
            [BUGREPORT, "--sysfs", self.tree.sysfs, "-o",
             output or self.output, *options],
            capture_output=True, text=True, check=False)

    def contents(self, output=None):
        with tarfile.open(output or self.output) as archive:
            return {member.name.split("/", 1)[1]:
                    archive.extractfile(member).read().decode()
                    for member in archive if member.isfile()}

    def test_contents(self):
        self.tree.write(self.tree.sysfs / "module/amdgpu/srcversion", "ABC")
        self.tree.write(
            self.tree.sysfs / "module/amdgpu/parameters/sched_policy", 0)
        gpu = self.tree.sysfs / "devices/0000:c1:00.0"
        self.tree.write(gpu / "fw_version/mec_fw_version", "0x9f")
        self.tree.write(gpu / "current_compute_partition", "SPX")
        card = self.tree.sysfs / "class/drm/card1"
        card.mkdir(parents=True)
        (card / "device").symlink_to(gpu)
        debugfs = self.tree.sysfs / "kernel/debug/kfd/gpreempt/1001"
        for name in ("queues", "latency", "mqds", "preempt"):
            self.tree.write(debugfs / name, f"{name} of 1001")
        run = self.run_bugreport("--seconds=1")
        self.assertEqual(run.returncode, 0, run.stderr)
        files = self.contents()
        for look in "12":
            self.assertEqual(
                files[f"{look}/{NODES}/1/gpreempt/stats/preemptions"], "12\n")
            self.assertEqual(files[f"{look}/{NODES}/1/gpreempt/tuning/lc_interval_us"],
                             "1000\n")
            self.assertEqual(files[f"{look}/proc/42/comm"], "trainer\n")
            self.assertEqual(files[f"{look}/{PROC}/42/queues/3/gpuid"],
                             "1001\n")
            self.assertIn(f"{look}/proc/uptime", files)
        self.assertEqual(files["system/amdgpu/srcversion"], "ABC\n")
        self.assertEqual(files["system/amdgpu/parameters/sched_policy"], "0\n")
        self.assertEqual(
            files["system/0000:c1:00.0/fw_version/mec_fw_version"], "0x9f\n")
        self.assertEqual(
            files["system/0000:c1:00.0/current_compute_partition"], "SPX\n")
        self.assertEqual(files["debugfs/1001/queues"], "queues of 1001\n")
        self.assertNotIn("debugfs/1001/preempt", files)
        self.assertIn("Nothing has been made anonymous", run.stdout)
        self.assertTrue(run.stdout.endswith(f"{self.output}\n"))

    def test_what_is_missing_is_named(self):
        run = self.run_bugreport("--seconds=0")
        self.assertEqual(run.returncode, 0, run.stderr)
        files = self.contents()
        self.assertIn("kernel/debug/kfd/gpreempt: not there", files["MISSING"])
        self.assertIn(files["MISSING"], run.stdout)
        self.assertFalse([name for name in files if name.startswith("2/")])

    def test_no_gpu_at_all(self):
        empty = self.root / "empty"
        empty.mkdir()
        run = self.run_bugreport("--seconds=0", "--sysfs", empty)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("GPUs with the scheduler: 0.", run.stdout)

    def test_a_gpu_that_hangs(self):
        """Reading this file never ends; the rest is there all the same"""
        debugfs = self.tree.sysfs / "kernel/debug/kfd/gpreempt/1001"
        debugfs.mkdir(parents=True)
        os.mkfifo(debugfs / "queues")
        self.tree.write(debugfs / "latency", "a table")
        began = time.monotonic()
        run = self.run_bugreport("--seconds=0")
        self.assertLess(time.monotonic() - began, 60)
        self.assertEqual(run.returncode, 0, run.stderr)
        files = self.contents()
        self.assertIn("1001/queues: no answer in 10 s", files["MISSING"])
        self.assertEqual(files["debugfs/1001/latency"], "a table\n")

    def test_private(self):
        self.run_bugreport("--seconds=0")
        self.assertEqual(self.output.stat().st_mode & 0o077, 0)

    def test_gzip(self):
        output = self.root / "r.tar.gz"
        run = self.run_bugreport("--seconds=0", output=output)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(output.read_bytes()[:2], b"\x1f\x8b")
        self.assertIn("README", self.contents(output))

    def test_does_not_overwrite(self):
        self.output.write_text("precious")
        run = self.run_bugreport("--seconds=0")
        self.assertEqual(run.returncode, 1)
        self.assertIn("exists", run.stderr)
        self.assertEqual(self.output.read_text(), "precious")
        self.output.unlink()
        self.output.symlink_to(self.root / "elsewhere")
        self.assertEqual(self.run_bugreport("--seconds=0").returncode, 1)
        self.assertFalse((self.root / "elsewhere").exists())

    def test_cannot_write(self):
        run = self.run_bugreport("--seconds=0",
                                 output=self.root / "no/dir.tar.gz")
        self.assertEqual(run.returncode, 1)
        self.assertIn("could not write", run.stderr)

    def test_command_line(self):
        for options in (["--seconds"], ["--seconds=x"], ["--trace=-1"],
                        ["-o", "report.zip"], ["extra"]):
            run = subprocess.run([BUGREPORT, *options], capture_output=True,
                                 text=True, check=False)
            self.assertEqual((run.returncode, run.stdout), (64, ""), options)
            self.assertIn("see --help", run.stderr)


if __name__ == "__main__":
    unittest.main()
