// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: who of the best-effort queues has a slot, rule by rule. The file
 * that the driver is built from is compiled into this program, which needs no
 * GPU and no module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_admit.c"

#define MS		1000000ULL
#define MAX_QUEUES	64
#define MAX_PROCESSES	8

struct table {
	struct kfd_gpreempt_candidate queue[MAX_QUEUES];
	struct kfd_gpreempt_share process[MAX_PROCESSES];
	u32 order[MAX_QUEUES + MAX_PROCESSES];
	u32 queues;
	u32 processes;
};

FIXTURE(node) {
	struct table t;
};

FIXTURE_SETUP(node)
{
	memset(&self->t, 0, sizeof(self->t));
}

FIXTURE_TEARDOWN(node) {}

/* A process with so many queues; @idle more have nothing to do. */
static u32 add(struct table *t, u64 served_ns, u32 wanting, u32 idle)
{
	u32 first = t->queues, i;

	for (i = 0; i < wanting + idle; i++) {
		t->queue[t->queues++] = (struct kfd_gpreempt_candidate) {
			.process = t->processes,
			.wants = i < wanting,
		};
	}
	t->process[t->processes++].served_ns = served_ns;
	return first;
}

static void admit(struct table *t, u32 slots, u32 process_slots)
{
	kfd_gpreempt_admit(t->queue, t->queues, t->process, t->processes,
			   t->order, slots, process_slots);
}

/* Admitted queues of @process. */
static u32 admitted(const struct table *t, u32 process)
{
	u32 count = 0, i;

	for (i = 0; i < t->queues; i++)
		count += t->queue[i].process == process &&
			 t->queue[i].admitted;
	return count;
}

/* ---- slots -------------------------------------------------------------- */

TEST(slots_of_best_effort)
{
	const struct kfd_gpreempt_knobs knobs = {
		.hqd_lc_reserved = 2,
		.hqd_be_max = 19,
	};

	EXPECT_EQ(19, kfd_gpreempt_be_slots(&knobs, 24, 0));
	EXPECT_EQ(19, kfd_gpreempt_be_slots(&knobs, 24, 5));
	/* The reservation is for who uses it: others count in it. */
	EXPECT_EQ(18, kfd_gpreempt_be_slots(&knobs, 24, 6));
	EXPECT_EQ(14, kfd_gpreempt_be_slots(&knobs, 24, 10));
	EXPECT_EQ(6, kfd_gpreempt_be_slots(&knobs, 8, 1));
	EXPECT_EQ(0, kfd_gpreempt_be_slots(&knobs, 24, 24));
	EXPECT_EQ(0, kfd_gpreempt_be_slots(&knobs, 24, 30));
	EXPECT_EQ(0, kfd_gpreempt_be_slots(&knobs, 1, 0));
}

/* ---- who ---------------------------------------------------------------- */

TEST_F(node, everybody_if_there_is_room)
{
	add(&self->t, 5 * MS, 3, 1);
	add(&self->t, 9 * MS, 2, 0);
	admit(&self->t, 6, 2);
	EXPECT_EQ(4, admitted(&self->t, 0));
	EXPECT_EQ(2, admitted(&self->t, 1));
}

TEST_F(node, nobody_without_slots)
{
	add(&self->t, 0, 3, 0);
	self->t.queue[1].admitted = true;
	admit(&self->t, 0, 8);
	EXPECT_EQ(0, admitted(&self->t, 0));
}

TEST_F(node, no_queues_no_slots)
{
	admit(&self->t, 4, 4);
	EXPECT_EQ(0, self->t.queues);
}

TEST_F(node, the_least_served_process_first)
{
	add(&self->t, 3 * MS, 4, 0);
	add(&self->t, 1 * MS, 4, 0);
	add(&self->t, 2 * MS, 4, 0);
	admit(&self->t, 8, 8);
	EXPECT_EQ(0, admitted(&self->t, 0));
	EXPECT_EQ(4, admitted(&self->t, 1));
	EXPECT_EQ(4, admitted(&self->t, 2));
}

TEST_F(node, equals_in_their_order)
{
	add(&self->t, 1 * MS, 3, 0);
	add(&self->t, 1 * MS, 3, 0);
	admit(&self->t, 5, 8);
	EXPECT_EQ(3, admitted(&self->t, 0));
	EXPECT_EQ(0, admitted(&self->t, 1));
}

