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

START = '''// expect: {expect}

@start@
expression q;
position p;
@@
 start(q)@p;
+hook(q);
'''

# what other trees have begin() for
BEGIN = START + '''
@begin@
expression q;
position p;
@@
 begin(q)@p;
+hook(q);

@size@
position p;
@@
 struct q@p {{ ... }};
'''

ITERATOR = '''// expect: a.c begin 1

@begin@
expression q;
iterator name list_for_each_entry;
position p;
@@
 begin(q)@p;
+list_for_each_entry(q, list, node) {
+	hook(q);
+}
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

    def run_hooks(self, *args):
        return subprocess.run([APPLY, *args], capture_output=True, text=True,
                              check=False)

    def apply(self, name, text):
        hook = self.dir / name
        hook.write_text(text)
        run = self.run_hooks(self.dir, hook)
        return run.returncode, run.stderr

    def expect(self, expect, patch=BEGIN):
        return self.apply('t.cocci', patch.format(expect=expect))

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
        self.assertIn('rule start: b.c: expected 2 matches, found 0', errors)
        self.assertIn('rule active: b.c: expected 1 match, found 0', errors)

    def test_patch_that_does_not_parse(self):
        status, errors = self.apply('t.cocci', PATCH.format(
            starts=2, actives=1).replace('expression q;', 'expression q'))
        self.assertEqual(status, 1)
        self.assertIn('spatch', errors)

    def test_iterator_has_no_blank(self):
        self.source.write_text(SOURCE.replace('start(q)', 'begin(q)', 1))
        self.assertEqual(self.apply('t.cocci', ITERATOR), (0, ''))
        self.assertIn('\tlist_for_each_entry(q, list, node) {\n',
                      self.source.read_text())

    def test_either_of_two_rules(self):
        expect = 'a.c start 2 or begin 1'
        self.assertEqual(self.expect(expect), (0, ''))
        self.assertEqual(self.source.read_text().count('hook(q);'), 2)

        self.source.write_text(SOURCE.replace('start(q);', 'begin(q);', 1)
                               .replace('start(q);', ''))
        self.assertEqual(self.expect(expect), (0, ''))
        self.assertEqual(self.source.read_text().count('hook(q);'), 1)

    def test_neither_and_both(self):
        expect = 'a.c start 1 or begin 1'
        self.source.write_text(SOURCE.replace('start(q);', 'begin(q);', 1))
        status, errors = self.expect(expect)
        self.assertEqual(status, 1)
        self.assertEqual(errors, 'gpreempt: hook error: t.cocci: expected '
                         f'{expect}; found start 1, begin 1\n')

        self.source.write_text(SOURCE.replace('start(q);', ''))
        _, errors = self.expect(expect)
        self.assertIn('found start 0, begin 0', errors)

    def test_one_rule_with_two_counts(self):
        self.assertEqual(self.expect('a.c start 3 or start 2', START),
                         (0, ''))
        _, errors = self.expect('a.c start 1 or start 3', START)
        self.assertIn('rule start: a.c: expected 1 or 3 matches, found 2',
                      errors)

    def test_rules_that_come_together(self):
        expect = 'a.c begin 1 or start 2 and size 1'
        self.assertEqual(self.expect(expect), (0, ''))
        self.source.write_text(SOURCE.replace('struct q {', 'struct r {'))
        _, errors = self.expect(expect)
        self.assertIn('found begin 0, start 2, size 0', errors)

    def test_function_that_moved(self):
        expect = 'a.c start 2 or b.c start 2'
        self.assertEqual(self.expect(expect, START), (0, ''))
        (self.dir / 'b.c').write_text(SOURCE)
        self.source.unlink()
        self.assertEqual(self.expect(expect, START), (0, ''))
        self.assertIn('hook(q);', (self.dir / 'b.c').read_text())

    def test_malformed_expectations(self):
        for expect in ('start 2', 'a.c start', 'a.c start two', 'a.c start 2 or',
                       'a.c start 2 begin 1', 'a.c start 2 and start 2', ''):
            with self.subTest(expect=expect):
                status, errors = self.expect(expect)
                self.assertEqual(status, 1)
                self.assertIn(f'"expect: {expect}" is not', errors)

    def test_place_in_two_expectations(self):
        _, errors = self.expect('a.c start 2', '// expect: a.c start 2\n' +
                                START)
        self.assertIn('a.c start expected twice', errors)

    def test_all_errors_at_once(self):
        (self.dir / 'one.cocci').write_text(PATCH.format(starts=3, actives=2))
        (self.dir / 'two.cocci').write_text(
            PATCH.format(starts=2, actives=1).replace('a.c', 'b.c'))
        (self.dir / 'three.append').write_text(APPEND.format(count=4))
        run = self.run_hooks(self.dir, *(
            self.dir / name
            for name in ('one.cocci', 'two.cocci', 'three.append')))
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stderr.splitlines(), [
            'gpreempt: hook error: ' + error for error in (
                'one.cocci: rule start: a.c: expected 3 matches, found 2',
                'one.cocci: rule active: a.c: expected 2 matches, found 1',
                'two.cocci: rule start: b.c: expected 2 matches, found 0',
                'two.cocci: rule active: b.c: expected 1 match, found 0',
                'three.append: rule ^obj-y: Makefile: expected 4 matches, '
                'found 1')])

    def test_table(self):
        (self.dir / 't.cocci').write_text(BEGIN.format(
            expect='a.c begin 1 or start 2') + '// expect: a.c size 2\n')
        (self.dir / 't.append').write_text(APPEND.format(count=1))
        run = self.run_hooks('--table', self.dir, self.dir / 't.cocci',
                             self.dir / 't.append')
        self.assertEqual(run.returncode, 1)
        self.assertEqual([line.split() for line in run.stdout.splitlines()], [
            ['hook', 'rule', 'file', 'expected', 'found'],
            ['t.cocci', 'begin', 'a.c', '1', 'or', '0', '0'],
            ['t.cocci', 'start', 'a.c', '0', 'or', '2', '2'],
            ['t.cocci', 'size', 'a.c', '2', '1', 'differs'],
            ['t.append', '^obj-y', 'Makefile', '1', '1']])

    def test_append(self):
        self.assertEqual(self.apply('t.append', APPEND.format(count=1)),
                         (0, ''))
        self.assertEqual((self.dir / 'Makefile').read_text(),
                         'obj-y := a.o\n\nobj-y += b.o\n')

    def test_append_to_another_file_than_it_was(self):
        status, errors = self.apply('t.append', APPEND.format(count=2))
        self.assertEqual(status, 1)
        self.assertIn('expected 2 matches, found 1', errors)
