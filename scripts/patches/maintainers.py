# SPDX-License-Identifier: GPL-2.0
"""The project's MAINTAINERS entries, in the kernel's file."""

import os
import re

FIELD = re.compile(r'^([A-Z]):\s*(.*)$')


def sections(text):
    """[(title, [(field, value), ...])] of a MAINTAINERS file"""
    found = []
    for block in re.split(r'\n\s*\n', text):
        lines = block.strip('\n').splitlines()
        fields = [FIELD.match(line) for line in lines[1:]]
        if fields and all(fields):
            found.append((lines[0], [match.groups() for match in fields]))
    return found


def for_kernel(ours, maintainer, moved, exists):
    """
    Our sections as they are in the kernel, whose paths @moved and @exists say:
    those of files that do not go there are dropped
    """
    result = []
    for title, fields in ours:
        paths = []
        for value in (value for field, value in fields if field == 'F'):
            for here, there in moved.items():
                if value.startswith(here):
                    value = there + value[len(here):]
            if exists(value):
                paths.append(value)
        if paths:
            result.append((title, [('M', maintainer)] +
                           [pair for pair in fields if pair[0] != 'F'] +
                           [('F', path) for path in sorted(paths)]))
    return result


def titles(lines):
    """The numbers of the lines that begin a section"""
    return [i for i in range(len(lines) - 1)
            if lines[i][:1].isalnum() and not FIELD.match(lines[i]) and
            FIELD.match(lines[i + 1]) and (i == 0 or not lines[i - 1].strip())]


def alike(one, other):
    """How many characters two titles begin with in common"""
    return len(os.path.commonprefix([one, other]))


def place(lines, title):
    """
    The number of the line before which a section goes: between two that it
    sorts between. The kernel's file is not sorted everywhere: between those
    that are most like it.
    """
    found = titles(lines)
    best = (-1, len(lines))
    for before, after in zip(found, found[1:]):
        if lines[before].upper() < title.upper() <= lines[after].upper():
            best = max(best, (alike(lines[before], title), after))
    return best[1]


def merge(text, ours):
    """The kernel's @text with our sections in their alphabetical places"""
    lines = text.splitlines()
    for title, fields in ours:
        at = place(lines, title)
        entry = [title] + [f'{field}:\t{value}' for field, value in fields]
        lines[at:at] = entry + ['']
    return '\n'.join(lines) + '\n'