TEST_F(node, all_queues_of_a_process_or_none)
{
	add(&self->t, 1 * MS, 3, 0);
	add(&self->t, 2 * MS, 3, 0);
	admit(&self->t, 5, 8);
	EXPECT_EQ(3, admitted(&self->t, 0));
	EXPECT_EQ(0, admitted(&self->t, 1));
	EXPECT_EQ(3, self->t.process[1].wanted);
	EXPECT_EQ(0, self->t.process[1].admitted);
}

TEST_F(node, who_does_not_fit_is_no_obstacle)
{
	add(&self->t, 1 * MS, 3, 0);
	add(&self->t, 2 * MS, 4, 0);
	add(&self->t, 3 * MS, 2, 0);
	admit(&self->t, 5, 8);
	EXPECT_EQ(3, admitted(&self->t, 0));
	EXPECT_EQ(0, admitted(&self->t, 1));
	EXPECT_EQ(2, admitted(&self->t, 2));
}

TEST_F(node, what_never_fits_is_split_least_served_first)
{
	u32 i;

	add(&self->t, 1 * MS, 8, 0);
	for (i = 0; i < 8; i++)
		self->t.queue[i].served_ns = (i % 2 ? 1 : 2) * MS + i;
	admit(&self->t, 4, 8);
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(i % 2, self->t.queue[i].admitted)
			TH_LOG("number %u", i);
	}
	EXPECT_EQ(4, self->t.process[0].wanted);
	EXPECT_EQ(4, self->t.process[0].admitted);
}

TEST_F(node, what_never_fits_takes_what_is_left)
{
	add(&self->t, 1 * MS, 3, 0);
	add(&self->t, 2 * MS, 8, 0);
	admit(&self->t, 4, 8);
	EXPECT_EQ(3, admitted(&self->t, 0));
	EXPECT_EQ(1, admitted(&self->t, 1));
	EXPECT_EQ(4, self->t.process[1].wanted);
	EXPECT_EQ(1, self->t.process[1].admitted);
}

TEST_F(node, work_before_idleness)
{
	u32 idle = add(&self->t, 1 * MS, 1, 3);
	u32 busy = add(&self->t, 9 * MS, 2, 0);

	admit(&self->t, 4, 8);
	EXPECT_TRUE(self->t.queue[idle].admitted);
	EXPECT_EQ(2, admitted(&self->t, 0));
	EXPECT_TRUE(self->t.queue[busy].admitted);
	EXPECT_TRUE(self->t.queue[busy + 1].admitted);
	EXPECT_EQ(1, self->t.process[0].wanted);
	EXPECT_EQ(1, self->t.process[0].admitted);
}

TEST_F(node, what_is_left_goes_to_the_idle)
{
	add(&self->t, 1 * MS, 0, 3);
	admit(&self->t, 2, 8);
	EXPECT_EQ(2, admitted(&self->t, 0));
	EXPECT_EQ(0, self->t.process[0].wanted);
	EXPECT_EQ(0, self->t.process[0].admitted);
}

TEST_F(node, a_slot_may_be_for_keeps)
{
	u32 kept = add(&self->t, 9 * MS, 2, 1) + 2;

	add(&self->t, 1 * MS, 3, 0);
	self->t.queue[kept].keeps = true;
	admit(&self->t, 4, 8);
	/* Three slots are left: all of the least served process. */
	EXPECT_TRUE(self->t.queue[kept].admitted);
	EXPECT_EQ(1, admitted(&self->t, 0));
	EXPECT_EQ(3, admitted(&self->t, 1));
	/* It wants two, and could have both if it were alone. */
	EXPECT_EQ(2, self->t.process[0].wanted);
}

TEST_F(node, what_is_kept_stays_if_there_are_too_few_slots)
{
	u32 i;

	add(&self->t, 1 * MS, 3, 0);
	for (i = 0; i < 2; i++)
		self->t.queue[i].keeps = true;
	admit(&self->t, 1, 8);
	EXPECT_EQ(2, admitted(&self->t, 0));
	EXPECT_FALSE(self->t.queue[2].admitted);
}

TEST_F(node, no_more_processes_than_the_runlist_takes)
{
	add(&self->t, 1 * MS, 1, 0);
	add(&self->t, 2 * MS, 1, 1);
	add(&self->t, 3 * MS, 1, 0);
	admit(&self->t, 8, 2);
	EXPECT_EQ(1, admitted(&self->t, 0));
	EXPECT_EQ(2, admitted(&self->t, 1));
	EXPECT_EQ(0, admitted(&self->t, 2));
}

