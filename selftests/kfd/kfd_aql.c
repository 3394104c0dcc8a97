// SPDX-License-Identifier: GPL-2.0
/*
 * AQL: dispatches, barriers, completion signals and events.
 */
#include "kfd_test.h"

/* A slot that no test writes to */
#define BLANK_SLOT	400

FIXTURE(aql) {
	struct kfd_env env;
	struct kfd_queue q;
};

FIXTURE_SETUP(aql)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
}

FIXTURE_TEARDOWN(aql)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	kfd_env_close(&self->env);
}

TEST_F(aql, dispatch)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(1ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_wait_idle(&self->q, WAIT_MS));
	EXPECT_EQ(1ULL, kfd_queue_rptr(&self->q));
}

/* Fewer workgroups than XCCs, an odd number, and more than fit at once */
TEST_F(aql, workgroups)
{
	struct kfd_env *env = &self->env;
	__u32 waves = kfd_props_waves(&env->gpu.props);
	const __u32 sizes[] = { 1, 3, 67, 3 * waves + 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, i, sizes[i], 500));
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(sizes[i], kfd_load(&env->counter[i]));
	}
}

TEST_F(aql, waves_from_packet)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = 10,
		.workgroup_size = 1000,
		.completion = &env->signal[0],
	};

	kfd_kernel_init(&env->kernel[0], 1000, &env->counter[0], 0);
	kfd_signal_init(&env->signal[0], 1, NULL);
	ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d));
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(10ULL, kfd_load(&env->counter[0]));
}

/* A signal may be shared, and counts its dispatches down one by one. */
TEST_F(aql, shared_signal)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = 5,
		.workgroup_size = 64,
		.completion = &env->signal[0],
	};
	unsigned int i;

	kfd_kernel_init(&env->kernel[0], 2000, &env->counter[0], 1);
	kfd_signal_init(&env->signal[0], 8, NULL);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d))
			TH_LOG("number %u", i);
	}
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0LL, kfd_load(&env->signal[0].value));
	EXPECT_EQ(40ULL, kfd_load(&env->counter[0]));
}

TEST_F(aql, timestamps)
{
	struct kfd_env *env = &self->env;
	const __u64 ticks = 50000 / KFDSIM_GPU_CLOCK_NS;
	struct kfd_signal *sig = &env->signal[0];

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1, 50000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_LT(0ULL, kfd_load(&sig->start_ts));
	EXPECT_LE(kfd_load(&sig->start_ts) + ticks, kfd_load(&sig->end_ts));
}

TEST_F(aql, barrier_bit)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.workgroups = 1,
		.workgroup_size = 64,
		.barrier = true,
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		kfd_kernel_init(&env->kernel[i], 20000, &env->counter[i], 1);
		kfd_signal_init(&env->signal[i], 1, NULL);
		d.kernel = &env->kernel[i];
		d.completion = &env->signal[i];
		ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d));
	}
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_env_wait(env, 3, WAIT_MS));
	for (i = 1; i < 4; i++) {
		EXPECT_LE(kfd_load(&env->signal[i - 1].end_ts),
			  kfd_load(&env->signal[i].start_ts));
	}
}

/* Without the barrier bit, dispatches that fit together run together. */
TEST_F(aql, no_barrier_bit)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = { .workgroups = 1, .workgroup_size = 64 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		kfd_kernel_init(&env->kernel[i], 10 * NSEC_PER_MSEC, NULL, 1);
		kfd_signal_init(&env->signal[i], 1, NULL);
		d.kernel = &env->kernel[i];
		d.completion = &env->signal[i];
		ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d));
	}
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_LT(kfd_load(&env->signal[1].start_ts),
		  kfd_load(&env->signal[0].end_ts));
}

TEST_F(aql, barrier_and)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *deps[2] = { &env->signal[10], &env->signal[11] };

	kfd_signal_init(deps[0], 1, NULL);
	kfd_signal_init(deps[1], 1, NULL);
	kfd_signal_init(&env->signal[0], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->q, deps, 2, &env->signal[0]));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 1, 1, 0));

	__atomic_store_n(&deps[0]->value, 0, __ATOMIC_SEQ_CST);
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 20));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[1]));
	__atomic_store_n(&deps[1]->value, 0, __ATOMIC_SEQ_CST);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(1ULL, kfd_load(&env->counter[1]));
}

