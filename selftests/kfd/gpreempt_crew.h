/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Other processes on the GPU, each with queues that it keeps full or rings
 * once.
 *
 * A member of the crew is told what to do through memory that it shares with
 * the test, and sleeps on events: with one CPU whoever polls takes it from the
 * driver that is measured.
 */
#ifndef GPREEMPT_CREW_H
#define GPREEMPT_CREW_H

#include <signal.h>
#include <sys/prctl.h>

#include "gpreempt_test.h"

#define GP_CREW_QUEUES		4
#define GP_IN_FLIGHT		2
#define GP_WAVES		16	/* of a workgroup: half a compute unit's */

enum gp_order {
	GP_REST,		/* what is in flight ends, and nothing follows */
	GP_WORK,		/* each queue always has GP_IN_FLIGHT dispatches */
	GP_ONCE,		/* one dispatch for each queue of @mask */
	GP_BLOCK,		/* barriers that the process itself lifts late */
	GP_QUIT,
};

/* An order's kind; the rest of the word is its number. */
#define GP_ORDER_MASK		7U

/**
 * struct gp_member - a process of the crew, in memory shared with the test
 * @finished: workgroups that have ended, of each queue; the GPU counts
 * @priority: of its queues
 * @queues: how many
 * @workgroups: of a dispatch; 0: as many as fill every wave slot
 * @workgroup_ns: how long one runs; of GP_BLOCK, for how long a barrier waits
 * @mask: of GP_ONCE
 * @order: what to do
 * @obeyed: the last order that was; of GP_WORK, when waves are on the GPU
 * @took_ns: of GP_ONCE: from the ring to the end of the last
 * @ids: KFD's numbers of the queues
 * @error: what went wrong, a negative errno; nothing is obeyed after it
 * @fd: of this memory
 * @pid: process
 */
struct gp_member {
	__u64 finished[GP_CREW_QUEUES];
	__u32 priority;
	__u32 queues;
	__u32 workgroups;
	__u32 mask;
	__u64 workgroup_ns;
	__u32 order;
	__u32 obeyed;
	__u64 took_ns;
	__u32 ids[GP_CREW_QUEUES];
	int error;
	int fd;
	pid_t pid;
};

/* ---- the process ------------------------------------------------------- */

struct gp_crewman {
	struct gp_member *m;
	struct gp_member *gpu_view;	/* @m again, where the GPU writes it */
	struct kfd_env env;
	struct kfd_bo bo;
	struct kfd_event event;
	struct kfd_queue q[GP_CREW_QUEUES];
};

static inline struct kfd_signal *gp_crew_signal(struct gp_crewman *c,
						unsigned int queue,
						unsigned int slot)
{
	return &c->env.signal[queue * GP_IN_FLIGHT + slot];
}

static inline int gp_crew_open(struct gp_crewman *c)
{
	struct gp_member *m = c->m;
	unsigned int i, slot;
	int ret = kfd_env_open(&c->env, 0);

	if (!ret)
		ret = kfd_event_create(&c->env.gpu, &c->event, true);
	if (!ret)
		ret = kfd_bo_create_shared(&c->env.gpu, &c->bo, sizeof(*m),
					   m->fd, 0);
	if (ret)
		return ret;
	c->gpu_view = kfd_bo_ptr(&c->bo);
	for (i = 0; i < m->queues && !ret; i++) {
		ret = gp_create_aql(&c->env, &c->q[i], m->priority);
		m->ids[i] = c->q[i].id;
		for (slot = 0; slot < GP_IN_FLIGHT; slot++)
			kfd_signal_init(gp_crew_signal(c, i, slot), 0, NULL);
	}
	return ret;
}

static inline int gp_crew_close(struct gp_crewman *c)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < c->m->queues && !ret; i++)
		ret = kfd_queue_destroy(&c->q[i]);
	if (!ret)
		ret = kfd_bo_destroy(&c->bo, &c->env.gpu);
	if (!ret)
		ret = kfd_event_destroy(&c->event);
	kfd_env_close(&c->env);
	return ret;
}

/* Nothing may be in flight: the GPU reads these when a dispatch starts. */
static inline void gp_crew_kernels(struct gp_crewman *c)
{
	unsigned int i;

	for (i = 0; i < c->m->queues; i++) {
		kfd_kernel_init(&c->env.kernel[i], c->m->workgroup_ns,
				&c->gpu_view->finished[i], GP_WAVES);
	}
}

