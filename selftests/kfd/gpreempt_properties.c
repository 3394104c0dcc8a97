// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: what holds for the policy whatever happens. Nodes with random
 * knobs, LC bursts and best-effort processes run in simulated time; the policy
 * is asked as the driver asks it, and what it does is checked at each step.
 *
 * The files that the driver is built from are compiled into this program, which
 * needs no GPU and no module. GPREEMPT_SEED=<n> repeats a run that failed: the
 * seed that it names, first thing.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_policy.c"
#include "kfd_gpreempt_debt.c"
#include "kfd_gpreempt_wait.c"
#include "kfd_gpreempt_watch.c"
#include "kfd_gpreempt_admit.c"

#define US		NS_PER_US
#define MS		(1000 * US)
#define NEVER		U64_MAX
#define MAX_LC		4
#define MAX_PROCESSES	8
#define MAX_QUEUES	96
#define DEFAULT_SEED	20260101
#define NODES		60	/* of each kind */
#define STEPS		1000	/* in the life of each */
#define WINDOW		100
/* Bound of the decisions that one look may lead to */
#define MAX_DECISIONS	6
/* As the driver looks who pays */
#define LOOK_SHARE	16

/**
 * struct load - what the queues of a node do
 * @lc_always: the first LC queue never runs empty
 * @lc_blocks: LC queues wait for best-effort work
 * @be_rests: best-effort queues run empty, too
 * @be_large: the first process has more queues than there are slots
 */
struct load {
	bool lc_always;
	bool lc_blocks;
	bool be_rests;
	bool be_large;
};

/**
 * struct lc - a process with one latency-critical queue
 * @left_ns: work that waits
 * @done_ns: work that was done
 * @ended: how often it has run empty
 * @rung: how often more work has come
 * @next_ns: when more work comes
 * @pays: it is off, until best-effort has had what it is owed
 * @paid_ns: for how long it has been
 * @watch: what the scheduler knows
 * @blame: what best-effort has waited for it
 */
struct lc {
	u64 left_ns;
	u64 done_ns;
	u64 ended;
	u64 rung;
	u64 next_ns;
	bool pays;
	u64 paid_ns;
	struct kfd_gpreempt_watch watch;
	struct kfd_gpreempt_blame blame;
};

/*
 * struct node - a GPU, its scheduler, and what is checked about it
 * @rng: state of the random numbers
 * @queue: best-effort queues; @wants is the truth, not what was last seen
 * @waits_ns: of each of these: time for which best-effort ran and this one,
 *	which had work, did not
 * @turn_ns: when a best-effort queue gets or ends work
 * @timer_ns: when the scheduler looks next
 * @can_ask: the hardware can say which queues have waves
 * @save_ns: how long it takes to save waves, or to restore them
 * @restore_ns: what is left of that now
 * @marked_ns: what best-effort had waited when it was last looked who pays
 * @off_ns: time for which best-effort was held off, in a window of WINDOW steps
 * @on_ns: time for which it was not
 * @inverted_ns: for how long an LC queue has got nowhere with best-effort on
 * @blocked_ns: for how long LC queues that need best-effort have waited with it
 *	off, since the last of them got work
 */
struct node {
	u64 rng;
	struct load load;
	struct kfd_gpreempt_knobs knobs;
	u32 slots, process_slots, capacity;
	u64 now_ns, turn_ns, timer_ns;
	bool can_ask;
	u64 save_ns, restore_ns, marked_ns;
	struct lc lc[MAX_LC];
	u32 num_lc;
	struct kfd_gpreempt_candidate queue[MAX_QUEUES];
	u64 waits_ns[MAX_QUEUES];
	u32 order[MAX_QUEUES + MAX_PROCESSES];
	u32 queues;
	struct kfd_gpreempt_share process[MAX_PROCESSES];
	u32 size[MAX_PROCESSES];
	u32 processes;
	struct kfd_gpreempt_debt debt;
	u64 floor_ns;
	bool held;
	u64 held_since_ns, resumed_ns, slot_ns, lc_idle_since_ns;
	u64 off_ns, on_ns, inverted_ns, blocked_ns;
};

