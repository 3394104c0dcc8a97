# SPDX-License-Identifier: GPL-2.0
"""Calls, from the text of the kernel's function graph tracer."""

import re
from dataclasses import dataclass, field

from .results import BadResult

# "  7.207829 |   0)  gpreemp-148   |   2.561 us    |    name [module]();"
LINE = re.compile(r"^\s*\d+\.\d+ \|\s+\d+\)\s+(?P<task>\S.*?)\s+\|"
                  r"\s*(?P<duration>[^|]*?)\s*\|\s(?P<text>.*)$")
DURATION = re.compile(r"(\d+)\.(\d+) us")
CALL = re.compile(r"^(?P<name>[\w.]+)(?: \[\w+\])?\(\)(?P<end>;| \{)$")
RETURN = re.compile(r"^\} /\* (?P<name>[\w.]+)(?: \[\w+\])? \*/$")
COMMENT = re.compile(r"^/\* (?P<text>.*) \*/$")
LOST = re.compile(r"LOST \d+ EVENTS")


@dataclass
class Call:
    """@ns: how long it took, without the time that its task slept;
    @inside: events that happened meanwhile in its task."""
    name: str
    ns: int = 0
    calls: list = field(default_factory=list)
    inside: list = field(default_factory=list)

    def count(self):
        """Of calls in it, at any depth."""
        return sum(1 + call.count() for call in self.calls)

    def events(self):
        """At any depth."""
        return self.inside + [event for call in self.calls
                              for event in call.events()]


def nanoseconds(text):
    match = DURATION.search(text)
    if not match:
        raise BadResult(f"trace: '{text}' is no duration")
    return int(match[1]) * 1000 + int(match[2].ljust(3, "0"))


def parse(text):
    """[(marker, [outermost calls])]: one for each comment that is not in a
    call; what comes before the first is left out."""
    phases = []
    stacks = {}
    for line in text.splitlines():
        if LOST.search(line):
            raise BadResult(f"trace: {line.strip()}")
        match = LINE.match(line)
        if not match:
            continue
        stack = stacks.setdefault(match["task"], [])
        body = match["text"].strip()
        call, back = CALL.match(body), RETURN.match(body)
        comment = COMMENT.match(body)
        if call and call["end"] == ";":
            done = Call(call["name"], nanoseconds(match["duration"]))
        elif call:
            stack.append(Call(call["name"]))
            continue
        elif back and stack and stack[-1].name == back["name"]:
            done = stack.pop()
            done.ns = nanoseconds(match["duration"])
        elif comment and stack:
            stack[-1].inside.append(comment["text"])
            continue
        elif comment:
            phases.append((comment["text"], []))
            continue
        else:
            # began before the tracing did
            continue
        if stack:
            stack[-1].calls.append(done)
        elif phases:
            phases[-1][1].append(done)
    return phases