TEST_F(aql, barrier_or)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *deps[2] = { &env->signal[10], &env->signal[11] };

	kfd_signal_init(deps[0], 1, NULL);
	kfd_signal_init(deps[1], 1, NULL);
	kfd_signal_init(&env->signal[0], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_or(&self->q, deps, 2, &env->signal[0]));
	kfd_queue_ring(&self->q);

	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 20));
	__atomic_store_n(&deps[1]->value, 0, __ATOMIC_SEQ_CST);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/*
 * (value & mask) cond reference, with signs: a value that does not satisfy it,
 * if there is one, and then one that does
 */
static const struct {
	__u32 cond;
	__s64 ref, mask, no, yes;
} conditions[] = {
	{ KFD_CONDITION_EQ, 5, -1, 4, 5 },
	{ KFD_CONDITION_EQ, 0, 0xff, 0x1ff, 0x100 },
	{ KFD_CONDITION_EQ, 7, 0xff, 0x108, 0x107 },
	{ KFD_CONDITION_EQ, INT64_MIN, -1, INT64_MAX, INT64_MIN },
	{ KFD_CONDITION_NE, 5, -1, 5, 4 },
	{ KFD_CONDITION_NE, 0, 1LL << 63, 1, -1 },
	{ KFD_CONDITION_LT, 0, -1, 0, -1 },
	{ KFD_CONDITION_LT, 5, -1, 5, 4 },
	{ KFD_CONDITION_LT, 16, 0x1f, 0x30, 0x2f },
	{ KFD_CONDITION_LT, INT64_MAX, -1, INT64_MAX, INT64_MIN },
	{ KFD_CONDITION_GTE, 0, -1, -1, 0 },
	{ KFD_CONDITION_GTE, -5, -1, -6, -5 },
	{ KFD_CONDITION_GTE, INT64_MAX, -1, INT64_MIN, INT64_MAX },
	{ KFD_CONDITION_GTE, 1LL << 32, 0x1ffffffffLL, 0x2ffffffffLL,
	  0x300000000LL },
};

TEST_F(aql, barrier_value)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_barrier_value b = { .signal = &env->signal[10] };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		kfd_signal_init(b.signal, conditions[i].no, NULL);
		kfd_signal_init(&env->signal[i + 20], 1, NULL);
		b.cond = conditions[i].cond;
		b.value = conditions[i].ref;
		b.mask = conditions[i].mask;
		b.completion = &env->signal[i + 20];
		ASSERT_EQ(0, kfd_aql_barrier_value(&self->q, &b));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1, 0));
		EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, i + 20, 3))
			TH_LOG("row %u", i);
		EXPECT_EQ((__u64)i, kfd_load(&env->counter[0]))
			TH_LOG("row %u", i);
		__atomic_store_n(&b.signal->value, conditions[i].yes,
				 __ATOMIC_SEQ_CST);
		ASSERT_EQ(0, kfd_env_wait(env, i + 20, WAIT_MS))
			TH_LOG("row %u", i);
		ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS))
			TH_LOG("row %u", i);
		EXPECT_EQ(conditions[i].yes, kfd_load(&b.signal->value));
	}
}

/* What is true already, and what has no signal, is not waited for. */
TEST_F(aql, barrier_value_at_once)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_barrier_value b = { .mask = -1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		kfd_signal_init(&env->signal[i + 20], conditions[i].yes, NULL);
		b.signal = &env->signal[i + 20];
		b.cond = conditions[i].cond;
		b.value = conditions[i].ref;
		b.mask = conditions[i].mask;
		ASSERT_EQ(0, kfd_aql_barrier_value(&self->q, &b));
	}
	kfd_signal_init(&env->signal[0], 1, NULL);
	b.signal = NULL;
	b.completion = &env->signal[0];
	ASSERT_EQ(0, kfd_aql_barrier_value(&self->q, &b));
	kfd_queue_ring(&self->q);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* It waits on where it was, when the queue was off the hardware meanwhile. */
TEST_F(aql, barrier_value_preempted)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_barrier_value b = {
		.signal = &env->signal[10],
		.value = 2,
		.mask = -1,
		.cond = KFD_CONDITION_GTE,
	};

	kfd_signal_init(b.signal, 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_value(&self->q, &b));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 3, 0));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 5));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	__atomic_store_n(&b.signal->value, 2, __ATOMIC_SEQ_CST);
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 5));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(3ULL, kfd_load(&env->counter[0]));
}

