# SPDX-License-Identifier: GPL-2.0
import unittest

from analysis import core, funcgraph, results

HEAD = "    1.000001 |   0)  gpreemp-160   |               |  "


def marker(text):
    return f"{HEAD}/* bench: {text} */\n"


def check(duration, task="   <idle>-0    "):
    return f"    1.000002 |   0) {task}|   {duration} us    |  " \
           "monitor_timer [kfdsim]();\n"


# A run of the worker, in which the simulated hardware is rung and waited for,
# while a process takes a page fault.
ROUND = marker("rounds 10 1") + """\
    7.207800 |   0)  gpreemp-160   |               |  handle_mm_fault() {
    7.207801 |   0)  gpreemp-160   |               |    doorbell_fault [kfdsim]() {
    7.207802 |   0)  gpreemp-160   |   1.500 us    |      kfdsim_doorbell_vma_fault [kfdsim]();
    7.207804 |   0)  gpreemp-160   |   0.800 us    |      kfd_gpreempt_woken [kfdsim]();
    7.207805 |   0)  gpreemp-160   |   4.000 us    |    } /* doorbell_fault [kfdsim] */
    7.207806 |   0)  gpreemp-160   |   6.000 us    |  } /* handle_mm_fault */
 ------------------------------------------
 0)  gpreemp-160   =>  gpreemp-148
 ------------------------------------------

    7.207822 |   0)  gpreemp-148   |               |  kfd_gpreempt_work [kfdsim]() {
    7.207829 |   0)  gpreemp-148   |   2.561 us    |    kfdsim_doorbell_kernel_write [kfdsim]();
    7.207877 |   0)  gpreemp-148   |               |    amdkfd_fence_wait_timeout [kfdsim]() {
    7.207878 |   0)  kfdsim/-143   |   1.198 us    |  monitor_timer [kfdsim]();
    7.207879 |   0)  gpreemp-148   |   1.000 us    |      monitor_timer [kfdsim]();
    7.207880 |   0)  gpreemp-148   | ! 100.969 us  |    } /* amdkfd_fence_wait_timeout [kfdsim] */
    7.207893 |   0)  gpreemp-148   |               |    /* kfd_gpreempt_preempt_end: gpu_id=5 seq=1 */
    7.207897 |   0)  gpreemp-148   | + 130.880 us  |  } /* kfd_gpreempt_work [kfdsim] */
    7.207898 |   0)  gpreemp-148   |   0.500 us    |  kfd_gpreempt_work [kfdsim]();
"""


class Parse(unittest.TestCase):
    def test_calls_of_each_task_nest_by_themselves(self):
        (text, calls), = funcgraph.parse(ROUND)
        self.assertEqual(text, "bench: rounds 10 1")
        self.assertEqual([call.name for call in calls],
                         ["handle_mm_fault", "monitor_timer", "kfd_gpreempt_work",
                          "kfd_gpreempt_work"])
        self.assertEqual(calls[0].count(), 3)
        self.assertEqual([call.ns for call in calls[2].calls],
                         [2561, 100969])

    def test_what_is_returned_from_only_is_left_out(self):
        text = marker("check 1 1") + \
            "    7.2 |   0)  a-1   |   1.000 us    |  } /* monitor_timer */\n"
        self.assertEqual(funcgraph.parse(text), [("bench: check 1 1", [])])

    def test_a_trace_with_holes_is_an_error(self):
        with self.assertRaises(results.BadResult):
            funcgraph.parse(ROUND + "CPU:0 [LOST 12 EVENTS]\n")


class Core(unittest.TestCase):
    def test_foreign_work_is_taken_off(self):
        found = core.samples(ROUND, core.Tracing())
        self.assertEqual(found, {
            ("preempt", 10, 1): [130880 - 2561 - 100969],
            ("doorbell-fault", 10, 1): [6000 - 1500]})

    def test_tracing_is_taken_off(self):
        found = core.samples(ROUND, core.Tracing(inside=100, outside=10))
        # itself, and two calls in it, of which the durations go anyway
        self.assertEqual(found["preempt", 10, 1],
                         [130880 - 2561 - 100969 - 100 - 2 * 10])
        # two of the three calls in it are the driver's
        self.assertEqual(found["doorbell-fault", 10, 1],
                         [6000 - 1500 - 3 * 100 - 3 * 10])

    def test_cost_of_tracing(self):
        plain = marker("check 1 1") + check("0.900")
        nested = marker("check 1 1") + """\
    7.207822 |   0)    <idle>-0    |               |  monitor_timer [kfdsim]() {
    7.207823 |   0)    <idle>-0    |   0.700 us    |    kfd_gpreempt_watch_sample [kfdsim]();
    7.207824 |   0)    <idle>-0    |   2.200 us    |  } /* monitor_timer [kfdsim] */
"""
        self.assertEqual(core.tracing_cost(plain, nested),
                         core.Tracing(inside=700, outside=600))
        with self.assertRaises(results.BadResult):
            core.tracing_cost(plain, plain)
        with self.assertRaises(results.BadResult):
            core.tracing_cost(nested, nested)

    def test_missing_operations_are_an_error(self):
        with self.assertRaisesRegex(results.BadResult, "resume"):
            core.table([marker("check 10 1") + check("1.000") + ROUND],
                       core.Tracing())


class Complaints(unittest.TestCase):
    def complain(self, costs, packets=()):
        rows = [("check", be, 1, cost) for be, cost in costs]
        return core.complaints(rows, packets)

    def test_a_check_may_not_grow(self):
        self.assertEqual(self.complain([(1, 500), (10, 490), (1000, 549)]), [])
        self.assertEqual(len(self.complain([(1, 500), (1000, 551)])), 1)

    def test_a_preemption_may(self):
        self.assertEqual(core.complaints([("preempt", 1, 1, 5),
                                          ("preempt", 1000, 1, 500)], []), [])

    def test_a_batch_is_one_submission(self):
        packets = {"operation": "preempt", "be_queues": 80, "lc_queues": 1,
                   "unmap_queues": 1, "query_status": 1, "run_list": 1}
        self.assertEqual(self.complain([], [packets]), [])
        packets["run_list"] = 80
        self.assertEqual(len(self.complain([], [packets])), 1)


if __name__ == "__main__":
    unittest.main()
