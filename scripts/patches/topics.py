# SPDX-License-Identifier: GPL-2.0
"""What each patch of the series is made of: reads scripts/series.d.

scripts/series.d/README describes the files. Every hook and file of the project
belongs to exactly one patch, or is left out with a reason.
"""

import dataclasses
import pathlib
import re

from . import hooks, pieces

DIRECTIVE = re.compile(r'^#\s*([a-z-]+)(?::\s*(.*?))?\s*$')
NAME = re.compile(r'^\d\d-[a-z0-9-]+$')
SET = re.compile(r'^\d-[a-z0-9-]+$')


class SpecError(Exception):
    pass


@dataclasses.dataclass
class Insert:
    """One line for a file of the kernel, after the line that @anchor matches"""
    path: str
    anchor: str
    line: str


@dataclasses.dataclass
class Claim:
    """A pattern, and the rules of a hook or the directory in the kernel"""
    pattern: str
    extra: object = None
    optional: bool = False


@dataclasses.dataclass
class Topic:
    name: str
    subject: str = ''
    message: str = ''
    file_claims: list = dataclasses.field(default_factory=list)
    hook_claims: list = dataclasses.field(default_factory=list)
    inserts: list = dataclasses.field(default_factory=list)
    maintainers: bool = False
    # what is left out of files before this patch, and their paths in the kernel
    later: list = dataclasses.field(default_factory=list)
    # what resolve() finds: {path in the kernel: path here}, {hook: rules}
    files: dict = dataclasses.field(default_factory=dict)
    hooks: dict = dataclasses.field(default_factory=dict)

    def empty(self):
        return not (self.files or self.hooks or self.inserts or
                    self.maintainers or self.later)

    @property
    def set(self):
        """The directory that it is in"""
        return self.name.partition('/')[0]


def parse_directive(topic, key, value):
    optional = key.startswith('maybe-')
    kind = key[len('maybe-'):] if optional else key
    if kind == 'file' and value:
        pattern, _, target = (part.strip() for part in value.partition('=>'))
        topic.file_claims.append(Claim(pattern, target or None, optional))
    elif kind == 'hook' and value:
        pattern, _, rules = (part.strip() for part in value.partition(':'))
        topic.hook_claims.append(Claim(pattern, rules.split(), optional))
    elif key == 'insert' and value and value.count(' :: ') == 2:
        topic.inserts.append(Insert(*value.split(' :: ')))
    elif key == 'maintainers' and not value:
        topic.maintainers = True
    else:
        raise SpecError(f'{topic.name}: cannot read "# {key}: {value or ""}"')


def parse(name, text):
    """One file of scripts/series.d: directives, subject, message"""
    head, _, message = text.partition('\n\n')
    topic = Topic(name)
    for line in head.splitlines():
        if line.startswith('# SPDX-License-Identifier:'):
            continue
        match = DIRECTIVE.match(line)
        if not match:
            raise SpecError(f'{name}: "{line}" is no directive')
        parse_directive(topic, *match.groups())
    topic.subject, _, body = message.strip().partition('\n')
    topic.message = body.strip()
    if not topic.subject or not topic.message:
        raise SpecError(f'{name}: needs directives, an empty line, a subject, '
                        'an empty line and a message')
    return topic


def parse_left_out(text):
    """scripts/series.d/left-out, as a topic that is no patch"""
    topic = Topic('left-out')
    for line in text.splitlines():
        if not line.strip() or line.startswith('#'):
            continue
        words = line.split(None, 1)
        if len(words) != 2:
            raise SpecError(f'left-out: {words[0]}: say why')
        topic.file_claims.append(Claim(words[0], optional=True))
    return topic


def read_topic(path):
    topic = parse(f'{path.parent.name}/{path.name}',
                  path.read_text(encoding='utf-8'))
    later = path.with_suffix('.later')
    if later.exists():
        topic.later = pieces.parse(later.read_text(encoding='utf-8'))
    return topic


def read_set(directory):
    """The topics of one set, in order"""
    topics = [read_topic(path) for path in sorted(directory.iterdir())
              if NAME.match(path.name)]
    known = {topic.name.partition('/')[2] for topic in topics}
    for path in directory.glob('*.later'):
        if path.stem not in known:
            raise SpecError(f'{directory.name}/{path.name}: no patch is '
                            'called so')
    return topics


