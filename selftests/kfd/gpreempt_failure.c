// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and a driver or a hardware scheduler that fails: what can be mended
 * is, what can't be is reported, and nothing is left off or lost on the way.
 */
#include "gpreempt_stage.h"

#define QUIET_MS	30

FIXTURE(failure) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	unsigned int sim;
	struct gp_stats before;
	struct gp_stats after;
};

FIXTURE_SETUP(failure)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim fails on demand");
	self->node = self->env.gpu.props.node;
	self->sim = self->env.gpu.props.sim;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_stats_read(&self->env.gpu.props, &self->before));
}

/* Whatever failed, one more preemption goes well afterwards. */
FIXTURE_TEARDOWN(failure)
{
	struct kfd_env *env = &self->env;

	EXPECT_EQ(0, kfdsim_write(self->sim, "fail_alloc_runlist", "0"));
	EXPECT_EQ(0, kfdsim_write(self->sim, "fail_slow_fence_us", "0"));
	EXPECT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	EXPECT_EQ(0, kfd_env_dispatch(env, &self->be, 100, 10,
				      1000 * NSEC_PER_MSEC));
	EXPECT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	EXPECT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, kfd_env_wait(env, 100, WAIT_MS));
	EXPECT_EQ(10ULL, kfd_load(&env->counter[100]));
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, gp_count_off(&env->gpu.props));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(env);
}

/* A full GPU of BE work that outlasts what a test does meanwhile */
static int fill(struct _test_data_failure *self)
{
	return kfd_env_fill(&self->env, &self->be, 0, BE_NS / 2, WAIT_MS);
}

/* Without HWS the driver maps queues by itself, and MES is told of each. */
static bool no_runlist(const struct _test_data_failure *self)
{
	return kfd_test_no_hws() || kfd_test_mes(&self->env.gpu.props);
}

/*
 * Until LC has run: nothing says when the hardware scheduler is through with the
 * runlist that maps it, and it is not that one that shall go wrong.
 */
static int preempt(struct _test_data_failure *self)
{
	int ret = gp_lc_begin(&self->env, &self->lc, 1);

	if (!ret)
		ret = kfd_knob_wait_state(self->node, "preempted", WAIT_MS);
	return ret ? ret : kfd_env_wait(&self->env, LC_SLOT, WAIT_MS);
}

/* What was unmapped can't be mapped again at first, but at the second try. */
TEST_F(failure, no_memory_once_in_preemption)
{
	struct kfd_env *env = &self->env;
	int n;

	if (no_runlist(self))
		SKIP(return, "there is no runlist to find memory for");
	n = fill(self);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, kfdsim_write(self->sim, "fail_alloc_runlist", "1"));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &self->after));
	EXPECT_EQ(self->before.failures + 1, self->after.failures);
}

TEST_F(failure, no_memory_once_in_resume)
{
	struct kfd_env *env = &self->env;
	int n;

	if (no_runlist(self))
		SKIP(return, "there is no runlist to find memory for");
	n = fill(self);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(0, kfdsim_write(self->sim, "fail_alloc_runlist", "1"));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &self->after));
	EXPECT_EQ(self->before.failures + 1, self->after.failures);
}

/* Nothing is mapped then; enable and disable both see to that. */
static int lose_all(struct _test_data_failure *self)
{
	__u64 enabled;
	int ret;

	ret = kfdsim_write(self->sim, "fail_alloc_runlist", "1000");
	if (!ret)
		ret = gp_lc_begin(&self->env, &self->lc, 1);
	if (!ret)
		ret = kfd_knob_wait_state(self->node, "error:map-failed",
					  WAIT_MS);
	if (!ret)
		ret = kfd_knob_get(self->node, "enable", &enabled);
	if (!ret && enabled)
		ret = -EALREADY;
	if (!ret && gp_count_off(&self->env.gpu.props))
		ret = -EBUSY;
	return ret ? ret : kfdsim_write(self->sim, "fail_alloc_runlist", "0");
}

TEST_F(failure, no_memory_until_enabled)
{
	struct kfd_env *env = &self->env;
	int n;

	if (no_runlist(self))
		SKIP(return, "there is no runlist to find memory for");
	n = fill(self);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, lose_all(self));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, LC_SLOT, QUIET_MS));
	gp_lc_open_gate(env);
	/* Before LC waits for long enough to preempt, which maps it anyway */
	ASSERT_EQ(0, kfd_knob_set(self->node, "confirm_us", 10000000));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, 5000));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_knob_set(self->node, "confirm_us", 0));
}

TEST_F(failure, no_memory_until_disabled)
{
	struct kfd_env *env = &self->env;
	int n;
	char state[64];

	if (no_runlist(self))
		SKIP(return, "there is no runlist to find memory for");
	n = fill(self);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, lose_all(self));
	gp_lc_open_gate(env);
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	ASSERT_LT(0, kfd_knob_read(self->node, "state", state, sizeof(state)));
	EXPECT_STREQ("off", state);
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

/* Nothing can be mapped still: the write is answered, the state says so. */
TEST_F(failure, enable_while_no_memory)
{
	struct kfd_env *env = &self->env;
	int n;

	if (no_runlist(self))
		SKIP(return, "there is no runlist to find memory for");
	n = fill(self);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, lose_all(self));
	ASSERT_EQ(0, kfdsim_write(self->sim, "fail_alloc_runlist", "1000"));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "error:map-failed",
					 WAIT_MS));
	ASSERT_EQ(0, kfdsim_write(self->sim, "fail_alloc_runlist", "0"));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

/* The scheduler forgets to map one queue: the next batch brings it back. */
TEST_F(failure, map_ignored)
{
	struct kfd_env *env = &self->env;
	int n = fill(self);

	ASSERT_LT(0, n);
	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(0, kfdsim_write(self->sim, "fail_map", "1"));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, gp_by_hand(&env->gpu.props, "preempt", getpid(),
				self->be.id, NULL));
	ASSERT_EQ(0, gp_by_hand(&env->gpu.props, "resume", getpid(),
				self->be.id, NULL));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

/* Slow, but in time: nothing but that. */
TEST_F(failure, slow_fence)
{
	struct kfd_env *env = &self->env;
	int n;

	if (kfd_test_no_hws())
		SKIP(return, "the driver waits for each queue, and for no fence");
	n = fill(self);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, kfdsim_write(self->sim, "fail_slow_fence_us", "100000"));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &self->after));
	EXPECT_EQ(self->before.preemptions + 1, self->after.preemptions);
	EXPECT_EQ(self->before.failures, self->after.failures);
	EXPECT_LE(100 * NSEC_PER_MSEC,
		  self->after.preempt_ns - self->before.preempt_ns);
}

TEST_HARNESS_MAIN
