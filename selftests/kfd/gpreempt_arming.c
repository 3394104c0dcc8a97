// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and armed doorbells: whatever a process rings or maps, every program
 * gets on, and the worker, which no program can get past, stays out of the way.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#include "gpreempt_worker.h"

#define DOORBELL_BYTES	8192UL
#define TENANT_QUEUES	120
#define DISPATCHES	50
#define RINGERS		4

/* Time for an idle process to be armed, and how often to give it that */
#define SETTLE_US	100000
#define TRIES		20

/* How long an attacker is watched, and what of a CPU he may cost there */
#define ATTACK_MS	500
#define SHARE_PERCENT	5

/* ---- what is shared with children --------------------------------------- */

struct board {
	__u32 ready;
	__u32 done;
	unsigned int kind;
};

static int pause_main(struct board *board)
{
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	for (;;)
		pause();
	return 0;
}

static pid_t start(int (*fn)(struct board *board), struct board *board)
{
	pid_t pid;

	board->ready = 0;
	board->done = 0;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(fn(board));
	}
	return pid;
}

static int stop(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid ? 0 : -errno;
}

static int rings(unsigned int node)
{
	__u64 value;
	int ret = kfd_knob_get(node, "stats/doorbells", &value);

	return ret ? ret : (int)value;
}

static int request(struct kfd_env *env, struct kfd_queue *q, unsigned int slot)
{
	int ret = kfd_env_dispatch(env, q, slot, 1, NSEC_PER_USEC);

	return ret ? ret : kfd_env_wait(env, slot, WAIT_MS);
}

/* Is there a pause after which a ring is noticed? */
static int noticed(struct kfd_env *env, struct kfd_queue *q)
{
	unsigned int i;
	int before;

	for (i = 0; i < TRIES; i++) {
		usleep(SETTLE_US);
		before = rings(env->gpu.props.node);
		kfd_queue_ring(q);
		usleep(1000);
		if (rings(env->gpu.props.node) != before)
			return 0;
	}
	return -ETIME;
}

FIXTURE(arming) {
	struct kfd_props props;
	unsigned int node;
	struct board *board;
	struct board *tenant_board;
	struct kfd_env env;
	struct kfd_queue q[3];
	pid_t tenant;
	pid_t child;
};

FIXTURE_SETUP(arming)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->node = self->props.node;
	ret = gp_reset_knobs(self->node);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	self->board = mmap(NULL, KFD_PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->board);
	self->tenant_board = self->board + 1;
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(arming)
{
	unsigned int i;

	if (self->child > 0)
		stop(self->child);
	if (self->tenant > 0)
		stop(self->tenant);
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, kfd_queue_destroy(&self->q[i]));
	kfd_env_close(&self->env);
}

/* ---- a program gets on --------------------------------------------------- */

/* Somebody who has many queues and nothing to do */
static int tenant(struct board *board)
{
	static struct kfd_queue q[TENANT_QUEUES];
	struct kfd_env env;
	unsigned int i;

	if (kfd_env_open(&env, 0))
		return 1;
	for (i = 0; i < TENANT_QUEUES; i++) {
		if (gp_create_aql(&env, &q[i], LC_PRIORITY))
			return 2;
	}
	return pause_main(board);
}

enum dispatcher_kind {
	LC_ALONE,
	BE_BESIDE_LC,
	SDMA_BESIDE_LC,
};

static int dispatch(struct kfd_env *env, struct kfd_queue *q,
		    enum dispatcher_kind kind, unsigned int i)
{
	int ret;

	if (kind != SDMA_BESIDE_LC)
		return request(env, q, 0);
	ret = kfd_sdma_fence(q, env->mem.va, i);
	if (ret)
		return ret;
	kfd_queue_ring(q);
	return kfd_poll_eq32(kfd_bo_ptr(&env->mem), i, WAIT_MS);
}

/* An LC queue, and work after work on one of three kinds of queues */
static int dispatcher(struct board *board)
{
	enum dispatcher_kind kind = board->kind;
	struct kfd_queue lc, other;
	struct kfd_env env;
	unsigned int i;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (kind == BE_BESIDE_LC && gp_create_aql(&env, &other, BE_PRIORITY))
		return 2;
	if (kind == SDMA_BESIDE_LC &&
	    gp_create(&env, &other, KFD_IOC_QUEUE_TYPE_SDMA, BE_PRIORITY))
		return 3;
	for (i = 1; i <= DISPATCHES; i++) {
		if (dispatch(&env, kind == LC_ALONE ? &lc : &other, kind, i))
			return 4;
		__atomic_store_n(&board->done, i, __ATOMIC_RELEASE);
		usleep(i % 3 * 300);
	}
	return pause_main(board);
}

