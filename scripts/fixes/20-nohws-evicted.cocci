// SPDX-License-Identifier: GPL-2.0
// Without a hardware scheduler the creation of a queue looks whether its process is
// evicted, and then lets go of the lock for a moment. An eviction then misses the
// queue, which runs on without its memory and is counted twice at the restore.
// expect: amdkfd/kfd_device_queue_manager.c look_again 1

@look_again@
identifier dqm, q, qpd, mqd_mgr;
expression list es;
position p;
@@
 static int create_queue_nocpsch(struct device_queue_manager *dqm,
				 struct queue *q,
				 struct qcm_process_device *qpd, ...)
 {
	<...
	q->mqd_mem_obj = mqd_mgr->allocate_mqd@p(es);
	dqm_lock(dqm);
+	/* The process may have been evicted or restored meanwhile. */
+	q->properties.is_evicted = qpd->evicted;
	...>
 }
