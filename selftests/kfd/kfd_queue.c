// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a queue: create, update and destroy, of every type, with good and
 * with bad arguments.
 */
#include "kfd_test.h"

#define KERNEL_ADDRESS	0xffff888000000000ULL
#define NO_ID		0x3ff
#define ENOTSUPP	524	/* the kernel's own; not in errno.h */

FIXTURE(queue) {
	struct kfd_env env;
	struct kfd_queue q;
};

FIXTURE_VARIANT(queue) {
	__u32 type;
	bool compute;
};

FIXTURE_VARIANT_ADD(queue, aql) {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE_AQL,
	.compute = true,
};

FIXTURE_VARIANT_ADD(queue, pm4) {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE,
	.compute = true,
};

FIXTURE_VARIANT_ADD(queue, sdma) {
	.type = KFD_IOC_QUEUE_TYPE_SDMA,
};

FIXTURE_VARIANT_ADD(queue, sdma_xgmi) {
	.type = KFD_IOC_QUEUE_TYPE_SDMA_XGMI,
};

FIXTURE_VARIANT_ADD(queue, sdma_by_engine) {
	.type = KFD_IOC_QUEUE_TYPE_SDMA_BY_ENG_ID,
};

FIXTURE_SETUP(queue)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(variant->type);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (kfd_test_breaks_driver(variant->type))
		SKIP(return, "known to break the driver without HWS");
	if (variant->type == KFD_IOC_QUEUE_TYPE_SDMA_XGMI &&
	    !self->env.gpu.props.num_sdma_xgmi_engines)
		SKIP(return, "no XGMI SDMA engines");
	ASSERT_EQ(0, kfd_queue_prepare(&self->env.gpu, &attr, &self->q));
}

FIXTURE_TEARDOWN(queue)
{
	kfd_queue_destroy(&self->q);
	kfd_env_close(&self->env);
}

TEST_F(queue, create_destroy)
{
	struct kfd_ioctl_destroy_queue_args args = {};
	__u64 gpu_bits;

	ASSERT_EQ(0, kfd_queue_submit(&self->q));
	EXPECT_NE(NULL, self->q.doorbell);
	gpu_bits = self->q.args.doorbell_offset >> 46 & 0xffff;
	EXPECT_EQ(self->env.gpu.props.gpu_id, gpu_bits);
	EXPECT_EQ(0ULL, kfd_queue_rptr(&self->q));

	args.queue_id = self->q.id;
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	EXPECT_EQ(-EINVAL, kfd_ioctl(self->env.proc.fd,
				     AMDKFD_IOC_DESTROY_QUEUE, &args));
}

TEST_F(queue, create_again_and_again)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(variant->type);
	unsigned int i;

	ASSERT_EQ(0, kfd_queue_destroy(&self->q));
	for (i = 0; i < 16; i++) {
		ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
		ASSERT_EQ(0, kfd_queue_destroy(&self->q));
	}
}

TEST_F(queue, all_priorities)
{
	unsigned int priority;

	self->q.args.queue_priority = KFD_MAX_QUEUE_PRIORITY;
	ASSERT_EQ(0, kfd_queue_submit(&self->q));
	for (priority = 0; priority <= KFD_MAX_QUEUE_PRIORITY; priority++) {
		EXPECT_EQ(0, kfd_queue_set_priority(&self->q, priority))
			TH_LOG("priority %u", priority);
	}
	EXPECT_EQ(-EINVAL, kfd_queue_set_priority(&self->q, priority));
}

TEST_F(queue, update_percent)
{
	ASSERT_EQ(0, kfd_queue_submit(&self->q));
	EXPECT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	EXPECT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	EXPECT_EQ(0, kfd_queue_set_percent(&self->q, 50));
	EXPECT_EQ(-EINVAL, kfd_queue_set_percent(&self->q, 101));
	EXPECT_EQ(0, kfd_queue_set_percent(&self->q, 100));
}