/* ---- random numbers ----------------------------------------------------- */

static u32 below(struct node *n, u32 bound)
{
	n->rng ^= n->rng << 13;
	n->rng ^= n->rng >> 7;
	n->rng ^= n->rng << 17;
	return (n->rng >> 32) % bound;
}

/* From @low to @high, each order of magnitude as likely as the others. */
static u64 spread(struct node *n, u64 low, u64 high)
{
	while (low * 2 < high && below(n, 3))
		low *= 2;
	return low + below(n, low);
}

static u64 seed(void)
{
	const char *text = getenv("GPREEMPT_SEED");

	return text ? strtoull(text, NULL, 0) : DEFAULT_SEED;
}

/* ---- a node ------------------------------------------------------------- */

static void random_knobs(struct node *n)
{
	n->knobs = (struct kfd_gpreempt_knobs) {
		.triggers = KFD_GPREEMPT_TRIGGER_TIMER |
			    (below(n, 2) ? KFD_GPREEMPT_TRIGGER_DOORBELL : 0),
		.monitor_interval_us = spread(n, 500, 8000),
		.lc_interval_us = spread(n, 50, 4000),
		.confirm_us = below(n, 2) * spread(n, 10, 500),
		.resume_delay_us = below(n, 3) * spread(n, 5, 400),
		.be_min_runtime_us = below(n, 2) * spread(n, 50, 30000),
		.be_max_wait_us = spread(n, 500, 200000),
		.be_quantum_us = spread(n, 500, 20000),
		.lc_progress_timeout_us = spread(n, 500, 20000),
	};
}

static void add_process(struct node *n, u32 size)
{
	u32 i;

	n->size[n->processes] = size;
	for (i = 0; i < size; i++) {
		n->queue[n->queues++] = (struct kfd_gpreempt_candidate) {
			.process = n->processes,
			.wants = !n->load.be_rests || below(n, 2),
		};
	}
	n->processes++;
}

static void random_node(struct node *n, u64 random_seed, struct load load)
{
	u32 processes, i;

	*n = (struct node) {
		.rng = random_seed * 2654435761u + 1,
		.load = load,
		.now_ns = 1000 * MS,
		.timer_ns = 1000 * MS,
	};
	for (i = 0; i < 8; i++)
		below(n, 2);
	random_knobs(n);
	n->slots = 1 + below(n, 20);
	n->process_slots = 1 + below(n, MAX_PROCESSES);
	processes = 1 + below(n, MAX_PROCESSES);
	for (i = 0; i < processes; i++)
		add_process(n, !i && load.be_large ? n->slots + 1 + below(n, 20) :
						     1 + below(n, 8));
	if (n->slots > 2 && below(n, 4) == 0) {
		n->queue[0].keeps = true;
		n->queue[0].wants = true;
	}
	n->capacity = n->slots - n->queue[0].keeps;
	n->can_ask = below(n, 2);
	n->save_ns = below(n, 100) * US;
	n->num_lc = 1 + below(n, MAX_LC);
	for (i = 0; i < n->num_lc; i++)
		n->lc[i].next_ns = n->now_ns + spread(n, 10 * US, 10 * MS);
	n->turn_ns = load.be_rests ? n->now_ns + spread(n, 10 * US, 5 * MS) :
				     NEVER;
	n->resumed_ns = n->now_ns;
	n->debt.since_ns = n->now_ns;
	n->lc_idle_since_ns = n->now_ns;
}

static u32 be_admitted(const struct node *n)
{
	u32 count = 0, i;

	for (i = 0; i < n->queues; i++)
		count += n->queue[i].admitted;
	return count;
}

static bool be_active(const struct node *n)
{
	return !n->held && be_admitted(n);
}

static bool lc_gets_on(const struct node *n)
{
	return n->load.lc_blocks == be_active(n);
}

/* ---- what the driver does ----------------------------------------------- */

