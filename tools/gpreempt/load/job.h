/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_JOB_H
#define GPREEMPT_LOAD_JOB_H

#include "kfd_lib.h"
#include "load.h"

/**
 * struct job - what both roles need of a GPU
 *
 * @opt: the command line
 * @workgroups: of one dispatch
 * @proc: this process
 * @gpu: the GPU
 * @memory: holds @kernel, @finished and @signals
 * @event: raised by every signal; resets itself when waited for
 * @kernel: what every dispatch runs
 * @finished: workgroups that finished; only the GPU writes it
 * @signals: completion signals, @num_signals of them
 * @num_signals: dispatches that may be in flight at once
 * @issued: workgroups that were dispatched
 *
 * @issued has one writer, the thread that submits.
 */
struct job {
	const struct load_options *opt;
	unsigned int workgroups;
	struct kfd_proc proc;
	struct kfd_gpu gpu;
	struct kfd_bo memory;
	struct kfd_event event;
	struct kfdsim_kernel *kernel;
	const __u64 *finished;
	struct kfd_signal *signals;
	unsigned int num_signals;
	uint64_t issued;
};

int job_open(struct job *job, const struct load_options *opt,
	     unsigned int num_signals);
void job_close(struct job *job);
int job_queue(struct job *job, struct kfd_queue *queue,
	      unsigned int num_packets);
int job_dispatch(struct job *job, struct kfd_queue *queue,
		 struct kfd_signal *signal, bool in_order);
bool job_signal_done(const struct kfd_signal *signal);
int job_wait(struct job *job);
uint64_t job_finished(const struct job *job);
int job_verify(const struct job *job);
unsigned int job_pasid(void);

#endif
