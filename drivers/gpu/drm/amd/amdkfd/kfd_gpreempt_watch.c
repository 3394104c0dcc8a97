// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: what is remembered of a queue, and how far it is believed.
 *
 * An LC queue that has unread packets may wait for compute units, or for
 * anything else: a signal of the host, a kernel of BE, the rest of a packet that
 * is being written. Its ring does not say. Holding BE for it tells: with the
 * compute units free it gets on, or it was a mistake, and who was mistaken often
 * has to wait for longer before BE is held for it again.
 */
#include "kfd_gpreempt_policy_priv.h"

/*
 * How long after a preemption hardware that can say what runs is first asked: an
 * LC kernel is launched, and has waves, a few us after the compute units are
 * free; this leaves room for slow packets before it.
 */
#define ASK_FIRST_NS	(200 * NS_PER_US)

/* Asking takes a part of the time of no more than one in so many. */
#define ASK_SHARE	16

/*
 * One mistake is free: an inversion often comes right after a dependency. So are
 * those that take less than one in so many of the time. The others are remembered
 * for longer each time they are made again.
 */
#define FREE_MISTAKES	1
#define FREE_SHARE	16
#define DOUBT_MAX_NS	(100000 * NS_PER_US)
#define MEMORY_MAX_NS	(1000000 * NS_PER_US)

/*
 * How long what is read of a barrier is believed: a share of what it has waited
 * there, as what comes next is late by no more than that.
 */
#define BARRIER_SHARE		8
#define BARRIER_MIN_NS		(20 * NS_PER_US)
#define BARRIER_MAX_NS		(1000 * NS_PER_US)

/* What a packet takes without BE is an average over so many, about. */
#define PACE_SHARE	8

/*
 * A queue that gets on is held up all the same if it takes longer than it does
 * without BE, one packet after the other: @late_ns, until the ring is empty.
 */
static void learn_pace(struct kfd_gpreempt_watch *watch, u64 packets, u64 ns)
{
	u64 pace_ns = ns / packets;

	watch->pace_ns = watch->pace_ns ?
		watch->pace_ns - watch->pace_ns / PACE_SHARE +
		pace_ns / PACE_SHARE : pace_ns;
}

/* One kernel takes longer than the other: what is gained makes up for what is lost. */
static void add_delay(struct kfd_gpreempt_watch *watch, u64 packets, u64 ns)
{
	u64 own_ns = packets * watch->pace_ns;

	watch->late_ns += ns;
	watch->late_ns -= min_ns(watch->late_ns, own_ns);
}

/* It has got on by some packets since the last sample, and waited before that. */
static void note_pace(struct kfd_gpreempt_watch *watch, u64 rptr, bool be_held,
		      u64 now_ns)
{
	u64 packets = rptr - watch->rptr;
	u64 ns = now_ns - watch->stuck_since_ns;

	/* The pointers of PM4 come round. */
	if (packets > 0xffffffff)
		return;
	if (!be_held)
		add_delay(watch, packets, ns);
	else if (watch->alone)
		learn_pace(watch, packets, ns);
	/* The one at @rptr began to wait with BE held. */
	watch->alone = be_held;
}

static void begin_wait(struct kfd_gpreempt_watch *watch, u64 now_ns)
{
	watch->stuck_since_ns = now_ns;
	watch->barrier_ns = 0;
	watch->ask_ns = 0;
	watch->ask_gap_ns = 0;
}

/**
 * kfd_gpreempt_watch_elsewhere() - does a queue wait for something else?
 * @watch: what is remembered of the queue
 *
 * Return: true if what it waits for is known not to be compute units.
 */
bool kfd_gpreempt_watch_elsewhere(const struct kfd_gpreempt_watch *watch)
{
	return watch->blocked || watch->barrier_ns;
}

/**
 * kfd_gpreempt_watch_sample() - note the state of a queue
 * @watch: what is remembered of the queue
 * @rptr: its read pointer
 * @wptr: its write pointer
 * @pending: whether its ring has unread packets
 * @be_held: whether BE has been held off since the last sample
 * @now_ns: time of the sample
 *
 * The wait starts anew whenever the queue was empty or the read pointer has
 * moved since the last sample. A queue that gets on, or gets more packets, is
 * not blocked any more. One that gets on while BE is held needed that.
 *
 * Return: true if the queue had to wait, and is empty now; it was held up for
 * @watch->late_ns.
 */
bool kfd_gpreempt_watch_sample(struct kfd_gpreempt_watch *watch, u64 rptr,
			       u64 wptr, bool pending, bool be_held,
			       u64 now_ns)
{
	bool moved = watch->rptr != rptr;
	bool waited = watch->pending && !kfd_gpreempt_watch_elsewhere(watch);
	bool ended = waited && !pending;

	if (!watch->pending || be_held)
		watch->late_ns = 0;
	watch->alone &= be_held;
	if (moved && waited)
		note_pace(watch, rptr, be_held, now_ns);

	if (moved && be_held) {
		watch->mistakes = 0;
		watch->memory_ns = 0;
	}
	if (!watch->pending || moved)
		begin_wait(watch, now_ns);
	if (watch->pending || moved)
		watch->empty_since_ns = now_ns;
	if (!pending || moved)
		watch->blocked = false;
	else if (watch->wptr != wptr)
		kfd_gpreempt_watch_rung(watch, now_ns);

	watch->rptr = rptr;
	watch->wptr = wptr;
	watch->pending = pending;
	return ended;
}

