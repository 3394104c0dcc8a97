// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: latency-critical queues at barrier packets. These wait for signals:
 * nobody is preempted for them before the signals have come.
 */
#include "gpreempt_test.h"

/* One more signal, in memory that two processes share */
struct shared {
	struct kfd_signal signal;
	__u32 be_runs;
};

/* Not yet done when a slow machine, with others busy, gets LC to wait for it */
#define BE_WORK_NS	(400 * NSEC_PER_MSEC)
/* The driver looks at least so often whether a signal has come. */
#define LOOK_NS		NSEC_PER_MSEC
/* And then a preemption */
#define PREEMPT_NS	NSEC_PER_MSEC

struct counts {
	__u64 preemptions;
	__u64 guards;
	__u64 barriers;
};

static int read_counts(unsigned int node, struct counts *c)
{
	return kfd_knob_get(node, "stats/preemptions", &c->preemptions) ||
	       kfd_knob_get(node, "stats/guards", &c->guards) ||
	       kfd_knob_get(node, "stats/barriers", &c->barriers);
}

/*
 * BE was not preempted, because the barrier was seen. On a host that stalls the GPU
 * seems to, and what it runs may have ended before anybody looks: there all that is
 * tested is that all of it does.
 */
static void expect_left_alone(struct __test_metadata *_metadata,
			      unsigned int node, const struct counts *before)
{
	struct counts now;

	if (!kfd_test_is_exact())
		return;
	ASSERT_EQ(0, read_counts(node, &now));
	EXPECT_EQ(before->preemptions, now.preemptions);
	EXPECT_EQ(before->guards, now.guards);
	EXPECT_LT(before->barriers, now.barriers);
}

FIXTURE(barrier) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	struct counts before;
};

FIXTURE_SETUP(barrier)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, read_counts(self->node, &self->before));
}

FIXTURE_TEARDOWN(barrier)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

/* ---- what LC waits for is BE's ------------------------------------------ */

enum kind { AND, OR, VALUE };

/* LC waits until BE's signal is 0. */
static int wait_for_be(struct kfd_env *env, struct kfd_queue *lc, enum kind kind)
{
	struct kfd_signal *passed = &env->signal[PASSED_SLOT];
	struct kfd_signal *deps[] = { &env->signal[GATE_SLOT], &env->signal[0] };
	const struct kfd_aql_barrier_value value = {
		.signal = &env->signal[0],
		.mask = -1,
		.cond = KFD_CONDITION_LT,
		.value = 1,
		.completion = passed,
	};
	int ret;

	kfd_signal_init(passed, 1, NULL);
	/* The other signal is there already, or never comes. */
	kfd_signal_init(deps[0], kind == OR, NULL);
	switch (kind) {
	case AND:
		ret = kfd_aql_barrier_and(lc, deps, 2, passed);
		break;
	case OR:
		ret = kfd_aql_barrier_or(lc, deps, 2, passed);
		break;
	default:
		ret = kfd_aql_barrier_value(lc, &value);
		break;
	}
	if (!ret)
		kfd_queue_ring(lc);
	return ret;
}

TEST_F(barrier, on_be)
{
	struct kfd_env *env = &self->env;
	enum kind kind;
	__u64 done = 0;
	int n;

	for (kind = AND; kind <= VALUE; kind++) {
		ASSERT_EQ(0, read_counts(self->node, &self->before));
		n = kfd_env_fill(env, &self->be, 0, BE_WORK_NS / 4, WAIT_MS);
		ASSERT_LT(0, n);
		ASSERT_EQ(0, wait_for_be(env, &self->lc, kind));
		EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
		done += n;
		EXPECT_EQ(done, kfd_load(&env->counter[0]));
		expect_left_alone(_metadata, self->node, &self->before);
	}
}

/* ---- across processes -------------------------------------------------- */

static struct shared *open_shared(struct kfd_env *env, struct kfd_bo *bo, int fd)
{
	return kfd_bo_create_shared(&env->gpu, bo, sizeof(struct shared), fd, 0) ?
		NULL : kfd_bo_ptr(bo);
}

