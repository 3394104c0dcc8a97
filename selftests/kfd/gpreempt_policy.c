// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: when the policy preempts, resumes and looks again, rule by rule.
 * The file that the driver is built from is compiled into this program, which
 * needs no GPU and no module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_policy.c"
#include "kfd_gpreempt_wait.c"

#define US	NS_PER_US
#define MS	(1000 * US)

static const struct kfd_gpreempt_knobs knobs = {
	.triggers = KFD_GPREEMPT_TRIGGER_ALL,
	.monitor_interval_us = 5000,
	.lc_interval_us = 1000,
	.lc_priority_min = 11,
	.be_priority_max = 10,
	.confirm_us = 0,
	.resume_delay_us = 50,
	.be_min_runtime_us = 0,
	.be_max_wait_us = 100000,
	.be_quantum_us = 10000,
	.lc_progress_timeout_us = 20000,
	.hqd_be_max = 19,
};

static const struct kfd_gpreempt_debt no_debt;

/* An LC queue waits, best-effort queues run. */
static const struct kfd_gpreempt_view inverted = {
	.now_ns = 1000 * MS,
	.be_resumed_ns = 500 * MS,
	.be_tracked = 4,
	.be_active = 4,
	.lc_tracked = 2,
	.lc_active = 2,
	.lc_interval_us = 1000,
	.lc_pending = 1,
};

/* Best-effort queues are held off, an LC queue has work. */
static const struct kfd_gpreempt_view held = {
	.now_ns = 1000 * MS,
	.be_held = true,
	.be_held_since_ns = 999 * MS,
	.be_tracked = 4,
	.lc_tracked = 2,
	.lc_active = 2,
	.lc_interval_us = 1000,
	.lc_pending = 1,
};

/* Nobody has anything to do that is urgent. */
static const struct kfd_gpreempt_view calm = {
	.now_ns = 1000 * MS,
	.be_resumed_ns = 500 * MS,
	.be_tracked = 4,
	.be_active = 4,
	.lc_tracked = 2,
	.lc_active = 2,
	.lc_interval_us = 1000,
};

static struct kfd_gpreempt_decision
decide(const struct kfd_gpreempt_knobs *k, const struct kfd_gpreempt_view *view)
{
	return kfd_gpreempt_decide(k, &no_debt, view);
}

#define EXPECT_DECISION(_decision, _action, _cause) do {		\
	const struct kfd_gpreempt_decision _d = (_decision);		\
									\
	EXPECT_EQ(KFD_GPREEMPT_##_action, _d.action);			\
	EXPECT_EQ(KFD_GPREEMPT_CAUSE_##_cause, _d.cause);		\
} while (0)

/* ---- preempt ------------------------------------------------------------ */

TEST(preempts_at_once_without_confirmation)
{
	EXPECT_DECISION(decide(&knobs, &inverted), PREEMPT, INVERSION);
}

TEST(confirms_before_it_preempts)
{
	struct kfd_gpreempt_knobs slow = knobs;
	struct kfd_gpreempt_view view = inverted;
	struct kfd_gpreempt_decision decision;

	slow.confirm_us = 300;
	view.lc_stuck_ns = 100 * US;
	decision = decide(&slow, &view);
	EXPECT_EQ(KFD_GPREEMPT_NOTHING, decision.action);
	/* Looks again when the confirmation is due, not a period later. */
	EXPECT_EQ(200 * US, decision.next_ns);

	view.lc_stuck_ns = 300 * US - 1;
	EXPECT_DECISION(decide(&slow, &view), NOTHING, NONE);
	view.lc_stuck_ns = 300 * US;
	EXPECT_DECISION(decide(&slow, &view), PREEMPT, INVERSION);
}

TEST(be_runs_for_its_minimum)
{
	struct kfd_gpreempt_knobs fair = knobs;
	struct kfd_gpreempt_view view = inverted;
	struct kfd_gpreempt_decision decision;

	fair.be_min_runtime_us = 700;
	view.lc_stuck_ns = 10 * MS;
	view.be_resumed_ns = view.now_ns - 699 * US;
	decision = decide(&fair, &view);
	EXPECT_EQ(KFD_GPREEMPT_NOTHING, decision.action);
	EXPECT_EQ(1 * US, decision.next_ns);

	view.be_resumed_ns = view.now_ns - 700 * US;
	EXPECT_DECISION(decide(&fair, &view), PREEMPT, INVERSION);
}

/* Those who pay are not in the view; the others go on as ever. */
TEST(lc_that_does_not_pay_is_served_while_be_is_owed)
{
	struct kfd_gpreempt_debt debt = { .served_ns = 9600 * US, .owed = true };

	EXPECT_DECISION(kfd_gpreempt_decide(&knobs, &debt, &inverted), PREEMPT,
			INVERSION);
	/* They come back when best-effort has had its quantum. */
	EXPECT_EQ(400 * US, kfd_gpreempt_decide(&knobs, &debt, &calm).next_ns);
	debt.restore_ns = 30 * US;
	EXPECT_EQ(430 * US, kfd_gpreempt_decide(&knobs, &debt, &calm).next_ns);
}

TEST(be_is_called_for_once)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 100 * MS };

	EXPECT_DECISION(kfd_gpreempt_decide(&knobs, &debt, &held), RESUME,
			STARVED);
	debt.owed = true;
	EXPECT_DECISION(kfd_gpreempt_decide(&knobs, &debt, &held), NOTHING,
			NONE);
}

