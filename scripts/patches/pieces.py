# SPDX-License-Identifier: GPL-2.0
"""Pieces of a file that come later than the rest of it: statements, functions,
members, entries of a table or of a document, by a line that they begin with.

A file NN-topic.later beside a topic says what of the project's files is left
out before that patch:

	= kfd_gpreempt_act.c
	- kfd_gpreempt_place\\(gp\\);
	+	what stands in its place until then
	~ a line alone, as of a comment
	+	and what stands in its place

The lines of "+" are optional. A piece is all that belongs to the line: to the
end of the statement, the body of a function, the comment before it.
"""

import dataclasses
import re

STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
COMMENT = re.compile(r'/\*.*?\*/')
MEMBER = re.compile(r'\s*\* @[\w.]+:')
MEMBER_GOES_ON = re.compile(r'\s*\*\t')
CONDITION = re.compile(r'\s*(\} )?(else )?(if|for|while|\w*for_each\w*)\b')
WHAT = re.compile(r'What:')


class PieceError(Exception):
    pass


@dataclasses.dataclass
class Edit:
    """Before some patch @text is in place of what @pattern finds in @file"""
    file: str
    pattern: str
    line_only: bool = False
    text: list = dataclasses.field(default_factory=list)


def parse(text):
    """The edits of a file NN-topic.later"""
    edits, file = [], None
    for number, line in enumerate(text.splitlines(), 1):
        mark, rest = line[:1], line[1:]
        if not line.strip() or mark == '#':
            continue
        if mark == '=':
            file = rest.strip()
        elif mark in ('-', '~') and file:
            edits.append(Edit(file, rest.strip(), mark == '~'))
        elif mark == '+' and edits and edits[-1].file == file:
            edits[-1].text.append(rest)
        else:
            raise PieceError(f'line {number}: not "= file", "- regular '
                             f'expression", "~ regular expression" or "+text": '
                             f'{line}')
    return edits


def comment_lines(lines):
    """For each line: whether all of it is a comment"""
    found, inside = [], False
    for line in lines:
        begins = inside or line.lstrip().startswith('/*')
        rest = COMMENT.sub('', line if not inside else '/*' + line)
        inside = '/*' in STRING.sub('""', rest)
        found.append(begins and (inside or not rest.strip()))
    return found


def code(line):
    """A line without what brackets may stand in and mean nothing"""
    return COMMENT.sub('', STRING.sub('""', line)).split('//')[0].rstrip()


def depth(text):
    return sum(map(text.count, '([{')) - sum(map(text.count, ')]}'))


