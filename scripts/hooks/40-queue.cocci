// SPDX-License-Identifier: GPL-2.0
// A queue is tracked from when it works to when amdkfd forgets it, which is
// always under the dqm lock: nobody then finds a queue that is half gone. Every
// path asks before it decides whether a queue is active. Without a hardware
// scheduler a queue that is off may have no HQD.
//
// Whatever makes a queue active or inactive counts it: there its clocks start and
// stop.
//
// Newer amdkfd notes the time of an eviction in two branches, with and without
// MES: the third evict.
// expect: amdkfd/kfd_process_queue_manager.c add 1
// expect: amdkfd/kfd_device_queue_manager.c update 1
// expect: amdkfd/kfd_device_queue_manager.c create 2
// expect: amdkfd/kfd_device_queue_manager.c evict 2 or evict 3
// expect: amdkfd/kfd_device_queue_manager.c restore 2
// expect: amdkfd/kfd_device_queue_manager.c suspend 1
// expect: amdkfd/kfd_device_queue_manager.c resume 1
// expect: amdkfd/kfd_device_queue_manager.c destroy 1
// expect: amdkfd/kfd_device_queue_manager.c destroy_nocpsch 1
// expect: amdkfd/kfd_device_queue_manager.c allocate 1
// expect: amdkfd/kfd_device_queue_manager.c deallocate 1
// expect: amdkfd/kfd_device_queue_manager.c unload 1
// expect: amdkfd/kfd_device_queue_manager.c terminate 1
// expect: amdkfd/kfd_queue.c release 1
// expect: amdkfd/kfd_device_queue_manager.c count_active 1
// expect: amdkfd/kfd_device_queue_manager.c count_inactive 1

@add@
expression q;
position p;
@@
+kfd_gpreempt_add_queue(q);
 kfd_procfs_add_queue@p(q);

@update@
identifier dqm, q, minfo;
position p;
@@
 static int update_queue(struct device_queue_manager *dqm, struct queue *q,
			 struct mqd_update_info *minfo)
 {
	<...
	prev_active = q->properties.is_active@p;
+	kfd_gpreempt_update_queue(dqm, q);
	...>
 }

@destroy@
identifier dqm, qpd, q;
position p;
@@
 static int destroy_queue_cpsch(struct device_queue_manager *dqm,
				struct qcm_process_device *qpd, struct queue *q)
 {
	<...
+	kfd_gpreempt_remove_queue(dqm, q);
	list_del@p(&q->list);
	...>
 }

@terminate@
identifier dqm, qpd, q;
iterator name list_for_each_entry;
position p;
@@
 static int process_termination_cpsch(struct device_queue_manager *dqm,
				      struct qcm_process_device *qpd)
 {
	<...
	list_for_each_entry(q, &qpd->queues_list, list) {
+		kfd_gpreempt_remove_queue(dqm, q);
		...
		dqm->total_queue_count--@p;
	}
	...>
 }

@release@
identifier q;
position p;
@@
 void uninit_queue(struct queue *q)
 {
+	kfd_gpreempt_release_queue(q);
	kfree@p(q);
 }

@create@
identifier dqm, q, qpd;
identifier f = {create_queue_cpsch, create_queue_nocpsch};
position p;
@@
 f(struct device_queue_manager *dqm, struct queue *q,
   struct qcm_process_device *qpd, ...)
 {
	<...
	q->properties.is_evicted@p = !!qpd->evicted;
+	kfd_gpreempt_create_queue(dqm, qpd, q);
	...>
 }

@evict@
identifier dqm, qpd, pdd;
identifier f = {evict_process_queues_cpsch, evict_process_queues_nocpsch};
position p;
@@
 f(struct device_queue_manager *dqm, struct qcm_process_device *qpd)
 {
	<...
	pdd->last_evict_timestamp@p = get_jiffies_64();
+	kfd_gpreempt_evicted(dqm);
	...>
 }

@restore@
identifier dqm, qpd, q;
identifier f = {restore_process_queues_cpsch, restore_process_queues_nocpsch};
position p;
@@
 f(struct device_queue_manager *dqm, struct qcm_process_device *qpd)
 {
	<...
	q->properties.is_evicted@p = false;
+	kfd_gpreempt_activate_queue(dqm, q);
	...>
 }

@suspend@
identifier dqm, pdd, q;
position p;
@@
 static int suspend_single_queue(struct device_queue_manager *dqm,
				 struct kfd_process_device *pdd, struct queue *q)
 {
	<...
	q->properties.is_active@p = false;
+	kfd_gpreempt_evicted(dqm);
	...>
 }

@resume@
identifier dqm, qpd, q;
position p;
@@
 static int resume_single_queue(struct device_queue_manager *dqm,
				struct qcm_process_device *qpd, struct queue *q)
 {
	<...
	q->properties.is_suspended@p = false;
+	kfd_gpreempt_activate_queue(dqm, q);
	...>
 }

@destroy_nocpsch@
identifier dqm, qpd, q;
position p;
@@
 static int destroy_queue_nocpsch_locked(struct device_queue_manager *dqm,
					 struct qcm_process_device *qpd,
					 struct queue *q)
 {
	<...
+	kfd_gpreempt_remove_queue(dqm, q);
	dqm->total_queue_count--@p;
	...>
 }

@allocate@
identifier dqm, q, retval;
position p;
@@
 static int create_queue_nocpsch(struct device_queue_manager *dqm,
				 struct queue *q, ...)
 {
	<...
-	retval = allocate_hqd@p(dqm, q);
+	retval = kfd_gpreempt_has_hqd(q) ? allocate_hqd(dqm, q) : 0;
	...>
 }

@deallocate@
identifier dqm, q;
position p;
@@
 deallocate_hqd(struct device_queue_manager *dqm, struct queue *q)
 {
+	if (!kfd_gpreempt_has_hqd(q))
+		return;
	dqm->allocated_queues@p[q->pipe] |= (1 << q->queue);
 }

@unload@
identifier dqm, qpd, q, retval, mqd_mgr;
expression list es;
position p;
@@
 static int destroy_queue_nocpsch_locked(struct device_queue_manager *dqm,
					 struct qcm_process_device *qpd,
					 struct queue *q)
 {
	<...
-	retval = mqd_mgr->destroy_mqd@p(es);
+	retval = 0;
+	if (kfd_gpreempt_has_hqd(q))
+		retval = mqd_mgr->destroy_mqd(es);
	...>
 }

@count_active@
identifier dqm, qpd, q;
position p;
@@
 increment_queue_count(struct device_queue_manager *dqm,
		       struct qcm_process_device *qpd, struct queue *q)
 {
	dqm->active_queue_count++@p;
+	kfd_gpreempt_count_queue(q, true);
	...
 }

@count_inactive@
identifier dqm, qpd, q;
position p;
@@
 decrement_queue_count(struct device_queue_manager *dqm,
		       struct qcm_process_device *qpd, struct queue *q)
 {
	dqm->active_queue_count--@p;
+	kfd_gpreempt_count_queue(q, false);
	...
 }
