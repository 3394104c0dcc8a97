// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: the grace period, in which waves may end by themselves before they
 * are saved, reaches the hardware and is put back.
 */
#include "gpreempt_test.h"

FIXTURE(grace) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_SETUP(grace)
{
	__u64 value;
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim says what it was told");
	self->node = self->env.gpu.props.node;
	if (kfd_knob_get(self->node, "grace_period_kclk", &value))
		SKIP(return, "no grace period in this mode");
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_LT(0, kfd_env_fill(&self->env, &self->be, 0, BE_NS, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(grace)
{
	__u64 value;

	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_knob_get(self->node, ".defaults/grace_period_kclk",
				  &value));
	EXPECT_EQ(0, kfd_knob_set(self->node, "grace_period_kclk", value));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

struct cost {
	__u64 writes;
	__u64 ns;
};

/*
 * Register writes come in pairs, and the driver does not wait for the second:
 * read when the hardware has seen as many as were put back.
 */
static int read_cost(const struct kfd_props *p, struct cost *cost)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	int ret;

	do {
		ret = kfdsim_stat(p->sim, "hiq_write_data", &cost->writes);
	} while (!ret && cost->writes % 2 && kfd_now_ns() < end);
	return ret ? ret : kfd_knob_get(p->node, "stats/preempt_ns", &cost->ns);
}

/* What one preemption takes with @kclk: register writes, and time */
static int measure(struct kfd_env *env, struct kfd_queue *lc, __u64 kclk,
		   struct cost *cost)
{
	const struct kfd_props *p = &env->gpu.props;
	struct cost before = {};
	int ret = kfd_knob_set(p->node, "grace_period_kclk", kclk);

	if (!ret)
		ret = read_cost(p, &before);
	if (!ret)
		ret = gp_lc_begin(env, lc, 1);
	if (!ret)
		ret = kfd_knob_wait_state(p->node, "preempted", WAIT_MS);
	if (!ret)
		ret = read_cost(p, cost);
	if (!ret)
		ret = gp_lc_end(env);
	if (!ret)
		ret = kfd_knob_wait_state(p->node, "idle", WAIT_MS);
	cost->writes -= before.writes;
	cost->ns -= before.ns;
	return ret;
}

TEST_F(grace, reaches_the_packet)
{
	struct cost usual, shortest, longest;
	__u64 usual_kclk, max;

	ASSERT_EQ(0, kfd_knob_get(self->node, "grace_period_kclk",
				  &usual_kclk));
	ASSERT_EQ(0, kfd_knob_get(self->node, "grace_period_kclk_max", &max));
	ASSERT_EQ(0, measure(&self->env, &self->lc, usual_kclk, &usual));
	ASSERT_EQ(0, measure(&self->env, &self->lc, 1, &shortest));
	ASSERT_EQ(0, measure(&self->env, &self->lc, max, &longest));

	/* set before and put back after, or else not touched */
	EXPECT_EQ(0ULL, usual.writes);
	EXPECT_EQ(2ULL, shortest.writes);
	EXPECT_EQ(2ULL, longest.writes);
	if (kfd_test_is_exact()) {
		EXPECT_LT(shortest.ns, usual.ns);
		EXPECT_LT(usual.ns, longest.ns);
	}
}

TEST_HARNESS_MAIN
