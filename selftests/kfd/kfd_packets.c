// SPDX-License-Identifier: GPL-2.0
/*
 * PM4 and SDMA packets of user queues.
 */
#include "kfd_test.h"

#define COPY_BYTES	(64 * 1024)

FIXTURE(packets) {
	struct kfd_env env;
	struct kfd_queue q;
	struct kfd_bo bo;
	__u32 *dw;
	__u64 *qw;
};

FIXTURE_VARIANT(packets) {
	__u32 type;
};

FIXTURE_VARIANT_ADD(packets, pm4) {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE,
};

FIXTURE_VARIANT_ADD(packets, sdma) {
	.type = KFD_IOC_QUEUE_TYPE_SDMA,
};

FIXTURE_VARIANT_ADD(packets, sdma_by_engine) {
	.type = KFD_IOC_QUEUE_TYPE_SDMA_BY_ENG_ID,
};

FIXTURE_SETUP(packets)
{
	const struct kfd_queue_attr attr = KFD_QUEUE_ATTR(variant->type);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (kfd_test_breaks_driver(variant->type))
		SKIP(return, "known to break the driver without HWS");
	ASSERT_EQ(0, kfd_bo_create(&self->env.gpu, &self->bo, 2 * COPY_BYTES,
				   KFD_MEM_GTT));
	self->dw = kfd_bo_ptr(&self->bo);
	self->qw = kfd_bo_ptr(&self->bo);
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
}

FIXTURE_TEARDOWN(packets)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	EXPECT_EQ(0, kfd_bo_destroy(&self->bo, &self->env.gpu));
	kfd_env_close(&self->env);
}

static int write_dword(struct kfd_queue *q, __u64 va, __u32 value)
{
	return kfd_queue_is_compute(q) ? kfd_pm4_write_data(q, va, value) :
					 kfd_sdma_write(q, va, value);
}

static int nop(struct kfd_queue *q, unsigned int dwords)
{
	return kfd_queue_is_compute(q) ? kfd_pm4_nop(q, dwords) :
					 kfd_sdma_nop(q, dwords);
}

/* A write that comes after all before it, and then raises an event */
static int fence(struct kfd_queue *q, __u64 va, __u32 value,
		 struct kfd_event *ev)
{
	int ret;

	if (kfd_queue_is_compute(q))
		return kfd_pm4_release_mem(q, va, value, ev);
	ret = kfd_sdma_fence(q, va, value);
	if (!ret && ev)
		ret = kfd_sdma_trap(q, ev);
	return ret;
}

TEST_F(packets, write)
{
	ASSERT_EQ(0, write_dword(&self->q, self->bo.va, 0xcafe));
	kfd_queue_ring(&self->q);
	EXPECT_EQ(0, kfd_poll_eq32(&self->dw[0], 0xcafe, WAIT_MS));
	EXPECT_EQ(0U, kfd_load(&self->dw[1]));
	EXPECT_EQ(0, kfd_queue_wait_idle(&self->q, WAIT_MS));
}

TEST_F(packets, nop)
{
	ASSERT_EQ(0, nop(&self->q, 2));
	ASSERT_EQ(0, nop(&self->q, 17));
	ASSERT_EQ(0, write_dword(&self->q, self->bo.va, 1));
	kfd_queue_ring(&self->q);
	EXPECT_EQ(0, kfd_poll_eq32(&self->dw[0], 1, WAIT_MS));
}

TEST_F(packets, in_order)
{
	unsigned int i;

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, write_dword(&self->q, self->bo.va + 4 * i, i + 1))
			TH_LOG("number %u", i);
	}
	ASSERT_EQ(0, fence(&self->q, self->bo.va + 4096, 0x5a5a, NULL));
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_poll_eq32(&self->dw[1024], 0x5a5a, WAIT_MS));
	for (i = 0; i < 50; i++) {
		EXPECT_EQ(i + 1, kfd_load(&self->dw[i]))
			TH_LOG("number %u", i);
	}
}

TEST_F(packets, event)
{
	struct kfd_event ev;
	unsigned int i;

	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &ev, true));
	for (i = 1; i <= 5; i++) {
		ASSERT_EQ(0, write_dword(&self->q, ev.slot, ev.id));
		ASSERT_EQ(0, fence(&self->q, self->bo.va, i, &ev));
		kfd_queue_ring(&self->q);
		ASSERT_EQ(0, kfd_event_wait(&ev, WAIT_MS));
		EXPECT_EQ(i, kfd_load(&self->dw[0]));
	}
	EXPECT_EQ(0, kfd_event_destroy(&ev));
}

