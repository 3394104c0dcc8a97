// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kfd_lib.h"
#include "kfd_internal.h"

#define KFD_EOP_BYTES		4096
#define KFD_POLL_US		20

static __u32 percent_field(const struct kfd_queue_attr *attr)
{
	return attr->percent | attr->target_xcc << 8;
}

/* The save areas of all XCCs in a row, then their debugger areas */
static __u64 cwsr_bytes(const struct kfd_props *p)
{
	return kfd_align(((__u64)p->cwsr_size + p->debug_size) * p->num_xcc,
			 KFD_PAGE_SIZE);
}

static int free_buffers(struct kfd_queue *q)
{
	struct kfd_bo *bos[] = {
		&q->ring, &q->rptr, &q->wptr, &q->eop, &q->cwsr,
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(bos); i++) {
		int err = kfd_bo_destroy(bos[i], q->gpu);

		if (!ret)
			ret = err;
	}
	return ret;
}

static int alloc_pointers(struct kfd_queue *q)
{
	const struct kfd_shared *shared = q->attr.pointers;
	int ret;

	if (!shared) {
		ret = kfd_bo_create(q->gpu, &q->rptr, KFD_PAGE_SIZE, KFD_MEM_GTT);
		return ret ? ret : kfd_bo_create(q->gpu, &q->wptr, KFD_PAGE_SIZE,
						 KFD_MEM_GTT);
	}
	ret = kfd_bo_create_shared(q->gpu, &q->rptr, KFD_PAGE_SIZE, shared->fd,
				   shared->offset);
	return ret ? ret : kfd_bo_create_shared(q->gpu, &q->wptr, KFD_PAGE_SIZE,
						shared->fd,
						shared->offset + KFD_PAGE_SIZE);
}

static int alloc_buffers(struct kfd_queue *q)
{
	struct kfd_gpu *gpu = q->gpu;
	int ret;

	ret = kfd_bo_create(gpu, &q->ring, q->attr.ring_bytes, KFD_MEM_GTT);
	if (!ret)
		ret = alloc_pointers(q);
	if (!ret && kfd_queue_is_compute(q)) {
		ret = kfd_bo_create(gpu, &q->eop, KFD_EOP_BYTES, KFD_MEM_GTT);
		if (!ret)
			ret = kfd_bo_create(gpu, &q->cwsr,
					    cwsr_bytes(&gpu->props),
					    KFD_MEM_GTT);
	}
	if (ret)
		free_buffers(q);
	return ret;
}

/**
 * kfd_queue_prepare() - allocate a queue's buffers and fill in its arguments
 * @gpu: where the queue shall run
 * @attr: what it shall be
 * @q: filled in
 *
 * Return: 0 or a negative errno.
 */
int kfd_queue_prepare(struct kfd_gpu *gpu, const struct kfd_queue_attr *attr,
		      struct kfd_queue *q)
{
	int ret;

	memset(q, 0, sizeof(*q));
	q->gpu = gpu;
	q->attr = *attr;
	ret = alloc_buffers(q);
	if (ret) {
		q->gpu = NULL;
		return ret;
	}
	if (attr->type == KFD_IOC_QUEUE_TYPE_COMPUTE_AQL)
		memset(kfd_bo_ptr(&q->ring), 0, q->ring.size);

	q->args.ring_base_address = q->ring.va;
	q->args.write_pointer_address = q->wptr.va;
	q->args.read_pointer_address = q->rptr.va;
	q->args.ring_size = attr->ring_bytes;
	q->args.gpu_id = gpu->props.gpu_id;
	q->args.queue_type = attr->type;
	q->args.queue_percentage = percent_field(attr);
	q->args.queue_priority = attr->priority;
	q->args.sdma_engine_id = attr->sdma_engine;
	if (kfd_queue_is_compute(q)) {
		q->args.eop_buffer_address = q->eop.va;
		q->args.eop_buffer_size = KFD_EOP_BYTES;
		q->args.ctx_save_restore_address = q->cwsr.va;
		q->args.ctx_save_restore_size = gpu->props.cwsr_size;
		q->args.ctl_stack_size = gpu->props.ctl_stack_size;
	}
	return 0;
}

/**
 * kfd_queue_submit() - create the queue that was prepared
 * @q: filled in by kfd_queue_prepare()
 *
 * Return: 0 or a negative errno, and then the buffers are still there.
 */
int kfd_queue_submit(struct kfd_queue *q)
{
	struct kfd_gpu *gpu = q->gpu;
	__u64 offset;
	int ret;

	ret = kfd_ioctl(gpu->proc->fd, AMDKFD_IOC_CREATE_QUEUE, &q->args);
	if (ret)
		return ret;
	q->id = q->args.queue_id;
	q->created = true;

	ret = kfd_gpu_map_doorbells(gpu, q->args.doorbell_offset);
	if (ret)
		return ret;
	offset = q->args.doorbell_offset & (KFD_DOORBELL_BYTES - 1);
	q->doorbell = (void *)((char *)gpu->doorbells + offset);
	return 0;
}

/**
 * kfd_queue_create() - create a queue
 * @gpu: where
 * @attr: what
 * @q: filled in; must stay where it is until kfd_queue_destroy()
 *
 * Return: 0 or a negative errno, and then nothing is left behind.
 */
int kfd_queue_create(struct kfd_gpu *gpu, const struct kfd_queue_attr *attr,
		     struct kfd_queue *q)
{
	int ret;

	ret = kfd_queue_prepare(gpu, attr, q);
	if (ret)
		return ret;
	ret = kfd_queue_submit(q);
	if (ret)
		kfd_queue_destroy(q);
	return ret;
}

