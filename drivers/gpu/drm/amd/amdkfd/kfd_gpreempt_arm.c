// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: whose doorbells to arm, and when the timer may sleep.
 *
 * The doorbells of a process are armed while its LC queues are empty: then its
 * next ring is noticed at once. When nothing at all happens on a node, those of
 * every process are, and there is no need to look any more: no LC queue can
 * wait behind BE before a BE queue has been rung.
 *
 * Arming takes locks that may not be taken under the dqm lock, so it has two
 * ends with the arming itself between them.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_seen.h"
#include "kfd_priv.h"

/* An idle node is asleep after this time; a busy one is asked as often. */
#define QUIET_RETRY_NS	(100ULL * NSEC_PER_MSEC)

/* What could not be armed may be so soon; later, no more often than the timer looks. */
#define ARM_RETRY_NS	(100ULL * NSEC_PER_USEC)

/* Processes that are armed in one run of the worker; the others have the next. */
#define TURNS		8

/*
 * For how long a process that was made to fault is left alone: until it has
 * returned from the fault and made its store. Or else a store that leaves
 * nothing to see in a ring that we watch, as those for SDMA do, could fault
 * for ever, with a worker that is woken by each fault and arms at once. Counted
 * is the time in which the worker does not run (&kfd_gpreempt_thread.rest_ns):
 * it may have the CPU of the process, and takes as long as there are queues.
 *
 * Whatever else may keep the process from its store, the time is doubled
 * after each ring that leaves nothing new to see, up to STORE_MAX_NS.
 */
#define STORE_TIME_NS	(50ULL * NSEC_PER_USEC)
#define STORE_MAX_NS	(100ULL * NSEC_PER_MSEC)
#define EMPTY_MAX	11

/*
 * Rings that tell of no LC work, nor of a queue that waits to be woken, must not
 * keep the worker busy: of its time they get one part in so many. Each of them
 * costs two runs, one for the ring and one to arm again.
 */
#define CHAT_SHARE	(2 * 20)

/* ---- what a ring was for ------------------------------------------------ */

static struct kfd_gpreempt_arming *arming_of(const struct queue *q)
{
	return &q->gpreempt.pdd->gpreempt.arming;
}

static void survey_queue(struct kfd_gpreempt *gp, const struct queue *q)
{
	struct kfd_gpreempt_arming *arming = arming_of(q);
	bool is_lc = q->gpreempt.class == KFD_GPREEMPT_LC;
	u64 written, rptr;
	bool pending;

	/* Nobody asks about one that is armed. */
	if (kfd_gpreempt_is_armed(q))
		return;

	if (arming->round != gp->arming.round) {
		arming->round = gp->arming.round;
		arming->busy = false;
		arming->written = 0;
		arming->awaited = 0;
	}
	if (!kfd_gpreempt_is_watchable(q)) {
		arming->busy |= is_lc;
		return;
	}

	pending = kfd_gpreempt_ring_read(q, &rptr, &written);
	arming->written += written;
	if (is_lc || q->gpreempt.off & (KFD_GPREEMPT_OFF_ASLEEP |
					KFD_GPREEMPT_OFF_THROTTLED))
		arming->awaited += written;
	/* The timer may find out otherwise meanwhile: there is a next time. */
	if (is_lc && !data_race(kfd_gpreempt_watch_elsewhere(&q->gpreempt.watch)))
		arming->busy |= pending;
}

/* What the processes have written so far, and which have LC work. */
static void survey(struct kfd_gpreempt *gp)
{
	struct queue *q;

	gp->arming.round++;
	list_for_each_entry(q, &gp->lc, gpreempt.node)
		survey_queue(gp, q);
	list_for_each_entry(q, &gp->be, gpreempt.node)
		survey_queue(gp, q);
}

/**
 * kfd_gpreempt_arm_inverted() - BE is in the way of those that wait
 * @gp: the node's scheduler
 *
 * Their next rings are worth hearing, from now on.
 *
 * Context: the node's worker; dqm lock held.
 */
void kfd_gpreempt_arm_inverted(struct kfd_gpreempt *gp)
{
	struct queue *q;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!(READ_ONCE(q->gpreempt.seen) & SEEN_PENDING))
			continue;
		kfd_gpreempt_worth_inverted(&arming_of(q)->worth);
		WRITE_ONCE(arming_of(q)->due_ns, 0);
	}
}