static bool is_overdue(const struct node *n,
		       const struct kfd_gpreempt_watch *watch)
{
	return n->held && watch->pending && !watch->blocked &&
	       kfd_gpreempt_watch_overdue(&n->knobs, watch, n->can_ask,
					  n->held_since_ns, n->now_ns);
}

static void look_at(struct node *n, struct lc *lc,
		    struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_watch *watch = &lc->watch;
	bool pending = lc->left_ns;
	u64 stuck_ns, doubt_ns;

	/* A packet is 20 us of work, or what is left. */
	kfd_gpreempt_watch_sample(watch, lc->done_ns / (20 * US) + lc->ended,
				  lc->rung, pending, n->held, n->now_ns);
	doubt_ns = kfd_gpreempt_watch_doubt_ns(watch, n->now_ns);
	if (!pending || watch->blocked || doubt_ns) {
		kfd_gpreempt_blame_update(&lc->blame, &n->debt, false);
		if (pending && !watch->blocked &&
		    (!view->lc_doubt_in_ns || doubt_ns < view->lc_doubt_in_ns))
			view->lc_doubt_in_ns = doubt_ns;
		return;
	}
	kfd_gpreempt_blame_update(&lc->blame, &n->debt, true);
	view->lc_pending++;
	view->lc_overdue += is_overdue(n, watch);
	stuck_ns = n->now_ns - watch->stuck_since_ns;
	if (stuck_ns > view->lc_stuck_ns)
		view->lc_stuck_ns = stuck_ns;
}

static struct kfd_gpreempt_view look(struct node *n)
{
	bool doorbell = n->knobs.triggers & KFD_GPREEMPT_TRIGGER_DOORBELL;
	struct kfd_gpreempt_view view = {
		.now_ns = n->now_ns,
		.be_held = n->held,
		.be_held_since_ns = n->held_since_ns,
		.be_resumed_ns = n->resumed_ns,
		.be_tracked = n->queues,
		.be_active = n->held ? 0 : be_admitted(n),
		.be_throttled = n->queues - be_admitted(n),
		.slot_ns = n->slot_ns,
		.lc_tracked = n->num_lc,
		.lc_interval_us = n->knobs.lc_interval_us,
	};
	u32 i;

	for (i = 0; i < n->num_lc; i++) {
		struct lc *lc = &n->lc[i];

		view.lc_armed += doorbell && !lc->left_ns;
		if (lc->pays) {
			lc->watch.pending = false;
			kfd_gpreempt_blame_update(&lc->blame, &n->debt, false);
			continue;
		}
		view.lc_active++;
		look_at(n, lc, &view);
	}
	if (view.lc_pending)
		n->lc_idle_since_ns = n->now_ns;
	view.lc_idle_ns = n->now_ns - n->lc_idle_since_ns;
	return view;
}

static u32 wanting_of(const struct node *n, u32 process, u32 *admitted,
		      u32 *kept)
{
	u32 wanting = 0, i;

	*admitted = 0;
	*kept = 0;
	for (i = 0; i < n->queues; i++) {
		if (n->queue[i].process != process)
			continue;
		*kept += n->queue[i].keeps;
		if (!n->queue[i].wants || n->queue[i].keeps)
			continue;
		wanting++;
		*admitted += n->queue[i].admitted;
	}
	return wanting;
}

/*
 * What holds whenever slots have been handed out: never more than there are,
 * no more processes than fit; a process that would fit alone has a slot for
 * all of its work or for none. If there is a slot left that no queue with work
 * has, then every process that has some of its work placed has all of it
 * placed, and each of the others is larger than what is left, or finds no place
 * in the runlist. And no slot is empty while any queue of a process in the
 * runlist could have it.
 */
