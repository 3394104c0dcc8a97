// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: what a decision means for each queue. The file that the driver is built
 * from is compiled into this program, which needs no GPU and no module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_plan.c"

#define INVERSION	KFD_GPREEMPT_OFF_INVERSION
#define THROTTLED	KFD_GPREEMPT_OFF_THROTTLED
#define OTHERS \
	(KFD_GPREEMPT_OFF_ASLEEP | KFD_GPREEMPT_OFF_HELD | KFD_GPREEMPT_OFF_DEBT | \
	 KFD_GPREEMPT_OFF_CUS)

static const struct kfd_gpreempt_standing be = {
	.be = true, .preemptible = true, .candidate = true, .admitted = true,
};

static const struct kfd_gpreempt_plan
	preempt = { .preempt = true },
	resume = { .resume = true, .place = true },
	place = { .place = true };

static u32 off_after(struct kfd_gpreempt_standing queue, u32 off,
		     const struct kfd_gpreempt_plan *plan)
{
	queue.off = off;
	return kfd_gpreempt_plan_off(plan, &queue);
}

/* ---- what is decided ----------------------------------------------------- */

static struct kfd_gpreempt_plan
plan_of(enum kfd_gpreempt_action action, bool held, bool due)
{
	const struct kfd_gpreempt_decision decision = { .action = action };

	return kfd_gpreempt_plan(&decision, held, due);
}

TEST(slots_are_handed_out_when_be_comes_back_or_rotates_or_when_due)
{
	EXPECT_TRUE(plan_of(KFD_GPREEMPT_RESUME, true, false).place);
	EXPECT_TRUE(plan_of(KFD_GPREEMPT_ROTATE, false, false).place);
	EXPECT_TRUE(plan_of(KFD_GPREEMPT_PREEMPT, false, true).place);
	EXPECT_TRUE(plan_of(KFD_GPREEMPT_NOTHING, true, true).place);
	EXPECT_FALSE(plan_of(KFD_GPREEMPT_PREEMPT, false, false).place);
	EXPECT_FALSE(plan_of(KFD_GPREEMPT_NOTHING, false, false).place);
}

TEST(be_makes_way_only_for_a_preemption)
{
	EXPECT_TRUE(plan_of(KFD_GPREEMPT_PREEMPT, false, false).preempt);
	EXPECT_FALSE(plan_of(KFD_GPREEMPT_RESUME, true, false).preempt);
	EXPECT_FALSE(plan_of(KFD_GPREEMPT_ROTATE, false, false).preempt);
	EXPECT_FALSE(plan_of(KFD_GPREEMPT_NOTHING, false, true).preempt);
}

TEST(who_is_held_comes_back_with_a_resume_or_when_nobody_is)
{
	EXPECT_TRUE(plan_of(KFD_GPREEMPT_RESUME, true, false).resume);
	EXPECT_TRUE(plan_of(KFD_GPREEMPT_NOTHING, false, true).resume);
	EXPECT_FALSE(plan_of(KFD_GPREEMPT_NOTHING, true, true).resume);
	EXPECT_FALSE(plan_of(KFD_GPREEMPT_PREEMPT, false, true).resume);
}

/* ---- and what that means ------------------------------------------------- */

TEST(a_preemption_takes_what_may_be_taken)
{
	struct kfd_gpreempt_standing exempt = be, other = {};

	exempt.preemptible = false;
	EXPECT_EQ(INVERSION, off_after(be, 0, &preempt));
	EXPECT_EQ(0, off_after(exempt, 0, &preempt));
	EXPECT_EQ(0, off_after(other, 0, &preempt));
}

TEST(a_resume_brings_it_back)
{
	EXPECT_EQ(0, off_after(be, INVERSION, &resume));
	EXPECT_EQ(INVERSION, off_after(be, INVERSION, &place));
}

TEST(what_may_not_be_taken_any_more_comes_back_when_slots_are_handed_out)
{
	struct kfd_gpreempt_standing exempt = be;

	exempt.preemptible = false;
	EXPECT_EQ(0, off_after(exempt, INVERSION, &place));
	EXPECT_EQ(INVERSION, off_after(exempt, INVERSION, &preempt));
}

TEST(be_has_a_slot_or_waits_for_one)
{
	struct kfd_gpreempt_standing missed = be, asleep = be;

	missed.admitted = false;
	EXPECT_EQ(THROTTLED, off_after(missed, 0, &place));
	EXPECT_EQ(0, off_after(be, THROTTLED, &place));
	/* no candidate: it stays as it is */
	asleep.candidate = false;
	EXPECT_EQ(THROTTLED, off_after(asleep, THROTTLED, &place));
	EXPECT_EQ(0, off_after(asleep, 0, &place));
}

TEST(no_slot_changes_hands_unless_that_is_the_plan)
{
	struct kfd_gpreempt_standing missed = be;

	missed.admitted = false;
	EXPECT_EQ(INVERSION, off_after(missed, 0, &preempt));
	EXPECT_EQ(INVERSION | THROTTLED, off_after(be, THROTTLED, &preempt));
}

TEST(lc_tries_again_whenever_slots_are_handed_out)
{
	struct kfd_gpreempt_standing lc = {};

	EXPECT_EQ(0, off_after(lc, THROTTLED, &place));
	EXPECT_EQ(THROTTLED, off_after(lc, THROTTLED, &preempt));
}

TEST(other_reasons_stay)
{
	const struct kfd_gpreempt_plan *plans[] = { &preempt, &resume, &place };
	struct kfd_gpreempt_standing lc = {};
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(OTHERS, OTHERS & off_after(be, OTHERS, plans[i]));
		EXPECT_EQ(OTHERS, OTHERS & off_after(lc, OTHERS, plans[i]));
	}
}

TEST_HARNESS_MAIN
