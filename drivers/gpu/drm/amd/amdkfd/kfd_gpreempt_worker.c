// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the thread in which a node's scheduler acts.
 *
 * It is SCHED_FIFO, so as not to wait behind the threads that feed BE. amdkfd
 * waits for the hardware by spinning, under the dqm lock, and for seconds when
 * firmware hangs; a thread that no other can preempt may not do that for long.
 */
#include <linux/sched.h>
#include <linux/sched/rt.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* Firmware that works answers within 1 ms; jiffies may be 10 ms. */
#define SPIN_TIME	msecs_to_jiffies(20)

/* A shorter rest of the worker is none: nobody is scheduled in between. */
#define REST_MIN_NS	(5ULL * NSEC_PER_USEC)

/* ---- its priority -------------------------------------------------------- */

/*
 * Where the thread has a CPU for itself this has another one; else it runs when
 * the kernel's limit for realtime threads lets it, within a second.
 */
static void demote(struct work_struct *work)
{
	struct kfd_gpreempt *gp = container_of(to_delayed_work(work),
					       struct kfd_gpreempt,
					       thread.demotion);

	if (!READ_ONCE(gp->thread.spins))
		return;

	WRITE_ONCE(gp->thread.demoted, true);
	sched_set_normal(gp->thread.task, 0);
}

/**
 * kfd_gpreempt_spin_begin() - the hardware is about to be waited for
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_spin_begin(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (current != gp->thread.task)
		return;

	WRITE_ONCE(gp->thread.spins, true);
	queue_delayed_work(system_unbound_wq, &gp->thread.demotion, SPIN_TIME);
}

/**
 * kfd_gpreempt_spin_end() - the hardware has answered, or will not
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_spin_end(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (current != gp->thread.task)
		return;

	WRITE_ONCE(gp->thread.spins, false);
	cancel_delayed_work(&gp->thread.demotion);
	if (!READ_ONCE(gp->thread.demoted))
		return;

	WRITE_ONCE(gp->thread.demoted, false);
	sched_set_fifo_low(current);
}

/* ---- when it runs -------------------------------------------------------- */

/**
 * kfd_gpreempt_worker_run_begin() - the worker begins to run
 * @gp: the node's scheduler
 *
 * Context: the node's worker.
 */
void kfd_gpreempt_worker_run_begin(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_thread *thread = &gp->thread;
	u64 now_ns = ktime_get_ns();
	u64 rest_ns = now_ns - thread->run_ended_ns;

	if (rest_ns >= REST_MIN_NS)
		thread->rest_ns += rest_ns;
	thread->run_began_ns = now_ns;
}

/**
 * kfd_gpreempt_worker_run_end() - the worker has run
 * @gp: the node's scheduler
 *
 * Context: the node's worker.
 */
void kfd_gpreempt_worker_run_end(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_thread *thread = &gp->thread;
	u64 now_ns = ktime_get_ns();
	u64 ran_ns = now_ns - thread->run_began_ns;

	thread->run_ns = (7 * thread->run_ns + ran_ns) / 8;
	thread->run_ended_ns = now_ns;
}

/**
 * kfd_gpreempt_worker_rested_ns() - for how long the worker has not run
 * @gp: the node's scheduler
 * @now_ns: now
 *
 * Context: any.
 *
 * Return: ns in total, up to now, or up to when it began if it is running.
 */
u64 kfd_gpreempt_worker_rested_ns(const struct kfd_gpreempt *gp, u64 now_ns)
{
	const struct kfd_gpreempt_thread *thread = &gp->thread;
	u64 ended_ns = READ_ONCE(thread->run_ended_ns);

	if (ended_ns < READ_ONCE(thread->run_began_ns) || now_ns < ended_ns)
		return thread->rest_ns;
	return thread->rest_ns + now_ns - ended_ns;
}

/* ---- the thread ---------------------------------------------------------- */

/**
 * kfd_gpreempt_worker_init() - prepare for a worker
 * @gp: the node's scheduler, being initialised
 */
void kfd_gpreempt_worker_init(struct kfd_gpreempt *gp)
{
	INIT_DELAYED_WORK(&gp->thread.demotion, demote);
}

/**
 * kfd_gpreempt_worker_create() - have a worker, if there is none yet
 * @gp: the node's scheduler
 *
 * Context: process, may sleep; &kfd_gpreempt.control held.
 *
 * Return: 0 or a negative errno.
 */
int kfd_gpreempt_worker_create(struct kfd_gpreempt *gp)
{
	struct kthread_worker *worker;
	unsigned long flags;

	lockdep_assert_held(&gp->control);

	if (gp->thread.worker)
		return 0;

	worker = kthread_create_worker(0, "gpreempt/%u", gp->dqm->dev->id);
	if (IS_ERR(worker))
		return PTR_ERR(worker);

	sched_set_fifo_low(worker->task);
	gp->thread.task = get_task_struct(worker->task);
	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->thread.worker = worker;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return 0;
}

/**
 * kfd_gpreempt_worker_wake() - let the worker run soon, if there is one
 * @gp: the node's scheduler
 *
 * Context: any; &kfd_gpreempt.lock or &kfd_gpreempt.control held, so that it does
 * not go meanwhile.
 */
void kfd_gpreempt_worker_wake(struct kfd_gpreempt *gp)
{
	if (gp->thread.worker)
		kthread_queue_work(gp->thread.worker, &gp->thread.work);
}

/**
 * kfd_gpreempt_worker_destroy() - end the worker, when it has done its work
 * @gp: the node's scheduler, off
 *
 * Context: process, may sleep; &kfd_gpreempt.control held.
 */
void kfd_gpreempt_worker_destroy(struct kfd_gpreempt *gp)
{
	struct kthread_worker *worker;
	unsigned long flags;

	lockdep_assert_held(&gp->control);

	raw_spin_lock_irqsave(&gp->lock, flags);
	worker = gp->thread.worker;
	gp->thread.worker = NULL;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	if (!worker)
		return;

	kthread_destroy_worker(worker);
	cancel_delayed_work_sync(&gp->thread.demotion);
	put_task_struct(gp->thread.task);
	gp->thread.task = NULL;
}