/* More than the ring holds: it wraps, also in the middle of a packet. */
TEST_F(packets, wrap)
{
	const unsigned int rounds = 5 * self->q.attr.ring_bytes / 4 / 5;
	unsigned int i;

	for (i = 1; i <= rounds; i++) {
		ASSERT_EQ(0, nop(&self->q, 2 + i % 3));
		ASSERT_EQ(0, write_dword(&self->q, self->bo.va, i));
		kfd_queue_ring(&self->q);
		ASSERT_EQ(0, kfd_poll_eq32(&self->dw[0], i, WAIT_MS))
			TH_LOG("write %u of %u", i, rounds);
		ASSERT_EQ(0, kfd_queue_wait_idle(&self->q, WAIT_MS));
	}
	EXPECT_LT(self->q.attr.ring_bytes / 4ULL, self->q.next);
}

TEST_F(packets, full_ring)
{
	const __u64 end = self->bo.va + 4096;
	unsigned int n = 0;

	while (!write_dword(&self->q, self->bo.va, n))
		n++;
	ASSERT_LT(10U, n);
	EXPECT_EQ(-EAGAIN, write_dword(&self->q, self->bo.va, n));
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_queue_wait_idle(&self->q, WAIT_MS));
	ASSERT_EQ(0, fence(&self->q, end, 1, NULL));
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_poll_eq32(&self->dw[1024], 1, WAIT_MS));
	EXPECT_EQ(n - 1, kfd_load(&self->dw[0]));
}

TEST_F(packets, copy)
{
	const __u64 src = self->bo.va, dst = src + COPY_BYTES;
	unsigned int i;

	if (kfd_queue_is_compute(&self->q))
		SKIP(return, "SDMA only");
	for (i = 0; i < COPY_BYTES / 4; i++)
		self->dw[i] = 0x01020304;
	ASSERT_EQ(0, kfd_sdma_write(&self->q, src + 8, 77));
	ASSERT_EQ(0, kfd_sdma_copy(&self->q, dst, src, COPY_BYTES - 4));
	ASSERT_EQ(0, kfd_sdma_fence(&self->q, self->env.mem.va, 1));
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_poll_eq32(kfd_bo_ptr(&self->env.mem), 1, WAIT_MS));
	for (i = 0; i < COPY_BYTES / 4 - 1; i++) {
		ASSERT_EQ(i == 2 ? 77U : 0x01020304U,
			  kfd_load(&self->dw[COPY_BYTES / 4 + i]));
	}
	EXPECT_EQ(0U, kfd_load(&self->dw[2 * COPY_BYTES / 4 - 1]));
}

/* One dword, then all but the first and the last page */
TEST_F(packets, fill)
{
	const unsigned int page = KFD_PAGE_SIZE / 4, n = 2 * COPY_BYTES / 4;
	unsigned int i;

	if (kfd_queue_is_compute(&self->q))
		SKIP(return, "SDMA only");
	ASSERT_EQ(0, kfd_sdma_fill(&self->q, self->bo.va, 1, 4));
	ASSERT_EQ(0, kfd_sdma_fill(&self->q, self->bo.va + KFD_PAGE_SIZE,
				   0x01020304,
				   2 * COPY_BYTES - 2 * KFD_PAGE_SIZE));
	ASSERT_EQ(0, kfd_sdma_fence(&self->q, self->env.mem.va, 1));
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_poll_eq32(kfd_bo_ptr(&self->env.mem), 1, WAIT_MS));
	EXPECT_EQ(1U, kfd_load(&self->dw[0]));
	for (i = 1; i < n; i++) {
		ASSERT_EQ(i < page || i >= n - page ? 0U : 0x01020304U,
			  kfd_load(&self->dw[i]))
			TH_LOG("dword %u", i);
	}
}

TEST_F(packets, release_mem_64)
{
	if (!kfd_queue_is_compute(&self->q))
		SKIP(return, "PM4 only");
	ASSERT_EQ(0, kfd_pm4_release_mem(&self->q, self->bo.va,
					 0x1122334455667788ULL, NULL));
	kfd_queue_ring(&self->q);
	EXPECT_EQ(0, kfd_poll_eq64(&self->qw[0], 0x1122334455667788ULL,
				   WAIT_MS));
}

/* The packets of a PM4 queue are executed once, not once on each XCC. */
TEST_F(packets, one_xcc)
{
	struct kfd_props *p = &self->env.gpu.props;
	struct kfd_queue_attr attr = self->q.attr;
	unsigned int xcc;

	if (!kfd_queue_is_compute(&self->q))
		SKIP(return, "PM4 only");
	for (xcc = 0; xcc < p->num_xcc; xcc++) {
		attr.target_xcc = xcc;
		ASSERT_EQ(0, kfd_queue_update(&self->q, &attr));
		ASSERT_EQ(0, kfd_pm4_write_data(&self->q, self->bo.va,
						xcc + 1));
		kfd_queue_ring(&self->q);
		ASSERT_EQ(0, kfd_poll_eq32(&self->dw[0], xcc + 1, WAIT_MS))
			TH_LOG("XCC %u", xcc);
		ASSERT_EQ(0, kfd_queue_wait_idle(&self->q, WAIT_MS));
	}
}

TEST_HARNESS_MAIN
