// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"

#define WAVE_LANES	64
/* A wait ends at least this often, so that a signal is noticed */
#define WAIT_MS		100

/* GPU-visible memory; each member begins at a cache line of 64 bytes */
struct job_memory {
	struct kfdsim_kernel kernel;
	__u64 finished;
	__u64 unused[7];
	struct kfd_signal signals[];
};

static int fail(const char *what, int ret)
{
	fprintf(stderr, "gpreempt-load: %s: %s\n", what, strerror(-ret));
	return ret;
}

static int alloc_memory(struct job *job)
{
	struct job_memory *memory;
	int ret;

	ret = kfd_bo_create(&job->gpu, &job->memory,
			    sizeof(*memory) + job->num_signals * sizeof(*job->signals),
			    KFD_MEM_GTT);
	if (ret)
		return ret;
	memory = kfd_bo_ptr(&job->memory);
	job->kernel = &memory->kernel;
	job->finished = &memory->finished;
	job->signals = memory->signals;
	kfd_kernel_init(job->kernel, job->opt->workgroup_ns, job->finished,
			job->opt->waves);
	return 0;
}

/**
 * job_open - open the GPU and allocate what every dispatch needs
 * @job: filled in; must stay where it is until job_close()
 * @opt: the command line; must outlive @job
 * @num_signals: dispatches that may be in flight at once
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int job_open(struct job *job, const struct load_options *opt,
	     unsigned int num_signals)
{
	int ret;

	memset(job, 0, sizeof(*job));
	job->opt = opt;
	job->num_signals = num_signals;
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
	job->workgroups = opt->workgroups;
	if (!job->workgroups)
		job->workgroups = kfd_props_waves(&job->gpu.props) / opt->waves;
	ret = alloc_memory(job);
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
	kfd_bo_destroy(&job->memory, &job->gpu);
	kfd_gpu_close(&job->gpu);
	kfd_proc_close(&job->proc);
}

/**
 * job_queue - create one of the job's queues
 * @job: the job
 * @queue: filled in; kfd_queue_destroy() is up to the caller
 * @num_packets: that must fit into its ring
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int job_queue(struct job *job, struct kfd_queue *queue, unsigned int num_packets)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret;

	while (attr.ring_bytes < num_packets * KFD_AQL_PACKET_SIZE)
		attr.ring_bytes *= 2;
	attr.priority = job->opt->priority;
	ret = kfd_queue_create(&job->gpu, &attr, queue);
	return ret ? fail("queue", ret) : 0;
}

/**
 * job_dispatch - append a dispatch; the caller rings
 * @job: the job
 * @queue: where to
 * @signal: one of the job's that is not in use
 * @in_order: not before the queue's earlier dispatches have ended
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int job_dispatch(struct job *job, struct kfd_queue *queue,
		 struct kfd_signal *signal, bool in_order)
{
	const struct kfd_aql_dispatch dispatch = {
		.kernel = job->kernel,
		.workgroups = job->workgroups,
		.workgroup_size = job->opt->waves * WAVE_LANES,
		.completion = signal,
		.barrier = in_order,
	};
	int ret;

	kfd_signal_init(signal, 1, &job->event);
	ret = kfd_aql_dispatch(queue, &dispatch);
	if (ret)
		return fail("dispatch", ret);
	job->issued += job->workgroups;
	return 0;
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
