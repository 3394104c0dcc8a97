# SPDX-License-Identifier: GPL-2.0
"""Make the tree that the series begins with, and apply one topic after the
other to it."""

import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

from . import hooks, maintainers, pieces

AMD = 'drivers/gpu/drm/amd'
AMDKFD = AMD + '/amdkfd'
KFD_MAKEFILE = AMDKFD + '/Makefile'
SELFTESTS = 'tools/testing/selftests'
# what the selftests' Makefile needs of the kernel
HARNESS = [f'{SELFTESTS}/Makefile', f'{SELFTESTS}/lib.mk',
           f'{SELFTESTS}/kselftest.h', f'{SELFTESTS}/kselftest_harness.h',
           f'{SELFTESTS}/kselftest']


class ComposeError(Exception):
    pass


def pristine_paths(topics):
    """The part of the kernel that the series touches or is checked with"""
    paths = {AMDKFD, 'MAINTAINERS', *HARNESS}
    for topic in topics:
        paths |= {insert.path for insert in topic.inserts}
    return sorted(paths)


def extract(archive, paths, directory):
    """Some paths of a kernel tarball, which has everything in one folder"""
    wanted = tuple(paths)
    with tarfile.open(archive) as tar:
        for member in tar:
            _, _, member.name = member.name.partition('/')
            if member.name in wanted or member.name.startswith(
                    tuple(path + '/' for path in wanted)):
                tar.extract(member, directory)


def copy(tree, paths, directory):
    for path in paths:
        source, target = tree / path, directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(
                '*.o', '.*.cmd', '*.mod', '*.ko'))
        elif source.is_file():
            shutil.copy2(source, target)


def pristine(source, paths, directory):
    """Fill @directory with @paths of @source, a kernel tree or its tarball"""
    directory = pathlib.Path(directory)
    source = pathlib.Path(source)
    directory.mkdir(parents=True)
    if source.is_dir():
        copy(source, paths, directory)
    else:
        extract(source, paths, directory)
    for path in paths:
        if not (directory / path).exists():
            raise ComposeError(f'{source}: no {path} in it')


def inserted(topic, insert):
    """The lines to insert; {rst} stands for each document of the topic"""
    if insert.line != '{rst}':
        return [insert.line]
    return sorted(pathlib.Path(path).stem for path in topic.files
                  if path.endswith('.rst'))


class Composer:
    """A tree that grows topic by topic; @topics are all of them"""

    def __init__(self, top, tree, topics, all_hooks, project_maintainers,
                 maintainer):
        self.left = list(topics)
        # files that are there: {path in the kernel: path here}
        self.files = {}
        self.top = pathlib.Path(top)
        self.tree = pathlib.Path(tree)
        self.hooks = all_hooks
        self.maintainers = project_maintainers
        self.maintainer = maintainer
        # the Makefile with every object that was ever listed
        self.makefile = (self.tree / KFD_MAKEFILE).read_text(encoding='utf-8')

    def apply(self, topic):
        self.apply_hooks(topic)
        self.left.remove(topic)
        self.files.update(topic.files)
        for target in {*topic.files, *(edit.file for edit in topic.later)}:
            self.write(target)
        for insert in topic.inserts:
            self.insert(topic, insert)
        if topic.maintainers:
            self.add_maintainers()
        self.list_objects()

    def write(self, target):
        """A file as it is now, without what later topics bring"""
        source, full = self.top / self.files[target], self.tree / target
        full.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, full)
        edits = [edit for topic in self.left for edit in topic.later
                 if edit.file == target]
        if edits:
            full.write_text(pieces.without(
                target, source.read_text(encoding='utf-8'), edits),
                encoding='utf-8')

    def apply_hooks(self, topic):
        makefile = self.tree / KFD_MAKEFILE
        makefile.write_text(self.makefile, encoding='utf-8')
        with tempfile.TemporaryDirectory() as temp:
            paths = []
            for name in sorted(topic.hooks, key=list(self.hooks).index):
                path = pathlib.Path(temp) / name
                path.write_text(hooks.select(name, self.hooks[name],
                                             topic.hooks[name]),
                                encoding='utf-8')
                paths.append(path)
            if paths:
                self.run_apply_hooks(topic, paths)
        self.makefile = makefile.read_text(encoding='utf-8')

    def run_apply_hooks(self, topic, paths):
        run = subprocess.run(
            [self.top / 'scripts' / 'apply-hooks', self.tree / AMD, *paths],
            stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode:
            raise ComposeError(f'{topic.name}: the hooks do not fit:\n'
                               f'{run.stderr.rstrip()}')

    def list_objects(self):
        """The Makefile lists the objects whose sources are there"""
        directory = self.tree / AMDKFD
        (self.tree / KFD_MAKEFILE).write_text(hooks.narrow(
            self.makefile, lambda name: (directory / f'{name}.c').exists()),
            encoding='utf-8')

    def insert(self, topic, insert):
        path = self.tree / insert.path
        lines = path.read_text(encoding='utf-8').splitlines()
        found = [i for i, line in enumerate(lines)
                 if re.search(insert.anchor, line)]
        if len(found) != 1:
            raise ComposeError(
                f'{topic.name}: {insert.path}: {len(found)} lines match '
                f'"{insert.anchor}", not 1')
        # as deep as the line before
        indent = re.match(r'\s*', lines[found[0]]).group()
        lines[found[0] + 1:found[0] + 1] = [
            indent + line for line in inserted(topic, insert)]
        path.write_text('\n'.join(lines) + '\n', encoding='utf-8')

    def add_maintainers(self):
        path = self.tree / 'MAINTAINERS'
        ours = maintainers.for_kernel(
            maintainers.sections(self.maintainers), self.maintainer,
            {'selftests/kfd/': f'{SELFTESTS}/kfd/'},
            lambda pattern: any(self.tree.glob(pattern.rstrip('/'))))
        path.write_text(maintainers.merge(
            path.read_text(encoding='utf-8'), ours), encoding='utf-8')