/* What never becomes true goes with its queue; a condition must be one. */
TEST_F(aql, barrier_value_never)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_barrier_value b = {
		.signal = &env->signal[10],
		.value = 1,
		.mask = 0,
		.completion = &env->signal[1],
	};
	const __u32 conds[] = { KFD_CONDITION_EQ, KFD_CONDITION_GTE + 1, ~0U };
	unsigned int i, n = kfd_test_mes(&env->gpu.props) ? 1 : 3;
	struct kfd_queue q;

	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->q.attr, &q));
		kfd_signal_init(b.signal, -1, NULL);
		kfd_signal_init(&env->signal[1], 1, NULL);
		b.cond = conds[i];
		ASSERT_EQ(0, kfd_aql_barrier_value(&q, &b));
		kfd_queue_ring(&q);
		EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 1, 10));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1, 0));
		ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
		EXPECT_EQ(1LL, kfd_load(&env->signal[1].value));
		ASSERT_EQ(0, kfd_queue_destroy(&q));
	}
}

TEST_F(aql, barrier_without_deps)
{
	struct kfd_env *env = &self->env;

	kfd_signal_init(&env->signal[0], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->q, NULL, 0, &env->signal[0]));
	kfd_queue_ring(&self->q);
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* A dispatch in one queue releases a barrier in another. */
TEST_F(aql, barrier_on_other_queue)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *dep = &env->signal[0];
	struct kfd_queue other;

	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->q.attr, &other));
	kfd_signal_init(dep, 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->q, &dep, 1, NULL));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 1, 7, 1000));
	ASSERT_EQ(0, kfd_env_dispatch(env, &other, 0, 9, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(9ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(7ULL, kfd_load(&env->counter[1]));
	EXPECT_LE(kfd_load(&env->signal[0].end_ts),
		  kfd_load(&env->signal[1].start_ts));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

TEST_F(aql, event)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = 4,
		.workgroup_size = 64,
		.completion = &env->signal[0],
	};
	struct kfd_event ev;
	unsigned int i;

	ASSERT_EQ(0, kfd_event_create(&env->gpu, &ev, true));
	EXPECT_EQ(-ETIMEDOUT, kfd_event_wait(&ev, 1));
	kfd_kernel_init(&env->kernel[0], 5000, &env->counter[0], 1);
	for (i = 1; i <= 10; i++) {
		kfd_signal_init(&env->signal[0], 1, &ev);
		ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d));
		kfd_queue_ring(&self->q);
		ASSERT_EQ(0, kfd_event_wait(&ev, WAIT_MS));
		EXPECT_EQ(0LL, kfd_load(&env->signal[0].value));
		EXPECT_EQ(4ULL * i, kfd_load(&env->counter[0]));
	}
	EXPECT_EQ(0, kfd_event_destroy(&ev));
	EXPECT_EQ(-EINVAL, kfd_event_destroy(&ev));
}

TEST_F(aql, event_wait_any_all)
{
	struct kfd_env *env = &self->env;
	struct kfd_event ev[2];
	struct kfd_aql_dispatch d = { .workgroups = 1, .workgroup_size = 64 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, kfd_event_create(&env->gpu, &ev[i], false));
		kfd_kernel_init(&env->kernel[i], 1000, NULL, 1);
		kfd_signal_init(&env->signal[i], 1, &ev[i]);
	}
	d.kernel = &env->kernel[1];
	d.completion = &env->signal[1];
	ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d));
	kfd_queue_ring(&self->q);
	EXPECT_EQ(0, kfd_events_wait(ev, 2, false, WAIT_MS));
	EXPECT_EQ(-ETIMEDOUT, kfd_events_wait(ev, 2, true, 1));

	d.kernel = &env->kernel[0];
	d.completion = &env->signal[0];
	ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d));
	kfd_queue_ring(&self->q);
	EXPECT_EQ(0, kfd_events_wait(ev, 2, true, WAIT_MS));
	EXPECT_EQ(0, kfd_event_reset(&ev[0]));
	EXPECT_EQ(-ETIMEDOUT, kfd_events_wait(ev, 2, true, 1));
	EXPECT_EQ(0, kfd_event_set(&ev[0]));
	EXPECT_EQ(0, kfd_events_wait(ev, 2, true, WAIT_MS));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, kfd_event_destroy(&ev[i]))
			TH_LOG("number %u", i);
	}
}

