// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: how queues go off and on the hardware when MES, the scheduler in
 * firmware from gfx11 on, is told of each queue by itself.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

static int remove_queue(struct kfd_gpreempt *gp, struct queue *q,
			enum kfd_gpreempt_way way)
{
	return remove_queue_mes(gp->dqm, q, &q->gpreempt.pdd->qpd);
}

static int add_queue(struct kfd_gpreempt *gp, struct queue *q)
{
	return add_queue_mes(gp->dqm, q, &q->gpreempt.pdd->qpd);
}

static u32 any_number_of_processes(struct kfd_gpreempt *gp)
{
	return U32_MAX;
}

const struct kfd_gpreempt_mechanism kfd_gpreempt_mes = {
	.unmap = remove_queue,
	.map = add_queue,
	.processes = any_number_of_processes,
};