static void check_slots(struct __test_metadata *_metadata,
			const struct node *n)
{
	u32 wanting, admitted, kept, p, i;
	u32 places = 0, left = n->capacity;

	EXPECT_LE(be_admitted(n), n->slots);
	for (p = 0; p < n->processes; p++) {
		wanting = wanting_of(n, p, &admitted, &kept);
		left -= admitted;
		for (i = 0; i < n->queues; i++) {
			if (n->queue[i].process == p && n->queue[i].admitted)
				break;
		}
		places += i < n->queues && !kept;
	}
	EXPECT_LE(places, n->process_slots);

	for (p = 0; p < n->processes; p++) {
		wanting = wanting_of(n, p, &admitted, &kept);
		if (wanting <= n->capacity) {
			EXPECT_TRUE(!admitted || admitted == wanting)
				TH_LOG("%u of %u", admitted, wanting);
		}
		if (admitted == wanting || !left)
			continue;
		EXPECT_EQ(0, admitted);
		EXPECT_TRUE(wanting > left ||
			    (!kept && places == n->process_slots))
			TH_LOG("%u want, %u left", wanting, left);
	}
	if (be_admitted(n) == n->slots)
		return;
	for (i = 0; i < n->queues; i++) {
		p = n->queue[i].process;
		wanting_of(n, p, &admitted, &kept);
		if (n->queue[i].wants || n->queue[i].admitted)
			continue;
		EXPECT_TRUE(!admitted && !kept && places == n->process_slots)
			TH_LOG("queue %u is off and a slot is empty", i);
	}
}

static void place(struct __test_metadata *_metadata, struct node *n)
{
	u64 lead_ns = n->knobs.be_quantum_us * US;

	kfd_gpreempt_level(n->queue, n->queues, n->process, n->processes,
			   &n->floor_ns, lead_ns);
	kfd_gpreempt_admit(n->queue, n->queues, n->process, n->processes,
			   n->order, n->slots, n->process_slots);
	n->slot_ns = 0;
	check_slots(_metadata, n);
}

static void set_held(struct node *n, bool held)
{
	kfd_gpreempt_debt_update(&n->debt, &n->knobs, held, n->now_ns);
	n->held = held;
	if (held) {
		n->held_since_ns = n->now_ns;
	} else {
		n->resumed_ns = n->now_ns;
		n->restore_ns = n->save_ns;
		n->debt.restore_ns = n->save_ns;
	}
}

static void check_preempt(struct __test_metadata *_metadata,
			  const struct node *n,
			  const struct kfd_gpreempt_view *view)
{
	const struct kfd_gpreempt_knobs *k = &n->knobs;
	bool pending = false;
	u32 i;

	for (i = 0; i < n->num_lc; i++)
		pending |= n->lc[i].left_ns && !n->lc[i].watch.blocked &&
			   !n->lc[i].pays;
	EXPECT_TRUE(pending);
	EXPECT_TRUE(be_active(n));
	EXPECT_GE(n->now_ns - n->resumed_ns, k->be_min_runtime_us * US);
	EXPECT_GE(view->lc_stuck_ns, k->confirm_us * US);
}

/* Who is stuck and runs waits for compute units; the others for something else. */
static bool block(struct node *n)
{
	bool blocked = false, pending = false;
	u32 i;

	for (i = 0; i < n->num_lc; i++) {
		struct kfd_gpreempt_watch *watch = &n->lc[i].watch;

		if (n->lc[i].pays)
			continue;
		if (is_overdue(n, watch)) {
			if (n->can_ask && lc_gets_on(n)) {
				kfd_gpreempt_watch_asked(watch, 0, n->now_ns);
			} else {
				kfd_gpreempt_watch_block(watch, n->now_ns -
							 n->held_since_ns,
							 n->now_ns);
				blocked = true;
			}
		}
		pending |= watch->pending && !watch->blocked &&
			   !kfd_gpreempt_watch_doubt_ns(watch, n->now_ns);
	}
	return blocked && !pending;
}

static void call(struct node *n)
{
	u64 ns, caused_ns = 0;
	u32 i, processes = 0;

	for (i = 0; i < n->num_lc; i++) {
		ns = kfd_gpreempt_blame_ns(&n->lc[i].blame, &n->debt);
		caused_ns += ns;
		processes += !!ns;
	}
	kfd_gpreempt_debt_call(&n->debt, caused_ns, processes);
}

