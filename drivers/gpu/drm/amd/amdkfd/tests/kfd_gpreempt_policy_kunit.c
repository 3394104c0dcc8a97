// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the rules of the policy as tables, and what holds whatever is seen.
 *
 * Runs inside the driver, and in user-mode Linux with nothing but the policy.
 */
#include <kunit/test.h>
#include <linux/prandom.h>

#include "../kfd_gpreempt_admit.h"
#include "../kfd_gpreempt_policy.h"

#define US	1000ULL
#define MS	(1000 * US)

#define ROUNDS	2000
#define QUEUES	24
#define PROCS	6

/* ---- who is what -------------------------------------------------------- */

struct class_case {
	const char *name;
	u32 lc_min;
	u32 be_max;
	u32 priority;
	enum kfd_gpreempt_class class;
};

static const struct class_case class_cases[] = {
	{ "default, HIP high", 11, 10, 11, KFD_GPREEMPT_LC },
	{ "default, highest", 11, 10, 15, KFD_GPREEMPT_LC },
	{ "default, HIP normal", 11, 10, 7, KFD_GPREEMPT_BE },
	{ "default, lowest", 11, 10, 0, KFD_GPREEMPT_BE },
	{ "between the thresholds", 11, 5, 7, KFD_GPREEMPT_SYSTEM },
	{ "thresholds overlap", 5, 10, 7, KFD_GPREEMPT_LC },
};

KUNIT_ARRAY_PARAM_DESC(class, class_cases, name);

static void class_follows_priority(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	const struct kfd_gpreempt_knobs knobs = {
		.lc_priority_min = c->lc_min,
		.be_priority_max = c->be_max,
	};

	KUNIT_EXPECT_EQ(test, c->class,
			kfd_gpreempt_classify(&knobs, c->priority));
}

/* ---- what to do --------------------------------------------------------- */

/*
 * @stuck_us, @run_us, @idle_us, @slot_us: since when LC waits, BE runs, LC is
 * empty, slots are as they are
 * @clear_us, @runs_us: for how long BE is not in the way, LC has waves
 * @waited_us, @owed: BE's account
 */
struct decision_case {
	const char *name;
	u32 confirm_us;
	u32 min_runtime_us;
	u32 max_wait_us;
	bool held;
	u32 be_active;
	u32 be_throttled;
	bool be_crowded_out;
	u32 lc_pending;
	u32 lc_overdue;
	u32 stuck_us;
	u32 run_us;
	u32 idle_us;
	u32 slot_us;
	u32 clear_us;
	u32 runs_us;
	u32 waited_us;
	bool owed;
	enum kfd_gpreempt_action action;
	enum kfd_gpreempt_cause cause;
};

#define DOES(_action, _cause)				\
	.action = KFD_GPREEMPT_##_action,		\
	.cause = KFD_GPREEMPT_CAUSE_##_cause

