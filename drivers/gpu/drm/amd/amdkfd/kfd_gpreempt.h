/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what the rest of amdkfd calls, and what it embeds.
 *
 * Every function here is safe to call on a node without gpreempt.
 */
#ifndef KFD_GPREEMPT_H_INCLUDED
#define KFD_GPREEMPT_H_INCLUDED

#include <linux/list.h>

#include "kfd_gpreempt_policy.h"

struct amdgpu_bo;
struct device_queue_manager;
struct kfd_node;
struct kfd_topology_device;
struct queue;

/**
 * struct kfd_gpreempt_queue - gpreempt's part of a &struct queue
 *
 * @node: entry in the list of its class, while @tracked
 * @tracked: the scheduler knows the queue
 * @class: the class that says which list
 * @watch: samples of an LC queue; protected by &kfd_gpreempt.lock
 * @rptr: kernel address of the read pointer, NULL if it can't be read
 * @wptr: kernel address of the write pointer, NULL if it can't be read
 * @rptr_bo: pinned for @rptr
 * @wptr_bo: pinned for @wptr
 *
 * @node, @tracked and @class change under the dqm lock and &kfd_gpreempt.lock, so that
 * either is enough to read them.
 */
struct kfd_gpreempt_queue {
	struct list_head node;
	bool tracked;
	enum kfd_gpreempt_class class;
	struct kfd_gpreempt_watch watch;
	void *rptr;
	void *wptr;
	struct amdgpu_bo *rptr_bo;
	struct amdgpu_bo *wptr_bo;
};

#ifdef CONFIG_HSA_AMD_GPREEMPT

void kfd_gpreempt_init(struct device_queue_manager *dqm);
void kfd_gpreempt_fini(struct device_queue_manager *dqm);
void kfd_gpreempt_start(struct device_queue_manager *dqm);
void kfd_gpreempt_stop(struct device_queue_manager *dqm);
void kfd_gpreempt_add_queue(struct queue *q);
void kfd_gpreempt_update_queue(struct device_queue_manager *dqm,
			       struct queue *q);
void kfd_gpreempt_remove_queue(struct device_queue_manager *dqm,
			       struct queue *q);
void kfd_gpreempt_release_queue(struct queue *q);
void kfd_gpreempt_sysfs_add(struct kfd_topology_device *dev);
void kfd_gpreempt_sysfs_remove(struct kfd_topology_device *dev);

#else

static inline void kfd_gpreempt_init(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_fini(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_start(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_stop(struct device_queue_manager *dqm) {}
static inline void kfd_gpreempt_add_queue(struct queue *q) {}
static inline void kfd_gpreempt_update_queue(struct device_queue_manager *dqm,
					     struct queue *q) {}
static inline void kfd_gpreempt_remove_queue(struct device_queue_manager *dqm,
					     struct queue *q) {}
static inline void kfd_gpreempt_release_queue(struct queue *q) {}
static inline void kfd_gpreempt_sysfs_add(struct kfd_topology_device *dev) {}
static inline void kfd_gpreempt_sysfs_remove(struct kfd_topology_device *dev) {}

#endif

#endif
