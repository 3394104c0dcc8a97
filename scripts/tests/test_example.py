# SPDX-License-Identifier: GPL-2.0
"""The patch that gpreempt-example.rst shows is one to this tree, and its test passes."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PATCH = TOP / 'Documentation' / 'gpu' / 'amdgpu' / 'gpreempt-example.patch'
DRIVER = pathlib.Path('drivers/gpu/drm/amd/amdkfd')
TESTS = pathlib.Path('selftests/kfd')


def kselftest():
    """The directory of the kernel's own headers for tests"""
    return subprocess.run(
        ['bash', '-c', '. scripts/lib.sh; gp_kernel; '
                       'echo "$KTREE/tools/testing/selftests"'],
        cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class Example(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name).resolve()
        for part in (DRIVER, TESTS):
            shutil.copytree(TOP / part, self.dir / part)

    def apply(self):
        # not of the repository that the directory may be in
        subprocess.run(['git', 'apply', PATCH], cwd=self.dir, check=True,
                       env=os.environ | {'GIT_DIR': str(self.dir / 'none')})

    def run_plan(self):
        program = self.dir / 'gpreempt_plan'
        subprocess.run(
            ['cc', '-std=gnu11', f'-I{kselftest()}', f'-I{self.dir / DRIVER}',
             '-o', program, self.dir / TESTS / 'gpreempt_plan.c'], check=True)
        return subprocess.run([program], check=False, capture_output=True,
                              text=True)

    def test_applies_and_passes(self):
        self.apply()
        done = self.run_plan()
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertIn('OK  global.who_has_most_waves_gives_way', done.stdout)

    def test_its_test_notices(self):
        self.apply()
        plan = self.dir / DRIVER / 'kfd_gpreempt_plan.c'
        text = plan.read_text()
        plan.write_text(text.replace('queue->waves >= queue->most_waves',
                                     'true'))
        self.assertNotEqual(text, plan.read_text())
        self.assertNotEqual(0, self.run_plan().returncode)


if __name__ == '__main__':
    unittest.main()