static const struct decision_case decision_cases[] = {
	{ "nobody waits", .be_active = 4, .run_us = 50000,
	  DOES(NOTHING, NONE) },
	{ "LC waits, no BE", .lc_pending = 1, .stuck_us = 50000,
	  DOES(NOTHING, NONE) },
	{ "LC waits behind BE", .lc_pending = 1, .be_active = 4,
	  DOES(PREEMPT, INVERSION) },
	{ "not confirmed yet", .confirm_us = 300, .lc_pending = 1,
	  .be_active = 4, .stuck_us = 299, .run_us = 50000,
	  DOES(NOTHING, NONE) },
	{ "confirmed", .confirm_us = 300, .lc_pending = 1, .be_active = 4,
	  .stuck_us = 300, DOES(PREEMPT, INVERSION) },
	{ "BE has not had its minimum", .min_runtime_us = 700,
	  .lc_pending = 1, .be_active = 4, .stuck_us = 50000, .run_us = 699,
	  DOES(NOTHING, NONE) },
	{ "BE has had its minimum", .min_runtime_us = 700, .lc_pending = 1,
	  .be_active = 4, .run_us = 700, DOES(PREEMPT, INVERSION) },
	{ "LC that does not pay", .lc_pending = 1, .be_active = 4,
	  .owed = true, DOES(PREEMPT, INVERSION) },
	{ "BE is not in the way", .lc_pending = 1, .be_active = 4,
	  .clear_us = 1, DOES(NOTHING, NONE) },
	{ "LC has work", .held = true, .lc_pending = 1,
	  DOES(NOTHING, NONE) },
	{ "LC is empty, not for long", .held = true, .idle_us = 49,
	  DOES(NOTHING, NONE) },
	{ "LC is empty", .held = true, .idle_us = 50,
	  DOES(RESUME, DRAINED) },
	{ "LC is empty and runs", .held = true, .idle_us = 50, .runs_us = 1,
	  DOES(NOTHING, NONE) },
	{ "LC runs for ever", .held = true, .idle_us = 10000, .runs_us = 1,
	  DOES(RESUME, DRAINED) },
	{ "LC gets on with nothing", .held = true, .lc_pending = 1,
	  .lc_overdue = 1, DOES(RESUME, BLOCKED) },
	{ "BE starves", .max_wait_us = 100000, .held = true, .lc_pending = 1,
	  .waited_us = 100000, DOES(RESUME, STARVED) },
	{ "BE is owed already", .max_wait_us = 100000, .held = true,
	  .lc_pending = 1, .waited_us = 100000, .owed = true,
	  DOES(NOTHING, NONE) },
	{ "BE may starve", .held = true, .lc_pending = 1,
	  .waited_us = 1000000, DOES(NOTHING, NONE) },
	{ "starving comes before blocked", .max_wait_us = 100000,
	  .held = true, .lc_pending = 1, .lc_overdue = 1,
	  .waited_us = 100000, DOES(RESUME, STARVED) },
	{ "BE came in by another door", .held = true, .lc_pending = 1,
	  .be_active = 1, DOES(PREEMPT, INVERSION) },
	{ "a turn is not over", .be_active = 4, .be_throttled = 2,
	  .slot_us = 9999, DOES(NOTHING, NONE) },
	{ "a turn is over", .be_active = 4, .be_throttled = 2,
	  .slot_us = 10000, DOES(ROTATE, SLOTS) },
	{ "inversion before slots", .lc_pending = 1, .be_active = 4,
	  .be_throttled = 2, .slot_us = 10000, DOES(PREEMPT, INVERSION) },
	{ "no slot for BE, not for long", .max_wait_us = 100000,
	  .be_throttled = 2, .waited_us = 99999, DOES(NOTHING, NONE) },
	{ "no slot for BE for long", .max_wait_us = 100000,
	  .be_throttled = 2, .waited_us = 100000, DOES(ROTATE, STARVED) },
	{ "no compute units for BE, not for long", .max_wait_us = 100000,
	  .be_active = 4, .be_crowded_out = true, .waited_us = 99999,
	  DOES(NOTHING, NONE) },
	{ "no compute units for BE for long", .max_wait_us = 100000,
	  .be_active = 4, .be_crowded_out = true, .waited_us = 100000,
	  DOES(RESUME, STARVED) },
	{ "BE had waited, and has compute units", .max_wait_us = 100000,
	  .be_active = 4, .waited_us = 100000, DOES(NOTHING, NONE) },
	{ "BE is owed compute units already", .max_wait_us = 100000,
	  .be_active = 4, .be_crowded_out = true, .waited_us = 120000,
	  .owed = true, DOES(NOTHING, NONE) },
	{ "no bound, no compute units", .be_active = 4,
	  .be_crowded_out = true, .waited_us = 500000, DOES(NOTHING, NONE) },
};

KUNIT_ARRAY_PARAM_DESC(decision, decision_cases, name);

