# SPDX-License-Identifier: GPL-2.0
"""The parts of gpreempt-load that need no GPU, called through ctypes."""

import ctypes
import math
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

from analysis import results
from analysis.stats import percentile

LOAD = pathlib.Path(__file__).parent.parent / "load"
POISSON, CONSTANT, CLOSED = range(3)


class Arrivals(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("gap_ns", ctypes.c_double),
                ("state", ctypes.c_uint64), ("next_ns", ctypes.c_uint64)]


class Sample(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in
                ("arrival_ns", "doorbell_ns", "start_ns", "end_ns")]


class Samples(ctypes.Structure):
    _fields_ = [("array", ctypes.POINTER(Sample)), ("num", ctypes.c_size_t),
                ("room", ctypes.c_size_t)]


class Latency(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in
                ("p50", "p99", "p999", "max")]


def setUpModule():
    global lib
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "load.so"
        subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-O1",
                        "-shared", "-fPIC", "-o", path, LOAD / "arrivals.c",
                        LOAD / "samples.c", "-lm"], check=True)
        lib = ctypes.CDLL(str(path))
    lib.arrivals_next.restype = ctypes.c_uint64
    lib.arrivals_init.argtypes = [
        ctypes.POINTER(Arrivals), ctypes.c_int, ctypes.c_double,
        ctypes.c_uint64, ctypes.c_uint64]
    lib.samples_latency.argtypes = [
        ctypes.POINTER(Samples), ctypes.c_size_t, ctypes.POINTER(Latency)]


def take(count, kind, rate=200.0, seed=1, begin=0):
    arrivals = Arrivals()
    lib.arrivals_init(ctypes.byref(arrivals), kind, rate, seed, begin)
    return [lib.arrivals_next(ctypes.byref(arrivals)) for _ in range(count)]


class ArrivalStreams(unittest.TestCase):
    def test_constant(self):
        self.assertEqual(take(3, CONSTANT, begin=7),
                         [5_000_007, 10_000_007, 15_000_007])

    def test_closed_loop_has_no_times_of_its_own(self):
        self.assertEqual(take(2, CLOSED, begin=7), [7, 7])

    def test_seed_decides(self):
        self.assertEqual(take(50, POISSON), take(50, POISSON))
        self.assertNotEqual(take(50, POISSON), take(50, POISSON, seed=2))

    def test_poisson_gaps_are_exponential(self):
        times = [0, *take(20000, POISSON)]
        gaps = sorted(b - a for a, b in zip(times, times[1:]))
        mean = times[-1] / len(gaps)
        self.assertAlmostEqual(mean, 5e6, delta=1e5)
        for permille in (100, 500, 900, 990):
            expected = -math.log(1 - permille / 1000) * 5e6
            self.assertAlmostEqual(percentile(gaps, permille), expected,
                                   delta=0.08 * expected)


class SampleArrays(unittest.TestCase):
    def setUp(self):
        rng = random.Random(1)
        self.waits = [rng.randrange(10**6) for _ in range(3000)]
        self.samples = Samples()
        for i, wait in enumerate(self.waits):
            doorbell = 10**7 + i
            lib.samples_add(ctypes.byref(self.samples), ctypes.byref(
                Sample(doorbell, doorbell, doorbell + wait,
                       doorbell + wait + 20)))

    def latency(self, first=0):
        latency = Latency()
        lib.samples_latency(ctypes.byref(self.samples), first,
                            ctypes.byref(latency))
        return (latency.p50, latency.p99, latency.p999, latency.max)

    def test_percentiles_are_those_of_the_analysis(self):
        for first in (0, 2000, 2999):
            ordered = sorted(self.waits[first:])
            self.assertEqual(self.latency(first), tuple(
                percentile(ordered, n) for n in (500, 990, 999, 1000)))

    def test_no_samples(self):
        self.assertEqual(self.latency(3000), (0, 0, 0, 0))

    def test_file_is_what_the_analysis_reads(self):
        with tempfile.NamedTemporaryFile() as file:
            self.assertEqual(lib.samples_write(
                ctypes.byref(self.samples), file.name.encode()), 0)
            read = results.load_samples(file.name)
        self.assertEqual([s.latency for s in read], self.waits)


if __name__ == "__main__":
    unittest.main()