/* Nobody pays who has caused nothing, but when new ones come again and again. */
static void mark_debts(struct __test_metadata *_metadata, struct node *n)
{
	u32 i;

	n->marked_ns = n->debt.waited_ns;
	for (i = 0; i < n->num_lc; i++) {
		struct lc *lc = &n->lc[i];

		lc->pays = kfd_gpreempt_blame_pays(&lc->blame, &n->debt,
						   &n->knobs);
		if (!lc->pays)
			lc->paid_ns = 0;
		EXPECT_TRUE(!lc->pays || n->debt.owed);
		EXPECT_TRUE(!lc->pays ||
			    kfd_gpreempt_blame_ns(&lc->blame, &n->debt) ||
			    n->debt.waited_ns - n->debt.called_ns >=
			    n->knobs.be_max_wait_us * US / 2);
	}
}

static bool debts_due(const struct node *n)
{
	u32 i;

	if (n->debt.owed)
		return n->debt.waited_ns - n->marked_ns >=
		       n->knobs.be_max_wait_us * US / LOOK_SHARE;
	for (i = 0; i < n->num_lc; i++) {
		if (n->lc[i].pays)
			return true;
	}
	return false;
}

static bool act(struct __test_metadata *_metadata, struct node *n,
		const struct kfd_gpreempt_view *view,
		const struct kfd_gpreempt_decision *decision)
{
	if (decision->cause == KFD_GPREEMPT_CAUSE_STARVED)
		call(n);
	switch (decision->action) {
	case KFD_GPREEMPT_PREEMPT:
		check_preempt(_metadata, n, view);
		set_held(n, true);
		break;
	case KFD_GPREEMPT_RESUME:
		EXPECT_TRUE(n->held);
		if (decision->cause != KFD_GPREEMPT_CAUSE_BLOCKED || block(n))
			set_held(n, false);
		break;
	case KFD_GPREEMPT_ROTATE:
		place(_metadata, n);
		break;
	case KFD_GPREEMPT_NOTHING:
		if (!debts_due(n))
			return false;
		break;
	}
	mark_debts(_metadata, n);
	return true;
}

/* The worker: decide and act until there is nothing more to do. */
static void work(struct __test_metadata *_metadata, struct node *n)
{
	struct kfd_gpreempt_decision decision;
	struct kfd_gpreempt_view view;
	int i;

	for (i = 0; i < MAX_DECISIONS; i++) {
		kfd_gpreempt_debt_update(&n->debt, &n->knobs, n->held,
					 n->now_ns);
		view = look(n);
		decision = kfd_gpreempt_decide(&n->knobs, &n->debt, &view);
		if (!act(_metadata, n, &view, &decision)) {
			n->timer_ns = decision.next_ns ?
				      n->now_ns + decision.next_ns : NEVER;
			return;
		}
	}
	EXPECT_LT(i, MAX_DECISIONS)
		TH_LOG("the policy never comes to rest");
}

/* ---- what is promised --------------------------------------------------- */

/*
 * How long best-effort may run before a queue with work has a slot, where the
 * quantum is Q, there are N processes, and this one has m queues for c slots.
 *
 * Whenever this process does not have what it wants, the least served of those
 * that can be placed has all that it wants, and is charged for the whole time.
 * It had at most as much as this one, whom nobody is more than Q behind
 * (kfd_gpreempt_level()), and slots go round at least every Q: each other
 * process can be it for 2 Q, and as long again as this one is charged in the
 * meantime, which is nothing if it has nothing, that is if m <= c. A process
 * that is split is charged C at most: its slots, c at full charge, go to the
 * other m - 1 queues, each for 2 Q at most for the same reasons as above. So
 * the bound is N (2 Q + C), C = 2 Q ceil(m / c) for m > c and 0 otherwise; and
 * another Q until slots go round after the queue got work.
 */
static u64 max_service_ns(const struct node *n, u32 process)
{
	u64 quantum_ns = n->knobs.be_quantum_us * US;
	u64 charge_ns = 0;

	if (n->size[process] > n->capacity)
		charge_ns = 2 * quantum_ns *
			    ((n->size[process] + n->capacity - 1) / n->capacity);
	return n->processes * (2 * quantum_ns + charge_ns) + quantum_ns;
}

