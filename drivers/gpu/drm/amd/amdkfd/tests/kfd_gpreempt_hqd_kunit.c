// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: slots are counted as they are, kept free for LC, and handed round.
 */
#include "../kfd_gpreempt_plan.h"
#include "kfd_gpreempt_kunit.h"

#define BE	7
#define LC	15

static u32 count_active(const struct mock *m, int p)
{
	u32 active = 0;
	u32 i;

	for (i = 0; i < m->queues; i++)
		active += m->queue[i].process == &m->process[p] &&
			  m->queue[i].properties.is_active;
	return active;
}

/* What is active is what is counted, and is off for no reason. */
static void check_books(struct kunit *test, struct mock *m)
{
	u32 active = 0, throttled = 0;
	u32 i;

	for (i = 0; i < m->queues; i++) {
		const struct queue *q = &m->queue[i];

		active += q->properties.is_active;
		throttled += !!(q->gpreempt.off & KFD_GPREEMPT_OFF_THROTTLED);
		KUNIT_EXPECT_EQ(test, !!q->gpreempt.off,
				q->properties.is_gpreempted);
		if (q->gpreempt.tracked)
			KUNIT_EXPECT_EQ(test, QUEUE_IS_ACTIVE(q->properties),
					q->properties.is_active);
	}
	KUNIT_EXPECT_EQ(test, active, m->dqm.active_cp_queue_count);
	KUNIT_EXPECT_EQ(test, active, m->dqm.active_queue_count);
	dqm_lock(&m->dqm);
	kfd_gpreempt_recount(&m->gp);
	dqm_unlock(&m->dqm);
	KUNIT_EXPECT_EQ(test, throttled, m->gp.count.be_throttled);
	KUNIT_EXPECT_EQ(test, throttled, m->gp.count.off);
}

static int place(struct mock *m)
{
	struct kfd_gpreempt_batch batch = { .cause = KFD_GPREEMPT_CAUSE_SLOTS };
	const struct kfd_gpreempt_plan handed_out = { .place = true };
	int ret;

	dqm_lock(&m->dqm);
	kfd_gpreempt_batch_begin(&m->gp);
	kfd_gpreempt_account(&m->gp);
	kfd_gpreempt_carry_out(&m->gp, &handed_out);
	ret = kfd_gpreempt_commit(&m->gp, &batch);
	dqm_unlock(&m->dqm);
	return ret;
}

/* ---- how many there are ------------------------------------------------- */

static void counts_slots_of_the_scheduler(struct kunit *test)
{
	struct mock *m = mock_node(test, 24);

	mock_gpreempt(m);
	KUNIT_EXPECT_EQ(test, 24, m->gp.hqd_total);
	KUNIT_EXPECT_EQ(test, 0, kfd_gpreempt_hqd_active(&m->gp));
	m->dqm.active_cp_queue_count = 7;
	KUNIT_EXPECT_EQ(test, 7, kfd_gpreempt_hqd_active(&m->gp));
	/* More queues than slots is what the firmware calls over-subscribed. */
	m->dqm.active_cp_queue_count = 40;
	KUNIT_EXPECT_EQ(test, 24, kfd_gpreempt_hqd_active(&m->gp));
	mock_exit(m);
}

static void counts_slots_of_the_driver(struct kunit *test)
{
	unsigned int free[4] = { 0xff, 0x0f, 0x80, 0 };
	struct mock *m = mock_node(test, 24);

	m->dqm.allocated_queues = free;
	m->kfd.shared_resources.num_pipe_per_mec = ARRAY_SIZE(free);
	mock_gpreempt(m);
	KUNIT_EXPECT_EQ(test, 8 + 4 + 1, m->gp.hqd_total);
	mock_exit(m);
}

/* ---- who may have one --------------------------------------------------- */

struct reserve_case {
	const char *name;
	u32 reserved;
	u32 be_max;
	u32 lc;
	u32 be_active;
};

/* Eight slots, ten BE queues, after @lc LC queues. */
static const struct reserve_case reserve_cases[] = {
	{ "limit", 2, 5, 0, 5 },
	{ "reservation", 4, 6, 0, 4 },
	{ "LC within its reservation", 4, 6, 3, 4 },
	{ "LC beyond its reservation", 2, 6, 5, 3 },
	{ "LC has everything", 2, 6, 6, 2 },
	{ "nothing is reserved", 0, 8, 0, 8 },
	{ "no admission", 4, 0, 2, 10 },
};

KUNIT_ARRAY_PARAM_DESC(reserve, reserve_cases, name);

static void be_leaves_room_for_lc(struct kunit *test)
{
	const struct reserve_case *c = test->param_value;
	struct mock *m = mock_node(test, 8);
	u32 i;

	mock_gpreempt(m);
	m->gp.knobs.hqd_lc_reserved = c->reserved;
	m->gp.knobs.hqd_be_max = c->be_max;
	for (i = 0; i < c->lc; i++)
		mock_create(m, 0, LC);
	for (i = 0; i < 10; i++)
		mock_create(m, 1, BE);

	KUNIT_EXPECT_EQ(test, c->lc, count_active(m, 0));
	KUNIT_EXPECT_EQ(test, c->be_active, count_active(m, 1));
	check_books(test, m);
	mock_exit(m);
}

