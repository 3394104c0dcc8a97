# SPDX-License-Identifier: GPL-2.0
"""Count what a test program printed, as KTAP says it."""

import re

RESULT = re.compile(r'^(ok|not ok)\b(.*)$')
PLAN = re.compile(r'^1\.\.(\d+)(\s*#\s*SKIP\b.*)?\s*$', re.I)
SKIP = re.compile(r'#\s*SKIP\b', re.I)

EXIT_SKIP = 4
# KUnit's cases are one level below its suites
CASE = re.compile(r'^ {4}(ok|not ok) \d+ (.*)$')
CASE_PLAN = re.compile(r'^ {4}1\.\.(\d+)$')


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed = passed
        self.failed = failed
        self.skipped = skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        text = f'{self.passed} passed, {self.failed} failed'
        return text + (f', {self.skipped} skipped' if self.skipped else '')


def judge(lines, status):
    """
    The counts of a program that printed @lines and exited with @status, and
    what was wrong with it beyond a "not ok"; None where nothing was.
    Indented lines are subtests, whose parent's line counts.
    """
    counts, planned, skip_all = Counts(), None, False
    for line in lines:
        plan = PLAN.match(line)
        result = RESULT.match(line)
        if plan and planned is None:
            planned = int(plan.group(1))
            skip_all = bool(plan.group(2))
        elif result:
            if SKIP.search(result.group(2)):
                counts.skipped += 1
            elif result.group(1) == 'ok':
                counts.passed += 1
            else:
                counts.failed += 1

    seen = counts.passed + counts.failed + counts.skipped
    if status == EXIT_SKIP and not counts.failed:
        counts.skipped += not counts.skipped
        return counts, None
    problem = None
    if planned is None:
        problem = 'no KTAP plan'
    elif seen != planned:
        problem = f'{seen} results, {planned} planned'
    elif planned == 0 and not skip_all:
        problem = 'no tests'
    elif status and not counts.failed:
        problem = 'nothing failed'
    if problem:
        problem += f', exit status {status}'
        counts.failed += 1
    elif skip_all:
        counts.skipped += 1
    return counts, problem


def cases(lines):
    """The cases of KUnit suites as flat KTAP, with their plans added up"""
    found, planned = [], 0
    for line in lines:
        if plan := CASE_PLAN.match(line):
            planned += int(plan.group(1))
        elif case := CASE.match(line):
            found.append(f'{case.group(1)} {len(found) + 1} {case.group(2)}')
    return [f'1..{planned}', *found]
