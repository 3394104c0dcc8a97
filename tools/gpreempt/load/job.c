// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"
#include "mask.h"
#include "random.h"

#define WAVE_LANES	64
/* A wait ends at least this often, so that a signal is noticed */
#define WAIT_MS		100
/* Run times that there are, if they differ */
#define POOL_TIMES	4096
/*
 * Of which so many are a dispatch's. Odd, so that each XCC has them all: its
 * workgroups are those with the same number modulo 2, 4 or 8.
 */
#define DISPATCH_TIMES	15
/* A count that has ended is higher than what anybody waits for */
#define COUNT_RELEASED	0x4000000000000000LL

static int fail(const char *what, int ret)
{
	fprintf(stderr, "gpreempt-load: %s: %s\n", what, strerror(-ret));
	return ret;
}

/*
 * All times are drawn in advance, in memory of the GPU, and a dispatch takes some
 * that lie side by side: to draw a lot of them takes the CPU longer than to
 * submit a dispatch.
 */
static void draw_times(struct job *job)
{
	const struct times *times = &job->opt->workgroup;
	double sum = 0;

	for (unsigned int i = 0; i < POOL_TIMES; i++) {
		job->times[i] = times_draw(times, &job->random);
		sum += job->times[i];
	}
	job->workgroup_ns = (uint64_t)(sum / POOL_TIMES);
}

/* Of a be job it is where its workgroups are counted. */
static int map_count(struct job *job, const struct kfd_shared *count)
{
	int ret;

	if (!count)
		return 0;
	ret = kfd_bo_create_shared(&job->gpu, &job->shared, sizeof(*job->count),
				   count->fd, count->offset);
	if (ret)
		return ret;
	job->count = kfd_bo_ptr(&job->shared);
	if (job->opt->publish)
		job->finished = (const __u64 *)&job->count->value;
	return 0;
}

static void unmap_count(struct job *job)
{
	if (job->count)
		kfd_bo_destroy(&job->shared, &job->gpu);
}

/* Each part begins at a cache line of 64 bytes */
static int alloc_memory(struct job *job, unsigned int num_dispatches,
			unsigned int num_signals, const struct kfd_shared *count)
{
	const struct load_options *opt = job->opt;
	bool vary = times_vary(&opt->workgroup);
	unsigned int num_kernels = vary ? num_dispatches : 1;
	size_t kernels = 64, signals = kernels + num_kernels * sizeof(*job->kernels);
	size_t times = signals + num_signals * sizeof(*job->signals);
	size_t end = times + (vary ? POOL_TIMES * sizeof(*job->times) : 0);
	char *memory;
	int ret;

	ret = kfd_bo_create(&job->gpu, &job->memory, end, KFD_MEM_GTT);
	if (ret)
		return ret;
	memory = kfd_bo_ptr(&job->memory);
	job->finished = (void *)memory;
	ret = map_count(job, count);
	if (ret) {
		kfd_bo_destroy(&job->memory, &job->gpu);
		return ret;
	}
	job->kernels = (void *)(memory + kernels);
	job->signals = (void *)(memory + signals);
	job->times = (void *)(memory + times);
	job->workgroup_ns = (uint64_t)opt->workgroup.a;
	if (vary)
		draw_times(job);
	for (unsigned int i = 0; i < num_kernels; i++)
		kfd_kernel_init(&job->kernels[i], job->workgroup_ns,
				job->finished, opt->waves);
	return 0;
}

/**
 * job_open - open the GPU and allocate what every dispatch needs
 * @job: filled in; must stay where it is until job_close()
 * @opt: the command line; must outlive @job
 * @num_dispatches: that may be in flight at once
 * @num_signals: that they have
 * @count: where a be job's work is counted that the job publishes, or waits for;
 *	or NULL
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int job_open(struct job *job, const struct load_options *opt,
	     unsigned int num_dispatches, unsigned int num_signals,
	     const struct kfd_shared *count)
{
	int ret;

	memset(job, 0, sizeof(*job));
	job->opt = opt;
	/* not the arrivals' numbers again */
	job->random = ~opt->seed;
	ret = kfdsim_required();
	if (ret)
		return fail("kernels that only kfdsim can run", ret);
	ret = kfd_proc_open(&job->proc);
	if (ret)
		return fail("/dev/kfd", ret);
	ret = kfd_gpu_open(&job->proc, &job->gpu, opt->node);
	if (ret) {
		fail("GPU", ret);
		goto err_proc;
	}
	job->fill = kfd_props_waves(&job->gpu.props) / opt->waves;
	ret = alloc_memory(job, num_dispatches, num_signals, count);
	if (ret) {
		fail("memory", ret);
		goto err_gpu;
	}
	ret = kfd_event_create(&job->gpu, &job->event, true);
	if (ret) {
		fail("event", ret);
		goto err_memory;
	}
	return 0;

err_memory:
	unmap_count(job);
	kfd_bo_destroy(&job->memory, &job->gpu);
err_gpu:
	kfd_gpu_close(&job->gpu);
err_proc:
	kfd_proc_close(&job->proc);
	return ret;
}

/**
 * job_close - undo job_open(); all queues are gone
 * @job: the job
 */
void job_close(struct job *job)
{
	kfd_event_destroy(&job->event);
	unmap_count(job);
	kfd_bo_destroy(&job->memory, &job->gpu);
	kfd_gpu_close(&job->gpu);
	kfd_proc_close(&job->proc);
}