TEST_F(queue, update_bad)
{
	struct kfd_ioctl_update_queue_args args;
	const struct kfd_ioctl_update_queue_args good = {
		.ring_base_address = self->q.ring.va,
		.ring_size = self->q.attr.ring_bytes,
		.queue_percentage = 100,
		.queue_priority = 7,
	};
	int fd = self->env.proc.fd;

	ASSERT_EQ(0, kfd_queue_submit(&self->q));
	args = good;
	args.queue_id = NO_ID;
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_UPDATE_QUEUE, &args));
	args = good;
	args.queue_id = self->q.id;
	args.ring_size = 3000;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_UPDATE_QUEUE, &args));
	args.ring_size = good.ring_size;
	args.ring_base_address = KERNEL_ADDRESS;
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_UPDATE_QUEUE, &args));
	/* In the middle of a mapping, and more than a mapping */
	args.ring_base_address = self->env.mem.va + KFD_PAGE_SIZE;
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_UPDATE_QUEUE, &args));
	args.ring_base_address = good.ring_base_address;
	args.ring_size = 2 * good.ring_size;
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_UPDATE_QUEUE, &args));
	args.ring_size = good.ring_size;
	EXPECT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_UPDATE_QUEUE, &args));
}

/* A ring address of 0 takes the queue off, an address brings it back. */
TEST_F(queue, update_no_ring)
{
	struct kfd_ioctl_update_queue_args args = {
		.ring_size = self->q.attr.ring_bytes,
		.queue_percentage = 100,
		.queue_priority = 7,
	};

	ASSERT_EQ(0, kfd_queue_submit(&self->q));
	args.queue_id = self->q.id;
	EXPECT_EQ(0, kfd_ioctl(self->env.proc.fd, AMDKFD_IOC_UPDATE_QUEUE,
			       &args));
	EXPECT_EQ(0, kfd_queue_set_percent(&self->q, 100));
}

