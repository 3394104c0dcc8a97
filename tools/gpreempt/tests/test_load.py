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

class ArrivalOptions(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("rate", ctypes.c_double),
                ("on_ns", ctypes.c_uint64), ("off_ns", ctypes.c_uint64),
                ("trace_ns", ctypes.c_void_p), ("trace_len", ctypes.c_size_t)]


class Arrivals(ctypes.Structure):
    _fields_ = [("opt", ctypes.POINTER(ArrivalOptions)),
                ("gap_ns", ctypes.c_double), ("state", ctypes.c_uint64),
                ("begin_ns", ctypes.c_uint64), ("next_ns", ctypes.c_uint64),
                ("at", ctypes.c_size_t)]


class Times(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("a", ctypes.c_double),
                ("b", ctypes.c_double), ("shape", ctypes.c_double)]


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
                        LOAD / "samples.c", LOAD / "times.c", "-lm"],
                       check=True)
        lib = ctypes.CDLL(str(path))
    lib.arrivals_next.restype = ctypes.c_uint64
    lib.arrivals_parse.restype = ctypes.c_bool
    lib.arrivals_init.argtypes = [
        ctypes.POINTER(Arrivals), ctypes.POINTER(ArrivalOptions),
        ctypes.c_uint64, ctypes.c_uint64]
    lib.times_parse.restype = ctypes.c_bool
    lib.times_draw.restype = ctypes.c_uint64
    lib.samples_latency.argtypes = [
        ctypes.POINTER(Samples), ctypes.c_size_t, ctypes.POINTER(Latency)]


def arrivals(text, rate=200.0):
    """The options, or None for text that says nothing."""
    opt = ArrivalOptions(rate=rate)
    return opt if lib.arrivals_parse(ctypes.byref(opt), text.encode()) else None


def take(count, text, seed=1, begin=0, rate=200.0):
    opt, stream = arrivals(text, rate), Arrivals()
    lib.arrivals_init(ctypes.byref(stream), ctypes.byref(opt), seed, begin)
    return [lib.arrivals_next(ctypes.byref(stream)) for _ in range(count)]


