# SPDX-License-Identifier: GPL-2.0
import unittest
import xml.etree.ElementTree as ElementTree

from analysis.timeline import Activity, Lane, draw, tick_step, zoom_window

MS = 1_000_000


def preempted_activity():
    lane = Lane(lc=[(10 * MS, 10 * MS + 20_000)],
                be=[(0, 40 * MS)],
                save=[(10 * MS - 9000, 10 * MS)],
                restore=[(11 * MS, 11 * MS + 9000)])
    return Activity("timer", 5 * MS, {0: lane, 1: lane},
                    [(9 * MS, 10 * MS)], [(9_900_000, 10 * MS)])


class Timeline(unittest.TestCase):
    def test_is_xml_and_names_what_it_shows(self):
        text = draw([preempted_activity()], 20 * MS, "who & when")
        root = ElementTree.fromstring(text)
        words = [element.text for element in root.iter()
                 if element.tag.endswith("}text")]
        for word in ("who & when", "XCC 0", "XCC 1", "LC waiting",
                     "BE is being saved"):
            self.assertIn(word, words)

    def test_zoom_is_around_the_dispatch_that_a_save_let_in(self):
        begin, length = zoom_window(preempted_activity(), 20 * MS)
        self.assertLess(begin, 9 * MS)
        self.assertGreater(begin + length, 11 * MS + 9000)

    def test_nothing_to_magnify(self):
        activity = preempted_activity()
        activity.waiting = []
        self.assertIsNone(zoom_window(activity, 20 * MS))

    def test_ticks(self):
        self.assertEqual(tick_step(40 * MS), 2 * MS)
        self.assertEqual(tick_step(1_300_000), 100_000)


if __name__ == "__main__":
    unittest.main()
