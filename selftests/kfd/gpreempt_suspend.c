// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: the system goes to sleep while best-effort queues are off, for each
 * reason. They are all there when it wakes up, and so is the scheduler.
 */
#include "gpreempt_test.h"

#define NUM_BE		3
#define WORK_NS		(100 * NSEC_PER_MSEC)
#define WORKGROUPS	50

FIXTURE(sleep) {
	struct kfd_env env;
	struct kfd_queue be[NUM_BE];
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_SETUP(sleep)
{
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only in a machine that may be put to sleep");
	if (access("/sys/power/pm_test", W_OK))
		SKIP(return, "the kernel has no CONFIG_PM_DEBUG");
	if (kfd_test_restore_breaks_driver())
		SKIP(return, "the driver does not survive a restore here");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	for (i = 0; i < NUM_BE; i++) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->be[i],
					   BE_PRIORITY));
	}
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(sleep)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	for (i = 0; i < NUM_BE; i++)
		EXPECT_EQ(0, kfd_queue_destroy(&self->be[i]));
	kfd_env_close(&self->env);
}

static int dispatch_all(struct kfd_env *env, struct kfd_queue *be)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < NUM_BE && !ret; i++)
		ret = kfd_env_dispatch(env, &be[i], i, WORKGROUPS, WORK_NS);
	return ret;
}

static int wait_all(struct kfd_env *env)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < NUM_BE && !ret; i++) {
		ret = kfd_env_wait(env, i, WAIT_MS);
		if (!ret && kfd_load(&env->counter[i]) != WORKGROUPS)
			ret = -EIO;
	}
	return ret;
}

TEST_F(sleep, while_preempted)
{
	struct kfd_env *env = &self->env;
	__u64 enabled;

	ASSERT_EQ(0, dispatch_all(env, self->be));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_system_sleep());
	EXPECT_EQ(0, kfd_knob_get(self->node, "enable", &enabled));
	EXPECT_EQ(1ULL, enabled);

	/* LC still waits at its gate: BE goes off again. */
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	EXPECT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, wait_all(env));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
}

TEST_F(sleep, while_throttled)
{
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_quantum_us", 5000));
	ASSERT_EQ(0, kfd_knob_set(self->node, "hqd_be_max", 1));
	ASSERT_EQ(0, dispatch_all(&self->env, self->be));
	ASSERT_EQ(0, kfd_system_sleep());
	EXPECT_EQ(0, wait_all(&self->env));
}

TEST_F(sleep, while_idle)
{
	__u64 before, after;

	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/deactivations", &before));
	ASSERT_EQ(0, kfd_knob_set(self->node, "auto_deactivate_us", 1000));
	do {
		usleep(1000);
		ASSERT_EQ(0, kfd_knob_get(self->node, "stats/deactivations",
					  &after));
	} while (after < before + NUM_BE + 1);
	ASSERT_EQ(0, kfd_system_sleep());
	ASSERT_EQ(0, dispatch_all(&self->env, self->be));
	EXPECT_EQ(0, wait_all(&self->env));
}

TEST_HARNESS_MAIN