TEST_F(node, who_is_in_the_runlist_needs_no_place)
{
	u32 kept;

	add(&self->t, 1 * MS, 1, 0);
	add(&self->t, 2 * MS, 2, 0);
	kept = add(&self->t, 3 * MS, 1, 1) + 1;
	self->t.process[1].in_runlist = true;
	self->t.queue[kept].keeps = true;
	admit(&self->t, 8, 0);
	EXPECT_EQ(0, admitted(&self->t, 0));
	EXPECT_EQ(2, admitted(&self->t, 1));
	EXPECT_EQ(2, admitted(&self->t, 2));
}

/* ---- accounts ----------------------------------------------------------- */

TEST_F(node, charged_for_what_came_true)
{
	struct kfd_gpreempt_share share = { .wanted = 4, .admitted = 4 };

	EXPECT_EQ(10 * MS, kfd_gpreempt_served_ns(&share, 10 * MS));
	share.admitted = 1;
	EXPECT_EQ(10 * MS / 4, kfd_gpreempt_served_ns(&share, 10 * MS));
	share.admitted = 0;
	EXPECT_EQ(0, kfd_gpreempt_served_ns(&share, 10 * MS));
	share.wanted = 0;
	EXPECT_EQ(0, kfd_gpreempt_served_ns(&share, 10 * MS));
}

static void level(struct table *t, u64 *floor_ns, u64 lead_ns)
{
	kfd_gpreempt_level(t->queue, t->queues, t->process,
			   t->processes, floor_ns, lead_ns);
}

TEST_F(node, nobody_is_far_ahead)
{
	u64 floor_ns = 0;

	add(&self->t, 100 * MS, 1, 0);
	add(&self->t, 105 * MS, 1, 0);
	add(&self->t, 900 * MS, 1, 0);
	level(&self->t, &floor_ns, 10 * MS);
	EXPECT_EQ(100 * MS, floor_ns);
	EXPECT_EQ(100 * MS, self->t.process[0].served_ns);
	EXPECT_EQ(105 * MS, self->t.process[1].served_ns);
	EXPECT_EQ(110 * MS, self->t.process[2].served_ns);
}

TEST_F(node, who_sleeps_saves_nothing_up)
{
	u64 floor_ns = 0;

	add(&self->t, 1 * MS, 0, 2);
	add(&self->t, 100 * MS, 1, 0);
	level(&self->t, &floor_ns, 10 * MS);
	EXPECT_EQ(100 * MS, self->t.process[0].served_ns);
}

TEST_F(node, who_is_new_begins_where_the_others_are)
{
	u64 floor_ns = 0;

	add(&self->t, 100 * MS, 1, 0);
	level(&self->t, &floor_ns, 10 * MS);
	add(&self->t, 0, 1, 0);
	level(&self->t, &floor_ns, 10 * MS);
	EXPECT_EQ(100 * MS, self->t.process[1].served_ns);
	EXPECT_EQ(100 * MS, self->t.process[0].served_ns);
}

TEST_F(node, the_floor_does_not_sink)
{
	u64 floor_ns = 50 * MS;

	add(&self->t, 20 * MS, 0, 1);
	level(&self->t, &floor_ns, 10 * MS);
	EXPECT_EQ(50 * MS, floor_ns);
	self->t.queue[0].wants = true;
	level(&self->t, &floor_ns, 10 * MS);
	EXPECT_EQ(50 * MS, floor_ns);
	EXPECT_EQ(50 * MS, self->t.process[0].served_ns);
}

TEST_F(node, queues_of_a_process_are_levelled_among_themselves)
{
	u64 floor_ns = 0;
	u32 idle = add(&self->t, 0, 2, 1) + 2;

	self->t.queue[0].served_ns = 40 * MS;
	self->t.queue[1].served_ns = 90 * MS;
	self->t.queue[idle].served_ns = 2 * MS;
	add(&self->t, 0, 1, 0);
	level(&self->t, &floor_ns, 10 * MS);
	EXPECT_EQ(40 * MS, self->t.queue[0].served_ns);
	EXPECT_EQ(50 * MS, self->t.queue[1].served_ns);
	EXPECT_EQ(40 * MS, self->t.queue[idle].served_ns);
	EXPECT_EQ(0, self->t.queue[idle + 1].served_ns);
}

TEST_HARNESS_MAIN