static void one_rule_decides(struct kunit *test)
{
	const struct decision_case *c = test->param_value;
	const struct kfd_gpreempt_knobs knobs = {
		.triggers = KFD_GPREEMPT_TRIGGER_ALL,
		.monitor_interval_us = 5000,
		.lc_interval_us = 1000,
		.confirm_us = c->confirm_us,
		.resume_delay_us = 50,
		.be_min_runtime_us = c->min_runtime_us,
		.be_max_wait_us = c->max_wait_us,
		.be_quantum_us = 10000,
	};
	const struct kfd_gpreempt_debt debt = {
		.waited_ns = c->waited_us * US,
		.owed = c->owed,
	};
	const struct kfd_gpreempt_view view = {
		.now_ns = 10000 * MS,
		.be_held = c->held,
		.be_held_since_ns = 9000 * MS,
		.be_resumed_ns = 10000 * MS - c->run_us * US,
		.be_tracked = 8,
		.be_active = c->be_active,
		.be_throttled = c->be_throttled,
		.be_crowded_out = c->be_crowded_out,
		.slot_ns = c->slot_us * US,
		.lc_tracked = 2,
		.lc_active = 2,
		.lc_interval_us = 1000,
		.lc_pending = c->lc_pending,
		.lc_stuck_ns = c->stuck_us * US,
		.lc_overdue = c->lc_overdue,
		.lc_idle_ns = c->idle_us * US,
		.be_clear_in_ns = c->clear_us * US,
		.lc_runs_for_ns = c->runs_us * US,
	};
	struct kfd_gpreempt_decision decision =
		kfd_gpreempt_decide(&knobs, &debt, &view);

	KUNIT_EXPECT_EQ(test, c->action, decision.action);
	KUNIT_EXPECT_EQ(test, c->cause, decision.cause);
	/* While BE is there or is held, somebody has to look again. */
	if (decision.action == KFD_GPREEMPT_NOTHING && (c->held || c->lc_pending))
		KUNIT_EXPECT_GT(test, decision.next_ns, 0ULL);
}

static u32 below(struct rnd_state *random, u32 limit)
{
	return prandom_u32_state(random) % limit;
}

static void random_knobs(struct rnd_state *random,
			 struct kfd_gpreempt_knobs *knobs)
{
	*knobs = (struct kfd_gpreempt_knobs) {
		.triggers = 1 + below(random, KFD_GPREEMPT_TRIGGER_ALL),
		.monitor_interval_us = 100 + below(random, 10000),
		.lc_interval_us = 50 + below(random, 2000),
		.confirm_us = below(random, 2) * below(random, 1000),
		.resume_delay_us = below(random, 200),
		.be_min_runtime_us = below(random, 2) * below(random, 5000),
		.be_max_wait_us = below(random, 2) * below(random, 200000),
		.be_quantum_us = 1 + below(random, 20000),
	};
}

static void random_view(struct rnd_state *random,
			struct kfd_gpreempt_view *view)
{
	*view = (struct kfd_gpreempt_view) {
		.now_ns = 10000 * MS,
		.be_held = below(random, 2),
		.be_held_since_ns = 10000 * MS - below(random, 300) * MS,
		.be_resumed_ns = 10000 * MS - below(random, 300) * MS,
		.be_active = below(random, 3),
		.be_throttled = below(random, 3),
		.be_crowded_out = below(random, 8) == 0,
		.slot_ns = below(random, 30) * MS,
		.lc_active = below(random, 3),
		.lc_interval_us = 1000,
		.lc_stuck_ns = below(random, 2000) * US,
		.lc_overdue = below(random, 8) == 0,
		.lc_idle_ns = below(random, 300) * US,
	};
	view->be_tracked = view->be_active + view->be_throttled;
	view->lc_tracked = view->lc_active + below(random, 2);
	view->lc_pending = view->lc_active ? below(random, view->lc_active + 1) : 0;
}

