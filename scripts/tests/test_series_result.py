# SPDX-License-Identifier: GPL-2.0
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from patches import checkpatch, maintainers, objcode, repo  # noqa: E402

BEFORE = '''
int printf(const char *text, ...);
int table[4];
int plain(int a) { return a + 1; }
int caller(int a) { printf("one %d", a); return table[a & 3]; }
'''
KERNEL = '''Maintainers List
----------------

3C59X NETWORK DRIVER
M:	A <a@b>
F:	drivers/net/3c59x.c

AMD KFD
M:	B <b@c>
F:	drivers/gpu/drm/amd/amdkfd/

AMD XGBE DRIVER
M:	C <c@d>
F:	drivers/net/xgbe/

ALPHA OUT OF PLACE
M:	D <d@e>
F:	arch/alpha/

ZSMALLOC
M:	E <e@f>
F:	mm/zsmalloc.c
'''
OURS = '''# comment

In the form of MAINTAINERS.

AMD KFD THING
L:	list@example.org
S:	Maintained
F:	selftests/kfd/
F:	Documentation/thing.rst
F:	scripts/hooks/

SIMULATOR
S:	Maintained
F:	drivers/sim/
'''


class Objects(unittest.TestCase):
    def differ(self, before, after):
        with tempfile.TemporaryDirectory() as temp:
            for name, text in (('a', before), ('b', after)):
                path = pathlib.Path(temp) / name
                path.mkdir()
                (path / 'x.c').write_text(text)
                subprocess.run(['gcc', '-O2', '-c', 'x.c'], cwd=path,
                               check=True)
            return objcode.compare(pathlib.Path(temp) / 'a',
                                   pathlib.Path(temp) / 'b')

    def test_same(self):
        self.assertEqual(self.differ(BEFORE, BEFORE), {})

    def test_moved(self):
        # other addresses and other offsets of strings, but the same code
        more = 'int printf(const char *, ...);\n' \
            'int before(void) { return printf("and more"); }\n'
        self.assertEqual(self.differ(BEFORE, more + BEFORE),
                         {('x.o', 'before'): 'new'})

    def test_changed(self):
        self.assertEqual(
            self.differ(BEFORE, BEFORE.replace('a + 1', 'a + 2')),
            {('x.o', 'plain'): 'changed'})

    def test_string(self):
        self.assertEqual(self.differ(BEFORE, BEFORE.replace('one', 'two')),
                         {('x.o', 'caller'): 'changed'})

    def test_variable(self):
        self.assertIn(('x.o', 'table'),
                      self.differ(BEFORE, BEFORE.replace('[4]', '[8]')))

    def test_gone(self):
        self.assertEqual(self.differ(BEFORE, '\n'.join(
            line for line in BEFORE.splitlines() if 'plain' not in line)),
            {('x.o', 'plain'): 'gone'})


class Maintainers(unittest.TestCase):
    def ours(self):
        return maintainers.for_kernel(
            maintainers.sections(OURS), 'Me <me@example.org>',
            {'selftests/kfd/': 'tools/testing/selftests/kfd/'},
            lambda path: not path.startswith(('scripts/', 'drivers/sim')))

    def test_what_goes_to_the_kernel(self):
        self.assertEqual(self.ours(), [('AMD KFD THING', [
            ('M', 'Me <me@example.org>'), ('L', 'list@example.org'),
            ('S', 'Maintained'), ('F', 'Documentation/thing.rst'),
            ('F', 'tools/testing/selftests/kfd/')])])

    def test_alphabetical_place(self):
        text = maintainers.merge(KERNEL, self.ours())
        titles = [title for title, _ in maintainers.sections(text)]
        # the one that is out of place does not matter
        self.assertEqual(titles, ['3C59X NETWORK DRIVER', 'AMD KFD',
                                  'AMD KFD THING', 'AMD XGBE DRIVER',
                                  'ALPHA OUT OF PLACE', 'ZSMALLOC'])
        # nothing else changed
        at = text.index('AMD KFD THING')
        self.assertEqual(text[:at] + text[text.index('AMD XGBE'):], KERNEL)


class Repo(unittest.TestCase):
    def test_patches_apply(self):
        with tempfile.TemporaryDirectory() as temp:
            temp = pathlib.Path(temp)
            made = repo.Repo(temp / 'made', ('Me', 'me@example.org'))
            made.init()
            (made.path / 'a').write_text('one\n')
            made.commit('pristine')
            made.git('tag', 'pristine')
            (made.path / 'a').write_text('one\ntwo\n')
            self.assertTrue(made.commit('subject\n\nmessage\n', '-s'))
            self.assertFalse(made.commit('nothing'))
            patches = made.format_patches('pristine', 'HEAD', temp / 'out',
                                          ('Cover', 'text'))
            self.assertEqual(len(patches), 1)
            self.assertIn('Signed-off-by: Me <me@example.org>\n',
                          patches[0].read_text())
            letter = next((temp / 'out').glob('0000-*')).read_text()
            self.assertIn('Subject: [PATCH 0/1] Cover\n', letter)
            self.assertNotIn('***', letter)

            other = repo.Repo(temp / 'other')
            other.init()
            (other.path / 'a').write_text('one\n')
            other.commit('pristine')
            self.assertEqual(len(other.am(patches)), 1)
            self.assertEqual(other.tree(), made.tree())

    def test_identity(self):
        with tempfile.TemporaryDirectory() as temp:
            one = repo.Repo(temp)
            one.init()
            one.git('config', 'user.name', 'Me')
            one.git('config', 'user.email', 'nowhere')
            with self.assertRaisesRegex(repo.GitError, 'is no address'):
                repo.identity(temp)
            one.git('config', 'user.email', '')
            with self.assertRaisesRegex(repo.GitError,
                                        'user.email is not set'):
                repo.identity(temp)


class Checkpatch(unittest.TestCase):
    def test_messages(self):
        self.assertEqual(
            checkpatch.messages('/o/0001-a.patch:7: CHECK:BRACES: braces\n'
                                'total: 1\n'),
            [('BRACES', '0001-a.patch:7: BRACES: braces')])


if __name__ == '__main__':
    unittest.main()
