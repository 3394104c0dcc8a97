# SPDX-License-Identifier: GPL-2.0
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from patches import exceptions, hooks, topics  # noqa: E402

HOOK = '''// expect: a.h one 1
// expect: a.c two 2

@find@
identifier f;
@@
 f();

@one@
position p;
@@
 int a@p;
+int b;

@two@
expression e;
position p;
@@
-old@p(e);
+new(e);
'''
KCONFIG = '''# append: Kconfig
# expect: 1 ^config HSA_AMD$

config ONE
	bool "one"

config TWO
	bool "two"
'''
MAKEFILE = '''OBJECTS := main.o

ifneq ($(CONFIG_X),)
AMDKFD_FILES += $(AMDKFD_PATH)/a.o \\
		$(AMDKFD_PATH)/b.o \\
		$(AMDKFD_PATH)/c.o
endif
'''


def topic(name, *directives):
    return topics.parse(name, ''.join(f'# {line}\n' for line in directives) +
                        '\nsubject\n\nmessage\n')


def resolve(some, paths=(), all_hooks=None, left_out=''):
    return topics.resolve(some, topics.parse_left_out(left_out), paths,
                          all_hooks or {})


class Topics(unittest.TestCase):
    def test_parts_of_a_file(self):
        one = topics.parse('01-a', '# file: a/*.c => b/\n# maintainers\n\n'
                           'the subject\n\nthe message\nof two lines\n')
        self.assertEqual(one.subject, 'the subject')
        self.assertEqual(one.message, 'the message\nof two lines')
        self.assertTrue(one.maintainers)

    def test_directive_that_is_none(self):
        for line in ('files: a.c', 'file:', 'maintainers: me',
                     'insert: a b c'):
            with self.assertRaisesRegex(topics.SpecError, '01-a: cannot'):
                topic('01-a', line)

    def test_message_is_needed(self):
        with self.assertRaisesRegex(topics.SpecError, 'a message'):
            topics.parse('01-a', '# file: a.c\n\nsubject\n')

    def test_name_is_stronger_than_a_pattern(self):
        one, two = topic('01-a', 'file: d/a.c'), topic('02-b', 'file: d/*.c')
        resolve([one, two], ['d/a.c', 'd/b.c', 'd/new.c'])
        self.assertEqual(list(one.files), ['d/a.c'])
        self.assertEqual(list(two.files), ['d/b.c', 'd/new.c'])

    def test_star_stays_in_its_directory(self):
        with self.assertRaisesRegex(topics.SpecError, 'd/e/a.c belongs to no'):
            resolve([topic('01-a', 'file: d/*')], ['d/e/a.c'])
        resolve([topic('01-a', 'file: d/**')], ['d/e/a.c'])

    def test_file_of_no_patch(self):
        with self.assertRaisesRegex(topics.SpecError, 'b.c belongs to no'):
            resolve([topic('01-a', 'file: a.c')], ['a.c', 'b.c'])

    def test_file_of_two_patches(self):
        with self.assertRaisesRegex(topics.SpecError,
                                    'belongs to 01-a and to 02-b'):
            resolve([topic('01-a', 'file: a*'), topic('02-b', 'file: *.c')],
                    ['a.c'])

    def test_file_that_is_gone(self):
        with self.assertRaisesRegex(topics.SpecError, '01-a: b.c: nothing'):
            resolve([topic('01-a', 'file: a.c', 'file: b.c')], ['a.c'])
        one = topic('01-a', 'file: a.c', 'maybe-file: b.c')
        resolve([one], ['a.c'])

    def test_left_out(self):
        resolve([topic('01-a', 'file: a.c')], ['a.c', 'b.c'],
                left_out='# why\nb.c\t\tis for nobody\n')
        with self.assertRaisesRegex(topics.SpecError, 'say why'):
            topics.parse_left_out('b.c\n')

    def test_other_place_in_the_kernel(self):
        one = topic('01-a', 'file: s/kfd/** => t/kfd/', 'file: h/u.h => t/')
        resolve([one], ['s/kfd/lib/x.c', 'h/u.h'])
        self.assertEqual(one.files, {'t/kfd/lib/x.c': 's/kfd/lib/x.c',
                                     't/u.h': 'h/u.h'})

    def test_topic_of_which_nothing_is_there(self):
        one, two = topic('01-a', 'file: a.c'), topic('02-b', 'maybe-file: b*')
        self.assertEqual(resolve([one, two], ['a.c']), [one])


