# SPDX-License-Identifier: GPL-2.0
import random
import unittest

from analysis.intervals import difference, intersection, length, union


def cells(pairs):
    return {cell for start, end in pairs for cell in range(start, end)}


class Intervals(unittest.TestCase):
    def test_touching_intervals_become_one(self):
        self.assertEqual(union([(0, 2)], [(2, 3), (5, 5)]), [(0, 3)])

    def test_against_sets_of_cells(self):
        rng = random.Random(1)
        for _ in range(300):
            a, b = ([(s, s + rng.randrange(9))
                     for s in rng.sample(range(60), rng.randrange(7))]
                    for _ in range(2))
            a_set, b_set = union(a), union(b)
            self.assertEqual(cells(a_set), cells(a))
            self.assertEqual(cells(intersection(a_set, b_set)),
                             cells(a) & cells(b))
            self.assertEqual(cells(difference(a_set, b_set)),
                             cells(a) - cells(b))
            self.assertEqual(length(a_set), len(cells(a)))


if __name__ == "__main__":
    unittest.main()
