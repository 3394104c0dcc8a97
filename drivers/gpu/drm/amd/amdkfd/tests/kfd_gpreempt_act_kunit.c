// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the worker acts on what it has decided, whatever the timer sees in
 * the meantime.
 */
#include "kfd_gpreempt_kunit.h"

#define BE	7
#define LC	15

/* An LC queue's read and write pointers: a packet waits when they differ. */
static u64 ring[2];

static struct mock *mock_inversion(struct kunit *test)
{
	struct mock *m = mock_node(test, 8);
	struct queue *lc;

	mock_gpreempt(m);
	mock_create(m, 0, BE);
	lc = mock_create(m, 1, LC);
	lc->gpreempt.rptr = &ring[0];
	lc->gpreempt.wptr = &ring[1];
	ring[0] = 0;
	ring[1] = 1;
	return m;
}

static void act(struct mock *m)
{
	dqm_lock(&m->dqm);
	kfd_gpreempt_act(&m->gp);
	dqm_unlock(&m->dqm);
}

static void an_inversion_is_resolved(struct kunit *test)
{
	struct mock *m = mock_inversion(test);

	act(m);
	KUNIT_EXPECT_EQ(test, KFD_GPREEMPT_OFF_INVERSION,
			m->queue[0].gpreempt.off);
	KUNIT_EXPECT_EQ(test, 0, m->queue[1].gpreempt.off);
	KUNIT_EXPECT_TRUE(test, m->gp.hold.held);
	KUNIT_EXPECT_EQ(test, 1, m->gp.stats.preemptions);
	KUNIT_EXPECT_EQ(test, 1, m->submits);
	mock_exit(m);
}

/* The packet is consumed after all, and another one comes. */
static void look_twice(struct mock *m)
{
	fsleep(1000);
	ring[0]++;
	kfd_gpreempt_check(&m->gp);
	m->gp.inversion.detected_ns = ktime_get_ns();
}

static void stages_are_of_one_preemption(struct kunit *test)
{
	const struct kfd_gpreempt_latency *decide, *submit;
	struct mock *m = mock_inversion(test);
	u64 begin_ns = ktime_get_ns();
	u64 took_ns;

	m->meanwhile = look_twice;
	act(m);
	took_ns = ktime_get_ns() - begin_ns;

	decide = &m->gp.latency[KFD_GPREEMPT_STAGE_DECIDE];
	submit = &m->gp.latency[KFD_GPREEMPT_STAGE_SUBMIT];
	KUNIT_EXPECT_EQ(test, 1, decide->count);
	KUNIT_EXPECT_LT(test, decide->max_ns, took_ns);
	KUNIT_EXPECT_EQ(test, 1, submit->count);
	KUNIT_EXPECT_LT(test, submit->max_ns, took_ns);
	mock_exit(m);
}

static struct kunit_case act_cases[] = {
	KUNIT_CASE(an_inversion_is_resolved),
	KUNIT_CASE(stages_are_of_one_preemption),
	{}
};

static struct kunit_suite act_suite = {
	.name = "kfd_gpreempt_act",
	.test_cases = act_cases,
};

kunit_test_suite(act_suite);