/* From here on it has time to make its store; the timer sees it first. */
static void note_ring(struct kfd_gpreempt *gp, const struct queue *q, u64 now_ns)
{
	struct kfd_gpreempt_doorbells *db = q->gpreempt.doorbells;
	struct kfd_gpreempt_arming *arming = arming_of(q);
	u32 rings;

	lockdep_assert_held(&gp->lock);

	if (!db || kfd_gpreempt_doorbells_armed(db))
		return;

	rings = kfd_gpreempt_doorbells_rings(db);
	if (arming->rings == rings)
		return;
	arming->rings = rings;
	arming->rang = true;
	arming->rang_rest_ns = kfd_gpreempt_worker_rested_ns(gp, now_ns);
	WRITE_ONCE(arming->due_ns,
		   max(now_ns + (STORE_TIME_NS << arming->empty),
		       arming->chat ? READ_ONCE(gp->arming.chat_after_ns) : 0));
}

/*
 * A write pointer moves before its doorbell is rung. So one that has not moved
 * means that there is nothing to see, or that the same store was tried again.
 * Of the latter there may be one for each ring that told of work: the worker
 * may have done it all, and armed, before the process made its store.
 */
static void judge_ring(struct kfd_gpreempt_arming *arming, u64 now_ns)
{
	bool moved = arming->written != arming->written_before;

	if (!arming->rang)
		return;

	arming->rang = false;
	if (moved || now_ns - arming->armed_ns >= STORE_MAX_NS)
		arming->empty = 0;
	if (!moved)
		arming->empty = min(arming->empty + 1, EMPTY_MAX);
	arming->chat |= moved || !arming->told;
	arming->told = false;
	arming->written_before = arming->written;
}

/* It has LC work, whether a ring told of it or not. */
static void note_awaited(struct kfd_gpreempt_arming *arming, u64 now_ns)
{
	if (arming->awaited == arming->awaited_before)
		return;

	kfd_gpreempt_worth_rang(&arming->worth, now_ns);
	arming->awaited_before = arming->awaited;
	arming->chat = false;
	arming->told = true;
	arming->empty = 0;
}

/* When it may be armed. */
static u64 due_ns(const struct kfd_gpreempt *gp,
		  const struct kfd_gpreempt_arming *arming, u64 now_ns)
{
	u64 rest_ns = arming->rang_rest_ns + (STORE_TIME_NS << arming->empty);
	u64 due_ns = arming->retry_after_ns;

	if (arming->rings && rest_ns > gp->thread.rest_ns)
		due_ns = max(due_ns, now_ns + rest_ns - gp->thread.rest_ns);
	return arming->chat ? max(due_ns, gp->arming.chat_after_ns) : due_ns;
}

/* ---- whose turn it is --------------------------------------------------- */

/*
 * One run of the worker: @left more processes may be armed; of the others the
 * first is due at @next_ns.
 */
struct turn {
	struct list_head *wanted;
	u64 now_ns;
	u64 next_ns;
	u32 left;
};

/* @needed: somebody waits for its ring, whether that is worth it or not. */
static void want(struct kfd_gpreempt *gp, struct turn *turn, struct queue *q,
		 bool needed)
{
	struct kfd_gpreempt_doorbells *db = q->gpreempt.doorbells;
	struct kfd_gpreempt_arming *arming = arming_of(q);
	u64 at_ns;

	if (arming->asked == gp->arming.round ||
	    !kfd_gpreempt_doorbells_armable(db) ||
	    kfd_gpreempt_doorbells_armed(db))
		return;

	judge_ring(arming, turn->now_ns);
	note_awaited(arming, turn->now_ns);
	at_ns = due_ns(gp, arming, turn->now_ns);
	if (!needed)
		at_ns = max(at_ns, turn->now_ns +
			    kfd_gpreempt_worth_in_ns(&gp->knobs, &arming->worth,
						     turn->now_ns));
	WRITE_ONCE(arming->due_ns, at_ns);
	if (at_ns > turn->now_ns || !turn->left) {
		turn->next_ns = min(turn->next_ns, at_ns);
		return;
	}

	turn->left--;
	arming->asked = gp->arming.round;
	arming->written_before = arming->written;
	if (arming->chat)
		WRITE_ONCE(gp->arming.chat_after_ns,
			   turn->now_ns + CHAT_SHARE * gp->thread.run_ns);
	kfd_gpreempt_doorbells_want(db, turn->wanted);
}

