// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: what best-effort work gets while latency-critical work never ends.
 * How much it got is read from the kernels' own counters.
 */
#include "gpreempt_test.h"

#define NUM_BE		3
#define MAX_WAIT_US	20000
#define QUANTUM_US	5000
#define WORK_NS		(1 * NSEC_PER_MSEC)

/* What BE needs in all: some quanta for every queue */
#define DISPATCHES	10

FIXTURE(fairness) {
	struct kfd_env env;
	struct kfd_queue be[NUM_BE];
	struct kfd_queue lc;
	struct kfd_queue resident;
	unsigned int node;
};

FIXTURE_SETUP(fairness)
{
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_quantum_us", QUANTUM_US));
	for (i = 0; i < NUM_BE; i++) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->be[i],
					   BE_PRIORITY));
	}
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	/* So that there is something to preempt before the others have work */
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->resident, BE_PRIORITY));
}

FIXTURE_TEARDOWN(fairness)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->resident));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	for (i = 0; i < NUM_BE; i++)
		EXPECT_EQ(0, kfd_queue_destroy(&self->be[i]));
	kfd_env_close(&self->env);
}

/* A third of the GPU for each queue, so that they run side by side */
static int queue_work(struct kfd_env *env, struct kfd_queue *q,
		      unsigned int slot)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[slot],
		.workgroups = kfd_props_waves(&env->gpu.props) / 16 / NUM_BE,
		.workgroup_size = 16 * 64,
		.barrier = true,
	};
	unsigned int i;
	int ret = 0;

	kfd_kernel_init(&env->kernel[slot], WORK_NS, &env->counter[slot], 16);
	kfd_signal_init(&env->signal[slot], 1, NULL);
	for (i = 0; i < DISPATCHES && !ret; i++) {
		if (i == DISPATCHES - 1)
			d.completion = &env->signal[slot];
		ret = kfd_aql_dispatch(q, &d);
	}
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

/*
 * LC is pending all the time. Of every MAX_WAIT + QUANTUM, BE has a QUANTUM,
 * and needs DISPATCHES x WORK_NS of it; half as much again for what a
 * preemption and a resume take of it.
 */
TEST_F(fairness, share_under_full_lc_load)
{
	const __u64 cycles = DISPATCHES * WORK_NS * 3 / 2 /
			     (QUANTUM_US * NSEC_PER_USEC) + 2;
	const __u64 bound_ns = cycles * (MAX_WAIT_US + QUANTUM_US) *
			       NSEC_PER_USEC;
	struct kfd_env *env = &self->env;
	__u64 start_ns, took_ns, starvations, preemptions;
	unsigned int i;

	ASSERT_EQ(0, kfd_knob_set(self->node, "be_max_wait_us", MAX_WAIT_US));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_be_reside(env, &self->resident));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	start_ns = kfd_now_ns();
	for (i = 0; i < NUM_BE; i++)
		ASSERT_EQ(0, queue_work(env, &self->be[i], i));
	for (i = 0; i < NUM_BE; i++)
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS)) TH_LOG("queue %u", i);
	took_ns = kfd_now_ns() - start_ns;

	EXPECT_EQ(0, kfd_knob_get(self->node, "stats/starvations",
				  &starvations));
	EXPECT_LT(0ULL, starvations);
	EXPECT_EQ(0, kfd_knob_get(self->node, "stats/preemptions",
				  &preemptions));
	EXPECT_LT(0ULL, preemptions);
	EXPECT_EQ(0, gp_lc_end(env));
	TH_LOG("BE took %llu of at most %llu us", took_ns / NSEC_PER_USEC,
	       bound_ns / NSEC_PER_USEC);
	if (kfd_test_is_exact()) {
		EXPECT_LE(took_ns, bound_ns);
		/* and LC had the rest: BE ran no longer than it was owed */
		if (!kfd_test_drains())
			EXPECT_LT((cycles - 3) * MAX_WAIT_US * NSEC_PER_USEC,
				  took_ns);
	}
}

/* Without a bound BE waits for as long as LC has work. */
TEST_F(fairness, no_bound)
{
	struct kfd_env *env = &self->env;
	__u64 before, after;

	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/starvations", &before));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	/* BE is off before it has work, lest that be done before BE is off. */
	ASSERT_EQ(0, gp_be_reside(env, &self->resident));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, queue_work(env, &self->be[0], 0));
	usleep(5 * MAX_WAIT_US);
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 1));
	EXPECT_EQ(0, kfd_knob_get(self->node, "stats/starvations", &after));
	EXPECT_EQ(before, after);
	EXPECT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* LC requests one after the other: BE runs for a while between them. */
TEST_F(fairness, minimum_runtime)
{
	const __u64 runtime_us = 20000;
	struct kfd_env *env = &self->env;
	__u64 start_ns, took_us, before, after;
	unsigned int i;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_min_runtime_us", runtime_us));
	ASSERT_LT(0, kfd_env_fill(env, &self->be[0], 0, BE_NS, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &before));
	start_ns = kfd_now_ns();
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, LC_SLOT, 1,
					      NSEC_PER_USEC));
		ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
		/* so that each request needs a preemption of its own */
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	}
	took_us = (kfd_now_ns() - start_ns) / NSEC_PER_USEC;
	EXPECT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &after));
	EXPECT_LE((after - before) * runtime_us, took_us + runtime_us);
	/* Else a request may find the GPU empty: BE needs a while to be back. */
	if (kfd_test_is_exact()) {
		EXPECT_LE(8ULL, after - before);
	}
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

TEST_HARNESS_MAIN
