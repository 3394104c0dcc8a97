// SPDX-License-Identifier: GPL-2.0
/*
 * kfdsim's interference_pct: workgroups take longer beside those of another
 * process, by the share of the wave slots that these hold. With 0, which is the
 * default, they take the same time whoever is there.
 */
#include "kfd_test.h"

#define WAVES		16
#define LANES		64
#define RUN_NS		(10 * NSEC_PER_MSEC)
#define LONG_NS		(2000 * NSEC_PER_MSEC)
/* A timestamp is the last tick before */
#define EXPECT_NEAR(want_ns, got_ns) do {				\
	__u64 want = (want_ns), got = (got_ns);				\
									\
	EXPECT_LE(want - KFDSIM_GPU_CLOCK_NS, got);			\
	EXPECT_GE(want + KFDSIM_GPU_CLOCK_NS, got);			\
} while (0)

/* A child that holds half of the GPU until it is told to go */
struct neighbour {
	pid_t pid;
	int to;
	int from;
};

FIXTURE(interference) {
	struct kfd_env env;
	struct kfd_queue q;
	__u64 pct;
};

FIXTURE_SETUP(interference)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	char model[8192];
	int ret;

	if (!kfd_test_is_exact())
		SKIP(return, "times are exact in mode run only");
	ret = kfd_env_open(&self->env, 0);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfdsim_required());
	ASSERT_LT(0, kfdsim_read(self->env.gpu.props.sim, "model", model,
				 sizeof(model)));
	ASSERT_EQ(0, kfd_table_find(model, "interference_pct", &self->pct));
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
}

FIXTURE_TEARDOWN(interference)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	kfd_env_close(&self->env);
}

/* Half of the GPU's wave slots, for @ns; when it returns they are taken */
static int fill_half(struct kfd_env *env, struct kfd_queue *q, __u64 ns)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[1],
		.workgroups = kfd_props_waves(&env->gpu.props) / WAVES / 2,
		.workgroup_size = WAVES * LANES,
		.completion = &env->signal[1],
	};
	int ret;

	kfd_kernel_init(&env->kernel[1], ns, &env->counter[1], WAVES);
	kfd_signal_init(&env->signal[1], 1, NULL);
	ret = kfd_aql_dispatch(q, &d);
	if (ret)
		return ret;
	kfd_queue_ring(q);
	return kfd_queue_wait_idle(q, WAIT_MS);
}

/* Do what it is told: take half of the GPU for some ns, or go if that is 0 */
static int be_neighbour(const struct kfd_queue_attr *attr, int from, int to)
{
	struct kfd_queue q;
	struct kfd_env env;
	__u64 ns;

	if (kfd_env_open(&env, 0) || kfd_queue_create(&env.gpu, attr, &q))
		return 1;
	do {
		if (write(to, "", 1) != 1 ||
		    read(from, &ns, sizeof(ns)) != sizeof(ns) ||
		    (ns && fill_half(&env, &q, ns)))
			return 1;
	} while (ns);
	if (kfd_queue_destroy(&q))
		return 1;
	kfd_env_close(&env);
	return 0;
}

static int neighbour_wait(struct neighbour *n)
{
	char ready;

	return read(n->from, &ready, 1) == 1 ? 0 : -EIO;
}

static int neighbour_come(struct neighbour *n,
			  const struct kfd_queue_attr *attr)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		return -errno;
	n->pid = fork();
	if (n->pid < 0)
		return -errno;
	if (!n->pid)
		_exit(be_neighbour(attr, to[0], from[1]));
	close(to[0]);
	close(from[1]);
	n->to = to[1];
	n->from = from[0];
	return neighbour_wait(n);
}

/* It holds half of the GPU when this returns, for @ns in all */
static int neighbour_work(struct neighbour *n, __u64 ns)
{
	if (write(n->to, &ns, sizeof(ns)) != sizeof(ns))
		return -EIO;
	return neighbour_wait(n);
}