/* Best-effort work that the other process waits for */
static int be_process(int fd)
{
	struct kfd_aql_dispatch d = { .workgroup_size = 4 * 64 };
	struct kfd_queue q;
	struct kfd_env env;
	struct shared *shared;
	struct kfd_bo bo;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, BE_PRIORITY))
		return 1;
	shared = open_shared(&env, &bo, fd);
	if (!shared)
		return 2;
	d.kernel = &env.kernel[0];
	d.workgroups = kfd_props_waves(&env.gpu.props) / 4;
	d.completion = &shared->signal;
	kfd_kernel_init(&env.kernel[0], BE_WORK_NS, &env.counter[0], 4);
	if (kfd_aql_dispatch(&q, &d))
		return 3;
	kfd_queue_ring(&q);
	if (kfd_queue_wait_idle(&q, WAIT_MS))
		return 4;
	__atomic_store_n(&shared->be_runs, 1, __ATOMIC_SEQ_CST);
	if (kfd_signal_wait_below(&shared->signal, 1, NULL, WAIT_MS))
		return 5;
	if (kfd_load(&env.counter[0]) != d.workgroups)
		return 6;
	if (kfd_queue_destroy(&q) || kfd_bo_destroy(&bo, &env.gpu))
		return 7;
	kfd_env_close(&env);
	return 0;
}

TEST_F(barrier, shared_signal)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *dep;
	struct shared *shared;
	struct kfd_bo bo;
	int status, fd;
	pid_t child;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	fd = memfd_create("signal", 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, getpagesize()));
	shared = open_shared(env, &bo, fd);
	ASSERT_NE(NULL, shared);
	kfd_signal_init(&shared->signal, 1, NULL);
	dep = &shared->signal;

	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(be_process(fd));
	while (!__atomic_load_n(&shared->be_runs, __ATOMIC_SEQ_CST) &&
	       !waitpid(child, &status, WNOHANG))
		usleep(1000);

	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &dep, 1,
					 &env->signal[PASSED_SLOT]));
	kfd_queue_ring(&self->lc);
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	expect_left_alone(_metadata, self->node, &self->before);
	EXPECT_EQ(0, kfd_bo_destroy(&bo, &env->gpu));
	close(fd);
}

/* ---- what comes behind the barrier -------------------------------------- */

/* The wait is over: whoever holds the compute units is preempted now. */
TEST_F(barrier, kernel_behind)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *gate = &env->signal[GATE_SLOT];
	struct counts now;
	__u64 begin_ns, took_ns;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS));
	kfd_signal_init(gate, 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &gate, 1, NULL));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, LC_SLOT, 1,
				      NSEC_PER_USEC));
	usleep(20000);
	expect_left_alone(_metadata, self->node, &self->before);

	begin_ns = kfd_now_ns();
	__atomic_store_n(&gate->value, 0, __ATOMIC_SEQ_CST);
	EXPECT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	took_ns = kfd_now_ns() - begin_ns;
	ASSERT_EQ(0, read_counts(self->node, &now));
	if (kfd_test_is_exact()) {
		EXPECT_LT(self->before.preemptions, now.preemptions);
		EXPECT_EQ(self->before.guards, now.guards);
		EXPECT_LT(took_ns, LOOK_NS + PREEMPT_NS);
	}
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/*
 * It waits for the kernel before it, and its signal is there: that is a wait for the
 * hardware, as far as the driver knows.
 */
TEST_F(barrier, signals_are_there)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *there = &env->signal[GATE_SLOT];
	const __u64 packet[8] = {
		/* AQL: barrier-AND, with the barrier bit; its first signal */
		3 | 1 << 8, (uintptr_t)there,
	};
	struct counts now;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	kfd_signal_init(there, 0, NULL);
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, LC_SLOT, 1,
				      BE_WORK_NS / 4));
	ASSERT_EQ(0, kfd_aql_raw(&self->lc, packet));
	kfd_queue_ring(&self->lc);
	if (kfd_test_is_exact()) {
		EXPECT_EQ(0, kfd_knob_wait_above(self->node,
						 "stats/preemptions",
						 self->before.preemptions,
						 WAIT_MS));
	}
	EXPECT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	ASSERT_EQ(0, read_counts(self->node, &now));
	EXPECT_EQ(self->before.barriers, now.barriers);
}

/* BE is held while LC's kernel runs */
static void expect_held(struct __test_metadata *_metadata, unsigned int node,
			const struct kfd_signal *done)
{
	if (!kfd_test_is_exact())
		return;
	EXPECT_EQ(0, kfd_knob_wait_state(node, "preempted", WAIT_MS));
	usleep(BE_WORK_NS / 20 / NSEC_PER_USEC);
	EXPECT_EQ(1, __atomic_load_n(&done->value, __ATOMIC_SEQ_CST));
	EXPECT_EQ(0, kfd_knob_wait_state(node, "preempted", 0));
}