TEST(what_is_not_in_the_way_stays)
{
	struct kfd_gpreempt_view view = inverted;

	view.be_clear_in_ns = 70 * US;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
	EXPECT_EQ(70 * US, decide(&knobs, &view).next_ns);
	view = held;
	view.be_active = 1;
	view.be_clear_in_ns = 70 * US;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
}

/* What BE might run without anything in its rings is looked for a little later. */
TEST(lc_launches_by_itself_beside_empty_rings)
{
	struct kfd_gpreempt_knobs slow = knobs;
	struct kfd_gpreempt_view view = inverted;

	view.be_empty = true;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
	EXPECT_EQ(LAUNCH_NS, decide(&knobs, &view).next_ns);
	view.lc_stuck_ns = LAUNCH_NS;
	EXPECT_DECISION(decide(&knobs, &view), PREEMPT, INVERSION);
	slow.confirm_us = 300;
	EXPECT_EQ(300 * US - LAUNCH_NS, decide(&slow, &view).next_ns);
}

TEST(looks_again_when_a_doubt_is_over)
{
	struct kfd_gpreempt_view view = calm;

	view.lc_doubt_in_ns = 30 * US;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
	EXPECT_EQ(30 * US, decide(&knobs, &view).next_ns);
}

TEST(the_last_of_the_deadlines_counts)
{
	struct kfd_gpreempt_knobs all = knobs;
	struct kfd_gpreempt_view view = inverted;

	all.confirm_us = 300;
	all.be_min_runtime_us = 700;
	view.be_resumed_ns = view.now_ns - 500 * US;
	/* confirm: 300 us to go, minimum: 200 */
	EXPECT_EQ(300 * US, decide(&all, &view).next_ns);
	all.be_min_runtime_us = 999;
	EXPECT_EQ(499 * US, decide(&all, &view).next_ns);
	view.be_clear_in_ns = 600 * US;
	EXPECT_EQ(600 * US, decide(&all, &view).next_ns);
}

TEST(leaves_an_uncontended_lc_queue_alone)
{
	struct kfd_gpreempt_view view = inverted;

	view.be_active = 0;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
}

TEST(leaves_be_alone_without_lc_work)
{
	EXPECT_DECISION(decide(&knobs, &calm), NOTHING, NONE);
}

/* ---- resume ------------------------------------------------------------- */

TEST(resumes_after_the_delay)
{
	struct kfd_gpreempt_view view = held;

	view.lc_pending = 0;
	view.lc_idle_ns = 50 * US - 1;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
	view.lc_idle_ns = 50 * US;
	EXPECT_DECISION(decide(&knobs, &view), RESUME, DRAINED);
}

