// SPDX-License-Identifier: GPL-2.0
/*
 * PM4 programs: compute registers, dispatches, indirect buffers and waits, as
 * a runtime without AQL puts them together.
 */
#include "kfd_test.h"

#define SET_SH_REG		0x76
#define DISPATCH_DIRECT		0x15
#define INDIRECT_BUFFER		0x3f
#define WAIT_REG_MEM		0x3c
#define EVENT_WRITE		0x46
#define RELEASE_MEM		0x49
#define NOP			0x10

#define WAIT_MEM_EQUAL		0x13		/* of memory */
#define PARTIAL_FLUSH		0x407
#define EOP_TIMESTAMP		0x514
#define DATA_64			0x40000000
#define IB_VALID		0x800000
#define IB_CHAIN		0x100000

/* Compute registers, as SET_SH_REG counts them */
#define START_X			0x204
#define NUM_THREAD_X		0x207
#define PGM_LO			0x20c
#define USER_DATA_0		0x240
#define NO_COMPUTE_REG		0x1ff

/* COMPUTE_DISPATCH_INITIATOR */
#define SHADER_EN		0x01
#define FORCE_START_AT_000	0x04
#define THREAD_DIMENSIONS	0x20

#define LANES			64

/* Kernels of PM4 are at multiples of 256 bytes: four of our slots */
#define SLOT(n)			(4 * (n))
#define BLANK			SLOT(100)

/* Packets before they go to a ring or an indirect buffer */
struct stream {
	__u32 dw[512];
	unsigned int n;
};

static void emit(struct stream *s, __u32 op, const __u32 *body, unsigned int n)
{
	s->dw[s->n++] = 3U << 30 | (n - 1) << 16 | op << 8;
	memcpy(&s->dw[s->n], body, n * sizeof(*body));
	s->n += n;
}

#define EMIT(s, op, ...) do {						\
	const __u32 body_[] = { __VA_ARGS__ };				\
									\
	emit(s, op, body_, ARRAY_SIZE(body_));				\
} while (0)

static void emit_registers(struct stream *s, const struct kfdsim_kernel *kernel,
			   __u32 lanes)
{
	__u64 pgm = (uintptr_t)kernel >> 8;

	EMIT(s, SET_SH_REG, START_X, 0, 0, 0, lanes, 1, 1, 0, 0);
	EMIT(s, SET_SH_REG, PGM_LO, pgm, pgm >> 32, 0, 0, 0, 0);
	EMIT(s, SET_SH_REG, USER_DATA_0, 1, 2, 3, 4);
}

static void emit_dispatch(struct stream *s, __u32 groups)
{
	EMIT(s, DISPATCH_DIRECT, groups, 1, 1, SHADER_EN);
}

static void emit_release(struct stream *s, const __u64 *at, __u64 value)
{
	__u64 va = (uintptr_t)at;

	EMIT(s, RELEASE_MEM, EOP_TIMESTAMP, DATA_64, va, va >> 32, value,
	     value >> 32, 0);
}

static void emit_wait(struct stream *s, const void *at, __u32 value)
{
	__u64 va = (uintptr_t)at;

	EMIT(s, WAIT_REG_MEM, WAIT_MEM_EQUAL, va, va >> 32, value, ~0U, 4);
}

static void emit_indirect(struct stream *s, __u64 va, __u32 size)
{
	EMIT(s, INDIRECT_BUFFER, va, va >> 32, size | IB_VALID);
}

FIXTURE(pm4) {
	struct kfd_env env;
	struct kfd_queue q;
	struct kfd_bo ib;
	__u64 *done;
	struct stream s;
};

FIXTURE_SETUP(pm4)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_bo_create(&self->env.gpu, &self->ib, 4 * KFD_PAGE_SIZE,
				   KFD_MEM_GTT));
	/* A counter that no kernel has */
	self->done = &self->env.counter[KFD_ENV_SLOTS - 1];
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
}

FIXTURE_TEARDOWN(pm4)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	EXPECT_EQ(0, kfd_bo_destroy(&self->ib, &self->env.gpu));
	kfd_env_close(&self->env);
}

