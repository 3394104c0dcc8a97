/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a hostile tenant can do to others: three processes of three ordinary
 * users share a GPU whose scheduler is on, with all knobs at their defaults.
 * One has honest best-effort work, one honest latency-critical work, and the
 * third attacks. An attack is a few lines of code; the rest is here, and so is
 * what the others are promised, whatever it does.
 */
#ifndef GPREEMPT_TENANT_H
#define GPREEMPT_TENANT_H

#include <dirent.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#include "gpreempt_test.h"

/* Time that is measured; the honest LC process' requests in it, at most */
#define GT_WINDOW_NS		(1000 * NSEC_PER_MSEC)
#define GT_SMP_WINDOW_NS	(300 * NSEC_PER_MSEC)
#define GT_REQUESTS		400
/* Requests come after 2.5 to 7.5 ms each, so that nothing keeps step */
#define GT_GAP_US		2500
#define GT_GAP_SPREAD_US	5000
/* An attack is at full strength when it has gone on for so long */
#define GT_SETTLE_US		100000
/* What LC may take to end, of exact time; it is done by far in a fair world */
#define GT_GRACE_NS		(500 * NSEC_PER_MSEC)

#define GT_LC_NS		(20 * NSEC_PER_USEC)
#define GT_LC_WORKGROUPS	16
/* An inversion lasts for so long; and work that is less is not seen */
#define GT_BE_NS		(4 * NSEC_PER_MSEC)
#define GT_BE_WAVES		16
#define GT_RING_BYTES		65536

/*
 * What is promised with the default knobs. BE has its quantum of 10 ms in every
 * 110 ms when one LC process has work without end, and in every 160 ms when
 * several have; the save and the restore at its ends may cost it a twentieth.
 */
#define GT_WORKER_PERMILLE	50
#define GT_LATENCY_FACTOR	2
#define GT_QUANTUM_MS		10
#define GT_PERIOD_ALONE_MS	110
#define GT_PERIOD_MS		160
#define GT_QUANTUM_PERCENT	95

enum gt_role { GT_BE, GT_LC, GT_ATTACKER, GT_ROLES };

#define GT_FIRST_UID		1001
#define GT_MAX_THREADS		4

struct gt_tenant;

/**
 * struct gt_attack - something a tenant does
 * @name: what it is called in the table
 * @prepare: once, before anything is measured; NULL: nothing
 * @strike: again and again; each takes 50 ms at most
 * @number: of what @prepare makes
 * @threads: that strike at once; 0 is 1
 * @alone: there is no honest LC process
 * @shares: the honest LC process has to wait, and not for the driver: for what
 *	any LC process may take of the GPU and its slots, or for the simulator
 * @be_permille: what is left to BE, if more than the least that is promised
 * @takes_slots: with LC queues of which nobody can say that they are idle, more
 *	than there are slots: what BE gets then is not promised
 * @turns: it has more queues than there are slots; without a hardware scheduler
 *	the worker gives each its turn, and nothing is promised
 * @worker_permille: what the worker may take, if more than GT_WORKER_PERMILLE
 * @latency_factor: how much longer LC may wait, if more than GT_LATENCY_FACTOR
 */
struct gt_attack {
	const char *name;
	int (*prepare)(struct gt_tenant *t);
	int (*strike)(struct gt_tenant *t);
	unsigned int number;
	unsigned int threads;
	bool alone;
	bool shares;
	bool takes_slots;
	bool turns;
	unsigned int be_permille;
	unsigned int worker_permille;
	unsigned int latency_factor;
};

/**
 * struct gt_board - what the processes and the test share
 * @ready: of each role: it works
 * @error: of each role: a negative errno
 * @finished: of the honest: what is to be measured has been
 * @begin_ns: of the time that is measured; 0 before that is known
 * @end_ns: its end
 * @stop: no more strikes
 * @strikes: how many there were
 * @be_work: workgroups that BE has completed in that time
 * @lc_issued: requests that LC has rung
 * @lc_done: those of them that are complete
 * @latency_ns: of each, from the time when it was due
 */
struct gt_board {
	__u32 ready[GT_ROLES];
	int error[GT_ROLES];
	__u32 finished[GT_ROLES];
	__u64 begin_ns;
	__u64 end_ns;
	__u32 stop;
	__u64 strikes;
	__u64 be_work;
	__u32 lc_issued;
	__u32 lc_done;
	__u64 latency_ns[GT_REQUESTS];
};

/**
 * struct gt_tenant - the process that attacks
 * @env: its slots
 * @q: a latency-critical queue that has done something
 * @attack: what it does
 * @board: shared with the test
 * @made: how much of @number there is
 */
struct gt_tenant {
	struct kfd_env env;
	struct kfd_queue q;
	const struct gt_attack *attack;
	struct gt_board *board;
	unsigned int made;
};

static inline __u64 gt_window_ns(void)
{
	return kfd_test_is_exact() ? GT_WINDOW_NS : GT_SMP_WINDOW_NS;
}

