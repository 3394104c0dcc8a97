# SPDX-License-Identifier: GPL-2.0
"""gpreempt-apply, on trees that look like sysfs, in every shell that there is."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

from tests.fake_sysfs import Tree

APPLY = pathlib.Path(__file__).parent.parent / "gpreempt-apply"
DEFAULT_CONF = APPLY.parent / "systemd" / "gpreempt.conf"
SHELLS = [shell for shell in (["dash"], ["bash", "--posix"],
                              ["busybox", "sh"]) if shutil.which(shell[0])]


class Apply(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.config = self.root / "conf"
        self.tree = Tree(self.root)
        self.add_nodes()

    def add_nodes(self):
        self.tree.add_node(1, gpu_id=1001, bus=0xc1)
        self.tree.add_node(2, gpu_id=1002, bus=0xc2, partition=0)
        self.tree.add_node(3, gpu_id=1003, bus=0xc2, partition=1)

    def run_apply(self, *options, conf=None, shell=("sh",)):
        if conf is not None:
            self.config.write_text(conf)
        return subprocess.run(
            [*shell, APPLY, "--config", self.config, "--sysfs",
             self.tree.sysfs, *options], capture_output=True, text=True,
            check=False)

    def assert_refused(self, conf, *words):
        """An error with these words, status 1, and nothing written"""
        before = [self.tree.values(node) for node in (1, 2, 3)]
        run = self.run_apply(conf=conf)
        for word in words:
            self.assertIn(word, run.stderr)
        self.assertEqual((run.returncode, run.stdout), (1, ""), run.stderr)
        self.assertEqual([self.tree.values(node) for node in (1, 2, 3)],
                         before)

    def test_all_shells(self):
        for shell in SHELLS:
            with self.subTest(shell):
                self.add_nodes()
                run = self.run_apply(shell=shell, conf="""
                    # comment
                    [ node  all ]
                    lc_interval_us=0x1F4	; comment
                    triggers = doorbell, timer
                    enable = 1
                    [node gpu=0]
                    hqd_be_max = 0
                    lc_interval_us = default
                """)
                self.assertEqual(run.returncode, 0, run.stderr)
                for knob, one, two in (("lc_interval_us", "1000", "500"),
                                       ("triggers", *["timer+doorbell"] * 2),
                                       ("enable", "1", "1"),
                                       ("hqd_be_max", "0", "19")):
                    self.assertEqual(self.tree.knob(knob, 1), one)
                    self.assertEqual(self.tree.knob(knob, 2), two)

    def test_enable_is_last(self):
        run = self.run_apply(conf="[node all]\nenable = 1\nhqd_be_max = 3")
        self.assertEqual(run.stdout.splitlines()[:2],
                         ["node 1: hqd_be_max 19 -> 3",
                          "node 1: enable 0 -> 1"])

    def test_again_changes_nothing(self):
        conf = "[node all]\nlc_interval_us = 0x10F\ntriggers = event timer"
        self.assertNotEqual(self.run_apply(conf=conf).stdout, "")
        # the driver shows them in its own way
        for node in (1, 2, 3):
            self.tree.knob_file("triggers", node).write_text(
                "[timer] [event] doorbell\n")
        run = self.run_apply()
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))

    def test_dry_run(self):
        before = self.tree.values()
        run = self.run_apply("-n", conf="[node all]\nhqd_be_max = 7")
        self.assertIn("node 1: would write 7 to hqd_be_max, which is 19",
                      run.stdout)
        self.assertEqual(self.tree.values(), before)

    def test_partitions_of_a_gpu(self):
        run = self.run_apply(conf="[node pci=0001:C2:00.0]\nhqd_be_max = 7")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual([self.tree.knob("hqd_be_max", node)
                          for node in (1, 2, 3)], ["19", "7", "7"])

    def test_domain_counts(self):
        self.assert_refused("[node pci=c2:00.0]\nhqd_be_max = 7",
                            "[node pci=c2:00.0]: there is no such node")

    def test_values(self):
        for value, words in (
                ("25", "25 is not from 0 to 24"),
                ("-1", "'-1' is not a number"),
                ("0x19", "0x19 is not from 0 to 24"),
                ("010", "'010' is not a number"),
                ("7us", "'7us' is not a number"),
                ("99999999999999999999", "is not a number")):
            with self.subTest(value):
                self.assert_refused(
                    f"[node node=1]\nlc_interval_us = 70\nhqd_be_max = {value}"
                    "\nenable = 1", f"{self.config}:3: node 1: hqd_be_max: ",
                    words, "node 1: nothing was changed")

    def test_words(self):
        for value in ("time", "timer timer", "timer++event", "+timer", "7"):
            with self.subTest(value):
                self.assert_refused(f"[node node=1]\ntriggers = {value}",
                                    "node 1: triggers: '")

    def test_what_is_no_knob(self):
        for knob, words in (("state", "state can't be set"),
                            ("hqd_total", "hqd_total can't be set"),
                            ("nonsense", "no such knob")):
            with self.subTest(knob):
                self.assert_refused(f"[node node=1]\n{knob} = 1", words)

    def test_syntax_errors_stop_everything(self):
        for lines, words in (
                ("hqd_be_max = 7", "before the first section"),
                ("[node all]\nhqd_be_max 7", "not a setting"),
                ("[node all]\nhqd_be_max =", "not a setting"),
                ("[node all]\n../../uevent = 1", "not a setting"),
                ("[node all]\nenable = $(id)", "not a setting"),
                ("[node all]\nenable = 1\nenable = 0", "a second time"),
                ("[node all]\n[node all]", "a second section"),
                ("[process x]\nclass = lc", "not a section"),
                ("[node first]", "no such selector")):
            with self.subTest(lines):
                self.assert_refused(f"[node gpu=0]\nhqd_be_max = 7\n{lines}"
                                    if not lines.startswith("hqd") else lines,
                                    words)

    def test_other_nodes_are_set(self):
        (self.tree.knobs(1) / "hqd_be_max_max").write_text("5\n")
        run = self.run_apply(conf="[node all]\nhqd_be_max = 7")
        self.assertEqual(run.returncode, 1)
        self.assertEqual([self.tree.knob("hqd_be_max", node)
                          for node in (1, 2, 3)], ["19", "7", "7"])

    def test_a_refused_write_undoes_the_others(self):
        # a file that nobody may write, whoever runs this
        enable = self.tree.knobs(1) / "enable"
        enable.unlink()
        enable.symlink_to("/proc/sys/kernel/ngroups_max")
        run = self.run_apply(conf="[node gpu=0]\nhqd_be_max = 7\n"
                             "triggers = timer\nenable = 1")
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr,
                         "node 1: enable: can't write 1: [A-Z][a-z ]+\n")
        self.assertIn("has been changed back", run.stderr)
        self.assertEqual(self.tree.knob("hqd_be_max"), "19")
        self.assertEqual(self.tree.knob("triggers"), "timer+event+doorbell")

    def test_off(self):
        self.run_apply(conf="[node gpu=1]\nenable = 1")
        run = self.run_apply("--off", conf="nonsense")
        self.assertEqual((run.returncode, run.stdout, run.stderr),
                         (0, "node 2: off\n", ""))
        self.assertEqual(self.tree.knob("enable", 2), "0")

    def test_waits_for_a_node(self):
        self.config.write_text("[node gpu=3]\nenable = 1")
        with subprocess.Popen(
                [APPLY, "--wait=20", "--config", self.config, "--sysfs",
                 self.tree.sysfs], stdout=subprocess.PIPE,
                text=True) as waiting:
            self.assertIsNone(waiting.poll())
            self.tree.add_node(4, gpu_id=1004)
            self.assertEqual(waiting.communicate(timeout=30)[0],
                             "node 4: enable 0 -> 1\n")
        self.assertEqual(waiting.returncode, 0)

    def test_default_file_has_nothing_in_force(self):
        run = self.run_apply(conf=DEFAULT_CONF.read_text())
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))

    def test_default_file_is_right_about_the_defaults(self):
        lines = [line[1:] for line in DEFAULT_CONF.read_text().splitlines()
                 if line.startswith("#[node all]") or
                 (" = " in line and line[1:].split(" = ")[0] in
                  self.tree.values())]
        self.assertGreater(len(lines), 5)
        run = self.run_apply(conf="\n".join(
            line for line in lines if line != "enable = 1"))
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))

    def test_command_line(self):
        for options in (["--wait"], ["--wait=x"], ["extra"], ["--nonsense"]):
            run = subprocess.run([APPLY, *options], capture_output=True,
                                 text=True, check=False)
            self.assertEqual(run.returncode, 64, options)
            self.assertIn("see --help", run.stderr)
        self.config.unlink(missing_ok=True)
        run = self.run_apply()
        self.assertEqual(run.returncode, 1)
        self.assertIn("can't be read", run.stderr)


if __name__ == "__main__":
    unittest.main()
