# SPDX-License-Identifier: GPL-2.0
"""Compile the amdkfd objects of a tree, with the options of the series on or
off, against the distribution's headers. Nothing is linked into a module: most
of amdgpu is not there."""

import collections
import pathlib
import re
import shutil
import subprocess

from . import compose, hooks

# what amdgpu's own Makefile says of include paths
KBUILD = '''# SPDX-License-Identifier: GPL-2.0
AMD := $(src)/..
ccflags-y := $(addprefix -I$(AMD)/,include/asic_reg include amdgpu pm/inc \\
	acp/include display display/include display/modules/inc display/dc \\
	display/amdgpu_dm amdkfd)
AMDKFD_PATH := ../amdkfd
include $(AMD)/amdkfd/Makefile
obj-m := series.o
series-y := $(AMDKFD_FILES)
'''
HEADERS = ('acp', 'amdgpu', 'display', 'include', 'pm')
WARNING = re.compile(r'^(\S+?):\d+(?::\d+)?: ((?:fatal )?error|warning): (.*)$',
                     re.M)
OURS = 'kfd_gpreempt'


class BuildError(Exception):
    pass


def options(kconfig, pristine_kconfig):
    """The options that the series has added to a Kconfig so far"""
    old = set(hooks.CONFIG.findall(pristine_kconfig))
    return [name for name in hooks.CONFIG.findall(kconfig) if name not in old]


class Builder:
    """A build directory whose objects are used again from patch to patch"""

    def __init__(self, directory, kdir, amd_src, jobs, defines=()):
        self.directory = pathlib.Path(directory)
        self.amd = self.directory / compose.AMD
        self.kdir = kdir
        self.jobs = jobs
        self.defines = defines
        self.log = self.directory / 'log'
        self.amd.mkdir(parents=True, exist_ok=True)
        for name in HEADERS:
            link = self.amd / name
            if link.is_symlink():
                link.unlink()
            link.symlink_to(pathlib.Path(amd_src) / name)
        (self.amd / 'series').mkdir(exist_ok=True)
        kbuild = self.amd / 'series' / 'Kbuild'
        if not kbuild.exists() or kbuild.read_text() != KBUILD:
            kbuild.write_text(KBUILD)

    def sync(self, tree):
        """Take over the sources of @tree; times change with contents only"""
        source = pathlib.Path(tree) / compose.AMDKFD
        subprocess.run(['rsync', '-rlc', '--delete', '--exclude=*.o',
                        '--exclude=.*.cmd', f'{source}/',
                        str(self.amd / 'amdkfd')], check=True)
        # no object without its source
        for path in (self.amd / 'amdkfd').rglob('*.o'):
            if not path.with_suffix('.c').exists():
                path.unlink()

    def make(self):
        """Compile; the warnings, as {(file, text): how many}"""
        flags = f'-ffile-prefix-map={self.directory}/='
        flags += ''.join(f' -D{name}=1' for name in self.defines)
        run = subprocess.run(
            ['make', '-s', f'-j{self.jobs}', '-C', self.kdir,
             f'M={self.amd / "series"}', 'W=1', f'KCFLAGS={flags}',
             *(f'{name}=y' for name in self.defines), 'series.o'],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        self.log.write_text(run.stdout, encoding='utf-8')
        warnings = collections.Counter(
            (pathlib.Path(file).name, text)
            for file, _, text in WARNING.findall(run.stdout))
        if run.returncode:
            raise BuildError('\n'.join(run.stdout.splitlines()[-20:]))
        return warnings

    def undefined(self):
        """Functions of the series that objects call and none has"""
        text = subprocess.run(['nm', '-u', self.amd / 'series' / 'series.o'],
                              check=True, stdout=subprocess.PIPE,
                              text=True).stdout
        return [name for name in text.split() if name.startswith(OURS)]

    def objects(self):
        return self.amd / 'amdkfd'

    def snapshot(self, directory):
        """Keep the objects as they are now"""
        directory = pathlib.Path(directory)
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        for path in self.objects().glob('*.o'):
            shutil.copy2(path, directory)