TEST(resumes_at_once_without_a_delay)
{
	struct kfd_gpreempt_knobs hasty = knobs;
	struct kfd_gpreempt_view view = held;

	hasty.resume_delay_us = 0;
	view.lc_pending = 0;
	EXPECT_DECISION(decide(&hasty, &view), RESUME, DRAINED);
}

/* A ring is empty when its last kernel was launched. */
TEST(keeps_be_off_while_lc_runs)
{
	struct kfd_gpreempt_view view = held;

	view.lc_pending = 0;
	view.lc_idle_ns = 5 * MS;
	EXPECT_TRUE(decide(&knobs, &view).ask);
	view.lc_runs_for_ns = 90 * US;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
	EXPECT_EQ(90 * US, decide(&knobs, &view).next_ns);
}

TEST(what_runs_for_ever_holds_nobody_off)
{
	struct kfd_gpreempt_view view = held;

	view.lc_pending = 0;
	view.lc_runs_for_ns = 90 * US;
	view.lc_idle_ns = LC_RUN_MAX_NS;
	EXPECT_DECISION(decide(&knobs, &view), RESUME, DRAINED);
	EXPECT_FALSE(decide(&knobs, &view).ask);
}

TEST(keeps_be_off_while_lc_has_work)
{
	struct kfd_gpreempt_view view = held;

	view.lc_idle_ns = 50 * US;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
}

TEST(resumes_when_the_lc_queue_is_gone)
{
	struct kfd_gpreempt_view view = held;

	view.lc_tracked = 0;
	view.lc_active = 0;
	view.lc_pending = 0;
	view.lc_idle_ns = 50 * US;
	EXPECT_DECISION(decide(&knobs, &view), RESUME, DRAINED);
}

TEST(be_does_not_starve)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 100 * MS - 1 };

	EXPECT_DECISION(kfd_gpreempt_decide(&knobs, &debt, &held), NOTHING,
			NONE);
	debt.waited_ns++;
	EXPECT_DECISION(kfd_gpreempt_decide(&knobs, &debt, &held), RESUME,
			STARVED);
}

TEST(be_may_starve_if_the_operator_says_so)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 1000000 * MS };
	struct kfd_gpreempt_knobs hard = knobs;

	hard.be_max_wait_us = 0;
	EXPECT_DECISION(kfd_gpreempt_decide(&hard, &debt, &held), NOTHING,
			NONE);
}

TEST(looks_again_when_be_would_starve)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 100 * MS - 7 * US };

	EXPECT_EQ(7 * US, kfd_gpreempt_decide(&knobs, &debt, &held).next_ns);
	debt.waited_ns = 0;
	EXPECT_EQ(25 * US, kfd_gpreempt_decide(&knobs, &debt, &held).next_ns);
}

TEST(looks_often_for_the_end_of_lc_work_but_not_too_often)
{
	struct kfd_gpreempt_knobs other = knobs;

	other.resume_delay_us = 1000;
	EXPECT_EQ(500 * US, decide(&other, &held).next_ns);
	other.resume_delay_us = 10;
	EXPECT_EQ(20 * US, decide(&other, &held).next_ns);
	other.resume_delay_us = 0;
	EXPECT_EQ(20 * US, decide(&other, &held).next_ns);
}

TEST(looks_less_often_the_longer_lc_takes)
{
	struct kfd_gpreempt_view view = held;

	view.be_held_since_ns = view.now_ns - 6400 * US;
	EXPECT_EQ(100 * US, decide(&knobs, &view).next_ns);
	view.be_held_since_ns = view.now_ns - 640 * MS;
	EXPECT_EQ(knobs.lc_interval_us * US, decide(&knobs, &view).next_ns);
	/* the end was seen: what is left to wait for is the delay */
	view.lc_pending = 0;
	EXPECT_EQ(25 * US, decide(&knobs, &view).next_ns);
}

TEST(preempts_what_turned_up_while_held)
{
	struct kfd_gpreempt_view view = held;

	view.be_active = 1;
	EXPECT_DECISION(decide(&knobs, &view), PREEMPT, INVERSION);
}