TEST_F(queue, bad_scalars)
{
	const struct kfd_ioctl_create_queue_args good = self->q.args;

	self->q.args.queue_percentage = 101;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.queue_priority = KFD_MAX_QUEUE_PRIORITY + 1;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.ring_size = 5000;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.queue_type = 99;
	EXPECT_EQ(-ENOTSUPP, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.gpu_id = 0xdead;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	EXPECT_EQ(0, kfd_queue_submit(&self->q));
}

TEST_F(queue, bad_addresses)
{
	const struct kfd_ioctl_create_queue_args good = self->q.args;

	self->q.args.ring_base_address = KERNEL_ADDRESS;
	EXPECT_EQ(-EFAULT, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.read_pointer_address = KERNEL_ADDRESS;
	EXPECT_EQ(-EFAULT, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.write_pointer_address = KERNEL_ADDRESS;
	EXPECT_EQ(-EFAULT, kfd_queue_submit(&self->q));

	/* Addresses of this program, but of nothing that the GPU has mapped */
	self->q.args = good;
	self->q.args.ring_base_address += self->env.mem.va << 1;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.write_pointer_address = (uintptr_t)&good;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	/* Part of a mapping, and more than a mapping */
	self->q.args = good;
	self->q.args.read_pointer_address = self->env.mem.va;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.ring_size *= 2;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	EXPECT_EQ(0, kfd_queue_submit(&self->q));
}

TEST_F(queue, bad_compute_buffers)
{
	const struct kfd_ioctl_create_queue_args good = self->q.args;

	if (!variant->compute)
		SKIP(return, "an SDMA queue has none");
	self->q.args.eop_buffer_size /= 2;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.eop_buffer_address = KERNEL_ADDRESS;
	EXPECT_EQ(-EFAULT, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.ctl_stack_size += KFD_PAGE_SIZE;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.ctx_save_restore_size -= KFD_PAGE_SIZE;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	self->q.args.ctx_save_restore_address += KFD_PAGE_SIZE;
	EXPECT_EQ(-EINVAL, kfd_queue_submit(&self->q));
	self->q.args = good;
	EXPECT_EQ(0, kfd_queue_submit(&self->q));
}

/* What a queue needs can't be unmapped under it. */
TEST_F(queue, buffers_are_held)
{
	struct kfd_gpu *gpu = &self->env.gpu;

	ASSERT_EQ(0, kfd_queue_submit(&self->q));
	EXPECT_EQ(-EBUSY, kfd_bo_unmap(&self->q.ring, gpu));
	EXPECT_EQ(-EBUSY, kfd_bo_unmap(&self->q.rptr, gpu));
	EXPECT_EQ(-EBUSY, kfd_bo_unmap(&self->q.wptr, gpu));
	if (variant->compute) {
		EXPECT_EQ(-EBUSY, kfd_bo_unmap(&self->q.eop, gpu));
		EXPECT_EQ(-EBUSY, kfd_bo_unmap(&self->q.cwsr, gpu));
	}
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
}

/* The queue goes with the process; the next one finds the GPU free. */
TEST_F(queue, exit_without_destroy)
{
	ASSERT_EQ(0, kfd_queue_submit(&self->q));
	memset(&self->q, 0, sizeof(self->q));
	memset(&self->env.mem, 0, sizeof(self->env.mem));
}

FIXTURE(queues) {
	struct kfd_env env;
};

FIXTURE_SETUP(queues)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN(queues)
{
	kfd_env_close(&self->env);
}

TEST_F(queues, sdma_engine_out_of_range)
{
	struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_SDMA_BY_ENG_ID);
	struct kfd_props *p = &self->env.gpu.props;
	struct kfd_queue q;

	if (kfd_test_breaks_driver(attr.type))
		SKIP(return, "known to break the driver without HWS");
	attr.sdma_engine = p->num_sdma_engines + p->num_sdma_xgmi_engines;
	EXPECT_EQ(-EINVAL, kfd_queue_create(&self->env.gpu, &attr, &q));
	attr.sdma_engine--;
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &q));
	EXPECT_EQ(0, kfd_queue_destroy(&q));
}

/* SDMA queues are not over-subscribed: each has a slot of its own. */
TEST_F(queues, sdma_slots)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_SDMA);
	struct kfd_props *p = &self->env.gpu.props;
	unsigned int num = p->num_sdma_engines * p->num_sdma_queues_per_engine;
	struct kfd_queue *q = calloc(num + 1, sizeof(*q));
	unsigned int i;

	ASSERT_NE(NULL, q);
	for (i = 0; i < num; i++) {
		ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &q[i]))
			TH_LOG("number %u", i);
	}
	/* With MES, Linux 6.12 loses the gang context and the pinned pointer */
	if (!kfd_test_mes(p)) {
		EXPECT_EQ(-ENOMEM, kfd_queue_create(&self->env.gpu, &attr,
						    &q[num]));
	}
	EXPECT_EQ(0, kfd_queue_destroy(&q[num / 2]));
	EXPECT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &q[num / 2]));
	for (i = 0; i < num; i++) {
		EXPECT_EQ(0, kfd_queue_destroy(&q[i]))
			TH_LOG("number %u", i);
	}
	free(q);
}

TEST_F(queues, cu_mask)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	__u32 mask[4] = { ~0U, ~0U, ~0U, ~0U };
	struct kfd_ioctl_set_cu_mask_args args = {
		.num_cu_mask = 128,
		.cu_mask_ptr = (uintptr_t)mask,
	};
	int fd = self->env.proc.fd;
	struct kfd_queue q;

	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &q));
	args.queue_id = q.id;
	EXPECT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_SET_CU_MASK, &args));
	args.num_cu_mask = 31;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_SET_CU_MASK, &args));
	args.num_cu_mask = 0;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_SET_CU_MASK, &args));
	args.num_cu_mask = 128;
	args.cu_mask_ptr = 8;
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_SET_CU_MASK, &args));
	args.cu_mask_ptr = (uintptr_t)mask;
	args.queue_id = NO_ID;
	EXPECT_EQ(-EFAULT, kfd_ioctl(fd, AMDKFD_IOC_SET_CU_MASK, &args));
	EXPECT_EQ(0, kfd_queue_destroy(&q));
}

TEST_HARNESS_MAIN