/* RDNA's compute units come in pairs. */
static int set_mask(const struct job *job, struct kfd_queue *queue)
{
	const struct kfd_props *props = &job->gpu.props;
	unsigned int pair = props->gfx_target_version >= 100000 ? 2 : 1;
	uint32_t mask[MASK_WORDS];
	unsigned int bits;
	int ret;

	if (job->opt->cu_off_percent <= 0)
		return 0;
	bits = mask_off(mask, kfd_props_cus(props), props->num_xcc * pair,
			job->opt->cu_off_percent);
	ret = kfd_queue_set_cu_mask(queue, mask, bits);
	return ret ? fail("CU mask", ret) : 0;
}

/**
 * job_queue - create one of the job's queues
 * @job: the job
 * @queue: filled in; kfd_queue_destroy() is up to the caller
 * @num_packets: that must fit into its ring
 * @pointers: where others see its pointers, or NULL
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int job_queue(struct job *job, struct kfd_queue *queue,
	      unsigned int num_packets, const struct kfd_shared *pointers)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret;

	while (attr.ring_bytes < num_packets * KFD_AQL_PACKET_SIZE)
		attr.ring_bytes *= 2;
	attr.priority = job->opt->priority;
	attr.pointers = pointers;
	ret = kfd_queue_create(&job->gpu, &attr, queue);
	if (ret)
		return fail("queue", ret);
	/* it was needed for creation only, and need not last */
	queue->attr.pointers = NULL;
	ret = set_mask(job, queue);
	if (ret)
		kfd_queue_destroy(queue);
	return ret;
}

static const struct kfdsim_kernel *draw_kernel(struct job *job,
					       unsigned int index)
{
	unsigned int num = job->opt->per_kernel ? 1 : DISPATCH_TIMES;
	uint64_t first = random_u64(&job->random) % (POOL_TIMES - num + 1);

	kfd_kernel_set_times(&job->kernels[index], &job->times[first], num);
	return &job->kernels[index];
}

/**
 * job_dispatch - append a dispatch; the caller rings
 * @job: the job
 * @queue: where to
 * @d: what
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int job_dispatch(struct job *job, struct kfd_queue *queue,
		 const struct job_dispatch *d)
{
	const struct load_options *opt = job->opt;
	unsigned int width = opt->widths[d->number % opt->num_widths];
	const struct kfd_aql_dispatch dispatch = {
		.kernel = times_vary(&opt->workgroup) ?
			  draw_kernel(job, d->index) : job->kernels,
		.workgroups = width ? width : job->fill,
		.workgroup_size = opt->waves * WAVE_LANES,
		.completion = d->signal,
		.barrier = d->in_order,
	};
	int ret;

	if (d->signal)
		kfd_signal_init(d->signal, 1, d->silent ? NULL : &job->event);
	ret = kfd_aql_dispatch(queue, &dispatch);
	if (ret)
		return fail("dispatch", ret);
	job->issued += dispatch.workgroups;
	return 0;
}

/**
 * job_wait_count - append a barrier: be has to have finished --after-be more
 * @job: a job with a count that somebody else publishes
 * @queue: where to
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int job_wait_count(struct job *job, struct kfd_queue *queue)
{
	__s64 value = __atomic_load_n(&job->count->value, __ATOMIC_ACQUIRE);
	const struct kfd_aql_barrier_value barrier = {
		.signal = job->count,
		.value = value + job->opt->after_be,
		.mask = -1,
		.cond = KFD_CONDITION_GTE,
	};
	int ret;

	if (value >= COUNT_RELEASED)
		return 0;
	ret = kfd_aql_barrier_value(queue, &barrier);
	return ret ? fail("barrier", ret) : 0;
}

/**
 * job_release_count - let everybody go who waits for a count that has ended
 * @job: what has published it; job_verify() has no meaning any more
 */
void job_release_count(struct job *job)
{
	__atomic_fetch_add(&job->count->value, COUNT_RELEASED, __ATOMIC_ACQ_REL);
}

bool job_signal_done(const struct kfd_signal *signal)
{
	return __atomic_load_n(&signal->value, __ATOMIC_ACQUIRE) <= 0;
}

/**
 * job_wait - sleep until some dispatch may have completed
 * @job: the job
 *
 * It also ends for nothing; the caller looks at its signals.
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int job_wait(struct job *job)
{
	int ret = kfd_event_wait(&job->event, WAIT_MS);

	if (ret && ret != -ETIMEDOUT)
		return fail("wait", ret);
	return 0;
}

uint64_t job_finished(const struct job *job)
{
	return __atomic_load_n(job->finished, __ATOMIC_ACQUIRE);
}

/**
 * job_verify - has every workgroup run exactly once?
 * @job: a job whose dispatches have all completed
 *
 * Return: 0, or -EIO after saying what is wrong.
 */
int job_verify(const struct job *job)
{
	uint64_t finished = job_finished(job);

	if (finished == job->issued)
		return 0;
	fprintf(stderr, "gpreempt-load: %llu workgroups dispatched, %llu finished\n",
		(unsigned long long)job->issued, (unsigned long long)finished);
	return -EIO;
}

/**
 * job_pasid - the process address space id, which traces name processes by
 *
 * Return: KFD's id of this process; 0, which is nobody's, if it has none.
 */
unsigned int job_pasid(void)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "/sys/class/kfd/kfd/proc/%d/pasid", getpid());
	if (kfd_file_read(path, text, sizeof(text)) < 0)
		return 0;
	return strtoul(text, NULL, 0);
}
