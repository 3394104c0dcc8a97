// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and a GPU that hangs or is reset: it turns itself off, says why,
 * leaves no queue off, and works again when it is turned on again.
 */
#include "gpreempt_test.h"

FIXTURE(gp_reset) {
	struct kfd_props props;
};

FIXTURE_SETUP(gp_reset)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim hangs on demand");
	ASSERT_EQ(0, gp_reset_knobs(self->props.node));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
}

FIXTURE_TEARDOWN(gp_reset)
{
	kfdsim_write(self->props.sim, "fail_hws_hang", "0");
	EXPECT_EQ(0, gp_reset_knobs(self->props.node));
}

/* One preemption and one resume; what is left of a process afterwards */
static int preempt_once(void *arg)
{
	struct kfd_queue be, lc;
	struct kfd_env env;
	int n;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	n = kfd_env_fill(&env, &be, 0, BE_NS, WAIT_MS);
	if (n < 0)
		return 2;
	if (gp_lc_begin(&env, &lc, 1) || kfd_env_wait(&env, LC_SLOT, WAIT_MS))
		return 3;
	if (kfd_load(&env.counter[0]))
		return 4;
	if (gp_lc_end(&env) || kfd_env_wait(&env, 0, WAIT_MS) ||
	    kfd_load(&env.counter[0]) != (__u64)n)
		return 5;
	if (kfd_queue_destroy(&be) || kfd_queue_destroy(&lc))
		return 6;
	kfd_env_close(&env);
	return 0;
}

/* The preemption itself runs into the scheduler's silence. */
static int hang_in_preemption(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfd_queue be, lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (kfd_env_fill(&env, &be, 0, 100 * BE_NS, WAIT_MS) < 0)
		return 2;
	if (kfdsim_write(props->sim, "fail_hws_hang", "1"))
		return 3;
	if (gp_lc_begin(&env, &lc, 1))
		return 4;
	if (kfd_knob_wait_state(props->node, "error:", 3 * WAIT_MS))
		return 5;
	return 0;
}

/* Reset while BE is held */
static int reset_while_held(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfd_queue be, lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (gp_lc_begin(&env, &lc, 1) ||
	    kfd_knob_wait_state(props->node, "preempted", WAIT_MS))
		return 2;
	if (kfdsim_write(props->sim, "reset", "1"))
		return 3;
	return 0;
}

TEST_F_TIMEOUT(gp_reset, hang, 120)
{
	__u64 enabled;

	ASSERT_EQ(0, kfd_test_in_child(hang_in_preemption, &self->props));
	ASSERT_EQ(0, kfd_knob_get(self->props.node, "enable", &enabled));
	EXPECT_EQ(0ULL, enabled);
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "error:", 0));

	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(preempt_once, NULL));
}

TEST_F(gp_reset, reset_while_held)
{
	ASSERT_EQ(0, kfd_test_in_child(preempt_once, NULL));
	ASSERT_EQ(0, kfd_test_in_child(reset_while_held, &self->props));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(preempt_once, NULL));
}

TEST_F(gp_reset, reset_while_idle)
{
	ASSERT_EQ(0, kfdsim_write(self->props.sim, "reset", "1"));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(preempt_once, NULL));
}

TEST_HARNESS_MAIN
