# SPDX-License-Identifier: GPL-2.0
import pathlib
import subprocess
import tempfile
import unittest

APPLY = pathlib.Path(__file__).resolve().parent.parent / 'apply-hooks'

SOURCE = '''#include "a.h"

struct q {
	int size;
};

#define ACTIVE(q) ((q).size > 0)

static int one(struct q *q)
{
	start(q);
	return 0;
}

static int two(struct q *q)
{
	start(q);
	return 1;
}
'''

PATCH = '''// expect: a.c start {starts}
// expect: a.c active {actives}

@start@
expression q;
position p;
@@
 start(q)@p;
+hook(q);

@active@
expression q;
position p;
@@
 (q).size > 0@p
+	&& !(q).held
'''

APPEND = '''# append: Makefile
# expect: {count} ^obj-y

obj-y += b.o
'''


class Hooks(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)
        self.source = self.dir / 'a.c'
        self.source.write_text(SOURCE)
        (self.dir / 'Makefile').write_text('obj-y := a.o\n')

    def apply(self, name, text):
        hook = self.dir / name
        hook.write_text(text)
        run = subprocess.run([APPLY, self.dir, hook], capture_output=True,
                             text=True, check=False)
        return run.returncode, run.stderr

    def test_expected_matches(self):
        self.assertEqual(
            self.apply('t.cocci', PATCH.format(starts=2, actives=1)), (0, ''))
        text = self.source.read_text()
        self.assertEqual(text.count('hook(q);'), 2)
        self.assertRegex(text, r'\(q\)\.size > 0\s*&& !\(q\)\.held')

    def test_other_count(self):
        status, errors = self.apply('t.cocci',
                                    PATCH.format(starts=3, actives=1))
        self.assertEqual(status, 1)
        self.assertEqual(errors, 'gpreempt: hook error: t.cocci: rule start: '
                         'a.c: expected 3 matches, found 2\n')

    def test_code_that_is_gone(self):
        self.source.write_text(SOURCE.replace('.size > 0', '.length > 0'))
        _, errors = self.apply('t.cocci', PATCH.format(starts=2, actives=1))
        self.assertIn('rule active: a.c: expected 1 match, found 0', errors)

    def test_rule_that_counts_nothing(self):
        patch = PATCH.format(starts=2, actives=1)
        status, errors = self.apply('t.cocci', patch.replace(
            '// expect: a.c active 1\n', ''))
        self.assertEqual(status, 1)
        self.assertIn('@active@ changes code but has no', errors)

    def test_expected_rule_that_is_not_there(self):
        _, errors = self.apply('t.cocci', PATCH.format(starts=2, actives=1) +
                               '// expect: a.c stop 1\n')
        self.assertIn('expects rule stop, which it lacks', errors)

    def test_file_that_is_not_there(self):
        _, errors = self.apply(
            't.cocci', PATCH.format(starts=2, actives=1).replace('a.c', 'b.c'))
        self.assertIn('b.c: no such file', errors)

    def test_patch_that_does_not_parse(self):
        status, errors = self.apply('t.cocci', PATCH.format(
            starts=2, actives=1).replace('expression q;', 'expression q'))
        self.assertEqual(status, 1)
        self.assertIn('spatch', errors)

    def test_append(self):
        self.assertEqual(self.apply('t.append', APPEND.format(count=1)),
                         (0, ''))
        self.assertEqual((self.dir / 'Makefile').read_text(),
                         'obj-y := a.o\n\nobj-y += b.o\n')

    def test_append_to_another_file_than_it_was(self):
        status, errors = self.apply('t.append', APPEND.format(count=2))
        self.assertEqual(status, 1)
        self.assertIn('expected 2 matches, found 1', errors)
