// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: queues that have nothing to do have no slot.
 */
#include "gpreempt_test.h"

#define IDLE_US		5000

FIXTURE(idle) {
	struct kfd_env env;
	struct kfd_queue q;
	unsigned int node;
};

FIXTURE_VARIANT(idle) {
	const char *triggers;
	__u32 priority;
};

FIXTURE_VARIANT_ADD(idle, be_by_doorbell) {
	.triggers = "event+doorbell",
	.priority = BE_PRIORITY,
};

FIXTURE_VARIANT_ADD(idle, be_by_timer) {
	.triggers = "timer",
	.priority = BE_PRIORITY,
};

FIXTURE_VARIANT_ADD(idle, lc_by_doorbell) {
	.triggers = "event+doorbell",
	.priority = LC_PRIORITY,
};

FIXTURE_VARIANT_ADD(idle, lc_by_timer) {
	.triggers = "timer",
	.priority = LC_PRIORITY,
};

FIXTURE_SETUP(idle)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim says what is mapped");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_write(self->node, "triggers", variant->triggers));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(idle)
{
	EXPECT_EQ(0, kfd_knob_write(self->node, "triggers",
				    "timer+event+doorbell"));
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	kfd_env_close(&self->env);
}

static bool is_mapped(const struct kfd_env *env, const struct kfd_queue *q)
{
	struct kfdsim_hqd hqd;

	return !kfdsim_hqd_find(env->gpu.props.sim, q->ring.va, &hqd);
}

static int wait_unmapped(const struct kfd_env *env, const struct kfd_queue *q)
{
	unsigned int i;

	for (i = 0; i < WAIT_MS; i++) {
		if (!is_mapped(env, q))
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

static __u64 stat(unsigned int node, const char *name)
{
	__u64 value;

	return kfd_knob_get(node, name, &value) ? ~0ULL : value;
}

TEST_F(idle, lazy)
{
	struct kfd_env *env = &self->env;
	__u64 wakeups = stat(self->node, "stats/wakeups");

	ASSERT_EQ(0, kfd_knob_set(self->node, "lazy_activation", 1));
	ASSERT_EQ(0, gp_create_aql(env, &self->q, variant->priority));
	usleep(20000);
	EXPECT_FALSE(is_mapped(env, &self->q));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1, NSEC_PER_USEC));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_TRUE(is_mapped(env, &self->q));
	EXPECT_EQ(wakeups + 1, stat(self->node, "stats/wakeups"));
}

TEST_F(idle, not_lazy)
{
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->q, variant->priority));
	usleep(20000);
	EXPECT_TRUE(is_mapped(&self->env, &self->q));
}

TEST_F(idle, deactivate_and_wake)
{
	struct kfd_env *env = &self->env;
	__u64 false_idles = stat(self->node, "stats/false_idles");
	__u64 saved, saved_after;
	unsigned int i;

	ASSERT_EQ(0, gp_create_aql(env, &self->q, variant->priority));
	ASSERT_EQ(0, kfd_knob_set(self->node, "auto_deactivate_us", IDLE_US));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1,
					      NSEC_PER_USEC));
		ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
		ASSERT_EQ(0, kfdsim_stat(env->gpu.props.sim, "waves_saved",
					 &saved));
		ASSERT_EQ(0, wait_unmapped(env, &self->q)) TH_LOG("round %u", i);
		ASSERT_EQ(0, kfdsim_stat(env->gpu.props.sim, "waves_saved",
					 &saved_after));
		EXPECT_EQ(saved, saved_after);
	}
	EXPECT_EQ(false_idles, stat(self->node, "stats/false_idles"));
	EXPECT_EQ(i, kfd_load(&env->counter[0]));
}

/*
 * The ring is empty, but the kernel runs: that is not idle. Where the hardware
 * can't say so before, it is found out afterwards and made good.
 */
TEST_F(idle, running_kernel_stays)
{
	struct kfd_env *env = &self->env;
	const bool can_tell = !kfd_test_mes(&env->gpu.props);
	__u64 before = stat(self->node, "stats/deactivations");
	__u64 false_idles = stat(self->node, "stats/false_idles");

	ASSERT_EQ(0, gp_create_aql(env, &self->q, variant->priority));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1,
				      20 * IDLE_US * NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_queue_wait_idle(&self->q, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->node, "auto_deactivate_us", IDLE_US));
	if (!can_tell) {
		EXPECT_EQ(0, kfd_knob_wait_above(self->node, "stats/false_idles",
						 false_idles, WAIT_MS));
	} else if (kfd_test_is_exact()) {
		usleep(5 * IDLE_US);
		EXPECT_TRUE(is_mapped(env, &self->q));
		EXPECT_EQ(before, stat(self->node, "stats/deactivations"));
	}
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, wait_unmapped(env, &self->q));
}

TEST_HARNESS_MAIN
