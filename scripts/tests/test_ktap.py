# SPDX-License-Identifier: GPL-2.0
import unittest

from harness import ktap


class Judge(unittest.TestCase):
    def check(self, text, status, expected, problem=None):
        counts, found = ktap.judge(text.splitlines(), status)
        self.assertEqual((counts.passed, counts.failed, counts.skipped),
                         expected)
        if problem:
            self.assertIn(problem, found)
        else:
            self.assertIsNone(found)

    def test_counts_top_level_results(self):
        self.check('TAP version 13\n1..3\nok 1 a\nnot ok 2 b\n'
                   'ok 3 c # SKIP no GPU\n', 1, (1, 1, 1))

    def test_subtests_count_with_their_parent(self):
        self.check('1..1\n  1..2\n  ok 1 x\n  not ok 2 y\nok 1 a\n', 0,
                   (1, 0, 0))

    def test_plan_may_come_last(self):
        self.check('ok 1 a\n1..1\n', 0, (1, 0, 0))

    def test_no_plan_fails(self):
        self.check('hello\n', 0, (0, 1, 0), 'no KTAP plan')

    def test_missing_results_fail(self):
        self.check('1..2\nok 1 a\n', 0, (1, 1, 0), '1 results, 2 planned')

    def test_bad_exit_status_fails_though_all_are_ok(self):
        self.check('1..1\nok 1 a\n', 139, (1, 1, 0), 'exit status 139')

    def test_empty_plan_fails(self):
        self.check('1..0\n', 0, (0, 1, 0), 'no tests')

    def test_program_that_skips(self):
        self.check('1..0 # SKIP no /dev/kfd\n', 4, (0, 0, 1))

    def test_word_that_begins_with_ok_is_no_result(self):
        self.check('1..1\nokay\nok 1 a\n', 0, (1, 0, 0))


class Kunit(unittest.TestCase):
    OUTPUT = ['KTAP version 1', '1..2',
              '    KTAP version 1', '    # Subtest: a', '    1..2',
              '        # Subtest: table', '        ok 1 row', '        ok 2 row',
              '    ok 1 table', '    not ok 2 x', 'not ok 1 a',
              '    # Subtest: b', '    1..2', '    ok 1 y # SKIP no', 'ok 2 b']

    def test_cases(self):
        self.assertEqual(ktap.cases(self.OUTPUT),
                         ['1..4', 'ok 1 table', 'not ok 2 x',
                          'ok 3 y # SKIP no'])

    def test_a_case_that_is_missing_is_a_failure(self):
        counts, problem = ktap.judge(ktap.cases(self.OUTPUT), 1)
        self.assertEqual((counts.passed, counts.failed, counts.skipped),
                         (1, 2, 1))
        self.assertIn('3 results, 4 planned', problem)

    def test_nothing_at_all(self):
        self.assertTrue(ktap.judge(ktap.cases([]), 0)[1])
