// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: a latency-critical queue gets the GPU from best-effort queues,
 * and they get it back.
 */
#include "gpreempt_test.h"

FIXTURE(preempt) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	struct gp_stats before;
	struct gp_stats after;
};

FIXTURE_SETUP(preempt)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->node = self->env.gpu.props.node;
	ret = gp_reset_knobs(self->node);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_stats_read(&self->env.gpu.props, &self->before));
}

FIXTURE_TEARDOWN(preempt)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

/* The reason for all this: without gpreempt LC waits until BE is done. */
TEST_F(preempt, off)
{
	struct kfd_env *env = &self->env;
	int n;

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	n = kfd_env_fill(env, &self->be, 0, 50 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, 1, 1, NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_LT(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &self->after));
	EXPECT_EQ(self->before.preemptions, self->after.preemptions);
}

TEST_F(preempt, lc_first)
{
	struct kfd_env *env = &self->env;
	int n;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	n = kfd_env_fill(env, &self->be, 0, BE_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 10));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(10ULL, kfd_load(&env->counter[LC_SLOT]));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));

	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));

	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &self->after));
	EXPECT_EQ(self->before.preemptions + 1, self->after.preemptions);
	EXPECT_EQ(self->before.resumes + 1, self->after.resumes);
	EXPECT_LT(self->before.inversions, self->after.inversions);
	EXPECT_EQ(self->before.failures, self->after.failures);
}

/* A stream of requests: BE is interrupted again and again, and loses nothing */
TEST_F(preempt, many_requests)
{
	struct kfd_env *env = &self->env;
	unsigned int i;
	int n;

	n = kfd_env_fill(env, &self->be, 0, BE_NS / 4, WAIT_MS);
	ASSERT_LT(0, n);
	for (i = 1; i <= 20; i++) {
		ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 3));
		ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
		EXPECT_EQ(3ULL * i, kfd_load(&env->counter[LC_SLOT]));
		ASSERT_EQ(0, gp_lc_end(env));
		ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &self->after));
	EXPECT_EQ(self->after.preemptions - self->before.preemptions,
		  self->after.resumes - self->before.resumes);
	EXPECT_EQ(self->after.queues_preempted - self->before.queues_preempted,
		  self->after.queues_resumed - self->before.queues_resumed);
}

/* Work that BE gets while it is held waits, and is done once afterwards. */
TEST_F(preempt, be_rung_while_held)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 1, BE_NS));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 1, 5, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 1, 30));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[1]));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(1ULL, kfd_load(&env->counter[0]));
}

/* An update of a held queue must not bring it back early. */
TEST_F(preempt, update_held)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 0));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 100));
	ASSERT_EQ(0, kfd_queue_set_priority(&self->be, BE_PRIORITY - 2));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 30));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
}

/* A held queue with a percentage of 0 stays off when BE is resumed. */
TEST_F(preempt, resume_leaves_unmapped_alone)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue be2;

	ASSERT_EQ(0, gp_create_aql(env, &be2, BE_PRIORITY));
	ASSERT_EQ(0, gp_be_reside(env, &be2));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 0));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 30));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->be, 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&be2));
}

TEST_F(preempt, destroy_held)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue be2;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, gp_create_aql(env, &be2, BE_PRIORITY));
	ASSERT_EQ(0, kfd_env_dispatch(env, &be2, 0, 5, BE_NS));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&be2));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 1, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
}

/* A BE queue that is created meanwhile runs when BE does. */
TEST_F(preempt, create_while_preempted)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue be2;

	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, gp_create_aql(env, &be2, BE_PRIORITY));
	ASSERT_EQ(0, kfd_env_dispatch(env, &be2, 0, 5, 1000));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&be2));
}

/* Priorities come late: programs create a queue first, and then raise it. */
TEST_F(preempt, promote_held)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 1, BE_NS));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 1, 5, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 1, 30));
	ASSERT_EQ(0, kfd_queue_set_priority(&self->be, LC_PRIORITY));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[1]));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

TEST_F(preempt, demote_lc)
{
	struct kfd_env *env = &self->env;
	int n;

	/* Before BE runs: an update maps all queues again, in any order. */
	ASSERT_EQ(0, kfd_queue_set_priority(&self->lc, BE_PRIORITY));
	n = kfd_env_fill(env, &self->be, 0, 50 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &self->before));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, 1, 1, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_LT(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &self->after));
	EXPECT_EQ(self->before.preemptions, self->after.preemptions);
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* The class border moves under existing queues. */
TEST_F(preempt, lc_priority_min)
{
	struct kfd_env *env = &self->env;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, kfd_queue_set_priority(&self->lc, 9));
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_NS, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_priority_min", 9));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

TEST_F(preempt, pm4_lc)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue pm4;
	unsigned int i;

	ASSERT_EQ(0, gp_create(env, &pm4, KFD_IOC_QUEUE_TYPE_COMPUTE,
			       LC_PRIORITY));
	for (i = 1; i < 10; i++) {
		ASSERT_EQ(0, kfd_pm4_write_data(&pm4, env->mem.va, i));
		kfd_queue_ring(&pm4);
		ASSERT_EQ(0, kfd_poll_eq32(kfd_bo_ptr(&env->mem), i, WAIT_MS));
	}
	EXPECT_EQ(0, kfd_queue_destroy(&pm4));
}

/* SDMA is no part of this: copies go on while BE is held. */
TEST_F(preempt, sdma_goes_on)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue sdma;

	ASSERT_EQ(0, gp_create(env, &sdma, KFD_IOC_QUEUE_TYPE_SDMA,
			       BE_PRIORITY));
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_sdma_fence(&sdma, env->mem.va, 5));
	kfd_queue_ring(&sdma);
	EXPECT_EQ(0, kfd_poll_eq32(kfd_bo_ptr(&env->mem), 5, WAIT_MS));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "preempted", 0));
	ASSERT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, kfd_queue_destroy(&sdma));
}

/* Turning it off gives everything back, whatever LC still wants. */
TEST_F(preempt, disable_resumes)
{
	struct kfd_env *env = &self->env;
	char state[64];

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 0, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, 1, 5, 1000));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	ASSERT_LT(0, kfd_knob_read(self->node, "state", state, sizeof(state)));
	EXPECT_STREQ("off", state);
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[1]));
	ASSERT_EQ(0, gp_lc_end(env));
}

/* A wait that is shorter than confirm_us is left to end by itself. */
TEST_F(preempt, confirm)
{
	struct kfd_env *env = &self->env;
	int n;

	ASSERT_EQ(0, kfd_knob_set(self->node, "confirm_us", 1000000));
	n = kfd_env_fill(env, &self->be, 0, 50 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, 1, 1, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_LT(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

TEST_HARNESS_MAIN