class File:
    """The lines of a file, and where its pieces begin and end"""

    def __init__(self, path, text):
        self.path = path
        self.lines = text.splitlines()
        self.is_code = path.endswith(('.c', '.h'))
        self.comment = comment_lines(self.lines) if self.is_code else \
            [False] * len(self.lines)

    def error(self, at, text):
        return PieceError(f'{self.path}:{at + 1}: {text}: {self.lines[at]}')

    def piece(self, at):
        """Where the piece of a line begins, and where it has ended"""
        if not self.is_code:
            return self.entry(at) if '/ABI/' in self.path else \
                self.paragraph(at)
        if self.comment[at]:
            return self.in_comment(at)
        if self.lines[at].startswith('#'):
            return self.before(at), self.directive_end(at)
        return self.before(self.declaration(at)), self.end(at)

    # ---- documents

    def paragraph(self, at):
        begin = end = at
        while begin and self.lines[begin - 1].strip():
            begin -= 1
        while end < len(self.lines) and self.lines[end].strip():
            end += 1
        return begin, end

    def entry(self, at):
        """Of Documentation/ABI: from its first What to the next one"""
        lines = self.lines
        if not WHAT.match(lines[at]):
            return self.paragraph(at)
        begin, end = at, at + 1
        while begin and WHAT.match(lines[begin - 1]):
            begin -= 1
        while end < len(lines) and (WHAT.match(lines[end - 1]) or
                                    not WHAT.match(lines[end])):
            end += 1
        return begin, end

    # ---- code

    def in_comment(self, at):
        begin, end = at, at + 1
        if MEMBER.match(self.lines[at]):
            while MEMBER_GOES_ON.match(self.lines[end]):
                end += 1
            return begin, end
        while not self.lines[begin].lstrip().startswith('/*'):
            begin -= 1
        while not self.lines[end - 1].rstrip().endswith('*/'):
            end += 1
        return begin, end

    def directive_end(self, at):
        while self.lines[at].endswith('\\'):
            at += 1
        return at + 1

    def declaration(self, at):
        """A type may stand on the line before the name"""
        before = code(self.lines[at - 1]) if at else ''
        if not before or self.comment[at - 1] or before.startswith('#') or \
                self.lines[at].lstrip().startswith(('}', 'else')):
            return at
        if re.search(r'(\belse|\bdo)$', before) or (
                before.endswith(')') and CONDITION.match(before)):
            raise self.error(at, 'depends on the line before; name that')
        if re.search(r'[(=+&|?<>-]$', before):
            raise self.error(at, 'begins on a line before')
        return self.declaration(at - 1) if re.search(r'[\w*]$', before) else at

    def before(self, at):
        """The comment that belongs to a line"""
        return self.in_comment(at - 1)[0] if at and self.comment[at - 1] and \
            not MEMBER.match(self.lines[at - 1]) else at

    def end(self, at):
        first = code(self.lines[at]).lstrip()
        branch = first.startswith('} else')
        level = 1 if branch else 0
        for i in range(at, len(self.lines)):
            text = '' if self.comment[i] else code(self.lines[i])
            # what closes a branch closes the one before it from then on
            if branch and i > at and text.lstrip().startswith('}') and \
                    level == 1:
                return i
            level += depth(text)
            if branch or level or not text.endswith((';', '}', ',')):
                continue
            after = self.lines[i + 1].lstrip() if i + 1 < len(self.lines) \
                else ''
            if not (first.startswith('if ') and after.startswith('else')):
                return i + 1
        raise self.error(at, 'no end of this is found')

    def find(self, edit):
        found = [i for i, line in enumerate(self.lines)
                 if re.search(edit.pattern, line)]
        if not found:
            raise PieceError(f'{self.path}: nothing matches "{edit.pattern}"')
        if edit.text and len(found) > 1:
            raise PieceError(f'{self.path}: {len(found)} lines match '
                             f'"{edit.pattern}", which are replaced')
        return [(*((i, i + 1) if edit.line_only else self.piece(i)), edit.text)
                for i in found]


def outermost(path, spans):
    """Spans without those that are inside others, or come after the same one"""
    kept = []
    for begin, end, text in sorted(spans, key=lambda s: (s[0], -s[1])):
        if kept and end <= kept[-1][1]:
            continue
        if kept and begin < kept[-1][1]:
            raise PieceError(f'{path}: lines {kept[-1][0] + 1} to '
                             f'{kept[-1][1]} and {begin + 1} to {end} overlap')
        kept.append((begin, end, text))
    return kept


def join(before, after):
    """Two parts between which something was left out: one empty line at most"""
    if not before or not after:
        return before + after
    if not before[-1] and (not after[0] or after[0].lstrip().startswith('}')):
        return before[:-1] + after
    if before[-1].endswith('{') and not after[0]:
        return before + after[1:]
    return before + after


def without(path, text, edits):
    """The text of a file without the pieces of @edits"""
    file = File(path, text)
    spans = outermost(path, [span for edit in edits
                             for span in file.find(edit)])
    out, at, rest = [], 0, False
    for begin, end, instead in spans:
        part = file.lines[at:begin]
        out = join(out, part) if rest else out + part
        out += instead
        rest, at = not instead, end
    part = file.lines[at:]
    out = join(out, part) if rest else out + part
    while rest and not part and out and not out[-1]:
        out.pop()
    return '\n'.join(out) + '\n'