static void kernel(struct kfd_env *env, unsigned int slot, __u64 ns)
{
	kfd_kernel_init(&env->kernel[slot], ns, &env->counter[slot], 1);
}

static int submit(struct kfd_queue *q, struct stream *s)
{
	int ret = kfd_ring_write(q, s->dw, s->n);

	s->n = 0;
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

/* The same, with all of it in the indirect buffer */
static int submit_indirect(struct kfd_queue *q, struct stream *s,
			   const struct kfd_bo *ib)
{
	unsigned int size = s->n;

	memcpy(kfd_bo_ptr(ib), s->dw, size * sizeof(s->dw[0]));
	s->n = 0;
	emit_indirect(s, ib->va, size);
	return submit(q, s);
}

/* What is released is released when the last workgroup has ended. */
TEST_F(pm4, dispatch)
{
	struct kfd_env *env = &self->env;
	struct stream *s = &self->s;
	unsigned int i;

	for (i = 1; i <= 5; i++) {
		kernel(env, SLOT(i), 100 * NSEC_PER_USEC);
		emit_registers(s, &env->kernel[SLOT(i)], LANES);
		emit_dispatch(s, 7 * i);
		emit_release(s, self->done, i);
		ASSERT_EQ(0, submit(&self->q, s));
		ASSERT_EQ(0, kfd_poll_eq64(self->done, i, WAIT_MS));
		EXPECT_EQ(7ULL * i, kfd_load(&env->counter[SLOT(i)]));
	}
}

/* More than fits at once, on the one XCC that executes PM4 */
TEST_F(pm4, large_dispatch)
{
	struct kfd_env *env = &self->env;
	__u32 groups = 2 * kfd_props_waves(&env->gpu.props) + 3;

	kernel(env, 0, 1000);
	emit_registers(&self->s, &env->kernel[0], LANES);
	emit_dispatch(&self->s, groups);
	emit_release(&self->s, self->done, 1);
	ASSERT_EQ(0, submit(&self->q, &self->s));
	ASSERT_EQ(0, kfd_poll_eq64(self->done, 1, WAIT_MS));
	EXPECT_EQ(groups, kfd_load(&env->counter[0]));
}

TEST_F(pm4, dimensions)
{
	const struct {
		__u32 start, dim[3], init;
		__u64 groups;
	} table[] = {
		{ 0, { 2, 3, 5 }, SHADER_EN, 30 },
		{ 0, { 0, 3, 5 }, SHADER_EN, 0 },
		{ 2, { 5, 1, 1 }, SHADER_EN, 3 },
		{ 5, { 5, 1, 1 }, SHADER_EN, 0 },
		{ 9, { 5, 1, 1 }, SHADER_EN, 0 },
		{ 2, { 5, 1, 1 }, SHADER_EN | FORCE_START_AT_000, 5 },
		{ 0, { 2 * LANES + 1, 2, 1 }, SHADER_EN | THREAD_DIMENSIONS, 6 },
	};
	struct kfd_env *env = &self->env;
	struct stream *s = &self->s;
	__u64 before;
	unsigned int i;

	kernel(env, 0, 1000);
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		before = kfd_load(&env->counter[0]);
		emit_registers(s, &env->kernel[0], LANES);
		EMIT(s, SET_SH_REG, START_X, table[i].start);
		EMIT(s, DISPATCH_DIRECT, table[i].dim[0], table[i].dim[1],
		     table[i].dim[2], table[i].init);
		emit_release(s, self->done, i + 1);
		ASSERT_EQ(0, submit(&self->q, s));
		ASSERT_EQ(0, kfd_poll_eq64(self->done, i + 1, WAIT_MS))
			TH_LOG("row %u", i);
		EXPECT_EQ(table[i].groups, kfd_load(&env->counter[0]) - before)
			TH_LOG("row %u", i);
	}
}