/* What runs before the barrier is LC's: BE must not come back over it. */
TEST_F(barrier, behind_own_kernel)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *done = &env->signal[LC_SLOT];
	struct kfd_signal *passed = &env->signal[PASSED_SLOT];
	struct counts now;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "the hardware can't say what runs");
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS));
	kfd_signal_init(passed, 1, NULL);
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, LC_SLOT, 1,
				      BE_WORK_NS / 4));
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &done, 1, passed));
	kfd_queue_ring(&self->lc);
	expect_held(_metadata, self->node, done);
	ASSERT_EQ(0, read_counts(self->node, &now));
	if (kfd_test_is_exact()) {
		EXPECT_EQ(self->before.preemptions + 1, now.preemptions);
		EXPECT_EQ(self->before.guards, now.guards);
	}
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* So is what another LC queue runs, which has nothing more to launch. */
TEST_F(barrier, beside_a_kernel)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *gate = &env->signal[GATE_SLOT];
	struct kfd_signal *done = &env->signal[LC_SLOT];
	struct kfd_queue other;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "the hardware can't say what runs");
	ASSERT_EQ(0, gp_create_aql(env, &other, LC_PRIORITY));
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS));
	kfd_signal_init(gate, 1, NULL);
	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &gate, 1,
					 &env->signal[PASSED_SLOT]));
	kfd_queue_ring(&self->lc);
	ASSERT_EQ(0, kfd_env_dispatch(env, &other, LC_SLOT, 1,
				      BE_WORK_NS / 4));
	expect_held(_metadata, self->node, done);
	EXPECT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	gp_lc_open_gate(env);
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

/* With a timeout of 0 LC is believed, whatever it waits for. */
TEST_F(barrier, believed)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *gate = &env->signal[GATE_SLOT];
	struct counts now;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_progress_timeout_us", 0));
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS));
	kfd_signal_init(gate, 1, NULL);
	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &gate, 1,
					 &env->signal[PASSED_SLOT]));
	kfd_queue_ring(&self->lc);
	if (kfd_test_is_exact()) {
		EXPECT_EQ(0, kfd_knob_wait_state(self->node, "preempted",
						 WAIT_MS));
	}
	EXPECT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, read_counts(self->node, &now));
	EXPECT_EQ(self->before.barriers, now.barriers);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* ---- what a program may write there ------------------------------------- */

/* An LC queue at a barrier, in a process that ends with it */
static int wait_for(void *arg)
{
	struct kfd_signal *dep = (void *)(uintptr_t)*(__u64 *)arg;
	struct kfd_queue lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (kfd_aql_barrier_and(&lc, &dep, 1, NULL))
		return 2;
	kfd_queue_ring(&lc);
	usleep(5000);
	/* The queue may have been stopped for it. */
	return 0;
}

TEST_F(barrier, bad_signals)
{
	struct kfd_env *env = &self->env;
	void *nothing = mmap(NULL, KFD_PAGE_SIZE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 handles[] = {
		1, 7, (uintptr_t)nothing, (uintptr_t)nothing + KFD_PAGE_SIZE - 9,
		(uintptr_t)&env->signal[0] + 1, (uintptr_t)self->lc.doorbell,
		0x7ffffffffff0, 0x800000000000, 0xffff800000000000,
		0xffffffff81000000, 0xfffffffffffffff8, 0xffffffffffffffff,
	};
	unsigned int i;

	ASSERT_NE(MAP_FAILED, nothing);
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	for (i = 0; i < ARRAY_SIZE(handles); i++) {
		TH_LOG("0x%llx", handles[i]);
		EXPECT_EQ(0, kfd_test_in_child(wait_for, &handles[i]));
	}
	/* The others are served as ever. */
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, LC_SLOT, 1,
				      NSEC_PER_USEC));
	EXPECT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
}

/* A ring that no CPU can read: nothing is known, and nothing breaks. */
TEST_F(barrier, hidden_ring)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *gate = &env->signal[GATE_SLOT];
	struct counts now;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS));
	kfd_signal_init(gate, 1, NULL);
	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &gate, 1,
					 &env->signal[PASSED_SLOT]));
	ASSERT_EQ(0, mprotect(kfd_bo_ptr(&self->lc.ring), self->lc.ring.size,
			      PROT_NONE));
	kfd_queue_ring(&self->lc);
	EXPECT_EQ(0, kfd_knob_wait_above(self->node, "stats/guards",
					 self->before.guards, WAIT_MS));
	ASSERT_EQ(0, read_counts(self->node, &now));
	EXPECT_EQ(self->before.barriers, now.barriers);
	gp_lc_open_gate(env);
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

TEST_HARNESS_MAIN