static void no_decision_without_a_reason(struct kunit *test)
{
	struct kfd_gpreempt_decision decision;
	struct kfd_gpreempt_knobs knobs;
	struct kfd_gpreempt_debt debt;
	struct kfd_gpreempt_view view;
	struct rnd_state random;
	int i;

	prandom_seed_state(&random, 0x67707265);
	for (i = 0; i < ROUNDS; i++) {
		random_knobs(&random, &knobs);
		random_view(&random, &view);
		debt = (struct kfd_gpreempt_debt) {
			.waited_ns = below(&random, 300) * MS,
			.owed = below(&random, 4) == 0,
		};
		decision = kfd_gpreempt_decide(&knobs, &debt, &view);

		if (decision.action == KFD_GPREEMPT_PREEMPT) {
			KUNIT_ASSERT_NE(test, 0, view.be_active);
			KUNIT_ASSERT_NE(test, 0, view.lc_pending);
		}
		if (decision.action == KFD_GPREEMPT_RESUME)
			KUNIT_ASSERT_TRUE(test, view.be_held ||
					  view.be_crowded_out);
		if (decision.action == KFD_GPREEMPT_ROTATE)
			KUNIT_ASSERT_NE(test, 0, view.be_throttled);
		KUNIT_ASSERT_EQ(test, decision.action == KFD_GPREEMPT_NOTHING,
				decision.cause == KFD_GPREEMPT_CAUSE_NONE);
		/* Held BE comes back only by itself: it must be looked at. */
		if (view.be_held && decision.action == KFD_GPREEMPT_NOTHING)
			KUNIT_ASSERT_NE(test, 0ULL, decision.next_ns);
		/* Nobody starves for longer than was promised. */
		if (view.be_held && knobs.be_max_wait_us && !debt.owed &&
		    debt.waited_ns >= knobs.be_max_wait_us * US)
			KUNIT_ASSERT_EQ(test, KFD_GPREEMPT_RESUME,
					decision.action);
	}
}

/* ---- what is remembered ------------------------------------------------- */

static void debt_is_paid_in_pieces(struct kunit *test)
{
	const struct kfd_gpreempt_knobs knobs = {
		.be_quantum_us = 10000,
		.be_max_wait_us = 100000,
	};
	struct kfd_gpreempt_debt debt = { .held = true, .owed = true };

	kfd_gpreempt_debt_update(&debt, &knobs, false, 30 * MS);
	KUNIT_EXPECT_EQ(test, 30 * MS, debt.waited_ns);
	kfd_gpreempt_debt_update(&debt, &knobs, true, 36 * MS);
	KUNIT_EXPECT_EQ(test, 6 * MS, debt.served_ns);
	kfd_gpreempt_debt_update(&debt, &knobs, false, 40 * MS);
	KUNIT_EXPECT_TRUE(test, debt.owed);
	kfd_gpreempt_debt_update(&debt, &knobs, false, 44 * MS);
	KUNIT_EXPECT_FALSE(test, debt.owed);
	KUNIT_EXPECT_EQ(test, 0ULL, debt.waited_ns);
}

static void only_a_queue_that_waits_is_overdue(struct kunit *test)
{
	const struct kfd_gpreempt_knobs knobs = {
		.lc_progress_timeout_us = 20000,
	};
	struct kfd_gpreempt_watch watch = {};

	kfd_gpreempt_watch_sample(&watch, 1, 9, true, false, 5 * MS);
	/* BE was in the way until 10 ms. */
	KUNIT_EXPECT_FALSE(test,
			   kfd_gpreempt_watch_overdue(&knobs, &watch, false,
						      10 * MS, 29 * MS));
	KUNIT_EXPECT_TRUE(test,
			  kfd_gpreempt_watch_overdue(&knobs, &watch, false,
						     10 * MS, 30 * MS));
	kfd_gpreempt_watch_block(&watch, 20 * MS, 30 * MS);
	kfd_gpreempt_watch_sample(&watch, 2, 9, true, false, 31 * MS);
	KUNIT_EXPECT_FALSE(test, watch.blocked);
	KUNIT_EXPECT_FALSE(test,
			   kfd_gpreempt_watch_overdue(&knobs, &watch, false,
						      10 * MS, 50 * MS));
}

