# SPDX-License-Identifier: GPL-2.0
import unittest

from analysis.stats import ccdf, percentile


class Percentile(unittest.TestCase):
    def test_nearest_rank(self):
        ordered = [15, 20, 35, 40, 50]
        self.assertEqual(percentile(ordered, 50), 15)
        self.assertEqual(percentile(ordered, 300), 20)
        self.assertEqual(percentile(ordered, 400), 20)
        self.assertEqual(percentile(ordered, 500), 35)
        self.assertEqual(percentile(ordered, 1000), 50)

    def test_rank_is_exact_where_floats_are_not(self):
        self.assertEqual(percentile(range(1, 1001), 999), 999)
        self.assertEqual(percentile(range(1, 1001), 990), 990)
        self.assertEqual(percentile(range(1, 2001), 999), 1998)

    def test_too_few_samples_give_the_maximum(self):
        self.assertEqual(percentile(range(1, 101), 999), 100)
        self.assertEqual(percentile([7], 1), 7)

    def test_rejects(self):
        for args in (([], 500), ([1], 0), ([1], 1001)):
            with self.assertRaises(ValueError):
                percentile(*args)


class Ccdf(unittest.TestCase):
    def test_shares_of_what_is_above(self):
        self.assertEqual(ccdf([1, 2, 2, 4]), [(1, 0.75), (2, 0.25)])

    def test_one_value_has_nothing_above(self):
        self.assertEqual(ccdf([3, 3]), [])


if __name__ == "__main__":
    unittest.main()
