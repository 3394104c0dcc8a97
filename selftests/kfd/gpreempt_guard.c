// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: latency-critical work that waits for best-effort work, unknown to the
 * driver. Holding the one off for the other would be a deadlock.
 */
#include "gpreempt_test.h"

#define TIMEOUT_US	10000
/* Before hardware that can say what runs is first asked */
#define ASK_US		200
/* Not yet done when a slow machine, with others busy, gets LC to wait for it */
#define BE_WORK_NS	(400 * NSEC_PER_MSEC)

struct guarded {
	__u64 guards;
	__u64 guard_ns;
};

FIXTURE(guard) {
	struct kfd_env env;
	struct kfd_bo hidden;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	struct guarded before;
};

FIXTURE_SETUP(guard)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_progress_timeout_us",
				  TIMEOUT_US));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_hide_signal(&self->env, &self->hidden));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards",
				  &self->before.guards));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guard_ns",
				  &self->before.guard_ns));
}

FIXTURE_TEARDOWN(guard)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	EXPECT_EQ(0, kfd_bo_destroy(&self->hidden, &self->env.gpu));
	kfd_env_close(&self->env);
}

/*
 * BE runs for a while, and hides when it has ended; LC waits for that. Return: how
 * many workgroups BE has, or a negative errno.
 */
static int let_lc_wait(struct kfd_env *env, struct kfd_queue *be,
		       struct kfd_queue *lc, const struct kfd_bo *hidden)
{
	struct kfd_signal *dep = kfd_bo_ptr(hidden);
	struct kfd_signal *ended = &env->signal[0];
	int n = kfd_env_fill(env, be, 0, BE_WORK_NS, WAIT_MS);
	int ret;

	if (n < 0)
		return n;
	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	ret = kfd_aql_barrier_and(be, &ended, 1, dep);
	if (!ret)
		kfd_queue_ring(be);
	if (!ret)
		ret = kfd_aql_barrier_and(lc, &dep, 1,
					  &env->signal[PASSED_SLOT]);
	if (!ret)
		kfd_queue_ring(lc);
	return ret ? ret : n;
}

/*
 * Each guard held BE off in vain for the timeout and hardly longer; for much less
 * where the hardware can be asked.
 */
static void expect_guarded(struct __test_metadata *_metadata,
			   const struct kfd_props *props,
			   const struct guarded *before)
{
	bool can_ask = !kfd_test_mes(props);
	__u64 timeout_us = can_ask ? ASK_US : TIMEOUT_US;
	__u64 guards, guard_ns;

	EXPECT_EQ(0, kfd_knob_get(props->node, "stats/guards", &guards));
	EXPECT_EQ(0, kfd_knob_get(props->node, "stats/guard_ns", &guard_ns));
	guards -= before->guards;
	guard_ns -= before->guard_ns;
	EXPECT_LT(0ULL, guards);
	EXPECT_LE(guards * timeout_us * NSEC_PER_USEC, guard_ns);
	if (kfd_test_is_exact()) {
		EXPECT_LT(guard_ns, guards * 2 * timeout_us * NSEC_PER_USEC);
	}
}

TEST_F(guard, barrier_on_be_signal)
{
	struct kfd_env *env = &self->env;
	int n;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	n = let_lc_wait(env, &self->be, &self->lc, &self->hidden);
	ASSERT_LT(0, n);
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	expect_guarded(_metadata, &env->gpu.props, &self->before);
}

/* The dependency is there already when BE is preempted for something else. */
TEST_F(guard, two_lc_queues)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue other;
	unsigned int i;
	int n;

	ASSERT_EQ(0, gp_create_aql(env, &other, LC_PRIORITY));
	n = let_lc_wait(env, &self->be, &self->lc, &self->hidden);
	ASSERT_LT(0, n);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &other, LC_SLOT, 1,
					      NSEC_PER_USEC));
		ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	}
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

/* A long launch is progress, though the read pointer stands still. */
TEST_F(guard, running_is_no_dependency)
{
	struct kfd_env *env = &self->env;
	const __u32 rounds = 20;
	__u64 guards;

	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "the hardware can't say what runs");
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, LC_SLOT,
				      rounds * kfd_props_waves(&env->gpu.props),
				      5 * NSEC_PER_MSEC));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0, kfd_knob_get(self->node, "stats/guards", &guards));
	/* A simulator that has to wait for a CPU launches nothing meanwhile. */
	if (kfd_test_is_exact()) {
		EXPECT_EQ(self->before.guards, guards);
	}
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

TEST_HARNESS_MAIN