static void who_made_be_wait_pays(struct kunit *test)
{
	const struct kfd_gpreempt_knobs knobs = {
		.be_max_wait_us = 100000,
		.be_quantum_us = 10000,
	};
	struct kfd_gpreempt_debt debt = { .held = true };
	struct kfd_gpreempt_blame greedy = {}, honest = {};

	kfd_gpreempt_blame_update(&greedy, &debt, true);
	kfd_gpreempt_blame_update(&honest, &debt, true);
	kfd_gpreempt_debt_update(&debt, &knobs, true, 2 * MS);
	kfd_gpreempt_blame_update(&honest, &debt, false);
	kfd_gpreempt_debt_update(&debt, &knobs, true, 100 * MS);

	kfd_gpreempt_debt_call(&debt, 102 * MS, 2);
	KUNIT_EXPECT_TRUE(test, kfd_gpreempt_blame_pays(&greedy, &debt, &knobs));
	KUNIT_EXPECT_FALSE(test,
			   kfd_gpreempt_blame_pays(&honest, &debt, &knobs));
	kfd_gpreempt_debt_update(&debt, &knobs, false, 101 * MS);
	kfd_gpreempt_debt_update(&debt, &knobs, false, 111 * MS);
	KUNIT_EXPECT_FALSE(test,
			   kfd_gpreempt_blame_pays(&greedy, &debt, &knobs));
}

/* ---- slots -------------------------------------------------------------- */

struct slots_case {
	const char *name;
	u32 reserved;
	u32 be_max;
	u32 total;
	u32 others;
	u32 slots;
};

static const struct slots_case slots_cases[] = {
	{ "limit", 3, 19, 24, 0, 19 },
	{ "reservation", 8, 19, 24, 0, 16 },
	{ "others within the reservation", 8, 19, 24, 8, 16 },
	{ "others beyond the reservation", 8, 19, 24, 9, 15 },
	{ "others have everything", 3, 19, 24, 24, 0 },
	{ "others have more than there is", 3, 19, 24, 30, 0 },
	{ "all is reserved", 24, 19, 24, 0, 0 },
};

KUNIT_ARRAY_PARAM_DESC(slots, slots_cases, name);

static void slots_left_for_be(struct kunit *test)
{
	const struct slots_case *c = test->param_value;
	const struct kfd_gpreempt_knobs knobs = {
		.hqd_lc_reserved = c->reserved,
		.hqd_be_max = c->be_max,
	};

	KUNIT_EXPECT_EQ(test, c->slots,
			kfd_gpreempt_be_slots(&knobs, c->total, c->others));
}

struct crowd {
	struct kfd_gpreempt_candidate queues[QUEUES];
	struct kfd_gpreempt_share shares[PROCS];
	u32 order[QUEUES + PROCS];
	u32 slots;
	u32 process_slots;
	u32 kept;
};

static void random_crowd(struct rnd_state *random, struct crowd *crowd)
{
	int i;

	memset(crowd, 0, sizeof(*crowd));
	crowd->slots = below(random, QUEUES + 2);
	crowd->process_slots = below(random, PROCS + 1);
	for (i = 0; i < PROCS; i++) {
		crowd->shares[i].served_ns = below(random, 100) * MS;
		crowd->shares[i].in_runlist = below(random, 3) == 0;
	}
	for (i = 0; i < QUEUES; i++) {
		crowd->queues[i].process = below(random, PROCS);
		crowd->queues[i].served_ns = below(random, 100) * MS;
		crowd->queues[i].wants = below(random, 3) != 0;
		crowd->queues[i].keeps = below(random, 12) == 0;
		crowd->kept += crowd->queues[i].keeps;
		/* What has a slot is in the runlist. */
		if (crowd->queues[i].keeps)
			crowd->shares[crowd->queues[i].process].in_runlist = true;
	}
}

