# SPDX-License-Identifier: GPL-2.0
"""Which lines of a kernel log are complaints"""

import pathlib
import subprocess
import tempfile
import unittest

COMPLAINTS = pathlib.Path(__file__).resolve().parent.parent / 'complaints'

PROGRAMS = '''\
traps: prog[214] general protection fault ip:401136 sp:7ffe error:0 in prog[401000+1000]
prog[215]: segfault at 0 ip 000000000040113a sp 00007ffe error 6 in prog[401000+1000]
traps: prog[216] trap invalid opcode ip:40113a sp:7ffe error:0 in prog[401000+1000]
'''
KERNEL = '''\
Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1]
general protection fault, maybe for address 0xffff888000000000: 0000 [#1]
general protection fault: 0000 [#1] PREEMPT SMP
BUG: unable to handle page fault for address: ffffffffdeadbeef
WARNING: CPU: 0 PID: 1 at mm/slub.c:1
BUG: KCSAN: data-race in kfdsim_thread [kfdsim] / kfdsim_kick [kfdsim]
'''
OTHERS = '''\
BUG: KCSAN: data-race in tick_nohz_stop_tick / tick_sched_do_timer
kfdsim 0000:00:10.0: queue 0x1000 of pasid 0x8001: unsupported PM4 at packet 3
'''


def complaints(log):
    with tempfile.NamedTemporaryFile('w', suffix='.log') as file:
        file.write(log)
        file.flush()
        run = subprocess.run([COMPLAINTS, file.name], stdout=subprocess.PIPE,
                             text=True, check=False)
    return run.stdout.splitlines()


class TestComplaints(unittest.TestCase):
    def test_programs_crash(self):
        self.assertEqual(complaints(PROGRAMS), [])

    def test_kernel_complains(self):
        self.assertCountEqual(complaints(KERNEL), KERNEL.splitlines())

    def test_others(self):
        self.assertEqual(complaints(OTHERS), [])

    def test_in_between(self):
        self.assertEqual(complaints(PROGRAMS + KERNEL + KERNEL + OTHERS),
                         complaints(KERNEL))