/* Dispatches run at the same time, unless there is a flush in between. */
TEST_F(pm4, partial_flush)
{
	struct kfd_env *env = &self->env;
	struct stream *s = &self->s;

	kernel(env, SLOT(1), 20 * NSEC_PER_MSEC);
	kernel(env, SLOT(2), 0);
	emit_registers(s, &env->kernel[SLOT(1)], LANES);
	emit_dispatch(s, 1);
	emit_registers(s, &env->kernel[SLOT(2)], LANES);
	emit_dispatch(s, 1);
	EMIT(s, EVENT_WRITE, PARTIAL_FLUSH);
	emit_dispatch(s, 1);
	ASSERT_EQ(0, submit(&self->q, s));
	ASSERT_EQ(0, kfd_poll_eq64(&env->counter[SLOT(2)], 1, WAIT_MS));
	ASSERT_EQ(0, kfd_poll_eq64(&env->counter[SLOT(2)], 2, WAIT_MS));
	EXPECT_EQ(1ULL, kfd_load(&env->counter[SLOT(1)]));
}

/* What a test of the KFD on hardware makes of one dispatch */
TEST_F(pm4, indirect_buffer)
{
	struct kfd_env *env = &self->env;
	struct stream *s = &self->s;
	unsigned int i, fence;

	kernel(env, 0, 50 * NSEC_PER_USEC);
	for (i = 1; i <= 5; i++) {
		emit_registers(s, &env->kernel[0], LANES);
		emit_dispatch(s, 3);
		EMIT(s, NOP, 0, 0);
		fence = (s->n - 2 + 1) & ~1U;
		emit_release(s, (__u64 *)(uintptr_t)(self->ib.va + 4 * fence),
			     0xdeadbeef);
		emit_wait(s, (void *)(uintptr_t)(self->ib.va + 4 * fence),
			  0xdeadbeef);
		ASSERT_EQ(0, submit_indirect(&self->q, s, &self->ib));
		emit_release(s, self->done, i);
		ASSERT_EQ(0, submit(&self->q, s));
		ASSERT_EQ(0, kfd_poll_eq64(self->done, i, WAIT_MS));
		EXPECT_EQ(3ULL * i, kfd_load(&env->counter[0]));
	}
	emit_indirect(s, self->ib.va, 0);
	emit_release(s, self->done, i);
	ASSERT_EQ(0, submit(&self->q, s));
	EXPECT_EQ(0, kfd_poll_eq64(self->done, i, WAIT_MS));
}

TEST_F(pm4, wait_mem)
{
	struct kfd_env *env = &self->env;
	__u64 *flag = &env->counter[1];

	*flag = 1;
	emit_wait(&self->s, flag, 1);
	emit_release(&self->s, self->done, 1);
	emit_wait(&self->s, flag, 2);
	emit_release(&self->s, self->done, 2);
	ASSERT_EQ(0, submit(&self->q, &self->s));
	ASSERT_EQ(0, kfd_poll_eq64(self->done, 1, WAIT_MS));
	EXPECT_EQ(-ETIMEDOUT, kfd_poll_eq64(self->done, 2, 20));
	__atomic_store_n(flag, 2, __ATOMIC_SEQ_CST);
	EXPECT_EQ(0, kfd_poll_eq64(self->done, 2, WAIT_MS));
}

/* Each workgroup is done once, wherever the queue is when it goes off. */
TEST_F(pm4, preempted)
{
	struct kfd_env *env = &self->env;
	__u32 groups = kfd_props_waves(&env->gpu.props) + 5;
	struct stream *s = &self->s;
	unsigned int i;

	kernel(env, SLOT(1), 3 * NSEC_PER_MSEC);
	kernel(env, SLOT(2), 2 * NSEC_PER_MSEC);
	emit_registers(s, &env->kernel[SLOT(1)], LANES);
	emit_dispatch(s, groups);
	emit_registers(s, &env->kernel[SLOT(2)], LANES);
	emit_dispatch(s, groups);
	emit_release(s, self->done, 1);
	emit_dispatch(s, 1);
	emit_release(s, self->done, 2);
	ASSERT_EQ(0, submit_indirect(&self->q, s, &self->ib));
	emit_dispatch(s, 1);
	emit_release(s, self->done, 3);
	ASSERT_EQ(0, submit(&self->q, s));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
		usleep(500);
	}
	ASSERT_EQ(0, kfd_poll_eq64(self->done, 3, WAIT_MS));
	EXPECT_EQ(groups, kfd_load(&env->counter[SLOT(1)]));
	EXPECT_EQ(groups + 2ULL, kfd_load(&env->counter[SLOT(2)]));
}