static inline int gp_crew_dispatch(struct gp_crewman *c, unsigned int queue,
				   unsigned int slot)
{
	struct kfd_aql_dispatch d = {
		.kernel = &c->env.kernel[queue],
		.workgroups = c->m->workgroups ? c->m->workgroups :
			      kfd_props_waves(&c->env.gpu.props) / GP_WAVES,
		.workgroup_size = GP_WAVES * 64,
		.completion = gp_crew_signal(c, queue, slot),
		.barrier = true,
	};

	kfd_signal_init(d.completion, 1, &c->event);
	return kfd_aql_dispatch(&c->q[queue], &d);
}

static inline bool gp_crew_idle(struct gp_crewman *c)
{
	unsigned int i, slot;

	for (i = 0; i < c->m->queues; i++) {
		for (slot = 0; slot < GP_IN_FLIGHT; slot++) {
			if (kfd_load(&gp_crew_signal(c, i, slot)->value) > 0)
				return false;
		}
	}
	return true;
}

static inline int gp_crew_refill(struct gp_crewman *c)
{
	unsigned int i, slot;
	int ret = 0;

	for (i = 0; i < c->m->queues; i++) {
		bool ring = false;

		for (slot = 0; slot < GP_IN_FLIGHT && !ret; slot++) {
			if (kfd_load(&gp_crew_signal(c, i, slot)->value) > 0)
				continue;
			ret = gp_crew_dispatch(c, i, slot);
			ring = !ret;
		}
		if (ring)
			kfd_queue_ring(&c->q[i]);
	}
	return ret;
}

static inline void gp_crew_obeyed(struct gp_member *m, __u32 order)
{
	__atomic_store_n(&m->obeyed, order, __ATOMIC_RELEASE);
}

/* Has a queue's first dispatch places for all of its waves? */
static inline bool gp_crew_launched(const struct gp_crewman *c)
{
	unsigned int i;

	for (i = 0; i < c->m->queues; i++) {
		if (kfd_queue_rptr(&c->q[i]))
			return true;
	}
	return false;
}

static inline int gp_crew_work(struct gp_crewman *c, __u32 order)
{
	int ret = 0;

	while (kfd_load(&c->m->order) == order && !ret) {
		ret = gp_crew_refill(c);
		if (!ret && c->m->obeyed != order && gp_crew_launched(c))
			gp_crew_obeyed(c->m, order);
		if (!ret)
			ret = kfd_event_wait(&c->event,
					     c->m->obeyed == order ? 20 : 1);
		if (ret == -ETIMEDOUT)
			ret = 0;
	}
	return ret;
}

static inline int gp_crew_drain(struct gp_crewman *c)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	int ret = 0;

	while (!gp_crew_idle(c) && !ret) {
		ret = kfd_event_wait(&c->event, 20);
		if (ret == -ETIMEDOUT && kfd_now_ns() < end)
			ret = 0;
	}
	return ret;
}

static inline int gp_crew_once(struct gp_crewman *c)
{
	__u64 start_ns, end_ns, last_ns = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < c->m->queues && !ret; i++) {
		if (c->m->mask & 1U << i)
			ret = gp_crew_dispatch(c, i, 0);
	}
	start_ns = kfd_now_ns();
	for (i = 0; i < c->m->queues && !ret; i++) {
		if (c->m->mask & 1U << i)
			kfd_queue_ring(&c->q[i]);
	}
	if (!ret)
		ret = gp_crew_drain(c);
	for (i = 0; i < c->m->queues && !ret; i++) {
		end_ns = gp_crew_signal(c, i, 0)->end_ts * KFDSIM_GPU_CLOCK_NS;
		if (c->m->mask & 1U << i && end_ns > last_ns)
			last_ns = end_ns;
	}
	c->m->took_ns = last_ns - start_ns;
	return ret;
}

