# SPDX-License-Identifier: GPL-2.0
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from patches import pieces, topics  # noqa: E402

CODE = '''#include <a.h>
#include "b.h"

#define LONG	\\
	1

/* a table's entries */
static const struct x table[] = {
	ENTRY(one, .min = 1,
	      .max = f(2)),
	/* the other one */
	ENTRY(two),
};

/**
 * first() - it's the first
 * @a: a number
 *	of two lines
 */
static int first(int a)
{
	int b = 0;

	later(a);
	if (a) {
		b = 1;
	} else if (b) {
		gone(b);
	}
	if (a > 1)
		return 2;
	else
		b++;

	/* at the end */
	end(a,
	    b);
}

struct thing *
second(void);
int third(void);
'''
DOCUMENT = '''What:		/sys/a
Date:		now
Description:
		One.

		And more.

What:		/sys/b
What:		/sys/c
Description:
		Two.

What:		/sys/d
Description:
		Three.
'''


def without(text, code=CODE, path='d/x.c'):
    return pieces.without(path, code, pieces.parse('= x\n' + text))


class Parse(unittest.TestCase):
    def test_edits(self):
        edits = pieces.parse('# why\n= x.c\n- one\n+\ttwo\n+three\n\n'
                             '~ four\n= y.c\n- five\n')
        self.assertEqual([(e.file, e.pattern, e.text, e.line_only)
                          for e in edits],
                         [('x.c', 'one', ['\ttwo', 'three'], False),
                          ('x.c', 'four', [], True),
                          ('y.c', 'five', [], False)])

    def test_line_that_is_none(self):
        for text in ('- one\n', '= x\n+ two\n', '= x\none\n'):
            with self.assertRaisesRegex(pieces.PieceError, 'not "= file"'):
                pieces.parse(text)


class Code(unittest.TestCase):
    def gone(self, pattern, *parts):
        """Without the piece the code is what it is without @parts"""
        expected = CODE
        for part in parts:
            self.assertEqual(expected.count(part), 1)
            expected = expected.replace(part, '')
        self.assertEqual(without(f'- {pattern}\n'), expected)

    def test_statement(self):
        self.gone(r'later\(a\);', '\tlater(a);\n')

    def test_statement_of_two_lines_and_its_comment(self):
        self.gone(r'^\tend\(a', '\n\t/* at the end */\n\tend(a,\n\t    b);\n')

    def test_include_and_macro(self):
        self.gone('^#include "b', '#include "b.h"\n')
        self.gone('^#define LONG', '#define LONG\t\\\n\t1\n\n')

    def test_entries_of_a_table(self):
        self.gone(r'ENTRY\(one',
                  '\tENTRY(one, .min = 1,\n\t      .max = f(2)),\n')
        self.gone(r'ENTRY\(two', '\t/* the other one */\n\tENTRY(two),\n')

    def test_table_with_its_comment(self):
        text = without('- table\\[\\]\n')
        self.assertIn('\t1\n\n/**\n * first()', text)

    def test_function_with_its_comment(self):
        text = without('- ^static int first\n')
        self.assertIn('};\n\nstruct thing *\n', text)

    def test_prototype_whose_type_is_before(self):
        self.gone(r'^second\(', 'struct thing *\nsecond(void);\n')

    def test_branch(self):
        self.gone('else if', '} else if (b) {\n\t\tgone(b);\n\t')

    def test_condition_with_what_belongs_to_it(self):
        self.gone(r'if \(a > 1', '\tif (a > 1)\n\t\treturn 2;\n'
                  '\telse\n\t\tb++;\n')
        text = without('- if \\(a\\) \\{\n')
        self.assertIn('later(a);\n\tif (a > 1)', text)

    def test_member_of_a_comment(self):
        self.gone('@a:', ' * @a: a number\n *\tof two lines\n')

    def test_comment(self):
        self.gone('^/. a table', "/* a table's entries */\n")

    def test_something_else_in_its_place(self):
        self.assertEqual(without('- later\n+\tnow(a);\n'),
                         CODE.replace('later(a)', 'now(a)'))

    def test_line(self):
        self.assertEqual(without('~ it.s the first\n+ * first() - it is\n'),
                         CODE.replace("it's the first", 'it is'))

    def test_piece_in_a_piece(self):
        self.assertEqual(without('- later\n- ^static int first\n'),
                         without('- ^static int first\n'))

    def test_same_piece_twice(self):
        self.assertEqual(without('- later\n+\tnow(a);\n- later\(a\)\n'),
                         CODE.replace('later(a)', 'now(a)'))

    def test_several_matches(self):
        text = without('- ENTRY\n')
        self.assertIn('table[] = {\n};\n', text)
        with self.assertRaisesRegex(pieces.PieceError, '2 lines match'):
            without('- ENTRY\n+\tnothing,\n')

    def test_nothing_matches(self):
        with self.assertRaisesRegex(pieces.PieceError,
                                    'd/x.c: nothing matches "fourth"'):
            without('- fourth\n')

    def test_what_depends_on_a_condition(self):
        with self.assertRaisesRegex(pieces.PieceError, 'name that'):
            without('- return 2\n')

    def test_middle_of_a_statement(self):
        with self.assertRaisesRegex(pieces.PieceError, 'on a line before'):
            without('- ^\tg\\(\n', 'int a = b +\n\tg();\n')


class Documents(unittest.TestCase):
    def test_entry(self):
        text = without('- ^What:.*/b$\n', DOCUMENT, 'Documentation/ABI/x')
        self.assertEqual(text, DOCUMENT[:DOCUMENT.index('What:\t\t/sys/b')] +
                         DOCUMENT[DOCUMENT.index('What:\t\t/sys/d'):])

    def test_entries_next_to_each_other(self):
        text = without('- ^What:.*/[bd]$\n', DOCUMENT, 'Documentation/ABI/x')
        self.assertTrue(text.endswith('And more.\n'))
        text = without('- ^What:.*/[ac]$\n', DOCUMENT, 'Documentation/ABI/x')
        self.assertTrue(text.startswith('What:\t\t/sys/d'))

    def test_paragraph(self):
        text = without('- And more\n', DOCUMENT, 'Documentation/ABI/x')
        self.assertIn('One.\n\nWhat:\t\t/sys/b', text)


class Topics(unittest.TestCase):
    def topic(self, name, files, later=''):
        head = [f'# file: {path}\n' for path in files] or ['# maintainers\n']
        one = topics.parse(name, ''.join(head) + '\nsubject\n\nmessage\n')
        one.later = pieces.parse(later)
        return one

    def resolve(self, *some):
        return topics.resolve(list(some), topics.parse_left_out(''),
                              ['d/a.c', 'd/ba.c'], {})

    def test_set(self):
        self.assertEqual(self.topic('1-core/02-b', ['d/a.c']).set, '1-core')

    def test_path_of_an_edit(self):
        one = self.topic('1-a/01-a', ['d/a.c', 'd/ba.c'])
        two = self.topic('2-b/01-b', [], '= a.c\n- x\n')
        self.assertEqual(self.resolve(one, two), [one, two])
        self.assertEqual(two.later[0].file, 'd/a.c')

    def test_file_that_is_not_there_before(self):
        one = self.topic('1-a/01-a', ['d/ba.c'])
        two = self.topic('2-b/01-b', ['d/a.c'], '= a.c\n- x\n')
        with self.assertRaisesRegex(topics.SpecError,
                                    '2-b/01-b.later: 0 files'):
            self.resolve(one, two)


if __name__ == '__main__':
    unittest.main()
