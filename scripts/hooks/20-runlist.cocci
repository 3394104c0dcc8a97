// SPDX-License-Identifier: GPL-2.0
// gpreempt changes what is active as the debugger's suspend does, and submits
// with the function that everybody submits with.
// expect: amdkfd/kfd_device_queue_manager.c unstatic 3
// expect: amdkfd/kfd_device_queue_manager.h declare 1

@unstatic@
identifier f = {execute_queues_cpsch, increment_queue_count, decrement_queue_count};
type T;
parameter list ps;
position p;
@@
-static
 T f@p(ps)
 { ... }

@declare@
position p;
@@
 struct device_queue_manager@p { ... };
+
+int execute_queues_cpsch(struct device_queue_manager *dqm,
+			 enum kfd_unmap_queues_filter filter,
+			 uint32_t filter_param, uint32_t grace_period);
+void increment_queue_count(struct device_queue_manager *dqm,
+			   struct qcm_process_device *qpd, struct queue *q);
+void decrement_queue_count(struct device_queue_manager *dqm,
+			   struct qcm_process_device *qpd, struct queue *q);
