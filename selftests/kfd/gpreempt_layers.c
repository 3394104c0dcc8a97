// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt on top of the other reasons to keep a queue off: eviction and the
 * debugger. A queue runs when, and only when, no reason is left; the order in
 * which reasons come and go does not matter.
 */
#include "gpreempt_test.h"

#define QUIET_MS	30

FIXTURE(layers) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	int notify[2];
	int evicted;
	int restored;
	bool debugged;
};

FIXTURE_SETUP(layers)
{
	struct kfd_queue_snapshot_entry entries[2];
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim evicts on demand");
	if (kfd_test_restore_breaks_driver())
		SKIP(return, "the driver does not survive a restore here");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	self->debugged = !kfd_test_no_hws();
	if (self->debugged) {
		ASSERT_EQ(0, pipe(self->notify));
		ASSERT_EQ(0, kfd_runtime_enable(&self->env.proc, true));
		ASSERT_EQ(0, kfd_dbg_enable(&self->env.proc, self->notify[1]));
	}
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	if (self->debugged) {
		ASSERT_EQ(2, kfd_dbg_snapshot(&self->env.proc, entries, 2));
	}
	self->evicted = kfd_smi_open(&self->env.gpu,
				     KFD_SMI_EVENT_QUEUE_EVICTION);
	ASSERT_LE(0, self->evicted);
	self->restored = kfd_smi_open(&self->env.gpu,
				      KFD_SMI_EVENT_QUEUE_RESTORE);
	ASSERT_LE(0, self->restored);
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(layers)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	if (self->debugged) {
		EXPECT_EQ(0, kfd_dbg_disable(&self->env.proc));
	}
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	if (self->debugged) {
		EXPECT_EQ(0, kfd_runtime_enable(&self->env.proc, false));
	}
	close(self->evicted);
	close(self->restored);
	kfd_env_close(&self->env);
}

static int suspend_be(struct _test_data_layers *self)
{
	__u32 id = self->be.id;

	return kfd_dbg_suspend(&self->env.proc, &id, 1);
}

static int resume_be(struct _test_data_layers *self)
{
	__u32 id = self->be.id;

	return kfd_dbg_resume(&self->env.proc, &id, 1);
}

static int preempt(struct _test_data_layers *self)
{
	int ret = gp_be_reside(&self->env, &self->be);

	if (!ret)
		ret = gp_lc_begin(&self->env, &self->lc, 1);
	return ret ? ret : kfd_knob_wait_state(self->node, "preempted",
					       WAIT_MS);
}

static int resume(struct _test_data_layers *self)
{
	int ret = gp_lc_end(&self->env);

	return ret ? ret : kfd_knob_wait_state(self->node, "idle", WAIT_MS);
}

/* Something of BE that may only run at the very end */
static int ring_be(struct _test_data_layers *self)
{
	return kfd_env_dispatch(&self->env, &self->be, 0, 5, NSEC_PER_USEC);
}

static int be_is_quiet(struct _test_data_layers *self)
{
	int ret = kfd_env_wait(&self->env, 0, QUIET_MS);

	return ret == -ETIMEDOUT && !kfd_load(&self->env.counter[0]);
}

static int be_is_done(struct _test_data_layers *self)
{
	int ret = kfd_env_wait(&self->env, 0, WAIT_MS);

	return !ret && kfd_load(&self->env.counter[0]) == 5;
}

TEST_F(layers, preempt_suspend_resume_release)
{
	if (!self->debugged)
		SKIP(return, "no debugger without HWS");
	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(1, suspend_be(self));
	ASSERT_EQ(0, ring_be(self));
	ASSERT_EQ(0, resume(self));
	EXPECT_TRUE(be_is_quiet(self));
	ASSERT_EQ(1, resume_be(self));
	EXPECT_TRUE(be_is_done(self));
}

TEST_F(layers, preempt_suspend_release_resume)
{
	if (!self->debugged)
		SKIP(return, "no debugger without HWS");
	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(1, suspend_be(self));
	ASSERT_EQ(0, ring_be(self));
	ASSERT_EQ(1, resume_be(self));
	EXPECT_TRUE(be_is_quiet(self));
	ASSERT_EQ(0, resume(self));
	EXPECT_TRUE(be_is_done(self));
}

/* Nothing is active that could be preempted; LC runs, and BE stays off. */
TEST_F(layers, suspend_first)
{
	if (!self->debugged)
		SKIP(return, "no debugger without HWS");
	ASSERT_EQ(1, suspend_be(self));
	ASSERT_EQ(0, ring_be(self));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc, 1));
	ASSERT_EQ(0, kfd_env_wait(&self->env, LC_SLOT, WAIT_MS));
	EXPECT_TRUE(be_is_quiet(self));
	ASSERT_EQ(0, resume(self));
	EXPECT_TRUE(be_is_quiet(self));
	ASSERT_EQ(1, resume_be(self));
	EXPECT_TRUE(be_is_done(self));
}

TEST_F(layers, suspend_lc)
{
	__u32 id = self->lc.id;

	if (!self->debugged)
		SKIP(return, "no debugger without HWS");
	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(0, ring_be(self));
	ASSERT_EQ(1, kfd_dbg_suspend(&self->env.proc, &id, 1));
	/* An LC queue that can't run must not keep BE from running. */
	EXPECT_TRUE(be_is_done(self));
	ASSERT_EQ(1, kfd_dbg_resume(&self->env.proc, &id, 1));
	ASSERT_EQ(0, resume(self));
}

/* The whole process is evicted, LC too, and everything comes back. */
TEST_F(layers, evict_preempted)
{
	struct kfd_env *env = &self->env;
	int n;

	n = kfd_env_fill(env, &self->be, 1, BE_NS / 4, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(0, kfdsim_evict(env->gpu.props.sim));
	ASSERT_EQ(0, kfd_smi_wait(self->evicted, WAIT_MS));
	ASSERT_EQ(0, kfd_smi_wait(self->restored, WAIT_MS));
	ASSERT_EQ(0, resume(self));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[1]));
	EXPECT_EQ(1ULL, kfd_load(&env->counter[LC_SLOT]));
}

TEST_F(layers, disable_while_evicted)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(0, ring_be(self));
	ASSERT_EQ(0, kfdsim_evict(env->gpu.props.sim));
	ASSERT_EQ(0, kfd_smi_wait(self->evicted, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_TRUE(be_is_done(self));
	ASSERT_EQ(0, gp_lc_end(env));
}

/* All three at once, and off in the order in which they came */
TEST_F(layers, all)
{
	struct kfd_env *env = &self->env;

	if (!self->debugged)
		SKIP(return, "no debugger without HWS");
	ASSERT_EQ(0, preempt(self));
	ASSERT_EQ(1, suspend_be(self));
	ASSERT_EQ(0, ring_be(self));
	ASSERT_EQ(0, kfdsim_evict(env->gpu.props.sim));
	ASSERT_EQ(0, kfd_smi_wait(self->evicted, WAIT_MS));
	gp_lc_open_gate(env);
	ASSERT_EQ(0, kfd_smi_wait(self->restored, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	EXPECT_TRUE(be_is_quiet(self));
	ASSERT_EQ(1, resume_be(self));
	EXPECT_TRUE(be_is_done(self));
}

TEST_HARNESS_MAIN