class Rules(unittest.TestCase):
    def test_rest_of_a_hook(self):
        one = topic('01-a', 'hook: x.cocci: two')
        two = topic('02-b', 'hook: *.cocci')
        resolve([one, two], all_hooks={'x.cocci': HOOK})
        self.assertEqual(one.hooks, {'x.cocci': ['two']})
        self.assertEqual(two.hooks, {'x.cocci': ['one']})

    def test_rule_of_no_patch(self):
        with self.assertRaisesRegex(topics.SpecError, 'x.cocci belongs to no'):
            resolve([topic('01-a', 'hook: x.cocci: two')],
                    all_hooks={'x.cocci': HOOK})

    def test_rule_of_two_patches(self):
        with self.assertRaisesRegex(topics.SpecError, 'two belongs to 01-a'):
            resolve([topic('01-a', 'hook: x.cocci: one two'),
                     topic('02-b', 'hook: x.cocci: two')],
                    all_hooks={'x.cocci': HOOK})

    def test_rule_that_is_gone(self):
        with self.assertRaisesRegex(topics.SpecError, 'has no three'):
            resolve([topic('01-a', 'hook: x.cocci: three')],
                    all_hooks={'x.cocci': HOOK})

    def test_selected_rules(self):
        text = hooks.select('x.cocci', HOOK, ['two'])
        self.assertNotIn('one', text)
        self.assertIn('// expect: a.c two 2\n', text)
        # what finds things for others stays
        self.assertIn('@find@', text)
        self.assertEqual(hooks.select('x.cocci', HOOK, ['one', 'two']), HOOK)

    def test_expectation_about_several_rules(self):
        text = HOOK.replace('// expect: a.h one 1\n// expect: a.c two 2\n',
                            '// expect: a.h one 1 or b.h find 1 and two 1\n'
                            '// expect: a.c three 3\n') + \
            HOOK[HOOK.index('@two@'):].replace('two', 'three')
        self.assertEqual(hooks.rules('x.cocci', text), ['one', 'two', 'three'])
        part = hooks.select('x.cocci', text, ['three'])
        self.assertTrue(part.startswith('// expect: a.c three 3\n\n@find@'))
        part = hooks.select('x.cocci', text, ['one', 'two'])
        self.assertIn('// expect: a.h one 1 or b.h find 1 and two 1\n', part)
        self.assertNotIn('three', part)
        with self.assertRaisesRegex(hooks.PartError, 'x.cocci: "a.h one 1 or'):
            hooks.select('x.cocci', text, ['one'])

    def test_selected_entries_of_a_kconfig(self):
        self.assertEqual(hooks.rules('k.append', KCONFIG), ['ONE', 'TWO'])
        text = hooks.select('k.append', KCONFIG, ['TWO'])
        self.assertNotIn('ONE', text)
        self.assertTrue(text.startswith('# append: Kconfig\n'))
        self.assertTrue(text.endswith('\n\nconfig TWO\n\tbool "two"\n'))


class Makefile(unittest.TestCase):
    def narrow(self, *names):
        return hooks.narrow(MAKEFILE, set(names).__contains__)

    def test_all(self):
        self.assertEqual(self.narrow('a', 'b', 'c'), MAKEFILE)

    def test_some(self):
        self.assertIn('AMDKFD_FILES += $(AMDKFD_PATH)/b.o \\\n'
                      '\t\t$(AMDKFD_PATH)/c.o\nendif\n',
                      self.narrow('b', 'c'))

    def test_one(self):
        self.assertIn(')\nAMDKFD_FILES += $(AMDKFD_PATH)/c.o\nendif\n',
                      self.narrow('c'))

    def test_none(self):
        self.assertEqual(self.narrow(), 'OBJECTS := main.o\n')


class Exceptions(unittest.TestCase):
    TEXT = '# comment\ncheckpatch 0?-* BRACES they are wanted\n'

    def test_needed(self):
        some = exceptions.Exceptions(exceptions.parse(self.TEXT))
        self.assertEqual(len(some.unused('checkpatch')), 1)
        self.assertFalse(some.allows('checkpatch', '01-a', 'OTHER'))
        self.assertFalse(some.allows('object', '01-a', 'BRACES'))
        self.assertEqual(len(some.unused('checkpatch')), 1)
        self.assertTrue(some.allows('checkpatch', '01-a', 'BRACES'))
        self.assertEqual(some.unused('checkpatch'), [])

    def test_reason(self):
        with self.assertRaisesRegex(exceptions.ExceptionError, ':1: not'):
            exceptions.parse('checkpatch * BRACES\n')


if __name__ == '__main__':
    unittest.main()
