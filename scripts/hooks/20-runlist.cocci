// SPDX-License-Identifier: GPL-2.0
// gpreempt changes what is active as the debugger's suspend does, and maps and
// unmaps with the functions that everybody uses. A process that it holds off
// altogether takes no entry of the runlist.
//
// Where amdkfd keeps the default grace period to itself it becomes common again.
// Where it looks first whether processes of both XNACK modes are in the list,
// those that get no entry don't count there either: the second skip_process.
// expect: amdkfd/kfd_device_queue_manager.c unstatic 6
// expect: amdkfd/kfd_device_queue_manager.c uninline 1
// expect: amdkfd/kfd_device_queue_manager.c prototype 2
// expect: amdkfd/kfd_device_queue_manager.c inline_prototype 1
// expect: amdkfd/kfd_device_queue_manager.h declare 1
// expect: amdkfd/kfd_packet_manager.c count_processes 1
// expect: amdkfd/kfd_packet_manager.c skip_process 1 or skip_process 2
// expect: amdkfd/kfd_packet_manager.c order_queues 1
// expect: amdkfd/kfd_device_queue_manager.h grace 1 or add_grace 1 and amdkfd/kfd_device_queue_manager.c drop_grace 1

@prototype@
identifier f = {execute_queues_cpsch, allocate_hqd};
type T;
parameter list ps;
position p;
@@
-static T f@p(ps);

@inline_prototype@
identifier f = {deallocate_hqd};
type T;
parameter list ps;
position p;
@@
-static inline T f@p(ps);

@unstatic@
identifier f = {execute_queues_cpsch, increment_queue_count,
	decrement_queue_count, allocate_hqd, add_queue_mes, remove_queue_mes};
type T;
parameter list ps;
position p;
@@
-static T f@p(ps)
+T f(ps)
 { ... }

@uninline@
identifier f = {deallocate_hqd};
type T;
parameter list ps;
position p;
@@
-static inline T f@p(ps)
+T f(ps)
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
+int allocate_hqd(struct device_queue_manager *dqm, struct queue *q);
+void deallocate_hqd(struct device_queue_manager *dqm, struct queue *q);
+int add_queue_mes(struct device_queue_manager *dqm, struct queue *q,
+		  struct qcm_process_device *qpd);
+int remove_queue_mes(struct device_queue_manager *dqm, struct queue *q,
+		     struct qcm_process_device *qpd);

@grace@
expression e;
position p;
@@
 #define USE_DEFAULT_GRACE_PERIOD e@p

@add_grace depends on !grace@
expression e;
position p;
@@
 #define KFD_MES_GANG_QUANTUM e@p
+#define USE_DEFAULT_GRACE_PERIOD 0xffffffff

@drop_grace@
expression e;
position p;
@@
-#define USE_DEFAULT_GRACE_PERIOD e@p

@count_processes@
identifier pm, count;
position p;
@@
 static void pm_calc_rlib_size(struct packet_manager *pm, ...)
 {
	...
-	count = pm->dqm->processes_count@p;
+	count = kfd_gpreempt_runlist_processes(pm->dqm);
	...
 }

@skip_process@
identifier pm, cur, qpd;
iterator name list_for_each_entry;
position p;
@@
 static int pm_create_runlist_ib(struct packet_manager *pm, ...)
 {
	<...
	list_for_each_entry(cur, ...) {
		qpd = cur->qpd@p;
+		if (!kfd_gpreempt_in_runlist(qpd))
+			continue;
		...
	}
	...>
 }

@order_queues@
identifier pm, q, qpd;
iterator name list_for_each_entry, kfd_gpreempt_for_each_in_runlist;
statement S;
position p;
@@
 static int pm_create_runlist_ib(struct packet_manager *pm, ...)
 {
	<...
-	list_for_each_entry@p(q, &qpd->queues_list, list)
+	kfd_gpreempt_for_each_in_runlist(q, qpd)
	S
	...>
 }