static inline void gt_sleep_until(__u64 ns)
{
	const struct timespec ts = {
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

static inline void gt_sleep(__u64 ns)
{
	gt_sleep_until(kfd_now_ns() + ns);
}

/* ---- the honest -------------------------------------------------------- */

static inline int gt_create(struct kfd_env *env, struct kfd_queue *q,
			    __u32 priority)
{
	struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);

	attr.ring_bytes = GT_RING_BYTES;
	attr.priority = priority;
	return kfd_queue_create(&env->gpu, &attr, q);
}

static inline void gt_ready(struct gt_board *board, enum gt_role role)
{
	__atomic_store_n(&board->ready[role], 1, __ATOMIC_RELEASE);
}

/* Kernels of exactly the GPU's size, for so long as the ring holds them */
static inline int gt_be_feed(struct kfd_env *env, struct kfd_queue *q)
{
	const struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = kfd_props_waves(&env->gpu.props) / GT_BE_WAVES,
		.workgroup_size = GT_BE_WAVES * 64,
	};
	int ret = 0;

	while (!ret && kfd_aql_space(q) > 0)
		ret = kfd_aql_dispatch(q, &d);
	kfd_queue_ring(q);
	return ret;
}

/* Feeds until @ns */
static inline int gt_be_run(struct kfd_env *env, struct kfd_queue *q, __u64 ns)
{
	const __u64 often_ns = 100 * NSEC_PER_MSEC;
	__u64 now_ns;
	int ret = 0;

	while (!ret && (now_ns = kfd_now_ns()) < ns) {
		ret = gt_be_feed(env, q);
		gt_sleep_until(now_ns + often_ns < ns ? now_ns + often_ns : ns);
	}
	return ret;
}

static inline int gt_be_main(struct gt_board *board)
{
	const __u64 *done;
	struct kfd_queue q;
	struct kfd_env env;
	__u64 before;
	int ret;

	ret = kfd_env_open(&env, 0);
	if (ret)
		return ret;
	done = &env.counter[0];
	kfd_kernel_init(&env.kernel[0], GT_BE_NS, done, GT_BE_WAVES);
	ret = gt_create(&env, &q, BE_PRIORITY);
	if (!ret)
		ret = gt_be_feed(&env, &q);
	if (!ret)
		ret = kfd_poll_ge64(done, 1, WAIT_MS);
	if (ret)
		return ret;
	gt_ready(board, GT_BE);
	while (!ret && !kfd_load(&board->begin_ns))
		ret = gt_be_run(&env, &q, kfd_now_ns() + NSEC_PER_MSEC);
	if (!ret)
		ret = gt_be_run(&env, &q, board->begin_ns);
	before = kfd_load(done);
	if (!ret)
		ret = gt_be_run(&env, &q, board->end_ns);
	board->be_work = kfd_load(done) - before;
	__atomic_store_n(&board->finished[GT_BE], 1, __ATOMIC_RELEASE);
	while (!ret)
		ret = gt_be_run(&env, &q, kfd_now_ns() + 1000 * NSEC_PER_MSEC);
	return ret;
}

/* A request; the program sleeps on its event, as it would in ROCr */
static inline int gt_lc_request(struct kfd_env *env, struct kfd_queue *q,
				const struct kfd_event *ev, unsigned int slot)
{
	const struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = GT_LC_WORKGROUPS,
		.workgroup_size = 64,
		.completion = &env->signal[slot],
	};
	int ret;

	kfd_signal_init(&env->signal[slot], 1, ev);
	ret = kfd_aql_dispatch(q, &d);
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

/*
 * Notes what is complete; requests of one queue here end in their order. A
 * simulator that has fallen behind sees rings at times that are past.
 */
static inline void gt_lc_collect(struct gt_board *board, struct kfd_env *env,
				 const __u64 *due_ns)
{
	const struct kfd_signal *signal;
	__u64 end_ns;

	for (; board->lc_done < board->lc_issued; board->lc_done++) {
		signal = &env->signal[board->lc_done];
		if (kfd_load(&signal->value) > 0)
			break;
		end_ns = signal->end_ts * KFDSIM_GPU_CLOCK_NS;
		if (end_ns > due_ns[board->lc_done])
			board->latency_ns[board->lc_done] =
				end_ns - due_ns[board->lc_done];
	}
}

static inline int gt_lc_run(struct gt_board *board, struct kfd_env *env,
			    struct kfd_queue *q, const struct kfd_event *ev)
{
	__u64 due_ns[GT_REQUESTS], at_ns = board->begin_ns;
	unsigned int seed = 1, i;
	int ret = 0;

	for (i = 0; i < GT_REQUESTS && !ret; i++) {
		seed = seed * 1103515245 + 12345;
		at_ns += (GT_GAP_US + (seed >> 16) % GT_GAP_SPREAD_US) *
			 NSEC_PER_USEC;
		if (at_ns >= board->end_ns)
			break;
		gt_sleep_until(at_ns);
		due_ns[i] = at_ns;
		ret = gt_lc_request(env, q, ev, i);
		board->lc_issued += !ret;
		gt_lc_collect(board, env, due_ns);
	}
	while (!ret && board->lc_done < board->lc_issued) {
		gt_sleep(NSEC_PER_MSEC);
		gt_lc_collect(board, env, due_ns);
	}
	return ret;
}