TEST(lets_be_go_if_lc_waits_for_something_else)
{
	struct kfd_gpreempt_debt starved = { .waited_ns = 100 * MS };
	struct kfd_gpreempt_view view = held;

	view.lc_overdue = 1;
	EXPECT_DECISION(decide(&knobs, &view), RESUME, BLOCKED);
	/* Also if there are others that may only need some more time. */
	view.lc_pending = 3;
	EXPECT_DECISION(decide(&knobs, &view), RESUME, BLOCKED);
	/* BE's own reason comes first. */
	EXPECT_DECISION(kfd_gpreempt_decide(&knobs, &starved, &view), RESUME,
			STARVED);
}

/* ---- slots -------------------------------------------------------------- */

TEST(slots_go_round_after_a_quantum)
{
	struct kfd_gpreempt_view view = calm;
	struct kfd_gpreempt_decision decision;

	view.be_throttled = 3;
	view.slot_ns = 10 * MS - 300 * US;
	decision = decide(&knobs, &view);
	EXPECT_EQ(KFD_GPREEMPT_NOTHING, decision.action);
	EXPECT_EQ(300 * US, decision.next_ns);
	view.slot_ns = 10 * MS;
	EXPECT_DECISION(decide(&knobs, &view), ROTATE, SLOTS);
}

TEST(slots_stay_where_they_are_if_nobody_waits)
{
	struct kfd_gpreempt_view view = calm;

	view.slot_ns = 1000 * MS;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
}

TEST(slots_do_not_go_round_while_be_is_held)
{
	struct kfd_gpreempt_view view = held;

	view.be_throttled = 3;
	view.slot_ns = 1000 * MS;
	EXPECT_DECISION(decide(&knobs, &view), NOTHING, NONE);
}

TEST(be_gets_a_slot_even_if_others_have_taken_all)
{
	struct kfd_gpreempt_debt debt = { .waited_ns = 100 * MS - 3 * US };
	struct kfd_gpreempt_knobs hard = knobs;
	struct kfd_gpreempt_view view = calm;
	struct kfd_gpreempt_decision decision;

	view.be_active = 0;
	view.be_throttled = 4;
	/* The quantum is for those that have slots. */
	view.slot_ns = 1000 * MS;
	decision = kfd_gpreempt_decide(&knobs, &debt, &view);
	EXPECT_EQ(KFD_GPREEMPT_NOTHING, decision.action);
	EXPECT_EQ(3 * US, decision.next_ns);

	debt.waited_ns = 100 * MS;
	EXPECT_DECISION(kfd_gpreempt_decide(&knobs, &debt, &view), ROTATE,
			STARVED);
	/* Once is enough, until it has been served. */
	debt.owed = true;
	EXPECT_DECISION(kfd_gpreempt_decide(&knobs, &debt, &view), NOTHING,
			NONE);

	hard.be_max_wait_us = 0;
	debt.owed = false;
	EXPECT_DECISION(kfd_gpreempt_decide(&hard, &debt, &view), NOTHING,
			NONE);
}

TEST(a_preemption_is_more_urgent_than_slots)
{
	struct kfd_gpreempt_view view = inverted;

	view.be_throttled = 3;
	view.slot_ns = 1000 * MS;
	EXPECT_DECISION(decide(&knobs, &view), PREEMPT, INVERSION);
}

TEST(the_first_deadline_is_the_next_look)
{
	struct kfd_gpreempt_knobs slow = knobs;
	struct kfd_gpreempt_view view = inverted;

	slow.confirm_us = 300;
	view.be_throttled = 3;
	view.slot_ns = 10 * MS - 200 * US;
	EXPECT_EQ(200 * US, decide(&slow, &view).next_ns);
	view.slot_ns = 10 * MS - 400 * US;
	EXPECT_EQ(300 * US, decide(&slow, &view).next_ns);
}

/* ---- when to look ------------------------------------------------------- */

TEST(looks_soon_while_both_kinds_are_active)
{
	EXPECT_EQ(1000 * US, decide(&knobs, &calm).next_ns);
}

TEST(looks_seldom_while_one_kind_is_inactive)
{
	struct kfd_gpreempt_view view = calm;

	view.lc_active = 0;
	EXPECT_EQ(5000 * US, decide(&knobs, &view).next_ns);
	view = calm;
	view.be_active = 0;
	EXPECT_EQ(5000 * US, decide(&knobs, &view).next_ns);
}