class ArrivalStreams(unittest.TestCase):
    def test_constant(self):
        times = take(3, "constant", begin=7)
        self.assertEqual([time - times[0] for time in times],
                         [0, 5_000_000, 10_000_000])

    def test_constant_streams_are_not_in_step(self):
        first = sorted(take(1, "constant", begin=7, seed=seed)[0]
                       for seed in range(1000))
        self.assertGreaterEqual(first[0], 7)
        self.assertLessEqual(first[-1], 5_000_007)
        for permille in (100, 500, 900):
            self.assertAlmostEqual(percentile(first, permille),
                                   5000 * permille, delta=300_000)

    def test_closed_loop_has_no_times_of_its_own(self):
        self.assertEqual(take(2, "closed", begin=7), [7, 7])

    def test_seed_decides(self):
        for kind in "poisson", "constant", "bursts:10:90":
            self.assertEqual(take(50, kind), take(50, kind))
            self.assertNotEqual(take(50, kind), take(50, kind, seed=2))

    def check_exponential(self, gaps):
        mean = sum(gaps) / len(gaps)
        gaps.sort()
        self.assertAlmostEqual(mean, 5e6, delta=1e5)
        for permille in (100, 500, 900, 990):
            expected = -math.log(1 - permille / 1000) * 5e6
            self.assertAlmostEqual(percentile(gaps, permille), expected,
                                   delta=0.08 * expected)

    def test_poisson_gaps_are_exponential(self):
        times = [0, *take(20000, "poisson")]
        self.check_exponential([b - a for a, b in zip(times, times[1:])])

    def test_bursts(self):
        begin, on, period = 7, 100_000_000, 400_000_000
        times = [t - begin for t in take(20000, "bursts:100:300", begin=begin)]
        self.assertEqual(times, sorted(times))
        self.assertTrue(all(t % period < on for t in times))
        # without the pauses it is the same Poisson process
        times = [0, *(t // period * on + t % period for t in times)]
        self.check_exponential([b - a for a, b in zip(times, times[1:])])
        # 20 in each burst, which a Poisson process does not count out
        counts = [0] * (times[-1] // on)
        for t in times[1:]:
            if t // on < len(counts):
                counts[t // on] += 1
        mean = sum(counts) / len(counts)
        variance = sum((n - mean) ** 2 for n in counts) / len(counts)
        self.assertAlmostEqual(mean, 20, delta=0.5)
        self.assertAlmostEqual(variance, 20, delta=3)

    def trace(self, text):
        file = tempfile.NamedTemporaryFile("w")
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return f"trace:{file.name}"

    def test_trace_is_repeated(self):
        self.assertEqual(
            take(7, self.trace("0\n1.5\n1.5\n10\n"), begin=7),
            [7, 1507, 1507, 10007, 10007, 11507, 11507])

    def test_what_is_no_trace(self):
        for text in ("", "1\n0\n", "0\n", "1\nx\n", "-1\n2\n", "nan\n"):
            self.assertIsNone(arrivals(self.trace(text)), text)
        self.assertIsNone(arrivals("trace:/nonexistent"))

    def test_what_is_no_kind(self):
        for text in ("", "Poisson", "bursts", "bursts:1", "bursts:0:5",
                     "bursts:1:-1", "bursts:1:2:3", "closed "):
            self.assertIsNone(arrivals(text), text)


def times(text):
    result = Times()
    return result if lib.times_parse(ctypes.byref(result), text.encode()) \
        else None


class RunTimes(unittest.TestCase):
    def draw(self, text, count=40000, seed=1):
        distribution, state = times(text), ctypes.c_uint64(seed)
        drawn = sorted(lib.times_draw(ctypes.byref(distribution),
                                      ctypes.byref(state))
                       for _ in range(count))
        return drawn

    def test_constant(self):
        self.assertEqual(set(self.draw("20.5", 10)), {20500})

    def test_uniform(self):
        drawn = self.draw("uniform:10:30")
        self.assertGreaterEqual(drawn[0], 10_000)
        self.assertLessEqual(drawn[-1], 30_000)
        self.assertAlmostEqual(sum(drawn) / len(drawn), 20_000, delta=100)
        for permille in range(50, 1000, 50):
            self.assertAlmostEqual(percentile(drawn, permille),
                                   10_000 + 20 * permille, delta=300)

    def test_lognormal(self):
        # quantiles of the normal distribution
        drawn = self.draw("lognormal:100:0.5")
        self.assertAlmostEqual(sum(drawn) / len(drawn),
                               100_000 * math.exp(0.125), delta=1500)
        for permille, z in ((23, -2), (159, -1), (500, 0), (841, 1),
                            (977, 2), (999, 3.09)):
            expected = 100_000 * math.exp(0.5 * z)
            self.assertAlmostEqual(percentile(drawn, permille), expected,
                                   delta=0.05 * expected)

    def test_bimodal(self):
        drawn = self.draw("bimodal:10:500:3")
        self.assertEqual(set(drawn), {10_000, 500_000})
        self.assertAlmostEqual(drawn.count(500_000) / len(drawn), 0.03,
                               delta=0.003)
        self.assertEqual(set(self.draw("bimodal:10:500:0")), {10_000})
        self.assertEqual(set(self.draw("bimodal:10:500:100")), {500_000})

    def test_seed_decides(self):
        self.assertEqual(self.draw("lognormal:9:1", 20000, 7),
                         self.draw("lognormal:9:1", 20000, 7))
        self.assertNotEqual(self.draw("lognormal:9:1", 20000, 7),
                            self.draw("lognormal:9:1", 20000, 8))

    def test_what_is_no_distribution(self):
        for text in ("", "x", "-1", "1:2", "nan", "2e9", "uniform:3",
                     "uniform:3:2", "uniform:1:2:3", "lognormal:1",
                     "lognormal:1:-1", "bimodal:1:2", "bimodal:1:2:101",
                     "bimodal:1:2:3:4", "normal:1:2", "20 "):
            self.assertIsNone(times(text), text)


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