static inline int gt_lc_main(struct gt_board *board)
{
	struct kfd_queue q;
	struct kfd_event ev;
	struct kfd_env env;
	int ret;

	ret = kfd_env_open(&env, 0);
	if (ret)
		return ret;
	ret = kfd_event_create(&env.gpu, &ev, true);
	if (!ret)
		ret = gt_create(&env, &q, LC_PRIORITY);
	if (ret)
		return ret;
	kfd_kernel_init(&env.kernel[0], GT_LC_NS, NULL, 1);
	ret = gt_lc_request(&env, &q, &ev, 0);
	if (!ret)
		ret = kfd_env_wait(&env, 0, WAIT_MS);
	if (ret)
		return ret;
	gt_ready(board, GT_LC);
	while (!kfd_load(&board->begin_ns))
		gt_sleep(NSEC_PER_MSEC);
	ret = gt_lc_run(board, &env, &q, &ev);
	__atomic_store_n(&board->finished[GT_LC], 1, __ATOMIC_RELEASE);
	while (!ret)
		pause();
	return ret;
}

/* ---- the attacker ------------------------------------------------------ */

static inline void *gt_striker(void *arg)
{
	struct gt_tenant *t = arg;
	int ret = 0;

	while (!ret && !kfd_load(&t->board->stop)) {
		ret = t->attack->strike(t);
		__atomic_add_fetch(&t->board->strikes, 1, __ATOMIC_RELAXED);
	}
	if (ret)
		t->board->error[GT_ATTACKER] = ret;
	return NULL;
}

static inline int gt_attacker_main(struct gt_board *board,
				   const struct gt_attack *attack)
{
	struct gt_tenant t = { .attack = attack, .board = board };
	pthread_t thread[GT_MAX_THREADS];
	unsigned int i;
	int ret;

	ret = kfd_env_open(&t.env, 0);
	if (!ret)
		ret = gt_create(&t.env, &t.q, LC_PRIORITY);
	if (!ret)
		ret = kfd_env_dispatch(&t.env, &t.q, LC_SLOT, 1, NSEC_PER_USEC);
	if (!ret)
		ret = kfd_env_wait(&t.env, LC_SLOT, WAIT_MS);
	if (!ret && attack->prepare)
		ret = attack->prepare(&t);
	if (ret)
		return ret;
	gt_ready(board, GT_ATTACKER);
	for (i = 1; i < attack->threads; i++) {
		if (pthread_create(&thread[i], NULL, gt_striker, &t))
			return -EAGAIN;
	}
	gt_striker(&t);
	while (--i)
		pthread_join(thread[i], NULL);
	return board->error[GT_ATTACKER];
}

/* ---- all of them ------------------------------------------------------- */

/*
 * With one CPU for all, who burns CPU time delays everybody; that is no attack
 * on the driver, so let the attacker have what the others don't use.
 */
static inline int gt_become(enum gt_role role)
{
	const struct sched_param param = {};
	uid_t uid = GT_FIRST_UID + role;

	if (role == GT_ATTACKER && kfd_test_is_exact() &&
	    sched_setscheduler(0, SCHED_IDLE, &param))
		return -errno;
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	/* the default of 50 us would be part of every latency */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_TIMERSLACK, 1UL))
		return -errno;
	return 0;
}

static inline int gt_main(struct gt_board *board, enum gt_role role,
			  const struct gt_attack *attack)
{
	int ret = gt_become(role);

	if (ret)
		return ret;
	switch (role) {
	case GT_BE:
		return gt_be_main(board);
	case GT_LC:
		return gt_lc_main(board);
	default:
		return gt_attacker_main(board, attack);
	}
}

/* Starts a process and waits until it works. */
static inline int gt_start(struct gt_board *board, enum gt_role role,
			   const struct gt_attack *attack, pid_t *pid)
{
	__u64 end_ns = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;

	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (!*pid) {
		board->error[role] = gt_main(board, role, attack);
		_exit(!!board->error[role]);
	}
	while (!kfd_load(&board->ready[role])) {
		if (waitpid(*pid, NULL, WNOHANG) == *pid) {
			*pid = 0;
			return board->error[role] ? : -ECHILD;
		}
		if (kfd_now_ns() >= end_ns)
			return -ETIMEDOUT;
		gt_sleep(NSEC_PER_MSEC);
	}
	return 0;
}

/* Everybody opens the GPU as what he is. */
static inline int gt_open_to_all(const struct kfd_props *p)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/dri/renderD%u", p->drm_render_minor);
	return chmod("/dev/dri", 0755) || chmod(path, 0666) ||
	       chmod("/dev/kfd", 0666) ? -errno : 0;
}

#endif
