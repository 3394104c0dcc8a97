/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_JOB_H
#define GPREEMPT_LOAD_JOB_H

#include "kfd_lib.h"
#include "load.h"

/**
 * struct job - what both roles need of a GPU
 *
 * @opt: the command line
 * @fill: workgroups that fill the GPU
 * @proc: this process
 * @gpu: the GPU
 * @memory: holds @finished, @times, @kernels and @signals
 * @shared: holds @count
 * @count: what other processes see, or NULL: finished workgroups of a be job
 * @event: raised by signals; resets itself when waited for
 * @finished: workgroups that finished; only the GPU writes it
 * @times: run times, if they differ; every dispatch takes some of them
 * @workgroup_ns: their mean, or the time that does not differ
 * @kernels: what dispatches run: one for all if it always takes the same time,
 *	else one for each that may be in flight
 * @signals: completion signals, of a number that job_open() was told
 * @random: of the run times
 * @issued: workgroups that were dispatched
 *
 * @random and @issued have one writer at a time, the thread that submits.
 */
struct job {
	const struct load_options *opt;
	unsigned int fill;
	struct kfd_proc proc;
	struct kfd_gpu gpu;
	struct kfd_bo memory;
	struct kfd_bo shared;
	struct kfd_signal *count;
	struct kfd_event event;
	const __u64 *finished;
	__u64 *times;
	uint64_t workgroup_ns;
	struct kfdsim_kernel *kernels;
	struct kfd_signal *signals;
	uint64_t random;
	uint64_t issued;
};

/**
 * struct job_dispatch - one dispatch
 *
 * @index: number of it among those that may be in flight
 * @number: of the widths, which come in turn
 * @signal: completion signal, not in use; NULL for none
 * @silent: @signal raises no event
 * @in_order: not before the queue's earlier dispatches have ended
 */
struct job_dispatch {
	unsigned int index;
	uint64_t number;
	struct kfd_signal *signal;
	bool silent;
	bool in_order;
};

int job_open(struct job *job, const struct load_options *opt,
	     unsigned int num_dispatches, unsigned int num_signals,
	     const struct kfd_shared *count);
void job_close(struct job *job);
int job_queue(struct job *job, struct kfd_queue *queue,
	      unsigned int num_packets, const struct kfd_shared *pointers);
int job_dispatch(struct job *job, struct kfd_queue *queue,
		 const struct job_dispatch *d);
bool job_signal_done(const struct kfd_signal *signal);
int job_wait_count(struct job *job, struct kfd_queue *queue);
void job_release_count(struct job *job);
int job_wait(struct job *job);
uint64_t job_finished(const struct job *job);
int job_verify(const struct job *job);
unsigned int job_pasid(void);

#endif