/*
 * Who is busy will be idle some time; the timer sees that. While LC has compute units
 * of its own all are heard: how many it needs is known from what does not fit.
 */
static void want_idle_lc(struct kfd_gpreempt *gp, struct turn *turn)
{
	u64 later_ns = turn->now_ns + READ_ONCE(gp->knobs.lc_interval_us) *
				      (u64)NSEC_PER_USEC;
	struct queue *q;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (kfd_gpreempt_is_armed(q))
			continue;
		if (arming_of(q)->busy)
			WRITE_ONCE(arming_of(q)->due_ns, later_ns);
		else
			want(gp, turn, q, gp->cus.reserved);
	}
}

static void want_unheard(struct kfd_gpreempt *gp, struct turn *turn,
			 struct list_head *queues)
{
	struct queue *q;

	list_for_each_entry(q, queues, gpreempt.node) {
		if (!kfd_gpreempt_is_armed(q) && kfd_gpreempt_rests(q))
			want(gp, turn, q, true);
	}
}

/* Return: whether one of the queues' processes was to be armed. */
static bool settle(struct kfd_gpreempt *gp, struct list_head *queues,
		   u64 now_ns)
{
	u64 limit_ns = READ_ONCE(gp->knobs.lc_interval_us) *
		       (u64)NSEC_PER_USEC;
	struct kfd_gpreempt_arming *arming;
	bool asked = false;
	struct queue *q;

	list_for_each_entry(q, queues, gpreempt.node) {
		arming = arming_of(q);
		if (arming->asked != gp->arming.round)
			continue;
		arming->asked = 0;
		asked = true;
		if (kfd_gpreempt_is_armed(q)) {
			arming->armed_ns = now_ns;
			arming->retry_ns = 0;
			continue;
		}
		arming->retry_ns = max(min(2 * arming->retry_ns, limit_ns),
				       ARM_RETRY_NS);
		arming->retry_after_ns = now_ns + arming->retry_ns;
		WRITE_ONCE(arming->due_ns, arming->retry_after_ns);
	}
	return asked;
}

/**
 * kfd_gpreempt_arm_sample_begin() - a look at the LC queues begins
 * @gp: the node's scheduler
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_arm_sample_begin(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->lock);

	gp->arming.sample++;
	gp->arming.at_ns = U64_MAX;
}

/**
 * kfd_gpreempt_arm_sample() - when may the doorbells of a queue be armed?
 * @gp: the node's scheduler
 * @q: an LC queue
 * @busy: it has LC work, or might have
 * @now_ns: now
 *
 * To be called for each LC queue; &kfd_gpreempt_armings.at_ns is the answer for the
 * first process of which no queue is busy, nor was when last asked: a busy one
 * may come later in the list.
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_arm_sample(struct kfd_gpreempt *gp, const struct queue *q,
			     bool busy, u64 now_ns)
{
	struct kfd_gpreempt_arming *arming = arming_of(q);

	lockdep_assert_held(&gp->lock);

	note_ring(gp, q, now_ns);
	if (busy)
		arming->busy_sample = gp->arming.sample;
	else if (gp->arming.sample - arming->busy_sample > 1 &&
		 !kfd_gpreempt_is_armed(q) &&
		 kfd_gpreempt_doorbells_armable(q->gpreempt.doorbells))
		gp->arming.at_ns = min(gp->arming.at_ns,
				       READ_ONCE(arming->due_ns));
}

/* ---- the worker's two ends of it ---------------------------------------- */

static bool all_armed(struct list_head *queues)
{
	struct queue *q;

	list_for_each_entry(q, queues, gpreempt.node) {
		if (!kfd_gpreempt_is_armed(q))
			return false;
	}
	return true;
}