/* What stops the queue; the one behind it is never reached. */
static void emit_bad(struct kfd_env *env, struct stream *s, __u64 ib,
		     unsigned int which)
{
	emit_registers(s, &env->kernel[0], LANES);
	switch (which) {
	case 0:
		emit_registers(s, &env->kernel[BLANK], LANES);
		emit_dispatch(s, 1);
		break;
	case 1:
		EMIT(s, SET_SH_REG, NUM_THREAD_X, 0, 1, 1);
		emit_dispatch(s, 1);
		break;
	case 2:
		/* 2^32 lanes and one wave's worth, were it 32 bits */
		env->kernel[0].waves_per_workgroup = 0;
		EMIT(s, SET_SH_REG, NUM_THREAD_X, 0x8000, 0x8000, 0x8000);
		emit_dispatch(s, 1);
		break;
	case 3:
		EMIT(s, DISPATCH_DIRECT, ~0U, ~0U, ~0U, SHADER_EN);
		break;
	case 4:
		EMIT(s, DISPATCH_DIRECT, 1, 1, 1, 0);
		break;
	case 5:
		EMIT(s, SET_SH_REG, NO_COMPUTE_REG, 0);
		break;
	case 6:
		EMIT(s, SET_SH_REG, 0x27f, 0, 0);
		break;
	case 7:
		EMIT(s, INDIRECT_BUFFER, ib, ib >> 32, 4 | IB_CHAIN);
		break;
	case 8:
		/* A buffer in a buffer */
		emit_indirect(s, ib, 4);
		break;
	case 9:
		/* A packet that is longer than what it is in */
		emit_indirect(s, ib, 3);
		break;
	case 10:
		EMIT(s, WAIT_REG_MEM, WAIT_MEM_EQUAL & 7, 0, 0, 0, 0, 4);
		break;
	}
}

TEST_F(pm4, bad_packets)
{
	struct kfd_env *env = &self->env;
	struct stream inner = {};
	struct kfd_queue q;
	unsigned int i;

	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "with MES Linux 6.12 keeps the process for ever");
	kernel(env, 0, 0);
	emit_indirect(&inner, self->ib.va, 4);
	memcpy(kfd_bo_ptr(&self->ib), inner.dw, sizeof(inner.dw));
	for (i = 0; i <= 10; i++) {
		ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->q.attr, &q));
		emit_bad(env, &self->s, self->ib.va, i);
		emit_release(&self->s, self->done, 1);
		ASSERT_EQ(0, submit(&q, &self->s));
		/* Another one goes on, and has time to see it */
		emit_release(&self->s, &env->counter[1], i + 1);
		ASSERT_EQ(0, submit(&self->q, &self->s));
		ASSERT_EQ(0, kfd_poll_eq64(&env->counter[1], i + 1, WAIT_MS));
		EXPECT_EQ(-ETIMEDOUT, kfd_poll_eq64(self->done, 1, 5))
			TH_LOG("number %u", i);
		EXPECT_EQ(0ULL, kfd_load(&env->counter[0]))
			TH_LOG("number %u", i);
		ASSERT_EQ(0, kfd_queue_destroy(&q));
	}
}

/* A write pointer that is nowhere in the ring, which is full of NOPs */
TEST_F(pm4, beyond_the_ring)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue q;
	unsigned int i;

	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "with MES Linux 6.12 keeps the process for ever");
	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->q.attr, &q));
	for (i = 0; i < q.attr.ring_bytes / 4; i++)
		((__u32 *)kfd_bo_ptr(&q.ring))[i] = 0xffff1000;
	q.next = 1ULL << 40;
	kfd_queue_ring(&q);
	usleep(5000);
	EXPECT_EQ(0ULL, kfd_queue_rptr(&q));
	emit_release(&self->s, self->done, 1);
	ASSERT_EQ(0, submit(&self->q, &self->s));
	EXPECT_EQ(0, kfd_poll_eq64(self->done, 1, WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&q));
}

TEST_HARNESS_MAIN
