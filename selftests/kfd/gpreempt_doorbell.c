// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and the doorbell: an idle process' first ring is noticed, whatever
 * it does to its mapping, and no ring is lost over it.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#include "gpreempt_test.h"

#define DOORBELL_BYTES	8192UL
#define THREADS		8

/*
 * Time for an idle process to be armed. It takes what a timer period takes,
 * and that is 5 ms at most by default; but a loaded machine may take longer to
 * get there, so that one try is not enough.
 */
#define SETTLE_US	100000
#define TRIES		20

static int use_triggers(unsigned int node, const char *triggers)
{
	return kfd_knob_write(node, "triggers", triggers);
}

static int reset_node(unsigned int node)
{
	char triggers[64];
	int ret = gp_reset_knobs(node);

	if (ret)
		return ret;
	ret = kfd_knob_read(node, ".defaults/triggers", triggers,
			    sizeof(triggers));
	return ret < 0 ? ret : use_triggers(node, triggers);
}

/* Rings of armed doorbells on the node so far; a negative errno as it is */
static __s64 rings(unsigned int node)
{
	__u64 value;
	int ret = kfd_knob_get(node, "stats/doorbells", &value);

	return ret ? ret : (__s64)value;
}

/* Something short, to its end */
static int request(struct kfd_env *env, struct kfd_queue *q, unsigned int slot)
{
	int ret = kfd_env_dispatch(env, q, slot, 1, NSEC_PER_USEC);

	return ret ? ret : kfd_env_wait(env, slot, WAIT_MS);
}

/* The same after a pause; how many rings were noticed, or a negative errno */
static int rest_and_request(struct kfd_env *env, struct kfd_queue *q,
			    unsigned int slot)
{
	unsigned int node = q->gpu->props.node;
	__s64 before;
	int ret;

	usleep(SETTLE_US);
	before = rings(node);
	if (before < 0)
		return before;
	ret = request(env, q, slot);
	return ret ? ret : (int)(rings(node) - before);
}

/* Is there a pause after which a request is noticed? 0; -ETIME: no */
static int noticed(struct kfd_env *env, struct kfd_queue *q, unsigned int slot)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < TRIES && !ret; i++)
		ret = rest_and_request(env, q, slot);
	return ret > 0 ? 0 : ret ? ret : -ETIME;
}

FIXTURE(doorbell) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	__u32 *board;
	pid_t child;
};

