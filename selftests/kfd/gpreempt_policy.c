// SPDX-License-Identifier: GPL-2.0
/*
 * The policy of gpreempt by itself: the file that the driver is built from,
 * compiled into this program. Needs no GPU and no module.
 */
#include <stdlib.h>

#include "kselftest_harness.h"

#include "../../drivers/gpu/drm/amd/amdkfd/kfd_gpreempt_policy.c"

#define US	1000ULL

static const struct kfd_gpreempt_knobs knobs = {
	.monitor_interval_us = 5000,
	.lc_interval_us = 1000,
	.lc_priority_min = 11,
	.confirm_us = 0,
	.resume_delay_us = 50,
};

static const struct kfd_gpreempt_view inverted = {
	.now_ns = 1000 * US,
	.be_tracked = 4,
	.be_active = 4,
	.lc_tracked = 1,
	.lc_active = 1,
	.lc_pending = 1,
};

static struct kfd_gpreempt_view view_held(u32 lc_pending, u64 lc_idle_ns)
{
	return (struct kfd_gpreempt_view) {
		.now_ns = 1000 * US,
		.be_held = true,
		.be_tracked = 4,
		.lc_tracked = 1,
		.lc_active = 1,
		.lc_pending = lc_pending,
		.lc_idle_ns = lc_idle_ns,
	};
}

TEST(classes_by_priority)
{
	u32 priority;

	for (priority = 0; priority < 11; priority++) {
		EXPECT_EQ(KFD_GPREEMPT_BE,
			  kfd_gpreempt_classify(&knobs, priority));
	}
	for (; priority <= 15; priority++) {
		EXPECT_EQ(KFD_GPREEMPT_LC,
			  kfd_gpreempt_classify(&knobs, priority));
	}
}

TEST(preempts_at_once_without_confirmation)
{
	EXPECT_EQ(KFD_GPREEMPT_PREEMPT,
		  kfd_gpreempt_decide(&knobs, &inverted).action);
}

TEST(confirms_before_it_preempts)
{
	struct kfd_gpreempt_knobs slow = knobs;
	struct kfd_gpreempt_view view = inverted;
	struct kfd_gpreempt_decision decision;

	slow.confirm_us = 300;
	view.lc_stuck_ns = 100 * US;
	decision = kfd_gpreempt_decide(&slow, &view);
	EXPECT_EQ(KFD_GPREEMPT_NOTHING, decision.action);
	/* Looks again when the confirmation is due, not a period later. */
	EXPECT_EQ(200 * US, decision.next_ns);

	view.lc_stuck_ns = 300 * US;
	EXPECT_EQ(KFD_GPREEMPT_PREEMPT,
		  kfd_gpreempt_decide(&slow, &view).action);
}

TEST(leaves_an_uncontended_lc_queue_alone)
{
	struct kfd_gpreempt_view view = inverted;

	view.be_active = 0;
	EXPECT_EQ(KFD_GPREEMPT_NOTHING,
		  kfd_gpreempt_decide(&knobs, &view).action);
}

TEST(resumes_after_the_delay)
{
	struct kfd_gpreempt_view view = view_held(0, 49 * US);

	EXPECT_EQ(KFD_GPREEMPT_NOTHING,
		  kfd_gpreempt_decide(&knobs, &view).action);
	view = view_held(0, 50 * US);
	EXPECT_EQ(KFD_GPREEMPT_RESUME,
		  kfd_gpreempt_decide(&knobs, &view).action);
	view = view_held(1, 50 * US);
	EXPECT_EQ(KFD_GPREEMPT_NOTHING,
		  kfd_gpreempt_decide(&knobs, &view).action);
}

TEST(resumes_when_the_lc_queue_is_gone)
{
	struct kfd_gpreempt_view view = view_held(0, 50 * US);

	view.lc_tracked = 0;
	view.lc_active = 0;
	EXPECT_EQ(KFD_GPREEMPT_RESUME,
		  kfd_gpreempt_decide(&knobs, &view).action);
}

