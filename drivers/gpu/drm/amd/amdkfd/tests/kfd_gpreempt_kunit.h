/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: a node with processes and queues that no hardware knows of.
 */
#ifndef KFD_GPREEMPT_KUNIT_H_INCLUDED
#define KFD_GPREEMPT_KUNIT_H_INCLUDED

#include <kunit/test.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

#define MOCK_PROCS	4
#define MOCK_QUEUES	16

/**
 * struct mock - a node whose scheduler is on, with no worker and no timer
 *
 * @kfd: the device
 * @kfd2kgd: what it asks amdgpu to do: nothing
 * @node: its only node
 * @dqm: the node's queue manager; its queues are in no hardware
 * @gp: the node's scheduler
 * @process: the processes
 * @pdd: what each of them has on the node
 * @entry: the processes, in the dqm's list once they have a queue
 * @queue: the queues, of any process
 * @queues: how many of them are in use
 * @on_runlist: what &kfd_gpreempt_mechanism.processes says
 * @submits: runlists that were submitted
 * @meanwhile: what happens while a runlist is being submitted
 */
struct mock {
	struct kfd_dev kfd;
	struct kfd2kgd_calls kfd2kgd;
	struct kfd_node node;
	struct device_queue_manager dqm;
	struct kfd_gpreempt gp;
	struct kfd_process process[MOCK_PROCS];
	struct kfd_process_device pdd[MOCK_PROCS];
	struct device_process_node entry[MOCK_PROCS];
	struct queue queue[MOCK_QUEUES];
	u32 queues;
	u32 on_runlist;
	u32 submits;
	void (*meanwhile)(struct mock *m);
};

static inline struct mock *mock_of(struct kfd_gpreempt *gp)
{
	return container_of(gp, struct mock, gp);
}

static inline int mock_submit(struct kfd_gpreempt *gp, u32 on)
{
	struct mock *m = mock_of(gp);

	m->submits++;
	if (m->meanwhile)
		m->meanwhile(m);
	return 0;
}

static inline u32 mock_processes(struct kfd_gpreempt *gp)
{
	return mock_of(gp)->on_runlist;
}

static const struct kfd_gpreempt_mechanism mock_mechanism = {
	.submit = mock_submit,
	.processes = mock_processes,
};

/* What the scheduler asks amdgpu's device for: its generation and its size */
static inline struct amdgpu_device *mock_adev(struct kunit *test)
{
	struct amdgpu_device *adev;

	adev = kunit_kzalloc(test, sizeof(*adev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, adev);
	adev->ip_versions[GC_HWIP][0] = IP_VERSION(9, 4, 3);
	adev->gfx.cu_info.number = 80;
	return adev;
}

/* A node with @slots slots; it has no scheduler before mock_gpreempt(). */
static inline struct mock *mock_node(struct kunit *test, u32 slots)
{
	struct mock *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->node.adev = mock_adev(test);
	m->node.xcc_mask = BIT(0);
	m->node.kfd2kgd = &m->kfd2kgd;
	m->on_runlist = U32_MAX;
	bitmap_set(m->kfd.shared_resources.cp_queue_bitmap, 3, slots);
	m->node.kfd = &m->kfd;
	m->node.dqm = &m->dqm;
	spin_lock_init(&m->node.interrupt_lock);
	m->dqm.dev = &m->node;
	mutex_init(&m->dqm.lock_hidden);
	INIT_LIST_HEAD(&m->dqm.queues);
	for (i = 0; i < MOCK_PROCS; i++) {
		m->process[i].lead_thread = current;
		m->process[i].pdds[0] = &m->pdd[i];
		m->process[i].n_pdds = 1;
		m->pdd[i].dev = &m->node;
		m->pdd[i].process = &m->process[i];
		m->pdd[i].qpd.dqm = &m->dqm;
		/* no program has mapped doorbells */
		m->pdd[i].gpreempt.doorbells = ERR_PTR(-EOPNOTSUPP);
		INIT_LIST_HEAD(&m->pdd[i].qpd.queues_list);
		INIT_LIST_HEAD(&m->pdd[i].qpd.priv_queue_list);
		m->entry[i].qpd = &m->pdd[i].qpd;
		INIT_LIST_HEAD(&m->entry[i].list);
	}
	return m;
}

static inline void mock_gpreempt(struct mock *m)
{
	struct kfd_gpreempt *gp = &m->gp;

	kfd_gpreempt_setup(gp, &m->dqm, &mock_mechanism);
	gp->power.enabled = true;
	gp->power.started = true;
	gp->runlist.thins = true;
	gp->knobs = (struct kfd_gpreempt_knobs) {
		.triggers = KFD_GPREEMPT_TRIGGER_ALL,
		.lc_priority_min = 11,
		.be_priority_max = 10,
		.be_quantum_us = 10000,
		.hqd_lc_reserved = 2,
		.hqd_be_max = 6,
	};
	m->node.gpreempt = gp;
}

/* A queue of process @p as amdkfd has it before it asks anybody. */
static inline struct queue *mock_queue(struct mock *m, int p, u32 priority)
{
	struct queue *q = &m->queue[m->queues];

	q->device = &m->node;
	q->process = &m->process[p];
	q->properties = (struct queue_properties) {
		.type = KFD_QUEUE_TYPE_COMPUTE,
		.format = KFD_QUEUE_FORMAT_AQL,
		.queue_id = m->queues,
		.queue_size = 4096,
		.queue_address = 0x10000,
		.queue_percent = 100,
		.priority = priority,
	};
	m->queues++;
	return q;
}

/* What create_queue_cpsch() does with it. */
static inline struct queue *mock_create(struct mock *m, int p, u32 priority)
{
	struct qcm_process_device *qpd = &m->pdd[p].qpd;
	struct queue *q = mock_queue(m, p, priority);

	if (list_empty(&qpd->queues_list)) {
		list_add(&m->entry[p].list, &m->dqm.queues);
		m->dqm.processes_count++;
	}
	dqm_lock(&m->dqm);
	kfd_gpreempt_create_queue(&m->dqm, qpd, q);
	q->properties.is_active = QUEUE_IS_ACTIVE(q->properties);
	list_add(&q->list, &qpd->queues_list);
	if (q->properties.is_active)
		increment_queue_count(&m->dqm, qpd, q);
	dqm_unlock(&m->dqm);
	kfd_gpreempt_add_queue(q);
	return q;
}

static inline void mock_destroy(struct mock *m, struct queue *q)
{
	struct qcm_process_device *qpd = &q->gpreempt.pdd->qpd;

	dqm_lock(&m->dqm);
	kfd_gpreempt_remove_queue(&m->dqm, q);
	list_del(&q->list);
	if (q->properties.is_active)
		decrement_queue_count(&m->dqm, qpd, q);
	q->properties.is_active = false;
	dqm_unlock(&m->dqm);
	kfd_gpreempt_release_queue(q);
}

static inline void mock_exit(struct mock *m)
{
	hrtimer_cancel(&m->gp.timer);
	kfd_gpreempt_hqd_fini(&m->gp);
}

#endif