/**
 * kfd_gpreempt_watch_late_ns() - for how long a queue was held up until now
 * @watch: a queue that is pending
 * @now_ns: now
 *
 * Return: ns since its ring was empty, without what its packets take by themselves.
 */
u64 kfd_gpreempt_watch_late_ns(const struct kfd_gpreempt_watch *watch,
			       u64 now_ns)
{
	u64 ns = now_ns - watch->stuck_since_ns;

	return watch->late_ns + ns - min_ns(ns, watch->pace_ns);
}

/**
 * kfd_gpreempt_watch_rung() - a queue's process has rung
 * @watch: what is remembered of the queue
 * @now_ns: now
 *
 * What it waited for may be there now.
 */
void kfd_gpreempt_watch_rung(struct kfd_gpreempt_watch *watch, u64 now_ns)
{
	if (!watch->blocked)
		return;

	watch->blocked = false;
	begin_wait(watch, now_ns);
}

/**
 * kfd_gpreempt_watch_doubt_ns() - how much longer a queue has to wait
 * @watch: a queue that is pending
 * @now_ns: now
 *
 * Return: ns until BE may be preempted for the queue; 0 unless it waits at a barrier
 * packet, or that was in vain several times in a row a short time ago.
 */
u64 kfd_gpreempt_watch_doubt_ns(const struct kfd_gpreempt_watch *watch,
				u64 now_ns)
{
	u64 doubt_ns = ASK_FIRST_NS;
	u64 waited_ns = now_ns - watch->stuck_since_ns;
	u32 i;

	if (watch->barrier_ns > now_ns)
		return watch->barrier_ns - now_ns;
	if (watch->mistakes <= FREE_MISTAKES ||
	    now_ns - watch->mistaken_ns >= watch->memory_ns)
		return 0;

	for (i = FREE_MISTAKES; i < watch->mistakes && doubt_ns < DOUBT_MAX_NS; i++)
		doubt_ns *= 2;
	doubt_ns = min_ns(doubt_ns, DOUBT_MAX_NS);
	return doubt_ns > waited_ns ? doubt_ns - waited_ns : 0;
}

/**
 * kfd_gpreempt_watch_overdue() - is it time to ask what a queue waits for?
 * @knobs: the node's knobs
 * @watch: an LC queue that is pending
 * @can_ask: the hardware can say which queues have waves
 * @held_since_ns: since when BE has been held off
 * @now_ns: time of the sample
 *
 * Return: true if the queue has made no progress for a while although BE was out
 * of its way: for lc_progress_timeout_us, or less if the hardware can be asked.
 */
bool kfd_gpreempt_watch_overdue(const struct kfd_gpreempt_knobs *knobs,
				const struct kfd_gpreempt_watch *watch,
				bool can_ask, u64 held_since_ns, u64 now_ns)
{
	u64 timeout_ns = knobs->lc_progress_timeout_us * NS_PER_US;
	u64 since_ns = max_ns(watch->stuck_since_ns, held_since_ns);

	if (!timeout_ns)
		return false;
	if (can_ask)
		timeout_ns = min_ns(timeout_ns, ASK_FIRST_NS);

	return now_ns >= max_ns(since_ns + timeout_ns, watch->ask_ns);
}

/**
 * kfd_gpreempt_watch_asked() - the queue may be waiting for compute units
 * @watch: the queue
 * @cost_ns: what asking took
 * @now_ns: now
 *
 * It is asked again, less and less often.
 */
void kfd_gpreempt_watch_asked(struct kfd_gpreempt_watch *watch, u64 cost_ns,
			      u64 now_ns)
{
	watch->ask_gap_ns = max_ns(2 * watch->ask_gap_ns, ASK_FIRST_NS);
	watch->ask_gap_ns = max_ns(min_ns(watch->ask_gap_ns, DOUBT_MAX_NS),
				   ASK_SHARE * cost_ns);
	watch->ask_ns = now_ns + watch->ask_gap_ns;
}

/**
 * kfd_gpreempt_watch_barrier() - the packet at the read pointer was read
 * @watch: the queue
 * @waits: it is a barrier packet whose signals are not there yet
 * @now_ns: now
 *
 * Once they are, the queue's wait for the hardware begins.
 */
void kfd_gpreempt_watch_barrier(struct kfd_gpreempt_watch *watch, bool waits,
				u64 now_ns)
{
	u64 ns = (now_ns - watch->stuck_since_ns) / BARRIER_SHARE;

	if (waits) {
		watch->barrier_ns = now_ns + min_ns(max_ns(ns, BARRIER_MIN_NS),
						    BARRIER_MAX_NS);
	} else if (watch->barrier_ns) {
		begin_wait(watch, now_ns);
	}
}

/**
 * kfd_gpreempt_watch_block() - the queue waits for something else
 * @watch: the queue
 * @vain_ns: for how long BE was held for it, in vain
 * @now_ns: now
 */
void kfd_gpreempt_watch_block(struct kfd_gpreempt_watch *watch, u64 vain_ns,
			      u64 now_ns)
{
	if (now_ns - watch->mistaken_ns >= watch->memory_ns)
		watch->mistakes = 0;
	if (watch->mistakes >= FREE_MISTAKES)
		watch->memory_ns *= 2;
	watch->memory_ns = min_ns(max_ns(watch->memory_ns,
					 FREE_SHARE * vain_ns), MEMORY_MAX_NS);
	watch->mistakes++;
	watch->mistaken_ns = now_ns;
	watch->blocked = true;
}