TEST(looks_seldom_when_every_doorbell_is_armed)
{
	struct kfd_gpreempt_view view = calm;

	view.lc_armed = 1;
	EXPECT_EQ(1000 * US, decide(&knobs, &view).next_ns);
	view.lc_armed = 2;
	EXPECT_EQ(5000 * US, decide(&knobs, &view).next_ns);
}

TEST(does_not_look_when_nothing_can_happen)
{
	struct kfd_gpreempt_view view = calm;

	view.lc_tracked = 0;
	view.lc_active = 0;
	EXPECT_EQ(0, decide(&knobs, &view).next_ns);
	view = calm;
	view.be_tracked = 0;
	view.be_active = 0;
	EXPECT_EQ(0, decide(&knobs, &view).next_ns);
	view = calm;
	view.lc_armed = 2;
	view.quiet = true;
	EXPECT_EQ(0, decide(&knobs, &view).next_ns);
}

TEST(looks_at_rings_that_decide_about_slots)
{
	struct kfd_gpreempt_view view = calm;

	view.lc_tracked = 0;
	view.lc_active = 0;
	view.idle_scan = true;
	EXPECT_EQ(5000 * US, decide(&knobs, &view).next_ns);
	view = calm;
	view.quiet = true;
	view.idle_scan = true;
	EXPECT_EQ(5000 * US, decide(&knobs, &view).next_ns);
}

TEST(idle_queues_do_not_make_lc_wait_longer)
{
	struct kfd_gpreempt_view view = calm;

	view.idle_scan = true;
	EXPECT_EQ(1000 * US, decide(&knobs, &view).next_ns);
}

TEST(without_the_timer_trigger_only_deadlines_are_timed)
{
	struct kfd_gpreempt_knobs other = knobs;
	struct kfd_gpreempt_view view = calm;

	other.triggers = KFD_GPREEMPT_TRIGGER_EVENT |
			 KFD_GPREEMPT_TRIGGER_DOORBELL;
	view.lc_armed = view.lc_tracked;
	EXPECT_EQ(0, decide(&other, &view).next_ns);
	view.idle_scan = true;
	EXPECT_EQ(5000 * US, decide(&other, &view).next_ns);
	view.idle_scan = false;
	view.be_throttled = 1;
	EXPECT_EQ(10 * MS, decide(&other, &view).next_ns);
	other.confirm_us = 300;
	EXPECT_EQ(300 * US, decide(&other, &inverted).next_ns);
	EXPECT_EQ(25 * US, decide(&other, &held).next_ns);
}

/* Nobody but the timer would try to arm it again. */
TEST(an_unarmed_doorbell_is_looked_at_without_the_timer_trigger)
{
	struct kfd_gpreempt_knobs other = knobs;
	struct kfd_gpreempt_view view = calm;

	other.triggers = KFD_GPREEMPT_TRIGGER_DOORBELL;
	view.lc_armed = view.lc_tracked - 1;
	EXPECT_EQ(1000 * US, decide(&other, &view).next_ns);
	other.triggers = KFD_GPREEMPT_TRIGGER_EVENT;
	EXPECT_EQ(0, decide(&other, &view).next_ns);
}

/* ---- any view, any knobs ------------------------------------------------ */

