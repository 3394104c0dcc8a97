# SPDX-License-Identifier: GPL-2.0
"""scripts/series.d/exceptions: what a check may find, and why that is well.

	checkpatch <patch> <type> <reason>
	object <patch> <object file>:<function or variable> <reason>

The second and third word are patterns. An exception that nothing needs any
more is an error too.
"""

import dataclasses
import fnmatch

KINDS = ('checkpatch', 'object')


class ExceptionError(Exception):
    pass


@dataclasses.dataclass
class Exempt:
    kind: str
    topic: str
    what: str
    reason: str
    used: bool = False

    def covers(self, kind, topic, what):
        return kind == self.kind and fnmatch.fnmatchcase(topic, self.topic) \
            and fnmatch.fnmatchcase(what, self.what)


def parse(text):
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        words = line.split(None, 3)
        if len(words) != 4 or words[0] not in KINDS:
            raise ExceptionError(f'exceptions:{number}: not "checkpatch|object '
                                 '<patch> <what> <reason>"')
        found.append(Exempt(*words))
    return found


class Exceptions:
    def __init__(self, entries):
        self.entries = entries

    def allows(self, kind, topic, what):
        """Whether something found in a patch is listed, which it then needs"""
        hits = [entry for entry in self.entries
                if entry.covers(kind, topic, what)]
        for entry in hits:
            entry.used = True
        return bool(hits)

    def unused(self, kind):
        return [f'{entry.kind} {entry.topic} {entry.what}'
                for entry in self.entries
                if entry.kind == kind and not entry.used]