TEST(preempts_what_turned_up_while_held)
{
	struct kfd_gpreempt_view view = view_held(1, 0);

	view.be_active = 1;
	EXPECT_EQ(KFD_GPREEMPT_PREEMPT,
		  kfd_gpreempt_decide(&knobs, &view).action);
}

TEST(stops_the_timer_when_nothing_can_happen)
{
	struct kfd_gpreempt_view view = inverted;

	view.lc_tracked = 0;
	view.lc_active = 0;
	view.lc_pending = 0;
	EXPECT_EQ(0, kfd_gpreempt_decide(&knobs, &view).next_ns);

	view = inverted;
	view.be_tracked = 0;
	view.be_active = 0;
	view.lc_pending = 0;
	EXPECT_EQ(0, kfd_gpreempt_decide(&knobs, &view).next_ns);
}

TEST(period_fits_the_state)
{
	struct kfd_gpreempt_view view = inverted;

	view.lc_pending = 0;
	EXPECT_EQ(1000 * US, kfd_gpreempt_decide(&knobs, &view).next_ns);
	view.lc_active = 0;
	EXPECT_EQ(5000 * US, kfd_gpreempt_decide(&knobs, &view).next_ns);
	view.lc_active = 1;
	view.be_active = 0;
	EXPECT_EQ(5000 * US, kfd_gpreempt_decide(&knobs, &view).next_ns);
	view = view_held(1, 0);
	EXPECT_EQ(25 * US, kfd_gpreempt_decide(&knobs, &view).next_ns);
}

TEST(progress_restarts_the_wait)
{
	struct kfd_gpreempt_watch watch = {};

	kfd_gpreempt_watch_sample(&watch, 7, true, 100);
	EXPECT_EQ(100, watch.stuck_since_ns);
	kfd_gpreempt_watch_sample(&watch, 7, true, 200);
	EXPECT_EQ(100, watch.stuck_since_ns);
	kfd_gpreempt_watch_sample(&watch, 8, true, 300);
	EXPECT_EQ(300, watch.stuck_since_ns);
	kfd_gpreempt_watch_sample(&watch, 8, false, 400);
	kfd_gpreempt_watch_sample(&watch, 8, true, 500);
	EXPECT_EQ(500, watch.stuck_since_ns);
}

static u32 random_below(u32 bound)
{
	return random() % bound;
}

/* What holds for every view, whatever the knobs. */
TEST(properties_of_random_views)
{
	struct kfd_gpreempt_decision decision;
	struct kfd_gpreempt_knobs any;
	struct kfd_gpreempt_view view;
	unsigned int i;

	srandom(1);
	for (i = 0; i < 200000; i++) {
		any = (struct kfd_gpreempt_knobs) {
			.monitor_interval_us = 50 + random_below(10000),
			.lc_interval_us = 50 + random_below(10000),
			.lc_priority_min = 1 + random_below(15),
			.confirm_us = random_below(3) * random_below(1000),
			.resume_delay_us = random_below(3) * random_below(1000),
		};
		view = (struct kfd_gpreempt_view) {
			.now_ns = random(),
			.be_held = random_below(2),
			.be_tracked = random_below(4),
			.lc_tracked = random_below(4),
			.lc_stuck_ns = random_below(2000000),
			.lc_idle_ns = random_below(2000000),
		};
		view.be_active = random_below(view.be_tracked + 1);
		view.lc_active = random_below(view.lc_tracked + 1);
		view.lc_pending = random_below(view.lc_active + 1);
		decision = kfd_gpreempt_decide(&any, &view);

		if (decision.action == KFD_GPREEMPT_PREEMPT) {
			ASSERT_GT(view.lc_pending, 0);
			ASSERT_GT(view.be_active, 0);
			ASSERT_GE(view.lc_stuck_ns, any.confirm_us * US);
		}
		if (decision.action == KFD_GPREEMPT_RESUME) {
			ASSERT_TRUE(view.be_held);
			ASSERT_EQ(0, view.lc_pending);
		}
		/* Held queues are never forgotten: a check is always due. */
		if (view.be_held) {
			ASSERT_GT(decision.next_ns, 0)
				TH_LOG("held, and nothing looks again");
		}
	}
}

TEST_HARNESS_MAIN
