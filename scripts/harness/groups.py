# SPDX-License-Identifier: GPL-2.0
"""The groups of selftests/kfd: which tests run on which kfdsim."""

import dataclasses
import shlex

# what a group runs in when it does not say; debug is smp on a debug kernel, for
# what needs one
MODES = ('run', 'smp')
ALL_MODES = (*MODES, 'debug')
KEYS = ('module', 'params', 'modes', 'timeout', 'tests', 'usual', 'racing',
        'without', 'with', 'alone')
EXTRAS = ('bpftrace',)
# worth a machine
FEW_TESTS = 10
MODULES = ('kfdsim', 'kfdsim-nohooks', 'none')


class GroupError(Exception):
    pass


@dataclasses.dataclass
class Group:
    name: str
    tests: list
    module: str = 'kfdsim'
    params: str = ''
    modes: tuple = MODES
    timeout: int = 45
    extras: tuple = ()
    # of tests=all, those that run when not everything shall run everywhere
    usual: tuple = ()
    # of the tests, those that run in smp and debug; None: all
    racing: list | None = None
    without: tuple = ()
    alone: bool = False
    # those that the file names; with tests=all none but the racing ones
    named: tuple = ()

    def runs_in(self, mode):
        """
        What races on the stock kernel does so on a debug kernel, but for
        what that kernel has no support for
        """
        return mode in self.modes or (mode == 'debug' and not self.extras and
                                      'smp' in self.modes)

    def part(self, mode):
        """What of it runs in @mode; a group without tests when nothing does"""
        tests = self.tests if self.runs_in(mode) else []
        if mode != 'run' and self.racing is not None:
            tests = [test for test in tests if test in self.racing]
        return dataclasses.replace(self, tests=tests)

    def is_special(self):
        """
        Its tests want something else than a machine with kfdsim, or are said to be
        here alone, and are in no tests=all
        """
        return self.alone or self.module == 'none' or bool(self.extras) or \
            'run' not in self.modes

    def command(self):
        """The line of shell that runs this group in the machine"""
        return shlex.join(['run-group', self.name, self.module, self.params,
                           str(self.timeout), *self.tests])

    def rest(self, test):
        """What is left of it when @test has to be run again"""
        at = self.tests.index(test) if test in self.tests else 0
        return dataclasses.replace(self, tests=self.tests[at:])


def parse(name, text):
    values = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split('#', 1)[0].strip()
        if not line:
            continue
        key, equals, value = line.partition('=')
        if not equals or key not in KEYS or key in values:
            raise GroupError(f'{name}.conf:{number}: {line}')
        values[key] = value.strip()
    if not values.get('tests'):
        raise GroupError(f'{name}.conf: no tests')
    group = Group(name=name, tests=values['tests'].split())
    group.module = values.get('module', group.module)
    group.params = values.get('params', group.params)
    group.modes = tuple(values.get('modes', ' '.join(MODES)).split())
    group.timeout = int(values.get('timeout', group.timeout))
    group.extras = tuple(values.get('with', '').split())
    group.usual = tuple(values.get('usual', '').split())
    group.without = tuple(values.get('without', '').split())
    if values.get('alone', 'yes') != 'yes':
        raise GroupError(f'{name}.conf: alone={values["alone"]}')
    group.alone = 'alone' in values
    if 'racing' in values:
        group.racing = values['racing'].split()
    if not set(group.extras) <= set(EXTRAS):
        raise GroupError(f'{name}.conf: with={" ".join(group.extras)}')
    if group.module not in MODULES:
        raise GroupError(f'{name}.conf: module={group.module}')
    if not group.modes or not set(group.modes) <= set(ALL_MODES):
        raise GroupError(f'{name}.conf: modes={" ".join(group.modes)}')
    return group


def load(directory, everywhere=False):
    """
    The groups of @directory; every test that they name is there. With @everywhere
    those that have a usual selection run everything else, too.
    """
    groups = [parse(path.stem, path.read_text())
              for path in sorted(directory.glob('*.conf'))]
    expand(groups, _there(directory), everywhere)
    missing = {test for group in groups for test in group.tests} - \
        _there(directory)
    if missing:
        raise GroupError('no such test: ' + ' '.join(sorted(missing)))
    return groups


def expand(groups, there, everywhere):
    """
    tests=all: every program of @there that runs on any kfdsim, which is what no
    special group has, less without=; usual= of them unless @everywhere
    """
    special = {test for group in groups if group.is_special()
               for test in group.tests}
    for group in groups:
        group.named = (*group.tests, *(group.racing or ()))
        if group.tests == ['all']:
            group.named = (*group.usual, *(group.racing or ()))
            group.tests = sorted(there - special - set(group.without))
        strange = set(group.without) - there
        strange |= set(group.usual) - set(group.tests)
        if group.usual and not everywhere:
            group.tests = list(group.usual)
        strange |= set(group.racing or ()) - set(group.tests)
        if strange:
            raise GroupError(f'{group.name}.conf: no test of it: '
                             + ' '.join(sorted(strange)))


def machines(groups, modes):
    """
    What to boot, as two lists of (mode, groups): machines with several CPUs, of
    which one at a time is enough for the host, and machines with one CPU. Those
    with most tests come first, and small groups share one.
    """
    racing, single = [], []
    for mode in modes:
        parts = [part for group in groups
                 if (part := group.part(mode)).tests]
        if mode != 'run':
            racing += [(mode, parts)] if parts else []
            continue
        parts.sort(key=lambda part: -len(part.tests))
        while parts:
            shared = same_machine(parts)
            few = [shared.pop(0)]
            while shared and _tests(few) + _tests(shared[:1]) <= FEW_TESTS:
                few.append(shared.pop(0))
            single.append((mode, few))
            parts = [part for part in parts if part not in few]
    return racing, single


def _tests(groups):
    return sum(len(group.tests) for group in groups)


def same_machine(groups):
    """Those of @groups that can run in the machine of the first"""
    return [group for group in groups if group.extras == groups[0].extras]


def check_complete(directory, groups):
    """
    Every test of @directory is in a group by its name: somebody has decided where
    it races, and tests=all is no excuse
    """
    named = {test for group in groups for test in group.named}
    forgotten = _there(directory) - named
    if forgotten:
        raise GroupError('in no group: ' + ' '.join(sorted(forgotten)))


def _there(directory):
    return {path.stem for path in directory.glob('*.c')} | \
        {path.name for path in directory.glob('*.sh')}


def select(groups, names, tests):
    """The groups in @names with the tests in @tests; either may be empty"""
    chosen = []
    for group in groups:
        kept = [test for test in group.tests
                if not tests or test in tests or
                test.removesuffix('.sh') in tests]
        if kept and (not names or group.name in names):
            chosen.append(dataclasses.replace(group, tests=kept))
    return chosen
