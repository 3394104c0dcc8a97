// SPDX-License-Identifier: GPL-2.0
// A queue is tracked from when it works to when amdkfd forgets it, which is
// always under the dqm lock: nobody then finds a queue that is half gone. The
// class is looked at again before an update decides what is active.
// expect: amdkfd/kfd_process_queue_manager.c add 1
// expect: amdkfd/kfd_device_queue_manager.c update 1
// expect: amdkfd/kfd_device_queue_manager.c destroy 1
// expect: amdkfd/kfd_device_queue_manager.c terminate 1
// expect: amdkfd/kfd_queue.c release 1

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
