# SPDX-License-Identifier: GPL-2.0
"""The Kbuild file at the top: what it takes from the prepared tree"""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
TREE = pathlib.Path('out/build/src/drivers/gpu/drm/amd/kfdsim')

# In place of the kernel's own: it says what it was asked to descend to, and how.
KERNEL = '''
src := $(M)
include $(M)/Kbuild
modules:
	@echo obj-m=$(obj-m)
	@echo ccflags=$(subdir-ccflags-y)
	@echo config=$$CONFIG_HSA_AMD_GPREEMPT
'''


class Kbuild(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name).resolve()
        shutil.copy(TOP / 'Kbuild', self.dir)
        (self.dir / 'Makefile').write_text(KERNEL)

    def modules(self):
        return subprocess.run(['make', '-s', '-C', self.dir, f'M={self.dir}',
                               'modules'], capture_output=True, text=True,
                              check=False)

    def test_no_tree(self):
        done = self.modules()
        self.assertNotEqual(0, done.returncode)
        self.assertIn('no prepared tree', done.stderr)
        self.assertIn('scripts/prepare', done.stderr)

    def test_tree(self):
        (self.dir / TREE).mkdir(parents=True)
        (self.dir / TREE / 'Kbuild').touch()
        done = self.modules()
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn(f'obj-m={TREE}/', done.stdout)
        self.assertIn('-DCONFIG_HSA_AMD_GPREEMPT=1', done.stdout)
        self.assertIn(f'-ffile-prefix-map={self.dir}/out/build/src/=',
                      done.stdout)
        self.assertIn('config=y', done.stdout)


if __name__ == '__main__':
    unittest.main()
