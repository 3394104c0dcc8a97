// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: best-effort queues that are preempted again and again all get on.
 * What is mapped first finds the GPU empty; it must not always be the same.
 */
#include <time.h>

#include "gpreempt_test.h"

#define NUM_BE		3
#define IN_FLIGHT	40
#define ROUNDS		30
#define WORK_NS		(4 * NSEC_PER_MSEC)
#define PAUSE_NS	(3 * NSEC_PER_MSEC)

FIXTURE(share) {
	struct kfd_env env;
	struct kfd_queue be[NUM_BE];
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_SETUP(share)
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
	for (i = 0; i < NUM_BE; i++) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->be[i],
					   BE_PRIORITY));
	}
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(share)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	for (i = 0; i < NUM_BE; i++) {
		EXPECT_EQ(0, kfd_queue_destroy(&self->be[i]))
			TH_LOG("number %u", i);
	}
	kfd_env_close(&self->env);
}

/* Dispatches in stream order, each of exactly the GPU's size */
static int queue_work(struct kfd_env *env, struct kfd_queue *q,
		      unsigned int slot)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[slot],
		.workgroups = kfd_props_waves(&env->gpu.props) / 16,
		.workgroup_size = 16 * 64,
		.barrier = true,
	};
	unsigned int i;
	int ret = 0;

	kfd_kernel_init(&env->kernel[slot], WORK_NS, &env->counter[slot], 16);
	for (i = 0; i < IN_FLIGHT && !ret; i++)
		ret = kfd_aql_dispatch(q, &d);
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

TEST_F(share, all_queues_get_on)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct kfd_env *env = &self->env;
	__u64 done, least = ~0ULL, most = 0;
	unsigned int i;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	for (i = 0; i < NUM_BE; i++)
		ASSERT_EQ(0, queue_work(env, &self->be[i], i));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted",
						 WAIT_MS));
		ASSERT_EQ(0, gp_lc_end(env));
		nanosleep(&pause, NULL);
	}

	for (i = 0; i < NUM_BE; i++) {
		done = kfd_load(&env->counter[i]);
		TH_LOG("queue %u: %llu workgroups", i, done);
		least = done < least ? done : least;
		most = done > most ? done : most;
	}
	EXPECT_LT(0ULL, least);
	EXPECT_LT(most, 4 * least);
}

TEST_HARNESS_MAIN
