# SPDX-License-Identifier: GPL-2.0
"""Whether the patches do what they have to: apply, compile one by one, leave
the driver as it was with their options off, and end in the tree that the
project builds."""

import collections
import filecmp
import json
import os
import pathlib
import shutil
import subprocess

from . import build, compose, objcode, repo

SUITE = f'{compose.SELFTESTS}/kfd'


class VerifyError(Exception):
    pass


class Verify:
    """Every check returns what is wrong, as a list of lines"""

    def __init__(self, top, work, spec, env, exempt, say):
        self.top = top
        self.work = work
        self.spec = spec
        self.env = env
        self.exempt = exempt
        self.say = say
        self.tree = work / 'am'
        self.repo = repo.Repo(self.tree)
        self.commits = []
        # of builds(): options of the series, builders, warnings of the
        # pristine tree, objects that the next are compared with
        self.options = []
        self.off = self.on = None
        self.known = collections.Counter()
        self.before = None

    def applied(self, pristine, made, patches):
        """git am takes the patches on a pristine tree to the same result"""
        shutil.rmtree(self.tree, ignore_errors=True)
        shutil.copytree(pristine, self.tree)
        self.repo.init()
        self.repo.commit('pristine')
        self.repo.git('tag', 'pristine')
        self.commits = self.repo.am(patches)
        if self.repo.tree() != made.tree():
            return ['the patches applied are not what they were made from']
        return []

    def same_as_build(self):
        """The last patch leaves the driver that scripts/prepare makes"""
        run = subprocess.run([self.top / 'scripts' / 'prepare'], check=False)
        if run.returncode:
            raise VerifyError('scripts/prepare failed')
        ours = self.tree / compose.AMDKFD
        theirs = self.top / 'out' / 'build' / 'src' / compose.AMDKFD
        bad = []
        for name in sorted(sources(ours) | sources(theirs)):
            if not (ours / name).exists():
                bad.append(f'{name} is built, and in no patch')
            elif not (theirs / name).exists():
                bad.append(f'{name} is in the series, and not built')
            elif not filecmp.cmp(ours / name, theirs / name, shallow=False):
                bad.append(f'{name} is another than what is built')
        return bad

    def builder(self, name, defines=()):
        return build.Builder(self.work / name, self.env['KDIR'],
                             self.env['AMD_SRC'],
                             int(os.environ.get('JOBS') or os.cpu_count()),
                             defines)

    def builds(self):
        """Every patch compiles without new warnings, with the options of the
        series off, which changes nothing, and on"""
        kconfig = f'{compose.AMDKFD}/Kconfig'
        old = self.repo.git('show', f'pristine:{kconfig}')
        self.options = [f'CONFIG_{name}' for name in build.options(
            (self.tree / kconfig).read_text(encoding='utf-8'), old)]
        self.off = self.builder('off')
        self.on = self.builder('on', self.options)
        self.compile_pristine()
        # the last patch of each set
        ends = {topic.set: topic.name for topic in self.spec}.values()
        bad = []
        for topic, commit in zip(self.spec, self.commits):
            self.say(f'compiling {topic.name}')
            self.repo.checkout(commit)
            bad += [f'{topic.name}: {line}' for line in self.one(topic)]
            if topic.name in ends and self.knows_options() and \
                    not self.selectable():
                bad.append(f'{topic.set}: no option can be selected at its end')
        self.repo.checkout(self.commits[-1])
        return bad + [f'exceptions: "{entry}" is not needed any more'
                      for entry in self.exempt.unused('object')]

    def compile_pristine(self):
        """What later builds are compared with; kept from run to run"""
        kept = self.work / 'pristine-objects'
        mark = self.work / 'pristine-objects.json'
        self.before = kept
        self.repo.checkout('pristine')
        key = [self.repo.tree(), self.env['KDIR'], build.KBUILD]
        if mark.exists():
            kept_key, known = json.loads(mark.read_text(encoding='utf-8'))
            if kept_key == key:
                self.known = collections.Counter(map(tuple, known))
                return
            mark.unlink()
        self.say('compiling the pristine tree')
        self.off.sync(self.tree)
        self.known = self.off.make()
        self.off.snapshot(kept)
        mark.write_text(json.dumps([key, list(self.known.elements())]),
                        encoding='utf-8')

    def one(self, topic):
        bad = []
        paths = [*topic.files, *(edit.file for edit in topic.later)]
        if any(path.startswith(compose.AMDKFD) for path in paths) or \
                topic.hooks:
            bad += self.compile(self.off, 'off')
            bad += self.compare(topic)
            if self.knows_options():
                bad += self.compile(self.on, 'on')
        if any(path.startswith(SUITE) for path in paths):
            bad += self.selftests()
        return bad

    def knows_options(self):
        """Whether any line depends on an option; else on is as off"""
        names = [name.encode() for name in self.options]
        return any(name in path.read_bytes() for name in names
                   for path in (self.tree / compose.AMDKFD).rglob('*')
                   if path.is_file())

    def compile(self, builder, which):
        builder.sync(self.tree)
        try:
            warnings = builder.make()
        except build.BuildError as error:
            return [f'does not compile, options {which}:\n{error}']
        bad = [f'options {which}: {file}: {text}'
               for file, text in warnings - self.known]
        if which == 'off' or self.selectable():
            bad += [f'options {which}: {name}() is called and not there'
                    for name in builder.undefined()]
        return bad

    def selectable(self):
        """Whether Kconfig offers the first option, so that it has to link"""
        text = (self.tree / compose.AMDKFD / 'Kconfig').read_text(
            encoding='utf-8')
        return f'config {self.options[0][len("CONFIG_"):]}\n' in text

    def compare(self, topic):
        """With the options off a patch changes no code"""
        differ = objcode.compare(self.before, self.off.objects())
        bad = [f'options off: {file}: {name} {how}'
               for (file, name), how in differ.items()
               if not self.exempt.allows('object', topic.name,
                                         f'{file}:{name}')]
        if differ:
            self.before = self.work / 'before'
            self.off.snapshot(self.before)
        return bad

    def selftests(self):
        """The tests build as those of the kernel do"""
        out = self.work / 'selftests'
        out.mkdir(exist_ok=True)
        run = subprocess.run(
            ['make', '-s', f'-j{self.off.jobs}', '-C', self.tree / SUITE,
             f'OUTPUT={out}', f'KHDR_INCLUDES=-isystem {self.env["UAPI"]}'],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        lines = run.stdout.splitlines()
        if run.returncode:
            return ['selftests do not build:\n' + '\n'.join(lines[-20:])]
        return [f'selftests: {line}' for line in lines if 'warning:' in line]


def sources(directory):
    """The files of amdkfd that are no product of its build"""
    return {str(path.relative_to(directory)) for path in
            pathlib.Path(directory).rglob('*') if path.is_file() and
            path.suffix not in ('.o', '.ko', '.mod', '.cmd') and
            not path.name.startswith('.')}