def read(directory):
    """The topics of all sets in order, and what is left out"""
    directory = pathlib.Path(directory)
    topics = [topic for path in sorted(directory.iterdir())
              if SET.match(path.name) for topic in read_set(path)]
    if not topics:
        raise SpecError(f'{directory}: no patch is described here')
    left_out = directory / 'left-out'
    return topics, parse_left_out(left_out.read_text(encoding='utf-8'))


def matcher(pattern):
    """As the shell's: "*" stays in a directory, "**" does not"""
    out = ''
    for part in re.split(r'(\*\*|\*|\?|\[[^]]+\])', pattern):
        out += {'**': '.*', '*': '[^/]*', '?': '[^/]'}.get(
            part, part if part.startswith('[') else re.escape(part))
    return re.compile(out + r'\Z')


def is_glob(pattern):
    return bool(re.search(r'[*?[]', pattern))


def winner(name, claims):
    """
    The one of @claims, pairs of topic and claim, that @name belongs to. A full
    name is stronger than a pattern.
    """
    hits = [(topic, claim) for topic, claim in claims
            if matcher(claim.pattern).match(name)]
    exact = [hit for hit in hits if not is_glob(hit[1].pattern)]
    hits = exact or hits
    if not hits:
        raise SpecError(f'{name} belongs to no patch; name it in '
                        'scripts/series.d')
    if len(hits) > 1:
        raise SpecError(f'{name} belongs to ' +
                        ' and to '.join(topic.name for topic, _ in hits))
    return hits[0]


def target_of(path, claim):
    """Where a file goes in the kernel"""
    if not claim.extra:
        return path
    fixed = re.split(r'[*?[]', claim.pattern)[0].rpartition('/')[0]
    return claim.extra.rstrip('/') + path[len(fixed):]


def check_used(claims, used):
    for topic, claim in claims:
        if not claim.optional and id(claim) not in used:
            raise SpecError(f'{topic.name}: {claim.pattern}: nothing of this '
                            'name is left for it')


def resolve_files(topics, left_out, paths):
    claims = [(topic, claim) for topic in topics + [left_out]
              for claim in topic.file_claims]
    used = set()
    for path in paths:
        topic, claim = winner(path, claims)
        used.add(id(claim))
        topic.files[target_of(path, claim)] = path
    check_used(claims, used)


def claim_rules(hook, rules, named):
    """Gives each rule of @hook that a topic names to that topic"""
    owner = {}
    for topic, claim in named:
        for rule in claim.extra:
            if rule not in rules:
                if claim.optional:
                    continue
                raise SpecError(f'{topic.name}: {hook} has no {rule}')
            if rule in owner:
                raise SpecError(f'{hook}: {rule} belongs to '
                                f'{owner[rule].name} and to {topic.name}')
            owner[rule] = topic
    return owner


def resolve_hooks(topics, all_hooks):
    """@all_hooks: {name: text}; a claim without rules gets what is left"""
    claims = [(topic, claim) for topic in topics
              for claim in topic.hook_claims]
    used = set()
    for hook, text in all_hooks.items():
        rules = hooks.rules(hook, text)
        named = [(topic, claim) for topic, claim in claims
                 if claim.extra and matcher(claim.pattern).match(hook)]
        owner = claim_rules(hook, rules, named)
        used |= {id(claim) for _, claim in named}
        left = [rule for rule in rules if rule not in owner]
        if left:
            rest = [(topic, claim) for topic, claim in claims
                    if not claim.extra]
            topic, claim = winner(hook, rest)
            used.add(id(claim))
            owner.update((rule, topic) for rule in left)
        for rule in rules:
            owner[rule].hooks.setdefault(hook, []).append(rule)
    check_used(claims, used)


def resolve_later(topics):
    """
    Gives every edit the path in the kernel of the file that it names, which has
    to come with a patch before
    """
    there = []
    for topic in topics:
        for edit in topic.later:
            found = [target for target in there
                     if f'/{target}'.endswith(f'/{edit.file}')]
            if len(found) != 1:
                raise SpecError(f'{topic.name}.later: {len(found)} files of '
                                f'patches before are called {edit.file}')
            edit.file = found[0]
        there += topic.files


def resolve(topics, left_out, paths, all_hooks):
    """Gives every file and hook to its topic; SpecError if that is not clear"""
    resolve_files(topics, left_out, paths)
    resolve_hooks(topics, all_hooks)
    resolve_later(topics)
    for topic in topics:
        optional = all(claim.optional for claim in
                       topic.file_claims + topic.hook_claims)
        if topic.empty() and not optional:
            raise SpecError(f'{topic.name}: nothing is in it')
    return [topic for topic in topics if not topic.empty()]
