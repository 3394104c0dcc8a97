# SPDX-License-Identifier: GPL-2.0
"""Parts of hooks: a patch may take some rules of a hook, and a Makefile lists
the objects that there are so far."""

import importlib.machinery
import importlib.util
import pathlib
import re

EXPECT = re.compile(r'^//[ \t]*expect:[ \t]*(.*)\n', re.M)
# "<file> <rule> <count>"; after "and" and "or" the file may be the same
EXPECTED_RULE = re.compile(r'(\w+)\s+\d+(?=\s+and\s|\s+or\s|\s*$)')
CONFIG = re.compile(r'^(?:menu)?config\s+(\w+)\s*$', re.M)
OBJECT = re.compile(r'\$\(AMDKFD_PATH\)/(\S+)\.o\b')
ASSIGNMENT = re.compile(r'^(\S+\s*[:+?]?=)\s*')


class PartError(Exception):
    pass


def _apply_hooks():
    path = pathlib.Path(__file__).resolve().parent.parent / 'apply-hooks'
    loader = importlib.machinery.SourceFileLoader('apply_hooks', str(path))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader('apply_hooks', loader))
    loader.exec_module(module)
    return module


apply_hooks = _apply_hooks()


def rule_name(rule):
    match = apply_hooks.RULE.match(rule)
    return match.group(1) if match else None


def config_blocks(body):
    """What comes before the first entry of a Kconfig, and the entries"""
    starts = [match.start() for match in CONFIG.finditer(body)]
    ends = starts[1:] + [len(body)]
    return body[:starts[0]] if starts else body, \
        [body[a:b] for a, b in zip(starts, ends)]


def rules(hook, text):
    """
    The names of the parts that @hook can be divided into: rules that change
    code, entries of a Kconfig; None is one that can't be
    """
    if hook.endswith('.cocci'):
        return [rule_name(rule) for rule in apply_hooks.sections(text)[1]
                if apply_hooks.changes_code(rule)]
    return CONFIG.findall(text.partition('\n\n')[2]) or [None]


def select(hook, text, wanted):
    """The hook with those of its rules() that are @wanted"""
    if wanted == rules(hook, text):
        return text
    if not hook.endswith('.cocci'):
        header, _, body = text.partition('\n\n')
        _, blocks = config_blocks(body)
        return header + '\n\n' + ''.join(
            block for block in blocks if CONFIG.match(block).group(1) in wanted)
    head, sections = apply_hooks.sections(text)
    kept = [rule for rule in sections
            if not apply_hooks.changes_code(rule) or rule_name(rule) in wanted]
    return EXPECT.sub(
        lambda match: match.group() if belongs(hook, match.group(1), set(wanted),
                                               set(rules(hook, text)))
        else '', head + ''.join(kept))


def belongs(hook, expectation, wanted, changing):
    """Whether an expectation is about @wanted rules, of those @changing code"""
    names = changing & set(EXPECTED_RULE.findall(expectation))
    if names & wanted and names - wanted:
        raise PartError(f'{hook}: "{expectation}" needs rules that are in '
                        'another patch')
    return names <= wanted


def statements(text):
    """The lines of a Makefile, those that a backslash joins together"""
    joined = []
    for line in text.splitlines():
        if joined and joined[-1][-1].endswith('\\'):
            joined[-1].append(line)
        else:
            joined.append([line])
    return joined


def narrow_statement(lines, exists):
    """An assignment without the objects that do not exist"""
    wanted = [word for line in lines for word in OBJECT.findall(line)]
    if all(exists(word) for word in wanted):
        return lines
    start = ASSIGNMENT.match(lines[0])
    kept = [OBJECT.search(line).group() for line in lines
            if OBJECT.search(line) and exists(OBJECT.search(line).group(1))]
    if not kept:
        return []
    kept[0] = f'{start.group(1)} {kept[0]}'
    return [word if i == 0 else f'\t\t{word}' for i, word in enumerate(
        word + ' \\' for word in kept[:-1])] + \
        ([f'\t\t{kept[-1]}'] if len(kept) > 1 else kept)


def narrow(text, exists):
    """
    The text of a Makefile without objects for which @exists(name) is false,
    and without what is then empty. One object stands on one line.
    """
    out = []
    for lines in statements(text):
        for line in lines:
            if len(OBJECT.findall(line)) > 1 and \
                    not all(map(exists, OBJECT.findall(line))):
                raise PartError(f'several objects in one line: {line}')
        lines = narrow_statement(lines, exists)
        if lines == ['endif'] and out and re.match(r'if', out[-1]):
            out.pop()
            if out and not out[-1]:
                out.pop()
            continue
        out += lines
    return '\n'.join(out) + '\n'
