// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the seam. What amdkfd sees of gpreempt is one flag of a queue, and
 * nothing at all on a node that has no scheduler.
 */
#include "kfd_gpreempt_kunit.h"
#include "kfd_topology.h"

#define BE	7
#define LC	15

/* ---- QUEUE_IS_ACTIVE() -------------------------------------------------- */

static void off_for_any_reason_is_not_active(struct kunit *test)
{
	struct queue_properties p;
	u32 i;

	for (i = 0; i < 64; i++) {
		p = (struct queue_properties) {
			.queue_size = i & 1 ? 0 : 4096,
			.queue_address = i & 2 ? 0 : 0x1000,
			.queue_percent = i & 4 ? 0 : 100,
			.is_evicted = i & 8,
			.is_suspended = i & 16,
			.is_gpreempted = i & 32,
		};
		KUNIT_EXPECT_EQ_MSG(test, i == 0, QUEUE_IS_ACTIVE(p),
				    "combination %#x", i);
	}
}

/* ---- a node without ----------------------------------------------------- */

static void call_all(struct mock *m, struct queue *q,
		     struct kfd_topology_device *topology)
{
	struct device_queue_manager *dqm = &m->dqm;
	struct vm_area_struct vma = {};

	kfd_gpreempt_node_added(&m->node);
	kfd_gpreempt_sysfs_add(topology);
	kfd_gpreempt_procfs_add_process(q->process);
	dqm_lock(dqm);
	kfd_gpreempt_start(dqm);
	kfd_gpreempt_create_queue(dqm, &m->pdd[0].qpd, q);
	dqm_unlock(dqm);
	kfd_gpreempt_add_queue(q);
	kfd_gpreempt_procfs_add_queue(q);
	dqm_lock(dqm);
	kfd_gpreempt_update_queue(dqm, q);
	kfd_gpreempt_activate_queue(dqm, q);
	kfd_gpreempt_evicted(dqm);
	dqm_unlock(dqm);
	kfd_gpreempt_event(&m->node);
	kfd_gpreempt_doorbell_mmap(&m->pdd[0], &vma);
	dqm_lock(dqm);
	kfd_gpreempt_remove_queue(dqm, q);
	dqm_unlock(dqm);
	kfd_gpreempt_procfs_remove_queue(q);
	kfd_gpreempt_release_queue(q);
	kfd_gpreempt_doorbell_release(&m->pdd[0]);
	kfd_gpreempt_procfs_remove_process(q->process);
	dqm_lock(dqm);
	kfd_gpreempt_stop(dqm);
	dqm_unlock(dqm);
	kfd_gpreempt_sysfs_remove(topology);
	kfd_gpreempt_fini(dqm);
}

static void no_scheduler_no_effect(struct kunit *test)
{
	struct mock *m = mock_node(test, 8);
	struct queue *q = mock_queue(m, 0, BE);
	struct kfd_topology_device *topology;
	struct mock *before;

	q->properties.is_active = QUEUE_IS_ACTIVE(q->properties);
	list_add(&q->list, &m->pdd[0].qpd.queues_list);
	m->dqm.active_queue_count = 1;
	m->dqm.active_cp_queue_count = 1;
	m->dqm.processes_count = 3;
	before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	memcpy(before, m, sizeof(*m));
	topology = kunit_kzalloc(test, sizeof(*topology), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, topology);
	topology->gpu = &m->node;

	call_all(m, q, topology);

	KUNIT_EXPECT_MEMEQ(test, before->queue, m->queue, sizeof(m->queue));
	KUNIT_EXPECT_MEMEQ(test, before->pdd, m->pdd, sizeof(m->pdd));
	KUNIT_EXPECT_MEMEQ(test, before->process, m->process,
			   sizeof(m->process));
	KUNIT_EXPECT_EQ(test, 1, m->dqm.active_queue_count);
	KUNIT_EXPECT_EQ(test, 1, m->dqm.active_cp_queue_count);
	KUNIT_EXPECT_NULL(test, m->node.gpreempt);
	KUNIT_EXPECT_TRUE(test, kfd_gpreempt_has_hqd(q));
	KUNIT_EXPECT_TRUE(test, kfd_gpreempt_in_runlist(&m->pdd[0].qpd));
}