static void lc_takes_slots_of_one_process(struct kunit *test)
{
	struct mock *m = mock_node(test, 8);
	u32 i;

	mock_gpreempt(m);
	for (i = 0; i < 6; i++)
		mock_create(m, 1 + i / 3, BE);
	KUNIT_ASSERT_EQ(test, 3, count_active(m, 1));
	KUNIT_ASSERT_EQ(test, 3, count_active(m, 2));

	/* Two fit into what is reserved. */
	mock_create(m, 0, LC);
	mock_create(m, 0, LC);
	KUNIT_EXPECT_EQ(test, 6, count_active(m, 1) + count_active(m, 2));

	/* The third costs the process that was served most all it has. */
	m->pdd[2].gpreempt.served_ns = NSEC_PER_SEC;
	mock_create(m, 0, LC);
	KUNIT_EXPECT_EQ(test, 3, count_active(m, 0));
	KUNIT_EXPECT_EQ(test, 3, count_active(m, 1));
	KUNIT_EXPECT_EQ(test, 0, count_active(m, 2));
	check_books(test, m);
	mock_exit(m);
}

static void the_runlist_takes_so_many_processes(struct kunit *test)
{
	struct mock *m = mock_node(test, 8);

	mock_gpreempt(m);
	m->on_runlist = 1;
	mock_create(m, 1, BE);
	mock_create(m, 2, BE);
	mock_create(m, 1, BE);
	KUNIT_EXPECT_EQ(test, 2, count_active(m, 1));
	KUNIT_EXPECT_EQ(test, 0, count_active(m, 2));
	KUNIT_EXPECT_EQ(test, 1, kfd_gpreempt_runlist_processes(&m->dqm));
	check_books(test, m);
	mock_exit(m);
}

/* ---- they go round ------------------------------------------------------ */

static void slots_go_to_the_least_served(struct kunit *test)
{
	struct mock *m = mock_node(test, 8);
	u32 i;

	mock_gpreempt(m);
	m->gp.knobs.hqd_be_max = 4;
	for (i = 0; i < 8; i++)
		mock_create(m, 1 + i / 4, BE);
	KUNIT_ASSERT_EQ(test, 4, count_active(m, 1));
	KUNIT_ASSERT_EQ(test, 0, count_active(m, 2));

	for (i = 0; i < 4; i++) {
		int served = 1 + i % 2, waits = 3 - served;

		m->pdd[served].gpreempt.served_ns =
			m->pdd[waits].gpreempt.served_ns + NSEC_PER_MSEC;
		m->submits = 0;
		KUNIT_ASSERT_EQ(test, 0, place(m));
		KUNIT_EXPECT_EQ(test, 0, count_active(m, served));
		KUNIT_EXPECT_EQ(test, 4, count_active(m, waits));
		/* All of that is one runlist. */
		KUNIT_EXPECT_EQ(test, 1, m->submits);
		check_books(test, m);
	}
	KUNIT_EXPECT_EQ(test, 16ULL, m->gp.stats.queues_throttled);
	mock_exit(m);
}

static void what_may_not_be_taken_stays(struct kunit *test)
{
	struct mock *m = mock_node(test, 8);
	struct queue *kept;
	u32 i;

	mock_gpreempt(m);
	m->gp.knobs.hqd_be_max = 2;
	kept = mock_create(m, 1, BE);
	kept->gpreempt.policy = 0;
	for (i = 0; i < 3; i++)
		mock_create(m, 1 + i, BE);

	m->pdd[1].gpreempt.served_ns = NSEC_PER_SEC;
	KUNIT_ASSERT_EQ(test, 0, place(m));
	KUNIT_EXPECT_TRUE(test, kept->properties.is_active);
	KUNIT_EXPECT_EQ(test, 2, m->dqm.active_cp_queue_count);
	check_books(test, m);
	mock_exit(m);
}

static void a_free_slot_is_filled(struct kunit *test)
{
	struct mock *m = mock_node(test, 8);
	struct queue *first;
	u32 i;

	mock_gpreempt(m);
	m->gp.knobs.hqd_be_max = 2;
	first = mock_create(m, 1, BE);
	for (i = 0; i < 2; i++)
		mock_create(m, 2 + i, BE);
	KUNIT_ASSERT_EQ(test, 0, count_active(m, 3));

	mock_destroy(m, first);
	KUNIT_EXPECT_EQ(test, 2, m->gp.tracked);
	KUNIT_ASSERT_EQ(test, 0, place(m));
	KUNIT_EXPECT_EQ(test, 1, count_active(m, 2));
	KUNIT_EXPECT_EQ(test, 1, count_active(m, 3));
	check_books(test, m);

	/* With room for everybody there is nothing to do, and nothing is done. */
	m->submits = 0;
	KUNIT_ASSERT_EQ(test, 0, place(m));
	KUNIT_EXPECT_EQ(test, 0, m->submits);
	mock_exit(m);
}

static struct kunit_case hqd_cases[] = {
	KUNIT_CASE(counts_slots_of_the_scheduler),
	KUNIT_CASE(counts_slots_of_the_driver),
	KUNIT_CASE_PARAM(be_leaves_room_for_lc, reserve_gen_params),
	KUNIT_CASE(lc_takes_slots_of_one_process),
	KUNIT_CASE(the_runlist_takes_so_many_processes),
	KUNIT_CASE(slots_go_to_the_least_served),
	KUNIT_CASE(what_may_not_be_taken_stays),
	KUNIT_CASE(a_free_slot_is_filled),
	{}
};

static struct kunit_suite hqd_suite = {
	.name = "kfd_gpreempt_hqd",
	.test_cases = hqd_cases,
};

kunit_test_suite(hqd_suite);