/*
 * Best-effort is held off for be_max_wait_us in total, then it is owed its quantum
 * Q, and those who have caused the wait are off. The others may hold it off for
 * half as long again, then all of them pay; that is seen at the next look. Call
 * all of that W. Any time of the clock in which it is on for r Q therefore has it
 * off for (r + 2) W at most: in each quantum that lies in it, and in those that it
 * begins and ends in. With max_service_ns() = r Q a queue with work has a slot,
 * and is on, after r Q + (r + 2) W at the latest, however busy the LC queues are.
 */
static u64 max_wait_ns(const struct node *n)
{
	u64 wait_ns = n->knobs.be_max_wait_us * US;

	return wait_ns + wait_ns / 2 + wait_ns / LOOK_SHARE +
	       n->knobs.lc_interval_us * US;
}

static void check_be(struct __test_metadata *_metadata, const struct node *n)
{
	u64 quanta = n->on_ns / (n->knobs.be_quantum_us * US);
	u32 i;

	EXPECT_LE(n->off_ns, (quanta + 2) * max_wait_ns(n));
	for (i = 0; i < n->queues; i++) {
		EXPECT_LE(n->waits_ns[i],
			  max_service_ns(n, n->queue[i].process))
			TH_LOG("queue %u, process %u of %u with %u queues, %u slots, quantum %u us",
			       i, n->queue[i].process, n->processes,
			       n->size[n->queue[i].process], n->slots,
			       n->knobs.be_quantum_us);
	}
}

/*
 * An LC queue that gets nowhere while best-effort is on: it is seen after a
 * period of the timer at the latest, confirmed, and then waits for the minimum
 * that best-effort has coming. Only who pays waits for a quantum, and for as long
 * as others keep best-effort from having it.
 */
static void check_lc(struct __test_metadata *_metadata, const struct node *n)
{
	const struct kfd_gpreempt_knobs *k = &n->knobs;
	u32 i;

	EXPECT_LE(n->inverted_ns, (k->lc_interval_us + k->confirm_us +
				   k->be_min_runtime_us) * US);
	/* The guard, the delay, and three looks until both have been seen. */
	EXPECT_LE(n->blocked_ns,
		  (k->lc_progress_timeout_us + 3 * k->resume_delay_us) * US +
		  3 * DRAIN_POLL_MIN_NS);
	for (i = 0; i < n->num_lc; i++) {
		EXPECT_LE(n->lc[i].paid_ns, max_wait_ns(n) +
			  (k->be_quantum_us + k->lc_interval_us) * US +
			  STEPS * n->save_ns);
	}
}

/* ---- time --------------------------------------------------------------- */

static u64 next_event_ns(const struct node *n)
{
	u64 next_ns = n->timer_ns < n->turn_ns ? n->timer_ns : n->turn_ns;
	u32 i;

	for (i = 0; i < n->num_lc; i++) {
		if (n->lc[i].next_ns < next_ns)
			next_ns = n->lc[i].next_ns;
	}
	return next_ns;
}

static void pass_lc(struct node *n, u64 elapsed_ns)
{
	bool gets_on = lc_gets_on(n), inverted = false, blocked = false;
	u32 i;

	for (i = 0; i < n->num_lc; i++) {
		struct lc *lc = &n->lc[i];
		u64 done_ns = lc->left_ns < elapsed_ns ? lc->left_ns : elapsed_ns;

		lc->paid_ns += lc->pays ? elapsed_ns : 0;
		if (!lc->left_ns || lc->pays)
			continue;
		inverted |= !gets_on && be_active(n);
		blocked |= !gets_on && !be_active(n);
		if (!gets_on)
			continue;
		lc->done_ns += done_ns;
		lc->left_ns -= done_ns;
		lc->ended += !lc->left_ns;
		if (n->load.lc_always && !i && !lc->left_ns)
			lc->left_ns = 50 * US;
	}
	n->inverted_ns = inverted ? n->inverted_ns + elapsed_ns : 0;
	n->blocked_ns = blocked ? n->blocked_ns + elapsed_ns : 0;
}