/* Also those that have nothing to run, as ever. */
static void no_scheduler_every_process_in_the_runlist(struct kunit *test)
{
	struct mock *m = mock_node(test, 8);
	int i;

	for (i = 0; i < 3; i++)
		list_add(&m->entry[i].list, &m->dqm.queues);
	KUNIT_EXPECT_EQ(test, 3, kfd_gpreempt_runlist_processes(&m->dqm));
}

/* ---- a queue is created ------------------------------------------------- */

struct create_case {
	const char *name;
	enum kfd_queue_type type;
	u32 priority;
	bool enabled;
	bool held;
	bool tracked;
	u32 off;
};

static const struct create_case create_cases[] = {
	{ "BE", KFD_QUEUE_TYPE_COMPUTE, BE, true, false, true, 0 },
	{ "LC", KFD_QUEUE_TYPE_COMPUTE, LC, true, false, true, 0 },
	{ "BE in a preemption", KFD_QUEUE_TYPE_COMPUTE, BE, true, true, true,
	  KFD_GPREEMPT_OFF_INVERSION },
	{ "LC in a preemption", KFD_QUEUE_TYPE_COMPUTE, LC, true, true, true,
	  0 },
	{ "BE, scheduler off", KFD_QUEUE_TYPE_COMPUTE, BE, false, true, true,
	  0 },
	{ "SDMA", KFD_QUEUE_TYPE_SDMA, BE, true, true, false, 0 },
	{ "kernel queue", KFD_QUEUE_TYPE_HIQ, BE, true, true, false, 0 },
};

KUNIT_ARRAY_PARAM_DESC(create, create_cases, name);

static void create_decides_before_amdkfd_looks(struct kunit *test)
{
	const struct create_case *c = test->param_value;
	struct mock *m = mock_node(test, 8);
	struct queue *q;

	mock_gpreempt(m);
	m->gp.power.enabled = c->enabled;
	m->gp.hold.held = c->held;
	q = mock_queue(m, 0, c->priority);
	q->properties.type = c->type;

	dqm_lock(&m->dqm);
	kfd_gpreempt_create_queue(&m->dqm, &m->pdd[0].qpd, q);
	dqm_unlock(&m->dqm);
	KUNIT_EXPECT_EQ(test, c->off, q->gpreempt.off);
	KUNIT_EXPECT_EQ(test, !!c->off, q->properties.is_gpreempted);
	KUNIT_EXPECT_EQ(test, !c->off, QUEUE_IS_ACTIVE(q->properties));
	KUNIT_EXPECT_FALSE(test, q->gpreempt.tracked);
	kfd_gpreempt_add_queue(q);
	KUNIT_EXPECT_EQ(test, c->tracked, q->gpreempt.tracked);
	mock_exit(m);
}

/* ---- and let go --------------------------------------------------------- */

static struct mock *mock_held(struct kunit *test, struct queue **be)
{
	struct mock *m = mock_node(test, 8);

	mock_gpreempt(m);
	m->gp.hold.held = true;
	*be = mock_create(m, 0, BE);
	KUNIT_ASSERT_TRUE(test, (*be)->properties.is_gpreempted);
	KUNIT_ASSERT_EQ(test, 0, m->dqm.active_queue_count);
	return m;
}

static void stop_leaves_nothing_off(struct kunit *test)
{
	struct queue *be;
	struct mock *m = mock_held(test, &be);

	dqm_lock(&m->dqm);
	kfd_gpreempt_stop(&m->dqm);
	dqm_unlock(&m->dqm);
	KUNIT_EXPECT_EQ(test, 0, be->gpreempt.off);
	KUNIT_EXPECT_FALSE(test, be->properties.is_gpreempted);
	KUNIT_EXPECT_TRUE(test, be->properties.is_active);
	KUNIT_EXPECT_EQ(test, 1, m->dqm.active_queue_count);
	KUNIT_EXPECT_EQ(test, 0, m->gp.count.off);
	KUNIT_EXPECT_FALSE(test, m->gp.hold.held);
	mock_exit(m);
}

