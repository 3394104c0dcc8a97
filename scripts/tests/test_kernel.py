# SPDX-License-Identifier: GPL-2.0
"""scripts/kernel: which amdgpu sources are taken, and which are refused"""
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
KVER = '6.12.999+deb12-amd64'
AMD = 'drivers/gpu/drm/amd'
SUPPORTED = 'struct kfd_node {\n\tint id;\n};\n'
TOO_OLD = 'struct kfd_dev {\n\tint id;\n};\n'


class Sources(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name).resolve()
        # a cache in which the kernel is complete: nothing is downloaded
        cached = self.dir / 'cache' / 'gpreempt' / KVER
        self.cached = self.tree(cached / 'tree', AMD, SUPPORTED)
        (cached / 'complete').touch()

    def tree(self, root, folder, text):
        amdkfd = root / folder / 'amdkfd'
        amdkfd.mkdir(parents=True)
        (amdkfd / 'kfd_priv.h').write_text(text)
        return root / folder

    def run_script(self, *command, **variables):
        env = {name: value for name, value in os.environ.items()
               if name not in ('KSRC', 'AMDGPU_SRC')}
        env |= {'XDG_CACHE_HOME': self.dir / 'cache', 'KVER': KVER} | variables
        return subprocess.run(command, capture_output=True, text=True, env=env,
                              check=False)

    def source(self, **variables):
        """What scripts/kernel takes"""
        run = self.run_script(SCRIPTS / 'kernel', **variables)
        self.assertEqual(run.returncode, 0, run.stderr)
        shell = subprocess.run(
            ['bash', '-c', 'eval "$1"; echo "$AMD_SRC"', '-', run.stdout],
            capture_output=True, text=True, check=True)
        return pathlib.Path(shell.stdout.rstrip('\n'))

    def refuse(self, *command, **variables):
        """The one line with which a script stops"""
        run = self.run_script(*(command or [SCRIPTS / 'kernel']), **variables)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stdout, '')
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertTrue(run.stderr.startswith('gpreempt: error: '))
        return run.stderr

    def test_distribution(self):
        self.assertEqual(self.source(), self.cached)

    def test_kernel_tree(self):
        amd = self.tree(self.dir / 'linux', AMD, SUPPORTED)
        self.assertEqual(self.source(KSRC=self.dir / 'linux'), amd)

    def test_dkms_package_and_the_tree_it_comes_from(self):
        for folder in ('amd', AMD):
            root = self.dir / folder.replace('/', '-')
            amd = self.tree(root, folder, SUPPORTED)
            self.assertEqual(self.source(AMDGPU_SRC=root), amd)

    def test_tarballs(self):
        for name, folder in (('KSRC', AMD), ('AMDGPU_SRC', AMD),
                             ('AMDGPU_SRC', 'amd')):
            with self.subTest(name=name, folder=folder):
                root = self.dir / f'{name}-{folder.replace("/", "-")}'
                self.tree(root, folder, SUPPORTED)
                tarball = self.dir / f'{root.name}.tar'
                with tarfile.open(tarball, 'w') as tar:
                    tar.add(root, root.name)
                amd = self.source(**{name: tarball})
                self.assertEqual((amd / 'amdkfd/kfd_priv.h').read_text(),
                                 SUPPORTED)
                self.assertIn(self.dir / 'cache', amd.parents)

    def test_too_old(self):
        self.tree(self.dir / 'linux', AMD, TOO_OLD)
        self.tree(self.dir / 'amdgpu', 'amd', TOO_OLD)
        for name, root in (('KSRC', 'linux'), ('AMDGPU_SRC', 'amdgpu')):
            for script in ('kernel', 'prepare', 'hooks-check'):
                with self.subTest(name=name, script=script):
                    error = self.refuse(SCRIPTS / script,
                                        **{name: self.dir / root})
                    self.assertEqual(
                        error, f'gpreempt: error: {self.dir / root} has no '
                        'struct kfd_node: gpreempt needs the amdgpu driver of '
                        'Linux 6.12 or later\n')

    def test_no_amdgpu_in_it(self):
        (self.dir / 'empty').mkdir()
        for name in ('KSRC', 'AMDGPU_SRC'):
            error = self.refuse(**{name: self.dir / 'empty'})
            self.assertIn(f'{name}={self.dir}/empty: no {AMD}/amdkfd in it',
                          error)

    def test_not_there(self):
        error = self.refuse(AMDGPU_SRC=self.dir / 'nowhere')
        self.assertIn('no such tree or tarball', error)

    def test_two_sources(self):
        self.assertIn('give one', self.refuse(KSRC='a', AMDGPU_SRC='b'))