static int neighbour_go(struct neighbour *n)
{
	const __u64 none = 0;
	int status = -1;

	if (write(n->to, &none, sizeof(none)) != sizeof(none) ||
	    waitpid(n->pid, &status, 0) != n->pid)
		return -EIO;
	close(n->to);
	close(n->from);
	return status;
}

/* Start a workgroup, and return when it runs */
static int start(struct kfd_env *env, struct kfd_queue *q)
{
	int ret = kfd_env_dispatch(env, q, 0, 1, RUN_NS);

	if (!ret)
		ret = kfd_queue_wait_idle(q, WAIT_MS);
	usleep(100);
	return ret;
}

/* How long it took; 0: it has not ended */
static __u64 took_ns(struct kfd_env *env)
{
	if (kfd_env_wait(env, 0, WAIT_MS))
		return 0;
	return (env->signal[0].end_ts - env->signal[0].start_ts) *
	       KFDSIM_GPU_CLOCK_NS;
}

/* What half of the GPU in other hands costs */
static __u64 beside_ns(__u64 pct)
{
	return RUN_NS + RUN_NS * pct / 200;
}

TEST_F(interference, alone)
{
	struct kfd_queue other;

	ASSERT_EQ(0, start(&self->env, &self->q));
	EXPECT_NEAR(RUN_NS, took_ns(&self->env));
	/* A process does not slow itself down. */
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &self->q.attr, &other));
	ASSERT_EQ(0, fill_half(&self->env, &other, LONG_NS));
	ASSERT_EQ(0, start(&self->env, &self->q));
	EXPECT_NEAR(RUN_NS, took_ns(&self->env));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

TEST_F(interference, beside)
{
	struct neighbour n;

	ASSERT_EQ(0, neighbour_come(&n, &self->q.attr));
	ASSERT_EQ(0, start(&self->env, &self->q));
	EXPECT_NEAR(RUN_NS, took_ns(&self->env));
	ASSERT_EQ(0, neighbour_work(&n, LONG_NS));
	ASSERT_EQ(0, start(&self->env, &self->q));
	EXPECT_NEAR(beside_ns(self->pct), took_ns(&self->env));
	EXPECT_EQ(0, neighbour_go(&n));
}

/* It is decided when the workgroup starts, whoever comes and goes then. */
TEST_F(interference, at_start)
{
	struct neighbour n;

	ASSERT_EQ(0, neighbour_come(&n, &self->q.attr));
	ASSERT_EQ(0, neighbour_work(&n, RUN_NS / 2));
	ASSERT_EQ(0, start(&self->env, &self->q));
	EXPECT_NEAR(beside_ns(self->pct), took_ns(&self->env));

	ASSERT_EQ(0, start(&self->env, &self->q));
	ASSERT_EQ(0, neighbour_work(&n, LONG_NS));
	EXPECT_EQ(1, self->env.signal[0].value);
	EXPECT_NEAR(RUN_NS, took_ns(&self->env));
	EXPECT_EQ(0, neighbour_go(&n));
}

/*
 * And again when it is restored: what it has done until then is not lost, and the
 * neighbour has gone.
 */
TEST_F(interference, restored)
{
	struct neighbour n;
	__u64 half_ns = (RUN_NS + beside_ns(self->pct)) / 2;
	__u64 off_ns, took;

	if (kfd_test_drains())
		SKIP(return, "waves can't be saved here");
	ASSERT_EQ(0, neighbour_come(&n, &self->q.attr));
	ASSERT_EQ(0, neighbour_work(&n, LONG_NS));
	ASSERT_EQ(0, start(&self->env, &self->q));
	usleep(beside_ns(self->pct) / 2 / NSEC_PER_USEC);
	off_ns = kfd_now_ns();
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	EXPECT_EQ(0, neighbour_go(&n));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	off_ns = kfd_now_ns() - off_ns;
	took = took_ns(&self->env);
	EXPECT_LT(half_ns, took);
	EXPECT_GT(half_ns + off_ns + NSEC_PER_MSEC, took);
}

TEST_HARNESS_MAIN