static void others_reasons_stay(struct kunit *test)
{
	struct queue *be;
	struct mock *m = mock_held(test, &be);

	be->properties.is_evicted = true;
	dqm_lock(&m->dqm);
	kfd_gpreempt_stop(&m->dqm);
	dqm_unlock(&m->dqm);
	KUNIT_EXPECT_FALSE(test, be->properties.is_gpreempted);
	KUNIT_EXPECT_TRUE(test, be->properties.is_evicted);
	KUNIT_EXPECT_FALSE(test, be->properties.is_active);
	KUNIT_EXPECT_EQ(test, 0, m->dqm.active_queue_count);
	mock_exit(m);
}

static void a_queue_that_is_lc_now_is_let_go(struct kunit *test)
{
	struct queue *be;
	struct mock *m = mock_held(test, &be);

	be->properties.priority = LC;
	dqm_lock(&m->dqm);
	kfd_gpreempt_update_queue(&m->dqm, be);
	dqm_unlock(&m->dqm);
	KUNIT_EXPECT_EQ(test, KFD_GPREEMPT_LC, be->gpreempt.class);
	KUNIT_EXPECT_TRUE(test, QUEUE_IS_ACTIVE(be->properties));
	KUNIT_EXPECT_EQ(test, 0, m->gp.be_tracked);
	mock_exit(m);
}

static void a_restored_queue_waits_for_the_end(struct kunit *test)
{
	struct queue *be;
	struct mock *m = mock_held(test, &be);

	be->properties.is_evicted = true;
	be->properties.is_evicted = false;
	dqm_lock(&m->dqm);
	kfd_gpreempt_activate_queue(&m->dqm, be);
	KUNIT_EXPECT_FALSE(test, QUEUE_IS_ACTIVE(be->properties));
	m->gp.hold.held = false;
	kfd_gpreempt_activate_queue(&m->dqm, be);
	KUNIT_EXPECT_TRUE(test, QUEUE_IS_ACTIVE(be->properties));
	dqm_unlock(&m->dqm);
	mock_exit(m);
}

static void who_is_off_needs_no_place_in_the_runlist(struct kunit *test)
{
	struct queue *be, *lc;
	struct mock *m = mock_held(test, &be);
	const struct qcm_process_device *qpd = &m->pdd[0].qpd;

	KUNIT_EXPECT_FALSE(test, kfd_gpreempt_in_runlist(qpd));
	KUNIT_EXPECT_EQ(test, 0, kfd_gpreempt_runlist_processes(&m->dqm));
	lc = mock_create(m, 0, LC);
	KUNIT_EXPECT_TRUE(test, kfd_gpreempt_in_runlist(qpd));
	mock_destroy(m, lc);
	KUNIT_EXPECT_FALSE(test, kfd_gpreempt_in_runlist(qpd));
	/* What only amdkfd keeps off is amdkfd's to count. */
	be->properties.is_gpreempted = false;
	be->properties.is_evicted = true;
	KUNIT_EXPECT_TRUE(test, kfd_gpreempt_in_runlist(qpd));
	mock_exit(m);
}

static struct kunit_case hooks_cases[] = {
	KUNIT_CASE(off_for_any_reason_is_not_active),
	KUNIT_CASE(no_scheduler_no_effect),
	KUNIT_CASE(no_scheduler_every_process_in_the_runlist),
	KUNIT_CASE_PARAM(create_decides_before_amdkfd_looks, create_gen_params),
	KUNIT_CASE(stop_leaves_nothing_off),
	KUNIT_CASE(others_reasons_stay),
	KUNIT_CASE(a_queue_that_is_lc_now_is_let_go),
	KUNIT_CASE(a_restored_queue_waits_for_the_end),
	KUNIT_CASE(who_is_off_needs_no_place_in_the_runlist),
	{}
};

static struct kunit_suite hooks_suite = {
	.name = "kfd_gpreempt_hooks",
	.test_cases = hooks_cases,
};

kunit_test_suite(hooks_suite);