static void check_crowd(struct kunit *test, const struct crowd *crowd)
{
	u32 admitted = 0, idle = 0, waiting[PROCS] = {}, placed = 0, new = 0;
	int i;

	for (i = 0; i < QUEUES; i++) {
		const struct kfd_gpreempt_candidate *q = &crowd->queues[i];

		admitted += q->admitted;
		if (q->keeps)
			KUNIT_ASSERT_TRUE(test, q->admitted);
		if (q->admitted && !crowd->shares[q->process].in_runlist)
			placed |= 1 << q->process;
		idle += q->admitted && !q->wants && !q->keeps;
		waiting[q->process] += q->wants && !q->admitted;
	}
	new = hweight32(placed);
	KUNIT_ASSERT_LE(test, admitted, max(crowd->slots, crowd->kept));
	KUNIT_ASSERT_LE(test, new, crowd->process_slots);

	/* No slot is left over, or wasted on the idle, while one queue waits. */
	for (i = 0; i < PROCS; i++) {
		if (!waiting[i] || admitted >= crowd->slots)
			continue;
		/* It had no place, or all of its queues did not fit. */
		if (crowd->shares[i].in_runlist || new < crowd->process_slots)
			KUNIT_ASSERT_GT(test, waiting[i],
					crowd->slots - admitted);
	}
	/* All of a process' queues, or none, unless it can never fit. */
	for (i = 0; i < PROCS; i++) {
		if (crowd->shares[i].admitted && waiting[i])
			KUNIT_ASSERT_GE(test, crowd->shares[i].wanted,
					crowd->slots - min(crowd->slots,
							   crowd->kept));
	}
}

static void nobody_has_a_slot_too_many(struct kunit *test)
{
	struct crowd *crowd = kunit_kzalloc(test, sizeof(*crowd), GFP_KERNEL);
	struct rnd_state random;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, crowd);
	prandom_seed_state(&random, 0x68716473);
	for (i = 0; i < ROUNDS; i++) {
		random_crowd(&random, crowd);
		kfd_gpreempt_admit(crowd->queues, QUEUES, crowd->shares, PROCS,
				   crowd->order, crowd->slots,
				   crowd->process_slots);
		check_crowd(test, crowd);
	}
}

static void credit_is_bounded(struct kunit *test)
{
	struct kfd_gpreempt_candidate queues[] = {
		{ .process = 0, .served_ns = 500 * MS, .wants = true },
		{ .process = 1, .served_ns = 0, .wants = true },
	};
	struct kfd_gpreempt_share shares[] = {
		{ .served_ns = 500 * MS }, { .served_ns = 0 },
	};
	u64 floor_ns = 400 * MS;

	kfd_gpreempt_level(queues, 2, shares, 2, &floor_ns, 10 * MS);
	/* Who slept begins where the others are, who ran waits a bounded time. */
	KUNIT_EXPECT_EQ(test, 400 * MS, shares[1].served_ns);
	KUNIT_EXPECT_EQ(test, 410 * MS, shares[0].served_ns);
	KUNIT_EXPECT_EQ(test, 400 * MS, floor_ns);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE_PARAM(class_follows_priority, class_gen_params),
	KUNIT_CASE_PARAM(one_rule_decides, decision_gen_params),
	KUNIT_CASE(no_decision_without_a_reason),
	KUNIT_CASE(debt_is_paid_in_pieces),
	KUNIT_CASE(who_made_be_wait_pays),
	KUNIT_CASE(only_a_queue_that_waits_is_overdue),
	KUNIT_CASE_PARAM(slots_left_for_be, slots_gen_params),
	KUNIT_CASE(nobody_has_a_slot_too_many),
	KUNIT_CASE(credit_is_bounded),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "kfd_gpreempt_policy",
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