/* Kernels, counters and signals in each kind of memory */
TEST_F(aql, memory_kinds)
{
	const __u32 flags[] = {
		KFD_MEM_GTT,
		KFD_MEM_VRAM | KFD_IOC_ALLOC_MEM_FLAGS_PUBLIC,
		KFD_MEM_USERPTR,
	};
	struct kfd_gpu *gpu = &self->env.gpu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct {
			struct kfd_signal signal;
			struct kfdsim_kernel kernel;
			__u64 counter;
		} *mem;
		struct kfd_aql_dispatch d = {
			.workgroups = 33,
			.workgroup_size = 64,
		};
		struct kfd_bo bo;

		ASSERT_EQ(0, kfd_bo_create(gpu, &bo, sizeof(*mem), flags[i]))
			TH_LOG("memory kind %u", i);
		mem = kfd_bo_ptr(&bo);
		kfd_kernel_init(&mem->kernel, 1000, &mem->counter, 1);
		kfd_signal_init(&mem->signal, 1, NULL);
		mem->counter = 100;
		d.kernel = &mem->kernel;
		d.completion = &mem->signal;
		ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d));
		kfd_queue_ring(&self->q);
		ASSERT_EQ(0, kfd_signal_wait_below(&mem->signal, 1, NULL,
						   WAIT_MS));
		EXPECT_EQ(133ULL, kfd_load(&mem->counter));
		EXPECT_EQ(0, kfd_bo_destroy(&bo, gpu));
	}
}

/*
 * A kernel that says it runs for ever keeps its own slots, and no more: others
 * go on, and its queue can be destroyed.
 */
TEST_F(aql, endless_kernel)
{
	const __u64 times[] = { ~0ULL, 1ULL << 63, (1ULL << 63) - 1 };
	struct kfd_env *env = &self->env;
	struct kfd_queue q;
	unsigned int i;

	if (kfd_test_no_hws())
		SKIP(return, "without HWS a queue that can't be saved is in the way");
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->q.attr, &q));
		ASSERT_EQ(0, kfd_env_dispatch(env, &q, 1, 1, times[i]));
		ASSERT_EQ(0, kfd_queue_wait_idle(&q, WAIT_MS));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 5, 1000));
		ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
		ASSERT_EQ(0, kfd_queue_set_percent(&q, 0));
		ASSERT_EQ(0, kfd_queue_set_percent(&q, 100));
		EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 1, 5))
			TH_LOG("%#llx ns", times[i]);
		EXPECT_EQ(0ULL, kfd_load(&env->counter[1]));
		ASSERT_EQ(0, kfd_queue_destroy(&q));
	}
}

/* Run times of workgroups, in slots of the signals that a test does not use */
static __u64 *times_of(struct kfd_env *env)
{
	return (__u64 *)&env->signal[BLANK_SLOT];
}

/* @workgroups of a kernel that has @num times already, in slot @slot */
static int dispatch_times(struct kfd_env *env, struct kfd_queue *q,
			  unsigned int slot, __u32 workgroups, __u32 num)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[slot],
		.workgroups = workgroups,
		.workgroup_size = 1024,
		.completion = &env->signal[slot],
	};
	int ret;

	kfd_kernel_init(&env->kernel[slot], 1000 * NSEC_PER_MSEC * WAIT_MS,
			&env->counter[slot], 16);
	kfd_kernel_set_times(&env->kernel[slot], times_of(env), num);
	kfd_signal_init(&env->signal[slot], 1, NULL);
	ret = kfd_aql_dispatch(q, &d);
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

/* Workgroup i runs for time number i modulo their number. */
TEST_F(aql, times)
{
	const struct {
		__u32 workgroups, num, longs;
	} rows[] = {
		{ 1, 7, 0 }, { 6, 7, 0 }, { 7, 7, 1 }, { 20, 7, 2 },
		{ 21, 7, 3 }, { 3, 1, 3 }, { 64, 64, 1 }, { 63, 64, 0 },
		{ 10, 2, 5 },
	};
	struct kfd_env *env = &self->env;
	__u64 *times = times_of(env);
	unsigned int i, j;
	__u64 took_ns;
	int is_long;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		/* the last one of the round is the long one */
		for (j = 0; j < rows[i].num; j++)
			times[j] = NSEC_PER_USEC * (j + 1);
		times[j - 1] = 40 * NSEC_PER_MSEC;
		ASSERT_EQ(0, dispatch_times(env, &self->q, i, rows[i].workgroups,
					    rows[i].num));
		usleep(2000);
		if (kfd_test_is_exact()) {
			EXPECT_EQ(rows[i].workgroups - rows[i].longs,
				  kfd_load(&env->counter[i]))
				TH_LOG("row %u", i);
		}
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(rows[i].workgroups, kfd_load(&env->counter[i]));
		took_ns = (kfd_load(&env->signal[i].end_ts) -
			   kfd_load(&env->signal[i].start_ts)) *
			  KFDSIM_GPU_CLOCK_NS;
		is_long = took_ns >= times[j - 1];
		EXPECT_EQ(!!rows[i].longs, is_long)
			TH_LOG("row %u", i);
	}
}