/* The barrier is at the head of the ring for @workgroup_ns, again and again. */
static inline int gp_crew_block(struct gp_crewman *c, __u32 order)
{
	struct kfd_signal *gate = &c->env.signal[GATE_SLOT];
	struct kfd_signal *passed = gp_crew_signal(c, 0, 0);
	int ret = 0;

	gp_crew_obeyed(c->m, order);
	while (kfd_load(&c->m->order) == order && !ret) {
		kfd_signal_init(gate, 1, NULL);
		kfd_signal_init(passed, 1, &c->event);
		ret = kfd_aql_barrier_and(&c->q[0], &gate, 1, passed);
		if (ret)
			break;
		kfd_queue_ring(&c->q[0]);
		usleep(c->m->workgroup_ns / NSEC_PER_USEC);
		__atomic_store_n(&gate->value, 0, __ATOMIC_SEQ_CST);
		ret = kfd_signal_wait_below(passed, 1, &c->event, WAIT_MS);
	}
	return ret;
}

static inline int gp_crew_do(struct gp_crewman *c, __u32 order)
{
	int ret = gp_crew_drain(c);

	if (ret)
		return ret;
	gp_crew_kernels(c);
	switch (order & GP_ORDER_MASK) {
	case GP_WORK:
		return gp_crew_work(c, order);
	case GP_ONCE:
		return gp_crew_once(c);
	case GP_BLOCK:
		return gp_crew_block(c, order);
	default:
		return 0;
	}
}

static inline int gp_crew_main(struct gp_member *m)
{
	struct gp_crewman c = { .m = m };
	__u32 order, last = 0;
	int ret = gp_crew_open(&c);

	m->error = ret;
	gp_crew_obeyed(m, last);
	while (!ret && (last & GP_ORDER_MASK) != GP_QUIT) {
		order = kfd_load(&m->order);
		if (order == last) {
			usleep(1000);
			continue;
		}
		last = order;
		ret = gp_crew_do(&c, order);
		m->error = ret;
		gp_crew_obeyed(m, order);
	}
	if (!ret)
		ret = gp_crew_close(&c);
	return !!ret;
}

/* ---- the test ---------------------------------------------------------- */

/* To be called before the test itself opens /dev/kfd */
static inline struct gp_member *gp_crew_start(const struct gp_member *like)
{
	int fd = memfd_create("crew", MFD_CLOEXEC);
	struct gp_member *m;
	pid_t pid;

	if (fd < 0 || ftruncate(fd, KFD_PAGE_SIZE))
		return NULL;
	m = mmap(NULL, KFD_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 0);
	if (m == MAP_FAILED)
		return NULL;
	*m = *like;
	m->fd = fd;
	m->obeyed = ~0U;
	pid = fork();
	if (!pid) {
		/* a test that takes too long is killed, and nobody else */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(gp_crew_main(m));
	}
	m->pid = pid;
	if (pid < 0 || kfd_poll_eq32(&m->obeyed, 0, WAIT_MS) || m->error)
		return NULL;
	return m;
}

static inline void gp_crew_order(struct gp_member *m, enum gp_order order)
{
	__u32 number = (m->order & ~GP_ORDER_MASK) + GP_ORDER_MASK + 1;

	__atomic_store_n(&m->order, number | order, __ATOMIC_RELEASE);
}

static inline int gp_crew_wait(struct gp_member *m)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;

	while (kfd_load(&m->obeyed) != m->order && !m->error) {
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(500);
	}
	return m->error;
}

static inline int gp_crew_tell(struct gp_member *m, enum gp_order order)
{
	gp_crew_order(m, order);
	return gp_crew_wait(m);
}

static inline int gp_crew_ring(struct gp_member *m, __u32 mask)
{
	m->mask = mask;
	return gp_crew_tell(m, GP_ONCE);
}

static inline __u64 gp_crew_finished(const struct gp_member *m)
{
	__u64 sum = 0;
	unsigned int i;

	for (i = 0; i < m->queues; i++)
		sum += kfd_load(&m->finished[i]);
	return sum;
}

/* Ends the process in good order. */
static inline int gp_crew_end(struct gp_member *m)
{
	int status, ret;

	if (!m || m->pid <= 0)
		return 0;
	gp_crew_order(m, GP_QUIT);
	ret = waitpid(m->pid, &status, 0) == m->pid && !status ? 0 : -EIO;
	close(m->fd);
	munmap(m, KFD_PAGE_SIZE);
	return ret;
}

#endif
