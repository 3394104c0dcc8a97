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

    def test_machines(self):
        big = ' '.join(f't{i}' for i in range(groups.FEW_TESTS - 2))
        every = [groups.parse(name, f'tests={tests}\nmodes={modes}\n')
                 for name, tests, modes in (('a', 'p', 'run smp'),
                                            ('b', big, 'run'),
                                            ('c', 'p q', 'run'),
                                            ('d', 'p', 'smp run'))]
        every.append(groups.parse('e', 'tests=p\nwith=bpftrace\n'))
        racing, single = [[(mode, [group.name for group in part])
                           for mode, part in machines]
                          for machines in groups.machines(every,
                                                          ['run', 'smp'])]
        self.assertEqual(racing, [('smp', ['a', 'd', 'e'])])
        self.assertEqual(single, [('run', ['b', 'c']), ('run', ['a', 'd']),
                                  ('run', ['e'])])

    def test_rejects(self):
        for text in ('tests=', 'test=a', 'tests=a\ntests=b', 'nonsense',
                     'tests=a\nmodes=fast', 'tests=a\nmodule=amdgpu',
                     'tests=a\nwith=perl', 'tests=a\nalone=no'):
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

    def test_usual(self):
        (self.dir / 'x.conf').write_text('tests=all\nusual=a c.sh\n')
        self.assertEqual(groups.load(self.dir)[0].tests, ['a', 'c.sh'])
        self.assertEqual(groups.load(self.dir, everywhere=True)[0].tests,
                         ['a', 'b', 'c.sh'])
        (self.dir / 'x.conf').write_text('tests=all\nusual=d\n')
        with self.assertRaisesRegex(groups.GroupError, 'no test of it: d$'):
            groups.load(self.dir)

    def test_all(self):
        (self.dir / 'x.conf').write_text('tests=all\n')
        for special in ('module=none', 'modes=smp debug', 'with=bpftrace',
                        'alone=yes'):
            (self.dir / 'y.conf').write_text(f'{special}\ntests=b\n')
            every = groups.load(self.dir)
            self.assertEqual(every[0].tests, ['a', 'c.sh'], special)
            # all of them somewhere else by name, too
            with self.assertRaisesRegex(groups.GroupError, ': a c.sh$'):
                groups.check_complete(self.dir, every)
        (self.dir / 'y.conf').write_text('modes=run\ntests=b\n')
        self.assertEqual(groups.load(self.dir)[0].tests, ['a', 'b', 'c.sh'])
        (self.dir / 'd.c').touch()
        self.assertIn('d', groups.load(self.dir)[0].tests)

    def test_all_without(self):
        (self.dir / 'x.conf').write_text('tests=all\nwithout=b\n')
        self.assertEqual(groups.load(self.dir)[0].tests, ['a', 'c.sh'])
        for strange in ('without=d', 'racing=d', 'without=b\nracing=a b'):
            (self.dir / 'x.conf').write_text(f'tests=all\n{strange}\n')
            with self.assertRaisesRegex(groups.GroupError, '^x.conf: .*'):
                groups.load(self.dir)

    def test_racing(self):
        (self.dir / 'x.conf').write_text('tests=all\nracing=c.sh a\n')
        group = groups.load(self.dir)[0]
        for mode, tests in (('run', ['a', 'b', 'c.sh']), ('smp', ['a', 'c.sh']),
                            ('debug', ['a', 'c.sh'])):
            self.assertEqual(group.part(mode).tests, tests, mode)
        self.assertEqual(group.part('debug').named, ('c.sh', 'a'))
        self.assertEqual(group.part('smp').rest('c.sh').tests, ['c.sh'])

    def test_part_of_nothing(self):
        for modes, mode in (('run', 'smp'), ('run', 'debug'), ('debug', 'run')):
            group = groups.parse('x', f'tests=a\nmodes={modes}\n')
            self.assertEqual(group.part(mode).tests, [], mode)

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


class Suite(unittest.TestCase):
    """selftests/kfd itself"""

    # those in which everything is known to run, or to skip itself
    MODES = ('mes', 'nohws')

    def test_every_mode_runs_everything(self):
        directory = pathlib.Path(__file__).parents[2] / 'selftests' / 'kfd'
        every = {group.name: group for group in groups.load(directory)}
        special = {test for group in every.values() if group.is_special()
                   for test in group.tests}
        ordinary = {path.stem for path in directory.glob('*.c')} | \
            {path.name for path in directory.glob('*.sh')} - special
        for mode in self.MODES:
            group = every[mode]
            self.assertEqual(set(group.part('run').tests) | set(group.without),
                             ordinary - special, mode)
