# SPDX-License-Identifier: GPL-2.0
"""gpreempt-top, built and run on recorded trees."""

import pathlib
import pty
import subprocess
import tempfile
import unittest

from tests.fake_sysfs import COUNTERS, STAGES, Tree

TOOLS = pathlib.Path(__file__).parent.parent


def setUpModule():
    global scratch, top
    scratch = tempfile.TemporaryDirectory()
    top = pathlib.Path(scratch.name) / "gpreempt-top"
    subprocess.run(["make", "-s", "-C", TOOLS, f"O={scratch.name}", top],
                   check=True, stdout=subprocess.DEVNULL)


def tearDownModule():
    scratch.cleanup()


def run(*options):
    return subprocess.run([top, *options], capture_output=True, text=True,
                          check=False)


def tables(text):
    """The report's tables, as lists of dicts"""
    result = []
    for block in text.rstrip("\n").split("\n\n"):
        heading, *rows = block.splitlines()
        names = heading.split()
        result.append([dict(zip(names, row.split(None, len(names) - 1)))
                       for row in rows])
    return result


class Top(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.before = Tree(self.root / "1", uptime=100)
        self.after = Tree(self.root / "2", uptime=110)

    def report(self, since=True):
        options = [f"--sysfs={self.after.sysfs}"]
        options += [f"--since={self.before.sysfs}"] if since else ["--batch=1"]
        ran = run(*options)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return tables(ran.stdout)

    def test_rates(self):
        self.before.add_node(1, counters={
            "preemptions": 100, "be_held_ns": 10**9, "checks": 7})
        # the topology was built anew: another number, the same GPU
        self.after.add_node(3, state="preempted", counters={
            "preemptions": 350, "be_held_ns": 35 * 10**8, "checks": 7})
        [row], *_ = self.report()
        self.assertEqual(
            {name: row[name] for name in
             ("NODE", "GPU_ID", "STATE", "SLOTS", "USED", "FREE", "LCRES",
              "BEMAX", "HELD%", "PREEMPT/S", "CHECK/S")},
            {"NODE": "3", "GPU_ID": "1001", "STATE": "preempted",
             "SLOTS": "24", "USED": "5", "FREE": "19", "LCRES": "2",
             "BEMAX": "19", "HELD%": "25.0", "PREEMPT/S": "25.0",
             "CHECK/S": "0.0"})

    def test_each_rate_is_its_counter(self):
        counters = {name: 10 * (number + 1)
                    for number, name in enumerate(COUNTERS)}
        self.before.add_node()
        self.after.add_node(counters=counters)
        [row], *_ = self.report()
        for heading, counter in (
                ("PREEMPT/S", "preemptions"), ("RESUME/S", "resumes"),
                ("ROTATE/S", "rotations"), ("GUARD/S", "guards"),
                ("STARVE/S", "starvations"), ("FAIL/S", "failures"),
                ("CHECK/S", "checks"), ("BELL/S", "doorbells")):
            self.assertEqual(float(row[heading]), counters[counter] / 10)

    def test_a_driver_loaded_anew(self):
        self.before.add_node(counters={"preemptions": 1000})
        self.after.add_node(counters={"preemptions": 20})
        self.assertEqual(self.report()[0][0]["PREEMPT/S"], "2.0")

    def test_nothing_to_compare_with(self):
        self.after.add_node(stages={"submit": {
            "count": 4, "ns": 6000, "p50_us": 2, "p99_us": 3, "max_us": 3}})
        nodes, stages, queues = self.report(since=False)
        self.assertEqual((nodes[0]["PREEMPT/S"], nodes[0]["HELD%"]),
                         ("-", "-"))
        self.assertEqual(stages[STAGES.index("submit")], {
            "NODE": "1", "STAGE": "submit", "PER_S": "-", "COUNT": "4",
            "MEAN_US": "1.5", "EVER_P50_US": "2", "EVER_P99_US": "3",
            "EVER_MAX_US": "3"})
        self.assertEqual(queues, [])

    def test_stages_of_the_interval(self):
        self.before.add_node(stages={"acknowledge": {
            "count": 5050, "ns": 10**9, "p50_us": 1, "p99_us": 64,
            "max_us": 63}})
        self.after.add_node(stages={"acknowledge": {
            "count": 6050, "ns": 10**9 + 1500 * 1000, "p50_us": 2,
            "p99_us": 128, "max_us": 5 * 10**6}})
        row = self.report()[1][STAGES.index("acknowledge")]
        self.assertEqual(row, {
            "NODE": "1", "STAGE": "acknowledge", "PER_S": "100.0",
            "COUNT": "1000", "MEAN_US": "1.5", "EVER_P50_US": "2",
            "EVER_P99_US": "128", "EVER_MAX_US": "5000000"})

    def test_a_percentile_that_is_not_there(self):
        self.after.add_node()
        (self.after.knobs() / "stats/submit_p99_us").unlink()
        row = self.report(since=False)[1][STAGES.index("submit")]
        self.assertEqual((row["EVER_P50_US"], row["EVER_P99_US"]), ("0", "-"))

    def test_queues(self):
        self.before.add_node()
        self.after.add_node(2)
        for tree, off_ns, preemptions in ((self.before, 10**9, 5),
                                          (self.after, 3 * 10**9, 25)):
            tree.add_queue(42, 0, "a trainer", off_ns=off_ns,
                           active_ns=4 * 10**9, preemptions=preemptions,
                           state="inversion throttled unwatchable:vram")
        self.after.add_queue(43, 7, "in\x1b[2Jfer\u00e9", state="active unwatchable:svm",
                             effective_class="lc")
        self.after.add_queue(44, 1, state="inactive", gpu_id=5)
        queues = self.report()[2]
        self.assertEqual(queues[0], {
            "NODE": "2", "PID": "42", "QID": "0", "CLASS": "be",
            "STATE": "off", "REASON": "inversion+throttled+unwatchable:vram",
            "SERVED_S": "4.000", "OFF_S": "3.000", "OFF%": "20.0",
            "PREEMPT/S": "2.0", "COMMAND": "a trainer"})
        self.assertEqual(
            [(q["NODE"], q["STATE"], q["REASON"], q["OFF%"], q["COMMAND"])
             for q in queues[1:]],
            [("2", "active", "unwatchable:svm", "-", "in?[2Jfer??"),
             ("-", "inactive", "-", "-", "trainer")])

    def test_a_process_that_is_gone(self):
        self.after.add_node()
        self.after.add_queue(42)
        (self.after.proc / "42/comm").unlink()
        (self.after.kfd / "proc/43/queues/0").mkdir(parents=True)
        self.assertEqual([q["COMMAND"] for q in self.report(False)[2]], ["?"])

    def test_prometheus(self):
        counters = {name: 10**10 + number
                    for number, name in enumerate(COUNTERS)}
        self.after.add_node(1, state="error:hws-hang", counters=counters,
                            stages={"submit": {
                                "count": 8, "ns": 12 * 10**9 + 5, "p50_us": 1,
                                "p99_us": 4194304, "max_us": 5000001}})
        self.after.add_node(2, gpu_id=1002)
        text = run("--prometheus", f"--sysfs={self.after.sysfs}").stdout
        samples = dict(line.rsplit(" ", 1) for line in text.splitlines()
                       if not line.startswith("#"))
        label = 'node="1",gpu_id="1001"'
        for number, name in enumerate(COUNTERS):
            if name.endswith("_ns"):
                name = name.removesuffix("_ns") + "_seconds"
                value = f"10.{number:09}"
            else:
                value = str(10**10 + number)
            self.assertEqual(samples[f"gpreempt_{name}_total{{{label}}}"],
                             value)
        self.assertEqual(samples[f'gpreempt_state{{{label},state="error"}}'],
                         "1")
        self.assertEqual(sum(float(value) for name, value in samples.items()
                             if name.startswith("gpreempt_state")), 2)
        submit = f'{label},stage="submit"'
        self.assertEqual(
            [samples[f'gpreempt_stage_seconds{{{submit},quantile="{q}"}}']
             for q in ("0.5", "0.99", "1")],
            ["0.000001", "4.194304", "5.000001"])
        self.assertEqual(samples[f"gpreempt_stage_seconds_sum{{{submit}}}"],
                         "12.000000005")
        self.assertEqual(samples[f"gpreempt_stage_seconds_count{{{submit}}}"],
                         "8")
        # what promtool asks for: each family once, with a type, in one piece
        families = [line.split()[2] for line in text.splitlines()
                    if line.startswith("# TYPE")]
        self.assertEqual(len(families), len(set(families)))
        for name in samples:
            name = name.split("{")[0]
            self.assertTrue(name in families or name.rsplit("_", 1)[0]
                            in families, name)

    def test_command_line(self):
        for options in (["--batch=0"], ["--interval=0"], ["--since=/"],
                        ["--batch=1", "--prometheus"], ["--sysfs=/nowhere"],
                        ["extra"]):
            ran = run(*options)
            self.assertEqual((ran.returncode, ran.stdout), (64, ""), options)

    def test_no_scheduler(self):
        ran = run("--batch=1", f"--sysfs={self.after.sysfs}")
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        self.assertIn("no node in", ran.stderr)

    def test_screen(self):
        self.after.add_node(state="preempted")
        self.after.add_queue(comm="trainer")
        shown = []

        def read(terminal):
            data = pty.os.read(terminal, 4096)
            shown.append(data)
            if b"trainer" in b"".join(shown):
                pty.os.write(terminal, b"q")
            return data

        # a child of its own, because pty.spawn() copies to standard output
        program = f"TERM=linux exec {top} --sysfs={self.after.sysfs}"
        pid, terminal = pty.fork()
        if not pid:
            pty.os.execvp("sh", ["sh", "-c", f"stty rows 40 cols 150; {program}"])
        try:
            while read(terminal):
                pass
        except OSError:
            pass    # the other end is closed
        self.assertEqual(pty.os.waitpid(pid, 0)[1], 0)
        text = b"".join(shown)
        for word in (b"PREEMPT/S", b"acknowledge", b"preempted", b"trainer"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()
