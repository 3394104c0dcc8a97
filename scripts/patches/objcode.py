# SPDX-License-Identifier: GPL-2.0
"""Compare the machine code of two builds of the same objects, by function.

What may differ without any change of the code is normalised: addresses, the
numbers that the compiler gives to local symbols, and where a string is kept.
"""

import pathlib
import re
import subprocess

FUNCTION = re.compile(r'^[0-9a-f]+ <([^>]+)>:$')
INSN = re.compile(r'^\s*[0-9a-f]+:\t(.*?)\s*$')
RELOC = re.compile(r'^\s*[0-9a-f]+: (R_X86_64_\w+)\t(.*?)\s*$')
# a place in a section, or a constant that the compiler numbered
PLACE = re.compile(r'^(\.[A-Za-z]\S*?)([+-]0x[0-9a-f]+)?$')
STRINGS = re.compile(r'^\.rodata.*\.str')
CONSTANT = re.compile(r'^([0-9a-f]+) l\s+(?:\S\s+)?(\.\S+)\t[0-9a-f]+ '
                      r'(\.LC\d+)$', re.M)
# __func__.7, __UNIQUE_ID_ddebug412.3, but not f.constprop.0 or f.part.0
COUNTER = re.compile(r'(?<!constprop)(?<!part)(?<!isra)(?<!cold)\.\d+\b')
UNIQUE = re.compile(r'(__UNIQUE_ID_[A-Za-z_]+)\d+')
# the target of a branch within the section: "1a0 <f+0x20>"
TARGET = re.compile(r'\b[0-9a-f]+ (<[^>]+>)')


def run(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout


class Strings:
    """The strings of one object file, by where they are"""

    def __init__(self, path):
        self.path = path
        self.sections = {}
        self.constants = {
            name: (section, int(value, 16)) for value, section, name in
            CONSTANT.findall(run('objdump', '-t', str(path)).decode())}

    def at(self, section, offset):
        if section not in self.sections:
            self.sections[section] = run(
                'objcopy', '-O', 'binary', f'--only-section={section}',
                str(self.path), '/dev/stdout')
        return self.sections[section][offset:].split(b'\0', 1)[0]

    def of(self, target, kind):
        """The string that a relocation refers to, None if it is no string"""
        match = PLACE.match(target)
        if not match:
            return None
        section, base = self.constants.get(match.group(1),
                                           (match.group(1), 0))
        if not STRINGS.match(section):
            return None
        offset = base + int(match.group(2) or '0', 16)
        # relative to the end of the operand, which is four bytes long
        if kind in ('R_X86_64_PC32', 'R_X86_64_PLT32'):
            offset += 4
        return self.at(section, offset)


def normal_target(target, kind, strings):
    """What a relocation refers to, wherever that is"""
    string = strings.of(target, kind)
    if string is not None:
        return f'string {string!r}'
    return UNIQUE.sub(r'\1', COUNTER.sub('.N', target))


def functions(path):
    """The functions of an object file: {name: [normalised line, ...]}"""
    strings = Strings(path)
    found, lines = {}, []
    text = run('objdump', '-dr', '--no-show-raw-insn', str(path)).decode()
    for line in text.splitlines():
        match = FUNCTION.match(line)
        if match:
            # "f-0x10" is the padding before f
            lines = [] if '-0x' in match.group(1) else \
                found.setdefault(match.group(1), [])
            continue
        match = RELOC.match(line)
        if match:
            lines.append(f'{match.group(1)} ' + normal_target(
                match.group(2), match.group(1), strings))
            continue
        match = INSN.match(line)
        if match:
            lines.append(TARGET.sub(r'\1', match.group(1)))
    for lines in found.values():
        drop_padding(lines)
    return found


def drop_padding(lines):
    """What fills the space up to the next function is not its code"""
    while lines and re.match(r'(nop|xchg\s+%ax,%ax|int3|data16|cs nop)',
                             lines[-1]):
        lines.pop()


def variables(path):
    """The variables of an object file: {name: [size]}"""
    found = {}
    for line in run('nm', '-S', str(path)).decode().splitlines():
        words = line.split()
        if len(words) == 4 and words[2] in 'bBdDrR' and \
                not UNIQUE.match(words[3]):
            found.setdefault(COUNTER.sub('', words[3]), []).append(words[1])
    return {name: sorted(sizes) for name, sizes in found.items()}


def same_file(one, other):
    return one.exists() and other.exists() and \
        one.read_bytes() == other.read_bytes()


def contents(path):
    """All that is compared of an object file, which may not exist"""
    return {**functions(path), **variables(path)} if path.exists() else {}


def compare(before, after):
    """
    The functions and variables of the object files in directory @before that
    are another in @after: {(file, name): 'changed', 'gone' or 'new'}
    """
    differ = {}
    before, after = pathlib.Path(before), pathlib.Path(after)
    names = {path.name for path in before.glob('*.o')} | \
        {path.name for path in after.glob('*.o')}
    for name in sorted(names):
        if same_file(before / name, after / name):
            continue
        old, new = contents(before / name), contents(after / name)
        for function in sorted(set(old) | set(new)):
            if function not in new:
                differ[name, function] = 'gone'
            elif function not in old:
                differ[name, function] = 'new'
            elif old[function] != new[function]:
                differ[name, function] = 'changed'
    return differ