/* One that hangs in its store can only be killed: nobody waits for it long. */
static int gets_on(struct _test_data_arming *self, enum dispatcher_kind kind)
{
	unsigned int waited;

	self->tenant = start(tenant, self->tenant_board);
	if (kfd_poll_eq32(&self->tenant_board->ready, 1, WAIT_MS))
		return -ETIME;
	usleep(SETTLE_US);
	self->board->kind = kind;
	self->child = start(dispatcher, self->board);
	for (waited = 0; waited < 2000 * kfd_test_time_factor(); waited += 10) {
		if (kfd_load(&self->board->ready))
			return 0;
		usleep(10000);
	}
	printf("# %u of %u done\n", kfd_load(&self->board->done), DISPATCHES);
	return -ETIMEDOUT;
}

TEST_F_TIMEOUT(arming, lc_gets_on, 90)
{
	EXPECT_EQ(0, gets_on(self, LC_ALONE));
}

TEST_F_TIMEOUT(arming, be_gets_on, 90)
{
	EXPECT_EQ(0, gets_on(self, BE_BESIDE_LC));
}

TEST_F_TIMEOUT(arming, sdma_gets_on, 90)
{
	EXPECT_EQ(0, gets_on(self, SDMA_BESIDE_LC));
}

/* ---- the worker stays out of the way ------------------------------------ */

static void *ring_for_ever(void *arg)
{
	for (;;)
		kfd_queue_ring(arg);
	return NULL;
}

/* Armed doorbells rung by several threads, with nothing in any ring */
static int ring_storm(struct board *board)
{
	pthread_t thread[RINGERS];
	struct kfd_queue q;
	struct kfd_env env;
	unsigned int i;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, LC_PRIORITY) ||
	    request(&env, &q, 0))
		return 1;
	for (i = 0; i < RINGERS; i++) {
		if (pthread_create(&thread[i], NULL, ring_for_ever, &q))
			return 2;
	}
	return pause_main(board);
}

static void *map_doorbells(struct kfd_env *env, const struct kfd_queue *q,
			   void *at)
{
	return mmap(at, DOORBELL_BYTES, PROT_READ | PROT_WRITE,
		    MAP_SHARED | (at ? MAP_FIXED : 0), env->proc.fd,
		    q->args.doorbell_offset & ~(DOORBELL_BYTES - 1));
}

static int map_storm(struct board *board)
{
	struct kfd_queue q;
	struct kfd_env env;
	void *ptr;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, LC_PRIORITY) ||
	    munmap(env.gpu.doorbells, DOORBELL_BYTES))
		return 1;
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		ptr = map_doorbells(&env, &q, NULL);
		if (ptr == MAP_FAILED || munmap(ptr, DOORBELL_BYTES))
			return 2;
	}
}

/* The same, with the mappings there for long enough to be armed */
static int map_slowly(struct board *board)
{
	struct kfd_queue q;
	struct kfd_env env;
	void *ptr;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, LC_PRIORITY) ||
	    munmap(env.gpu.doorbells, DOORBELL_BYTES))
		return 1;
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		ptr = map_doorbells(&env, &q, NULL);
		if (ptr == MAP_FAILED)
			return 2;
		usleep(100);
		if (munmap(ptr, DOORBELL_BYTES))
			return 3;
	}
}

/* Work on a best-effort queue, of a process that has an LC queue, too */
static int be_storm(struct board *board)
{
	struct kfd_queue lc, be;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &lc, LC_PRIORITY) ||
	    gp_create_aql(&env, &be, BE_PRIORITY))
		return 1;
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		if (request(&env, &be, 0))
			return 2;
		usleep(50);
	}
}

/* A process with LC queues that can't be armed at all: it has no doorbells */
static int no_doorbells(struct board *board)
{
	struct kfd_queue q;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, LC_PRIORITY) ||
	    munmap(env.gpu.doorbells, DOORBELL_BYTES))
		return 1;
	return pause_main(board);
}