/*
 * The times are those at the beginning of the dispatch, also for workgroups that
 * are launched after the queue was off the hardware.
 */
TEST_F(aql, times_preempted)
{
	struct kfd_env *env = &self->env;
	__u32 fill = kfd_props_waves(&env->gpu.props) / 16;
	__u64 *times = times_of(env);
	unsigned int i;

	for (i = 0; i < 5; i++)
		times[i] = (i + 1) * NSEC_PER_MSEC;
	ASSERT_EQ(0, dispatch_times(env, &self->q, 0, 4 * fill, 5));
	ASSERT_EQ(0, kfd_poll_ge64(&env->counter[0], 1, WAIT_MS));
	for (i = 0; i < 5; i++)
		times[i] = ~0ULL;
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	EXPECT_TRUE(!kfd_test_is_exact() || kfd_test_drains() ||
		    kfd_load(&env->counter[0]) < 4 * fill);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(4 * fill, kfd_load(&env->counter[0]));
}

/* For kfd_test_in_child(): a fault costs a process all its queues. */
static int times_that_fault(void *arg)
{
	static const __u64 va[] = { 0, ~7ULL };
	struct kfd_queue q[ARRAY_SIZE(va)];
	struct kfd_env env;
	unsigned int i;

	if (kfd_env_open(&env, 0))
		return 1;
	for (i = 0; i < ARRAY_SIZE(va); i++) {
		struct kfd_aql_dispatch d = {
			.kernel = &env.kernel[0],
			.workgroups = 1,
			.workgroup_size = 64,
		};

		if (kfd_queue_create(&env.gpu, arg, &q[i]))
			return 2;
		kfd_kernel_init(&env.kernel[0], 0, &env.counter[0], 1);
		env.kernel[0].times_va = va[i];
		env.kernel[0].num_times = 1;
		if (kfd_aql_dispatch(&q[i], &d))
			return 3;
		kfd_queue_ring(&q[i]);
	}
	usleep(10000);
	return kfd_load(&env.counter[0]) ? 4 : 0;
}

/* Too many times, and some that are not there, stop their own process alone. */
TEST_F(aql, not_times)
{
	struct kfd_env *env = &self->env;
	const struct {
		__u64 va;
		__u32 num;
	} rows[] = {
		{ (uintptr_t)times_of(env), KFDSIM_MAX_TIMES + 1 },
		{ (uintptr_t)times_of(env), ~0U },
		{ (uintptr_t)times_of(env) + 4, 1 },
	};
	struct kfd_queue other;
	unsigned int i;

	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "with MES Linux 6.12 keeps the process for ever");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kfd_aql_dispatch d = {
			.kernel = &env->kernel[1],
			.workgroups = 1,
			.workgroup_size = 64,
			.completion = &env->signal[1],
		};

		ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->q.attr, &other));
		kfd_kernel_init(&env->kernel[1], 0, &env->counter[1], 1);
		env->kernel[1].times_va = rows[i].va;
		env->kernel[1].num_times = rows[i].num;
		kfd_signal_init(&env->signal[1], 1, NULL);
		ASSERT_EQ(0, kfd_aql_dispatch(&other, &d));
		kfd_queue_ring(&other);
		EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 1, 10))
			TH_LOG("row %u", i);
		EXPECT_EQ(0ULL, kfd_load(&env->counter[1]));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1, 0));
		ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
		ASSERT_EQ(0, kfd_queue_destroy(&other));
	}
	EXPECT_EQ(0, kfd_test_in_child(times_that_fault, &self->q.attr));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1, 0));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* Something that is no kernel stops its own queue, and that alone. */
TEST_F(aql, not_a_kernel)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[BLANK_SLOT],
		.workgroups = 1,
		.workgroup_size = 64,
		.completion = &env->signal[0],
	};
	struct kfd_queue other;

	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "with MES Linux 6.12 keeps the process for ever");
	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->q.attr, &other));
	kfd_signal_init(&env->signal[0], 1, NULL);
	ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d));
	kfd_queue_ring(&self->q);
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 20));
	ASSERT_EQ(0, kfd_env_dispatch(env, &other, 1, 5, 1000));
	EXPECT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[1]));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

TEST_HARNESS_MAIN
