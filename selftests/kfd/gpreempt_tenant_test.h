/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of the honest while a tenant attacks: measured, shown in one
 * line, and held to what is promised. A program that includes this has only to
 * list its attacks, one for each variant of the fixture.
 */
#ifndef GPREEMPT_TENANT_TEST_H
#define GPREEMPT_TENANT_TEST_H

#include "gpreempt_tenant.h"
#include "gpreempt_worker.h"

#define GT_NEVER	(~0ULL)

/**
 * struct gt_figures - what was measured
 * @worker_permille: of a CPU, that the scheduler's thread took
 * @lc_issued: requests of the honest LC process
 * @lc_done: those that have completed
 * @p50_ns: their latency; GT_NEVER: of one that has not completed
 * @p99_ns: the same
 * @be_work: workgroups of BE in a second
 * @strikes: of the attacker
 */
struct gt_figures {
	__u64 worker_permille;
	__u32 lc_issued;
	__u32 lc_done;
	__u64 p50_ns;
	__u64 p99_ns;
	__u64 be_work;
	__u64 strikes;
};

/**
 * struct gt_fair - what the honest have without an attacker
 * @known: it has been measured
 * @be: of BE alone
 * @both: of BE and LC
 */
struct gt_fair {
	bool known;
	struct gt_figures be;
	struct gt_figures both;
};

/* Each test is a process of its own; what one has measured all of them know. */
static struct gt_fair *gt_fair;

static void __attribute__((constructor)) gt_share_figures(void)
{
	gt_fair = mmap(NULL, sizeof(*gt_fair), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* ---- the measurement --------------------------------------------------- */

struct gt_measurement {
	const struct kfd_props *props;
	const struct gt_attack *attack;
	struct gt_board *board;
	pid_t pid[GT_ROLES];
};

static bool gt_takes_part(enum gt_role role, const struct gt_attack *attack)
{
	switch (role) {
	case GT_BE:
		return true;
	case GT_LC:
		return !attack->alone;
	default:
		return attack->strike;
	}
}

static int gt_start_all(struct gt_measurement *m)
{
	enum gt_role role;
	int ret = 0;

	for (role = 0; role < GT_ROLES && !ret; role++) {
		if (gt_takes_part(role, m->attack))
			ret = gt_start(m->board, role, m->attack,
				       &m->pid[role]);
	}
	usleep(GT_SETTLE_US);
	return ret;
}

/* From now on; while it goes on, what the scheduler's thread takes */
static int gt_measure_window(struct gt_measurement *m, struct gt_figures *f)
{
	int pid = gp_worker_pid(m->props->gpu_id);
	__u64 begin_ns = kfd_now_ns() + 5 * NSEC_PER_MSEC;
	__s64 cpu_ns;

	m->board->end_ns = begin_ns + gt_window_ns();
	__atomic_store_n(&m->board->begin_ns, begin_ns, __ATOMIC_RELEASE);
	gt_sleep_until(begin_ns);
	begin_ns = kfd_now_ns();
	cpu_ns = gp_cpu_ns(pid);
	if (cpu_ns < 0)
		return cpu_ns;
	gt_sleep_until(m->board->end_ns);
	f->worker_permille = (gp_cpu_ns(pid) - cpu_ns) * 1000 /
			     (kfd_now_ns() - begin_ns);
	return 0;
}

static void gt_await(const __u32 *word, __u64 end_ns)
{
	while (!kfd_load(word) && kfd_now_ns() < end_ns)
		gt_sleep(NSEC_PER_MSEC);
}

/*
 * The honest are to come to their ends although the attack goes on; who has
 * not, by then, is ended: it may leave no CPU time to the attacker's own end.
 */
static int gt_end_honest(struct gt_measurement *m)
{
	const __u64 grace_ns = kfd_test_is_exact() ? GT_GRACE_NS :
						     WAIT_MS * NSEC_PER_MSEC;
	const __u64 end_ns = m->board->end_ns + grace_ns;
	enum gt_role role;
	int ret = 0;

	for (role = GT_BE; role <= GT_LC; role++) {
		if (m->pid[role] <= 0)
			continue;
		if (m->board->end_ns)
			gt_await(&m->board->finished[role], end_ns);
		kill(m->pid[role], SIGKILL);
		waitpid(m->pid[role], NULL, 0);
		ret = ret ? ret : m->board->error[role];
	}
	return ret;
}

static int gt_end_attacker(struct gt_measurement *m)
{
	const __u64 end_ns = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	pid_t pid = m->pid[GT_ATTACKER];

	__atomic_store_n(&m->board->stop, 1, __ATOMIC_RELEASE);
	if (pid <= 0)
		return 0;
	while (waitpid(pid, NULL, WNOHANG) != pid) {
		if (kfd_now_ns() >= end_ns) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return -ETIMEDOUT;
		}
		gt_sleep(NSEC_PER_MSEC);
	}
	return m->board->error[GT_ATTACKER];
}

static int gt_compare(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static void gt_evaluate(const struct gt_board *board, struct gt_figures *f)
{
	__u64 sorted[GT_REQUESTS];

	f->be_work = board->be_work * 1000 * NSEC_PER_MSEC / gt_window_ns();
	f->strikes = kfd_load(&board->strikes);
	f->lc_issued = kfd_load(&board->lc_issued);
	f->lc_done = kfd_load(&board->lc_done);
	if (!f->lc_issued)
		return;
	memcpy(sorted, board->latency_ns, sizeof(sorted));
	memset(sorted + f->lc_done, 0xff,
	       (f->lc_issued - f->lc_done) * sizeof(sorted[0]));
	qsort(sorted, f->lc_issued, sizeof(sorted[0]), gt_compare);
	f->p50_ns = sorted[(f->lc_issued - 1) / 2];
	f->p99_ns = sorted[(f->lc_issued - 1) * 99 / 100];
}

static int gt_measure(const struct kfd_props *props,
		      const struct gt_attack *attack, struct gt_figures *f)
{
	struct gt_measurement m = { .props = props, .attack = attack };
	int ret, honest, attacker;

	memset(f, 0, sizeof(*f));
	m.board = mmap(NULL, sizeof(*m.board), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m.board == MAP_FAILED)
		return -errno;
	ret = gt_start_all(&m);
	if (!ret)
		ret = gt_measure_window(&m, f);
	honest = gt_end_honest(&m);
	attacker = gt_end_attacker(&m);
	gt_evaluate(m.board, f);
	munmap(m.board, sizeof(*m.board));
	return ret ? ret : honest ? honest : attacker;
}

static const char *gt_us(char *text, size_t size, __u64 ns)
{
	if (ns == GT_NEVER)
		snprintf(text, size, "never");
	else
		snprintf(text, size, "%llu us", ns / NSEC_PER_USEC);
	return text;
}

/* A line of the table */
static void gt_show(const char *name, const struct gt_figures *f)
{
	const __u64 be_permille =
		f->be_work * 1000 / (gt_fair->be.be_work ? : f->be_work ? : 1);
	char p50[32], p99[32], line[64];

	snprintf(line, sizeof(line), "worker %3llu.%llu %%, BE %3llu.%llu %%",
		 f->worker_permille / 10, f->worker_permille % 10,
		 be_permille / 10, be_permille % 10);
	ksft_print_msg("%-18s %s, LC %u of %u, p50 %s, p99 %s; %llu strikes\n",
		       name, line, f->lc_done, f->lc_issued,
		       gt_us(p50, sizeof(p50), f->p50_ns),
		       gt_us(p99, sizeof(p99), f->p99_ns), f->strikes);
}

static int gt_measure_fair(const struct kfd_props *props)
{
	static const struct gt_attack be = { .alone = true }, both = {};
	int ret = 0;

	if (!gt_fair->known) {
		ret = gt_measure(props, &be, &gt_fair->be);
		if (!ret)
			ret = gt_measure(props, &both, &gt_fair->both);
		gt_show("BE alone", &gt_fair->be);
		gt_show("no attack", &gt_fair->both);
		gt_fair->known = !ret;
	}
	return ret;
}

/* ---- the test ---------------------------------------------------------- */

/*
 * The least work of BE in a second, wherever in the time that is measured the
 * first quantum begins. Workgroups that have begun are not counted, a GPU full
 * of them at most.
 */
static __u64 gt_be_least(const struct gt_attack *attack)
{
	const __u64 period_ms = attack->alone ? GT_PERIOD_ALONE_MS :
						GT_PERIOD_MS;
	const __u64 window_ms = gt_window_ns() / NSEC_PER_MSEC;
	const __u64 served_ns = window_ms / period_ms * GT_QUANTUM_MS *
				NSEC_PER_MSEC * GT_QUANTUM_PERCENT / 100;

	if (attack->be_permille)
		return gt_fair->be.be_work * attack->be_permille / 1000;
	return gt_fair->be.be_work * (served_ns - GT_BE_NS) / gt_window_ns();
}

FIXTURE(tenant) {
	struct kfd_props props;
};

FIXTURE_VARIANT(tenant) {
	struct gt_attack attack;
};

FIXTURE_SETUP(tenant)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	if (geteuid())
		SKIP(return, "only root can be several users");
	if (variant->attack.turns && kfd_test_no_hws())
		SKIP(return, "the worker gives each queue its turn");
	ASSERT_NE(MAP_FAILED, gt_fair);
	ASSERT_EQ(0, gt_open_to_all(&self->props));
	ASSERT_EQ(0, kfd_knobs_reset(self->props.node));
	/* Two of 200 requests would try to wait, and be all that p99 shows. */
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "confirm_us", 0));
	/* And what a trial costs would be the tenth of the time measured. */
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "cu_lc_reserved", 0));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	ASSERT_EQ(0, gt_measure_fair(&self->props));
}