FIXTURE(attack) {
	struct _test_data_arming arming;
};

FIXTURE_VARIANT(attack) {
	int (*fn)(struct board *board);
	bool crowded;
};

FIXTURE_VARIANT_ADD(attack, ring_storm) { .fn = ring_storm };
FIXTURE_VARIANT_ADD(attack, ring_storm_crowded) {
	.fn = ring_storm, .crowded = true,
};

FIXTURE_VARIANT_ADD(attack, map_storm) { .fn = map_storm };
FIXTURE_VARIANT_ADD(attack, map_storm_crowded) {
	.fn = map_storm, .crowded = true,
};

FIXTURE_VARIANT_ADD(attack, map_slowly) { .fn = map_slowly };
FIXTURE_VARIANT_ADD(attack, be_storm) { .fn = be_storm };
FIXTURE_VARIANT_ADD(attack, no_doorbells) { .fn = no_doorbells };
FIXTURE_VARIANT_ADD(attack, no_doorbells_crowded) {
	.fn = no_doorbells, .crowded = true,
};

FIXTURE_SETUP(attack)
{
	arming_setup(_metadata, &self->arming, NULL);
}

FIXTURE_TEARDOWN(attack)
{
	arming_teardown(_metadata, &self->arming, NULL);
}

TEST_F_TIMEOUT(attack, is_cheap, 90)
{
	struct _test_data_arming *a = &self->arming;
	__s64 before, after, percent_100;

	if (variant->crowded) {
		a->tenant = start(tenant, a->tenant_board);
		ASSERT_EQ(0, kfd_poll_eq32(&a->tenant_board->ready, 1,
					   WAIT_MS));
		usleep(SETTLE_US);
	}
	a->child = start(variant->fn, a->board);
	ASSERT_EQ(0, kfd_poll_eq32(&a->board->ready, 1, WAIT_MS));
	/* Not how it begins, but how it goes on */
	usleep(SETTLE_US);
	before = gp_cpu_ns(gp_worker_pid(a->props.gpu_id));
	ASSERT_LE(0, before);
	usleep(ATTACK_MS * 1000);
	after = gp_cpu_ns(gp_worker_pid(a->props.gpu_id));
	percent_100 = (after - before) / (ATTACK_MS * NSEC_PER_MSEC / 10000);
	printf("# the worker takes %lld.%02lld %% of a CPU\n",
	       percent_100 / 100, percent_100 % 100);
	if (kfd_test_is_exact())
		EXPECT_GE(SHARE_PERCENT * 100, percent_100);
}

/* ---- mappings without number -------------------------------------------- */

static int open_lc(struct _test_data_arming *self)
{
	int ret = kfd_env_open(&self->env, 0);

	if (!ret)
		ret = gp_create_aql(&self->env, &self->q[0], LC_PRIORITY);
	return ret ? ret : request(&self->env, &self->q[0], 0);
}

/* What the worker takes for a ring and what follows, in us; < 0: an errno */
static __s64 cost_of_ring(struct _test_data_arming *self)
{
	__s64 before, after;
	int ret;

	usleep(SETTLE_US);
	before = gp_cpu_ns(gp_worker_pid(self->props.gpu_id));
	ret = request(&self->env, &self->q[0], 0);
	usleep(SETTLE_US);
	after = gp_cpu_ns(gp_worker_pid(self->props.gpu_id));
	return ret ? ret : before < 0 ? before : (after - before) / 1000;
}

/* The worker unmaps a few mappings, and leaves it when there are more. */
TEST_F_TIMEOUT(arming, many_mappings, 120)
{
	unsigned int i;
	__s64 cost;

	ASSERT_EQ(0, open_lc(self));
	for (i = 0; i < 10000; i++) {
		ASSERT_NE(MAP_FAILED, map_doorbells(&self->env, &self->q[0],
						    NULL));
	}
	for (i = 0; i < 3; i++) {
		cost = cost_of_ring(self);
		printf("# the worker takes %lld us\n", cost);
		ASSERT_LE(0, cost);
		if (kfd_test_is_exact())
			EXPECT_GE(5000, cost);
	}
	EXPECT_EQ(4ULL, kfd_load(&self->env.counter[0]));
}