static void pass_be(struct node *n, u64 elapsed_ns)
{
	u64 restored_ns = 0;
	u32 i;

	n->off_ns += n->held ? elapsed_ns : 0;
	if (n->held)
		return;
	restored_ns = n->restore_ns < elapsed_ns ? n->restore_ns : elapsed_ns;
	n->restore_ns -= restored_ns;
	n->on_ns += elapsed_ns - restored_ns;
	n->slot_ns += elapsed_ns;
	for (i = 0; i < n->processes; i++)
		n->process[i].served_ns +=
			kfd_gpreempt_served_ns(&n->process[i], elapsed_ns);
	for (i = 0; i < n->queues; i++) {
		if (n->queue[i].admitted)
			n->queue[i].served_ns += elapsed_ns;
		if (n->queue[i].admitted || !n->queue[i].wants)
			n->waits_ns[i] = 0;
		else
			n->waits_ns[i] += elapsed_ns;
	}
}

/* A best-effort queue gets work, or has done all of it. */
static bool turn(struct node *n)
{
	u32 i = below(n, n->queues);

	n->turn_ns = n->now_ns + spread(n, 10 * US, 5 * MS);
	if (!n->queue[i].keeps)
		n->queue[i].wants = !n->queue[i].wants;
	/* Its doorbell may have told, or it is seen the next time. */
	return below(n, 2);
}

static void step(struct __test_metadata *_metadata, struct node *n)
{
	bool doorbell = n->knobs.triggers & KFD_GPREEMPT_TRIGGER_DOORBELL;
	u64 next_ns = next_event_ns(n);
	bool notice = next_ns == n->timer_ns;
	u32 i;

	EXPECT_NE(NEVER, next_ns);
	pass_lc(n, next_ns - n->now_ns);
	pass_be(n, next_ns - n->now_ns);
	n->now_ns = next_ns;
	check_lc(_metadata, n);
	check_be(_metadata, n);

	for (i = 0; i < n->num_lc; i++) {
		struct lc *lc = &n->lc[i];

		if (lc->next_ns != n->now_ns)
			continue;
		notice |= doorbell && !lc->left_ns;
		n->blocked_ns = 0;
		lc->rung++;
		lc->left_ns += spread(n, 5 * US, 3 * MS);
		lc->next_ns += spread(n, 50 * US, 20 * MS);
	}
	if (n->turn_ns == n->now_ns && turn(n) && !n->held)
		place(_metadata, n);
	if (notice)
		work(_metadata, n);
}

static void live(struct __test_metadata *_metadata, struct load load)
{
	u64 first = seed(), at;
	struct node n;
	int steps;

	TH_LOG("GPREEMPT_SEED=%llu", (unsigned long long)first);
	for (at = first; at < first + NODES; at++) {
		random_node(&n, at, load);
		place(_metadata, &n);
		for (steps = 0; steps < STEPS; steps++) {
			if (steps % WINDOW == 0) {
				n.off_ns = 0;
				n.on_ns = 0;
			}
			step(_metadata, &n);
			if (_metadata->exit_code == KSFT_FAIL) {
				TH_LOG("repeat with GPREEMPT_SEED=%llu",
				       (unsigned long long)at);
				return;
			}
		}
	}
}

TEST(bursts)
{
	live(_metadata, (struct load) {});
}

TEST(lc_never_idle)
{
	live(_metadata, (struct load) { .lc_always = true });
}

TEST(lc_waits_for_be)
{
	live(_metadata, (struct load) { .lc_blocks = true });
}

TEST(be_queues_rest)
{
	live(_metadata, (struct load) { .be_rests = true });
}

TEST(more_queues_than_slots)
{
	live(_metadata, (struct load) { .be_large = true });
}

TEST(more_queues_than_slots_and_lc_never_idle)
{
	live(_metadata, (struct load) { .be_large = true, .lc_always = true });
}

TEST(everything_at_once)
{
	live(_metadata, (struct load) {
		.be_large = true, .be_rests = true, .lc_always = true });
}

TEST_HARNESS_MAIN