FIXTURE_TEARDOWN(tenant)
{
	if (self->props.node)
		EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
}

TEST_F_TIMEOUT(tenant, honest_get_on, 120)
{
	const struct gt_attack *attack = &variant->attack;
	struct gt_figures f;
	__u64 on;

	ASSERT_EQ(0, gt_measure(&self->props, attack, &f));
	gt_show(attack->name, &f);
	/* It was an attack, and the scheduler has not given up over it. */
	EXPECT_LT(0ULL, f.strikes);
	EXPECT_EQ(0, kfd_knob_get(self->props.node, "enable", &on));
	EXPECT_EQ(1ULL, on);
	if (!attack->alone) {
		EXPECT_LT(0, f.lc_issued);
		EXPECT_EQ(f.lc_issued, f.lc_done);
	}
	if (!kfd_test_is_exact())
		return;
	if (!attack->alone)
		EXPECT_EQ(gt_fair->both.lc_issued, f.lc_issued);
	if (!attack->alone && !attack->shares)
		EXPECT_LE(f.p99_ns, (attack->latency_factor ?
				     attack->latency_factor :
				     GT_LATENCY_FACTOR) * gt_fair->both.p99_ns);
	EXPECT_LE(f.worker_permille, attack->worker_permille ?
				     attack->worker_permille :
				     GT_WORKER_PERMILLE);
	if (!attack->takes_slots)
		EXPECT_LE(gt_be_least(attack), f.be_work);
}

#endif