/* A second mapping makes it look for both, among those of anything else. */
TEST_F_TIMEOUT(arming, among_many_others, 120)
{
	const unsigned long bytes = 40000 * KFD_PAGE_SIZE;
	char *others = mmap(NULL, bytes, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	void *to = mmap(NULL, 4 * DOORBELL_BYTES, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long i;
	__s64 cost;

	ASSERT_NE(MAP_FAILED, others);
	ASSERT_NE(MAP_FAILED, to);
	for (i = 0; i < bytes; i += 2 * KFD_PAGE_SIZE)
		ASSERT_EQ(0, mprotect(others + i, KFD_PAGE_SIZE, PROT_NONE));
	ASSERT_EQ(0, open_lc(self));
	/* Without it nobody has a reason to listen. */
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->q[1], BE_PRIORITY));
	ASSERT_NE(MAP_FAILED, map_doorbells(&self->env, &self->q[0], to));
	for (i = 0; i < 3; i++) {
		cost = cost_of_ring(self);
		printf("# the worker takes %lld us\n", cost);
		ASSERT_LE(0, cost);
		if (kfd_test_is_exact())
			EXPECT_GE(1000, cost);
	}
	/* Both are where they were made: no reason not to be armed. */
	EXPECT_EQ(0, noticed(&self->env, &self->q[0]));
}

/* ---- one process is not another ------------------------------------------ */

/* A packet that waits for a barrier, and nothing to preempt for it */
static int waiter(struct board *board)
{
	struct kfd_queue q;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, LC_PRIORITY) ||
	    gp_lc_begin(&env, &q, 1))
		return 1;
	return pause_main(board);
}

TEST_F_TIMEOUT(arming, beside_one_that_waits, 60)
{
	self->child = start(waiter, self->board);
	ASSERT_EQ(0, kfd_poll_eq32(&self->board->ready, 1, WAIT_MS));
	ASSERT_EQ(0, open_lc(self));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->q[1], BE_PRIORITY));
	EXPECT_EQ(0, noticed(&self->env, &self->q[0]));
	EXPECT_EQ(0, noticed(&self->env, &self->q[0]));
}

/* One that waits for BE, as the guard has found: its next ring is news. */
TEST_F_TIMEOUT(arming, blocked, 60)
{
	struct kfd_signal *dep;
	struct kfd_bo hidden;
	__u64 guards;

	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards", &guards));
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_progress_timeout_us", 5000));
	ASSERT_EQ(0, open_lc(self));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->q[1], BE_PRIORITY));
	ASSERT_EQ(0, gp_be_reside(&self->env, &self->q[1]));
	ASSERT_EQ(0, gp_hide_signal(&self->env, &hidden));
	dep = kfd_bo_ptr(&hidden);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->q[0], &dep, 1, NULL));
	kfd_queue_ring(&self->q[0]);
	ASSERT_EQ(0, kfd_knob_wait_above(self->node, "stats/guards", guards,
					 WAIT_MS));
	EXPECT_EQ(0, noticed(&self->env, &self->q[0]));
}

/* So is that of one that waits at a barrier packet. */
TEST_F_TIMEOUT(arming, at_barrier, 60)
{
	__u64 barriers;

	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/barriers", &barriers));
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_progress_timeout_us", 5000));
	ASSERT_EQ(0, open_lc(self));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->q[1], BE_PRIORITY));
	ASSERT_EQ(0, gp_be_reside(&self->env, &self->q[1]));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->q[0], 1));
	ASSERT_EQ(0, kfd_knob_wait_above(self->node, "stats/barriers",
					 barriers, WAIT_MS));
	EXPECT_EQ(0, noticed(&self->env, &self->q[0]));
	EXPECT_EQ(0, gp_lc_end(&self->env));
}

/* A queue that has nothing to do and no slot is heard when it has. */
TEST_F_TIMEOUT(arming, throttled, 60)
{
	unsigned int i;

	ASSERT_EQ(0, kfd_knob_set(self->node, "hqd_be_max", 1));
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->q[i],
					   BE_PRIORITY));
		ASSERT_EQ(0, request(&self->env, &self->q[i], i));
	}
	EXPECT_EQ(0, noticed(&self->env, &self->q[0]));
	EXPECT_EQ(0, request(&self->env, &self->q[0], 0));
	EXPECT_EQ(0, request(&self->env, &self->q[1], 1));
}

TEST_HARNESS_MAIN