/**
 * kfd_queue_update() - change priority, percentage or target XCC
 * @q: the queue
 * @attr: new attributes; type and ring are ignored
 *
 * Return: 0 or a negative errno, and then @q's attributes are unchanged.
 */
int kfd_queue_update(struct kfd_queue *q, const struct kfd_queue_attr *attr)
{
	struct kfd_ioctl_update_queue_args args = {
		.ring_base_address = q->ring.va,
		.queue_id = q->id,
		.ring_size = q->attr.ring_bytes,
		.queue_percentage = percent_field(attr),
		.queue_priority = attr->priority,
	};
	int ret;

	ret = kfd_ioctl(q->gpu->proc->fd, AMDKFD_IOC_UPDATE_QUEUE, &args);
	if (ret)
		return ret;
	q->attr.percent = attr->percent;
	q->attr.priority = attr->priority;
	q->attr.target_xcc = attr->target_xcc;
	return 0;
}

/**
 * kfd_queue_set_priority() - change the priority only
 * @q: the queue
 * @priority: 0..KFD_MAX_QUEUE_PRIORITY
 *
 * Return: 0 or a negative errno.
 */
int kfd_queue_set_priority(struct kfd_queue *q, __u32 priority)
{
	struct kfd_queue_attr attr = q->attr;

	attr.priority = priority;
	return kfd_queue_update(q, &attr);
}

/**
 * kfd_queue_set_percent() - change the percentage only
 * @q: the queue
 * @percent: 0 takes the queue off the hardware
 *
 * Return: 0 or a negative errno.
 */
int kfd_queue_set_percent(struct kfd_queue *q, __u32 percent)
{
	struct kfd_queue_attr attr = q->attr;

	attr.percent = percent;
	return kfd_queue_update(q, &attr);
}

/**
 * kfd_queue_set_cu_mask() - choose the compute units that a queue runs on
 * @q: the queue
 * @mask: a bit for each: XCCs take turns, and in an XCC its shader engines
 * @bits: how many, a multiple of 32
 *
 * Return: 0 or a negative errno.
 */
int kfd_queue_set_cu_mask(struct kfd_queue *q, const __u32 *mask,
			  unsigned int bits)
{
	struct kfd_ioctl_set_cu_mask_args args = {
		.queue_id = q->id,
		.num_cu_mask = bits,
		.cu_mask_ptr = (__u64)(uintptr_t)mask,
	};

	return kfd_ioctl(q->gpu->proc->fd, AMDKFD_IOC_SET_CU_MASK, &args);
}

/**
 * kfd_queue_destroy() - destroy a queue and its buffers
 * @q: the queue; one that was only prepared, or is empty, is fine
 *
 * Return: 0 or the first negative errno; all is done that can be.
 */
int kfd_queue_destroy(struct kfd_queue *q)
{
	struct kfd_ioctl_destroy_queue_args args = { .queue_id = q->id };
	int ret = 0, err;

	if (!q->gpu)
		return 0;
	if (q->created)
		ret = kfd_ioctl(q->gpu->proc->fd, AMDKFD_IOC_DESTROY_QUEUE,
				&args);
	q->created = false;
	q->doorbell = NULL;
	err = free_buffers(q);
	if (!ret)
		ret = err;
	if (!err)
		q->gpu = NULL;
	return ret;
}

/**
 * kfd_queue_rptr() - the read pointer
 * @q: the queue
 *
 * Return: AQL packets or SDMA bytes consumed; PM4: dwords, modulo ring size.
 */
__u64 kfd_queue_rptr(const struct kfd_queue *q)
{
	const void *rptr = kfd_bo_ptr(&q->rptr);

	if (q->attr.type == KFD_IOC_QUEUE_TYPE_COMPUTE)
		return kfd_load((const __u32 *)rptr);
	return kfd_load((const __u64 *)rptr);
}

/**
 * kfd_queue_idle() - has everything that was rung been fetched?
 * @q: the queue
 *
 * An AQL queue's pointer may pass a packet whose waves still run; a
 * completion signal says that a packet is done.
 *
 * Return: true if the read pointer has caught up with the write pointer.
 */
bool kfd_queue_idle(const struct kfd_queue *q)
{
	const __u64 *slot = kfd_bo_ptr(&q->wptr);
	__u64 wptr = kfd_load(slot);

	if (q->attr.type == KFD_IOC_QUEUE_TYPE_COMPUTE)
		wptr &= q->attr.ring_bytes / 4 - 1;
	return kfd_queue_rptr(q) == wptr;
}

/**
 * kfd_queue_wait_idle() - wait until kfd_queue_idle()
 * @q: the queue
 * @timeout_ms: give up after this long
 *
 * Return: 0 or -ETIMEDOUT.
 */
int kfd_queue_wait_idle(const struct kfd_queue *q, unsigned int timeout_ms)
{
	__u64 end = kfd_now_ns() + timeout_ms * 1000000ULL;

	while (!kfd_queue_idle(q)) {
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(KFD_POLL_US);
	}
	return 0;
}

/**
 * kfd_queue_ring() - publish the write pointer and ring the doorbell
 * @q: the queue
 *
 * An AQL doorbell carries the index of the last packet, the others the write
 * pointer itself.
 */
void kfd_queue_ring(struct kfd_queue *q)
{
	__u64 *wptr = kfd_bo_ptr(&q->wptr);
	__u64 value = q->next;

	__atomic_store_n(wptr, q->next, __ATOMIC_RELEASE);
	if (q->attr.type == KFD_IOC_QUEUE_TYPE_COMPUTE_AQL)
		value--;
	__atomic_store_n(q->doorbell, value, __ATOMIC_SEQ_CST);
}
