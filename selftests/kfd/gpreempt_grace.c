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
	int ret = kfd_env_open(&self->env, 0);
	char text[32];

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim says what it was told");
	self->node = self->env.gpu.props.node;
	if (kfd_knob_read(self->node, "grace_period_kclk", text,
			  sizeof(text)) < 0)
		SKIP(return, "no grace period in this mode");
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_LT(0, kfd_env_fill(&self->env, &self->be, 0, BE_NS, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(grace)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
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

/* What one preemption takes: register writes, and time */
static int measure(struct kfd_env *env, struct kfd_queue *lc, struct cost *cost)
{
	const struct kfd_props *p = &env->gpu.props;
	struct cost before = {};
	int ret = read_cost(p, &before);

	/* Waves that come back from the last one are not saved before they have. */
	usleep(1000);
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

/* The same with a number */
static int measure_with(struct kfd_env *env, struct kfd_queue *lc, __u64 kclk,
			struct cost *cost)
{
	int ret = kfd_knob_set(env->gpu.props.node, "grace_period_kclk", kclk);

	return ret ? ret : measure(env, lc, cost);
}

TEST_F(grace, reaches_the_packet)
{
	struct cost usual, programmed, shortest, longest;
	__u64 max;

	ASSERT_EQ(0, kfd_knob_get(self->node, "grace_period_kclk_max", &max));
	/* Nothing is known of waits: as the driver has it */
	ASSERT_EQ(0, measure(&self->env, &self->lc, &usual));
	ASSERT_EQ(0, measure_with(&self->env, &self->lc, 64, &programmed));
	ASSERT_EQ(0, measure_with(&self->env, &self->lc, 1, &shortest));
	ASSERT_EQ(0, measure_with(&self->env, &self->lc, max, &longest));

	/* set before and put back after, or else not touched */
	EXPECT_EQ(0ULL, usual.writes);
	EXPECT_EQ(0ULL, programmed.writes);
	EXPECT_EQ(2ULL, shortest.writes);
	EXPECT_EQ(2ULL, longest.writes);
	if (kfd_test_is_exact()) {
		EXPECT_LT(shortest.ns, usual.ns);
		EXPECT_LT(usual.ns, longest.ns);
	}
}

/* Where waiting is in vain, so is the grace period. */
TEST_F(grace, none_where_it_yields_nothing)
{
	struct cost before, after;
	__u64 lost, end;
	int i;

	ASSERT_EQ(0, kfd_knob_write(self->node, "confirm_us", "auto"));
	ASSERT_EQ(0, measure(&self->env, &self->lc, &before));
	EXPECT_EQ(0ULL, before.writes);
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/waits_lost", &lost));
	end = lost + 1;
	/* One is tried in four, then one in 512. */
	for (i = 0; i < 8 && lost < end; i++) {
		ASSERT_EQ(0, measure(&self->env, &self->lc, &after));
		ASSERT_EQ(0, kfd_knob_get(self->node, "stats/waits_lost",
					  &lost));
	}
	EXPECT_EQ(end, lost);
	ASSERT_EQ(0, measure(&self->env, &self->lc, &after));
	EXPECT_EQ(2ULL, after.writes);
	if (kfd_test_is_exact())
		EXPECT_LT(after.ns, before.ns);
	/* Turned off by a number */
	ASSERT_EQ(0, measure_with(&self->env, &self->lc, 64, &after));
	EXPECT_EQ(0ULL, after.writes);
}

TEST_HARNESS_MAIN