TEST(what_holds_for_any_view)
{
	unsigned int seed = 1;
	int i;

#define BELOW(_bound) ((u32)rand_r(&seed) % (_bound))
	for (i = 0; i < 300000; i++) {
		const struct kfd_gpreempt_knobs any = {
			.triggers = 1 + BELOW(KFD_GPREEMPT_TRIGGER_ALL),
			.monitor_interval_us = 50 + BELOW(10000),
			.lc_interval_us = 50 + BELOW(10000),
			.confirm_us = BELOW(3) * BELOW(1000),
			.resume_delay_us = BELOW(3) * BELOW(1000),
			.be_min_runtime_us = BELOW(3) * BELOW(2000),
			.be_max_wait_us = BELOW(3) * BELOW(2000),
			.be_quantum_us = 1 + BELOW(2000),
		};
		const struct kfd_gpreempt_debt debt = {
			.waited_ns = BELOW(4000) * US,
			.served_ns = BELOW(any.be_quantum_us) * US,
			.owed = BELOW(2),
		};
		struct kfd_gpreempt_view view = {
			.now_ns = 10 * MS,
			.be_held = BELOW(2),
			.be_resumed_ns = 10 * MS - BELOW(5000) * US,
			.be_tracked = BELOW(4),
			.be_crowded_out = BELOW(4) == 0,
			.slot_ns = BELOW(4000) * US,
			.lc_tracked = BELOW(4),
			.lc_interval_us = any.lc_interval_us,
			.lc_stuck_ns = BELOW(2000) * US,
			.lc_idle_ns = BELOW(2000) * US,
			.lc_runs_for_ns = BELOW(2) * BELOW(500) * US,
			.be_clear_in_ns = BELOW(2) * BELOW(500) * US,
			.lc_doubt_in_ns = BELOW(2) * BELOW(500) * US,
			.idle_scan = BELOW(2),
			.quiet = BELOW(2),
		};
		struct kfd_gpreempt_decision decision;

		view.be_active = BELOW(view.be_tracked + 1);
		view.be_throttled = BELOW(view.be_tracked - view.be_active + 1);
		view.lc_active = BELOW(view.lc_tracked + 1);
		view.lc_armed = BELOW(view.lc_tracked + 1);
		view.lc_pending = BELOW(view.lc_active + 1);
		view.lc_overdue = BELOW(2) * BELOW(view.lc_pending + 1);
		decision = kfd_gpreempt_decide(&any, &debt, &view);

		ASSERT_EQ(decision.action == KFD_GPREEMPT_NOTHING,
			  decision.cause == KFD_GPREEMPT_CAUSE_NONE);
		if (decision.action == KFD_GPREEMPT_PREEMPT) {
			ASSERT_GT(view.lc_pending, 0);
			ASSERT_GT(view.be_active, 0);
		}
		if (decision.action == KFD_GPREEMPT_PREEMPT)
			ASSERT_EQ(0, view.be_clear_in_ns);
		if (decision.action == KFD_GPREEMPT_PREEMPT && !view.be_held) {
			ASSERT_GE(view.lc_stuck_ns, any.confirm_us * US);
			ASSERT_GE(view.now_ns - view.be_resumed_ns,
				  any.be_min_runtime_us * US);
		}
		if (decision.action == KFD_GPREEMPT_RESUME) {
			ASSERT_TRUE(view.be_held ||
				    (view.be_crowded_out && decision.cause ==
				     KFD_GPREEMPT_CAUSE_STARVED));
			if (decision.cause == KFD_GPREEMPT_CAUSE_DRAINED) {
				ASSERT_EQ(0, view.lc_pending);
				ASSERT_GE(view.lc_idle_ns,
					  any.resume_delay_us * US);
				ASSERT_TRUE(!view.lc_runs_for_ns ||
					    view.lc_idle_ns >= LC_RUN_MAX_NS);
			} else if (decision.cause ==
				   KFD_GPREEMPT_CAUSE_BLOCKED) {
				ASSERT_GT(view.lc_overdue, 0);
			} else {
				ASSERT_EQ(KFD_GPREEMPT_CAUSE_STARVED,
					  decision.cause);
				ASSERT_GT(any.be_max_wait_us, 0);
				ASSERT_FALSE(debt.owed);
				ASSERT_GE(debt.waited_ns,
					  any.be_max_wait_us * US);
			}
		}
		if (decision.action == KFD_GPREEMPT_ROTATE) {
			ASSERT_FALSE(view.be_held);
			ASSERT_GT(view.be_throttled, 0);
		}
		/* Who is held, or waits for his turn, is never forgotten. */
		if (decision.action == KFD_GPREEMPT_NOTHING &&
		    (view.be_held || (view.be_active &&
				      (view.be_throttled || view.lc_pending)))) {
			ASSERT_GT(decision.next_ns, 0);
		}
	}
#undef BELOW
}

TEST_HARNESS_MAIN
