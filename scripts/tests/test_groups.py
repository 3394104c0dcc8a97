# SPDX-License-Identifier: GPL-2.0
import pathlib
import tempfile
import unittest

from harness import groups


class Parse(unittest.TestCase):
    def test_all_keys(self):
        group = groups.parse('cpx', '# partitioned\nmodule=kfdsim-nohooks\n'
                             'params=preset=mi300x mode=CPX # two words\n'
                             'modes=smp\ntimeout=9\ntests=a b.sh\n'
                             'with=bpftrace\n')
        self.assertEqual(group.command(), "run-group cpx kfdsim-nohooks "
                         "'preset=mi300x mode=CPX' 9 a b.sh")
        self.assertEqual(group.modes, ('smp',))
        self.assertEqual(group.extras, ('bpftrace',))

    def test_debug_runs_what_races(self):
        for modes, runs in (('run smp', True), ('run', False), ('smp', True),
                            ('debug', True)):
            group = groups.parse('x', f'tests=a\nmodes={modes}\n')
            self.assertEqual(group.runs_in('debug'), runs, modes)
            self.assertEqual(group.runs_in('run'), 'run' in modes, modes)

    def test_rest(self):
        group = groups.parse('x', 'params=p=1\ntests=a b c\n')
        for test, rest in (('a', 'a b c'), ('b', 'b c'), ('c', 'c'),
                           ('load', 'a b c'), ('unload', 'a b c')):
            self.assertEqual(group.rest(test).tests, rest.split(), test)
        self.assertEqual(group.rest('c').params, 'p=1')

    def test_rejects(self):
        for text in ('tests=', 'test=a', 'tests=a\ntests=b', 'nonsense',
                     'tests=a\nmodes=fast', 'tests=a\nmodule=amdgpu',
                     'tests=a\nwith=perl'):
            with self.subTest(text), self.assertRaises(groups.GroupError):
                groups.parse('x', text)


class Directory(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)
        for name in ('a.c', 'b.c', 'c.sh'):
            (self.dir / name).touch()

    def test_forgotten_test(self):
        (self.dir / 'x.conf').write_text('tests=a c.sh\n')
        loaded = groups.load(self.dir)
        with self.assertRaisesRegex(groups.GroupError, 'in no group: b$'):
            groups.check_complete(self.dir, loaded)

    def test_missing_test(self):
        (self.dir / 'x.conf').write_text('tests=a d\n')
        with self.assertRaisesRegex(groups.GroupError, 'no such test: d$'):
            groups.load(self.dir)

    def test_select(self):
        every = [groups.Group('x', ['a', 'c.sh']), groups.Group('y', ['b'])]
        self.assertEqual([(group.name, group.tests) for group
                          in groups.select(every, [], ['c', 'b'])],
                         [('x', ['c.sh']), ('y', ['b'])])
        self.assertEqual(groups.select(every, ['y'], ['a']), [])

    def test_same_machine(self):
        every = [groups.Group('x', ['a']),
                 groups.Group('y', ['b'], extras=('bpftrace',)),
                 groups.Group('z', ['c.sh'])]
        self.assertEqual([group.name for group
                          in groups.same_machine(every)], ['x', 'z'])
        self.assertEqual([group.name for group
                          in groups.same_machine(every[1:])], ['y'])