static bool may_be_quiet(struct kfd_gpreempt *gp, u64 now_ns)
{
	if (gp->arming.quiet || gp->count.be_throttled ||
	    now_ns < gp->arming.quiet_after_ns)
		return false;
	if (kfd_gpreempt_is_quiet(gp))
		return true;
	gp->arming.quiet_after_ns = now_ns + QUIET_RETRY_NS;
	return false;
}

static void note_rings(struct kfd_gpreempt *gp, struct list_head *queues,
		       u64 now_ns)
{
	unsigned long flags;
	struct queue *q;

	list_for_each_entry(q, queues, gpreempt.node) {
		if (!q->gpreempt.doorbells || kfd_gpreempt_is_armed(q))
			continue;
		raw_spin_lock_irqsave(&gp->lock, flags);
		note_ring(gp, q, now_ns);
		raw_spin_unlock_irqrestore(&gp->lock, flags);
	}
}

/**
 * kfd_gpreempt_arm_begin() - collect the doorbells that are to be armed
 * @gp: the node's scheduler, running
 * @wanted: where to put them, for kfd_gpreempt_doorbells_arm()
 *
 * Context: the node's worker; dqm lock held.
 *
 * Return: true if the node may be quiet when they are armed.
 */
bool kfd_gpreempt_arm_begin(struct kfd_gpreempt *gp, struct list_head *wanted)
{
	struct turn turn = {
		.wanted = wanted,
		.now_ns = ktime_get_ns(),
		.next_ns = U64_MAX,
		.left = TURNS,
	};
	struct queue *q;
	bool quiet;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	note_rings(gp, &gp->lc, turn.now_ns);
	note_rings(gp, &gp->be, turn.now_ns);
	if (!(READ_ONCE(gp->knobs.triggers) & KFD_GPREEMPT_TRIGGER_DOORBELL) ||
	    gp->hold.held)
		return false;

	survey(gp);
	want_idle_lc(gp, &turn);
	if (gp->count.asleep) {
		want_unheard(gp, &turn, &gp->lc);
		want_unheard(gp, &turn, &gp->be);
	}

	quiet = may_be_quiet(gp, turn.now_ns);
	if (quiet) {
		list_for_each_entry(q, &gp->be, gpreempt.node)
			want(gp, &turn, q, true);
	}
	if (turn.next_ns != U64_MAX)
		kfd_gpreempt_timer_within(gp, turn.next_ns > turn.now_ns ?
					    turn.next_ns - turn.now_ns : 1);
	return quiet;
}

static void set_quiet(struct kfd_gpreempt *gp, bool quiet)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->arming.quiet = quiet && !gp->due.scan && !gp->due.place;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/*
 * First said, then looked for what speaks against it: a ring disarms, then says
 * that it isn't so. Either we see that nobody is armed, or its word is the last.
 */
static void claim_quiet(struct kfd_gpreempt *gp, bool asked, u64 now_ns)
{
	set_quiet(gp, true);
	if (all_armed(&gp->lc) && all_armed(&gp->be) &&
	    kfd_gpreempt_is_quiet(gp))
		return;

	set_quiet(gp, false);
	/* Not everybody has had a turn, or somebody can't be armed. */
	gp->arming.quiet_after_ns = now_ns +
				    (asked ? ARM_RETRY_NS : QUIET_RETRY_NS);
}

/**
 * kfd_gpreempt_arm_end() - look again after doorbells were armed
 * @gp: the node's scheduler
 * @quiet: what kfd_gpreempt_arm_begin() has said
 *
 * What was rung before is in the rings now: the timer looks at those of LC, the
 * next kfd_gpreempt_act() at those of BE queues that sleep.
 *
 * Context: the node's worker; dqm lock held.
 */
void kfd_gpreempt_arm_end(struct kfd_gpreempt *gp, bool quiet)
{
	u64 now_ns = ktime_get_ns();
	unsigned long flags;
	bool asked;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	asked = settle(gp, &gp->lc, now_ns);
	asked |= settle(gp, &gp->be, now_ns);
	kfd_gpreempt_recount(gp);
	if (quiet)
		claim_quiet(gp, asked, now_ns);
	else
		set_quiet(gp, false);

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (gp->count.asleep_be)
		gp->due.scan = true;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	kfd_gpreempt_timer_kick(gp);
}