FIXTURE_SETUP(doorbell)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->node = self->env.gpu.props.node;
	ret = reset_node(self->node);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	self->board = mmap(NULL, KFD_PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->board);
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(doorbell)
{
	if (self->child > 0) {
		kill(self->child, SIGKILL);
		waitpid(self->child, NULL, 0);
	}
	EXPECT_EQ(0, reset_node(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

/* ---- what is noticed --------------------------------------------------- */

TEST_F(doorbell, noticed)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 10 && !ret; i++)
		ret = noticed(&self->env, &self->lc, 0);
	EXPECT_EQ(0, ret);
}

/* The operator says no: nothing is unmapped, nothing is noticed. */
TEST_F(doorbell, not_without_trigger)
{
	unsigned int i;
	int ret = 0;

	ASSERT_EQ(0, use_triggers(self->node, "timer+event"));
	/* What was armed before is found to be so once. */
	ASSERT_LE(0, rest_and_request(&self->env, &self->lc, 0));
	for (i = 0; i < 10 && !ret; i++)
		ret = rest_and_request(&self->env, &self->lc, 0);
	EXPECT_EQ(0, ret);
	ASSERT_EQ(0, use_triggers(self->node, "timer+event+doorbell"));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

TEST_F(doorbell, not_while_off)
{
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	ASSERT_LE(0, rest_and_request(&self->env, &self->lc, 0));
	EXPECT_EQ(0, rest_and_request(&self->env, &self->lc, 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

/* How often the timer looked in one second, or a negative errno */
static __s64 ticks(unsigned int node)
{
	__u64 before, after;
	int ret = kfd_knob_get(node, "stats/checks", &before);

	sleep(1);
	if (!ret)
		ret = kfd_knob_get(node, "stats/checks", &after);
	return ret ? ret : (__s64)(after - before);
}

/*
 * Where nothing can happen unnoticed nobody has to look. gfx10 and later can't
 * say whether a kernel runs, which could ring: they are looked at once a second,
 * and a second may have two ends.
 */
TEST_F(doorbell, no_ticks)
{
	__s64 most = self->env.gpu.props.gfx_target_version >= 100000 ? 2 : 0;
	__s64 ret = most + 1;
	unsigned int i;

	ASSERT_EQ(0, request(&self->env, &self->lc, 0));
	ASSERT_EQ(0, request(&self->env, &self->be, 1));
	for (i = 0; i < TRIES && ret > most; i++)
		ret = ticks(self->node);
	EXPECT_LE(0, ret);
	EXPECT_GE(most, ret);
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

/* A process that holds the GPU for as long as anybody waits here */
static int be_process(__u32 *running)
{
	struct kfd_queue q;
	struct kfd_env env;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || kfd_env_open(&env, 0) ||
	    gp_create_aql(&env, &q, BE_PRIORITY) ||
	    kfd_env_fill(&env, &q, 0, 10ULL * WAIT_MS * NSEC_PER_MSEC,
			 WAIT_MS) < 0)
		return 1;
	__atomic_store_n(running, 1, __ATOMIC_RELEASE);
	pause();
	return 2;
}

static pid_t start_be(__u32 *running)
{
	pid_t pid = fork();

	if (!pid)
		_exit(be_process(running));
	return pid;
}

/* What all of this is for */
TEST_F(doorbell, preempts)
{
	struct gp_stats before, after;
	unsigned int i;
	int ret = 0;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, use_triggers(self->node, "event+doorbell"));
	self->child = start_be(self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(self->board, 1, WAIT_MS));
	ASSERT_EQ(0, gp_stats_read(&self->env.gpu.props, &before));
	for (i = 0; i < 5 && !ret; i++)
		ret = noticed(&self->env, &self->lc, 0);
	ASSERT_EQ(0, ret);
	/* A preemption is counted when it is over, and then LC is done. */
	usleep(SETTLE_US);
	ASSERT_EQ(0, gp_stats_read(&self->env.gpu.props, &after));
	EXPECT_LE(before.preemptions + 5, after.preemptions);
}

/* It may be over in no time: a queue that is mapped anew reads its pointer. */
static int wait_preemption(const struct kfd_props *props,
			   const struct gp_stats *before)
{
	__u64 stop_ns = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	struct gp_stats now;

	do {
		usleep(1000);
		if (gp_stats_read(props, &now))
			return -EIO;
		if (now.preemptions > before->preemptions)
			return 0;
	} while (kfd_now_ns() < stop_ns);
	return -ETIMEDOUT;
}

/*
 * A packet of which no CPU's ring tells, as a kernel or another device would
 * enqueue it: all rings were empty and all doorbells armed, but BE runs.
 */
TEST_F(doorbell, enqueued_by_device)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = 1,
		.workgroup_size = 64,
		.completion = &env->signal[0],
	};
	struct gp_stats before;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	/* Nothing runs for it before it is rung: it would soon be found out. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_progress_timeout_us", 0));
	self->child = start_be(self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(self->board, 1, WAIT_MS));
	/* As long as a node takes to be asleep, and some more */
	usleep(3 * SETTLE_US);
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", 0));
	ASSERT_EQ(0, gp_stats_read(&env->gpu.props, &before));

	kfd_signal_init(d.completion, 1, NULL);
	kfd_kernel_init(&env->kernel[0], NSEC_PER_USEC, &env->counter[0], 1);
	ASSERT_EQ(0, kfd_aql_dispatch(&self->lc, &d));
	__atomic_store_n((__u64 *)kfd_bo_ptr(&self->lc.wptr), self->lc.next,
			 __ATOMIC_RELEASE);
	EXPECT_EQ(0, wait_preemption(&env->gpu.props, &before));
	kfd_queue_ring(&self->lc);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/*
 * Requests that come while the last one's end is being dealt with: each of
 * them finds the GPU taken, and is lost if its ring is not noticed.
 */
TEST_F(doorbell, races_arming)
{
	unsigned int i, seed = 1;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, use_triggers(self->node, "event+doorbell"));
	self->child = start_be(self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(self->board, 1, WAIT_MS));
	for (i = 0; i < 300; i++) {
		seed = seed * 1103515245 + 12345;
		usleep((seed >> 16) % 400);
		ASSERT_EQ(0, request(&self->env, &self->lc, 0));
	}
	EXPECT_EQ(300ULL, kfd_load(&self->env.counter[0]));
}

/* ---- what a process does to its mapping -------------------------------- */

/* The mapping is not inherited, as ever; the parent's goes on to work. */
TEST_F(doorbell, fork)
{
	__u64 *doorbell = self->lc.doorbell;
	int status;
	pid_t pid;

	usleep(SETTLE_US);
	pid = fork();
	if (!pid) {
		__atomic_store_n(doorbell, 0, __ATOMIC_SEQ_CST);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

/* Children that end with doorbells that are armed, or about to be */
struct ending {
	unsigned int pause_us;
	bool exec;
};

static int end_process(void *arg)
{
	const struct ending *ending = arg;
	struct kfd_queue q;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, LC_PRIORITY) ||
	    request(&env, &q, 0))
		return 1;
	usleep(ending->pause_us);
	if (ending->exec)
		execl("/bin/true", "true", NULL);
	return ending->exec ? 2 : 0;
}

static int end_processes(bool exec)
{
	struct ending ending = { .exec = exec };
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 10 && !ret; i++) {
		ending.pause_us = i < 5 ? i * 200 : SETTLE_US;
		ret = kfd_test_in_child(end_process, &ending);
	}
	return ret;
}

TEST_F(doorbell, exit)
{
	ASSERT_EQ(0, end_processes(false));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

TEST_F(doorbell, exec)
{
	ASSERT_EQ(0, end_processes(true));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

static void *map_doorbells(struct kfd_env *env, const struct kfd_queue *q)
{
	return mmap(NULL, DOORBELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		    env->proc.fd,
		    q->args.doorbell_offset & ~(DOORBELL_BYTES - 1));
}

static void use_mapping(struct kfd_queue *q, void *doorbells)
{
	unsigned long offset = q->args.doorbell_offset & (DOORBELL_BYTES - 1);

	q->doorbell = (void *)((char *)doorbells + offset);
}

TEST_F(doorbell, mremap)
{
	void *from = self->env.gpu.doorbells, *to;
	unsigned int i;

	usleep(SETTLE_US);
	for (i = 0; i < 3; i++) {
		to = mmap(NULL, DOORBELL_BYTES, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		ASSERT_NE(MAP_FAILED, to);
		ASSERT_EQ(to, mremap(from, DOORBELL_BYTES, DOORBELL_BYTES,
				     MREMAP_MAYMOVE | MREMAP_FIXED, to));
		from = to;
		self->env.gpu.doorbells = to;
		use_mapping(&self->be, to);
		use_mapping(&self->lc, to);
		/* It was armed where it was, and is armed where it is. */
		EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
		EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
	}
}

TEST_F(doorbell, mprotect)
{
	void *doorbells = self->env.gpu.doorbells;

	usleep(SETTLE_US);
	ASSERT_EQ(0, mprotect(doorbells, DOORBELL_BYTES, PROT_READ));
	ASSERT_EQ(0, mprotect(doorbells, DOORBELL_BYTES,
			      PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

/* Of the two pages only that stays in which the queue's doorbell is. */
TEST_F(doorbell, munmap_part)
{
	unsigned long page = (unsigned long)self->lc.doorbell &
			     ~(KFD_PAGE_SIZE - 1);
	char *other = self->env.gpu.doorbells;

	if (page == (unsigned long)other)
		other += KFD_PAGE_SIZE;
	usleep(SETTLE_US);
	ASSERT_EQ(0, munmap(other, KFD_PAGE_SIZE));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

TEST_F(doorbell, munmap_all)
{
	void *to;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		usleep(SETTLE_US);
		ASSERT_EQ(0, munmap(self->env.gpu.doorbells, DOORBELL_BYTES));
		usleep(SETTLE_US);
		to = map_doorbells(&self->env, &self->lc);
		self->env.gpu.doorbells = to;
		ASSERT_NE(MAP_FAILED, to);
		use_mapping(&self->be, to);
		use_mapping(&self->lc, to);
		ASSERT_EQ(0, request(&self->env, &self->lc, 0));
		EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
	}
}

/* Whichever of two mappings is used */
TEST_F(doorbell, map_twice)
{
	void *first = self->env.gpu.doorbells;
	void *second = map_doorbells(&self->env, &self->lc);
	unsigned int i;

	ASSERT_NE(MAP_FAILED, second);
	for (i = 0; i < 3; i++) {
		use_mapping(&self->lc, second);
		EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
		use_mapping(&self->lc, first);
		EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
	}
	ASSERT_EQ(0, munmap(second, DOORBELL_BYTES));
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
}

/* ---- several at once --------------------------------------------------- */

struct ringer {
	struct kfd_env *env;
	struct kfd_queue q;
	unsigned int slot;
	pthread_barrier_t *start;
	pthread_t thread;
	int ret;
};

static void *ringer_main(void *arg)
{
	struct ringer *r = arg;
	unsigned int i;

	for (i = 0; i < 20 && !r->ret; i++) {
		pthread_barrier_wait(r->start);
		r->ret = request(r->env, &r->q, r->slot);
		/* Some rounds come before they are armed again. */
		usleep(i % 2 ? 5000 : 100);
	}
	for (; i < 20; i++)
		pthread_barrier_wait(r->start);
	return NULL;
}

TEST_F(doorbell, threads)
{
	struct ringer r[THREADS] = {};
	pthread_barrier_t start;
	__s64 before = rings(self->node);
	unsigned int i;

	ASSERT_LE(0, before);
	ASSERT_EQ(0, pthread_barrier_init(&start, NULL, THREADS));
	for (i = 0; i < THREADS; i++) {
		r[i].env = &self->env;
		r[i].slot = i;
		r[i].start = &start;
		ASSERT_EQ(0, gp_create_aql(&self->env, &r[i].q, LC_PRIORITY));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_create(&r[i].thread, NULL, ringer_main,
					    &r[i]));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(r[i].thread, NULL));
		EXPECT_EQ(0, r[i].ret);
		EXPECT_EQ(20ULL, kfd_load(&self->env.counter[i]));
		EXPECT_EQ(0, kfd_queue_destroy(&r[i].q));
	}
	EXPECT_LT(before, rings(self->node));
}

/*
 * Rings that leave nothing to see in a queue that is watched: the process must
 * get on although nothing speaks against arming it again at once.
 */
TEST_F(doorbell, unwatched_queue)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue sdma;
	__s64 before;
	unsigned int i;

	ASSERT_EQ(0, gp_create(env, &sdma, KFD_IOC_QUEUE_TYPE_SDMA,
			       BE_PRIORITY));
	ASSERT_EQ(0, use_triggers(self->node, "event+doorbell"));
	usleep(SETTLE_US);
	before = rings(self->node);
	for (i = 1; i <= 20; i++) {
		usleep(10000);
		ASSERT_EQ(0, kfd_sdma_fence(&sdma, env->mem.va, i));
		kfd_queue_ring(&sdma);
		ASSERT_EQ(0, kfd_poll_eq32(kfd_bo_ptr(&env->mem), i, WAIT_MS));
	}
	EXPECT_LT(before, rings(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&sdma));
}

TEST_F(doorbell, nothing_new)
{
	unsigned int i;

	ASSERT_EQ(0, request(&self->env, &self->lc, 0));
	ASSERT_EQ(0, use_triggers(self->node, "event+doorbell"));
	for (i = 0; i < 20; i++) {
		usleep(10000);
		kfd_queue_ring(&self->lc);
	}
	EXPECT_EQ(0, noticed(&self->env, &self->lc, 0));
	EXPECT_LE(2ULL, kfd_load(&self->env.counter[0]));
}

/* ---- several nodes ----------------------------------------------------- */

FIXTURE(nodes) {
	struct kfd_env env;
	struct kfd_gpu second;
	struct kfd_queue be[2];
	struct kfd_queue lc[2];
	unsigned int node[2];
};

FIXTURE_SETUP(nodes)
{
	struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);
	struct kfd_gpu *gpu;
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (kfd_topology_count() < 2)
		SKIP(return, "only one GPU node");
	ASSERT_EQ(0, kfd_gpu_open(&self->env.proc, &self->second, 1));
	ASSERT_EQ(0, kfd_bo_map(&self->env.mem, &self->second));
	for (i = 0; i < 2; i++) {
		gpu = i ? &self->second : &self->env.gpu;
		self->node[i] = gpu->props.node;
		ret = reset_node(self->node[i]);
		if (kfd_test_no_gpu(ret))
			SKIP(return, "no gpreempt: %d", ret);
		ASSERT_EQ(0, ret);
		attr.priority = BE_PRIORITY;
		ASSERT_EQ(0, kfd_queue_create(gpu, &attr, &self->be[i]));
		attr.priority = LC_PRIORITY;
		ASSERT_EQ(0, kfd_queue_create(gpu, &attr, &self->lc[i]));
		ASSERT_EQ(0, kfd_knob_set(self->node[i], "enable", 1));
	}
}

FIXTURE_TEARDOWN(nodes)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!self->node[i])
			continue;
		EXPECT_EQ(0, reset_node(self->node[i]));
		EXPECT_EQ(0, kfd_queue_destroy(&self->lc[i]));
		EXPECT_EQ(0, kfd_queue_destroy(&self->be[i]));
	}
	if (self->second.proc) {
		EXPECT_EQ(0, kfd_bo_unmap(&self->env.mem, &self->second));
		kfd_gpu_close(&self->second);
	}
	kfd_env_close(&self->env);
}

/* A process has doorbells of its own on each node. */
TEST_F(nodes, one_rings)
{
	unsigned int i, turn;
	__s64 other;

	for (turn = 0; turn < 4; turn++) {
		i = turn % 2;
		usleep(SETTLE_US);
		other = rings(self->node[!i]);
		ASSERT_LE(0, other);
		EXPECT_EQ(0, noticed(&self->env, &self->lc[i], i));
		EXPECT_EQ(other, rings(self->node[!i]));
	}
}

/* The mapping of one goes, the other's stays what it is. */
TEST_F(nodes, one_unmaps)
{
	usleep(SETTLE_US);
	ASSERT_EQ(0, munmap(self->second.doorbells, DOORBELL_BYTES));
	self->second.doorbells = NULL;
	EXPECT_EQ(0, noticed(&self->env, &self->lc[0], 0));
	EXPECT_EQ(0, noticed(&self->env, &self->lc[0], 0));
}

TEST_HARNESS_MAIN
