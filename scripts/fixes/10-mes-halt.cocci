// SPDX-License-Identifier: GPL-2.0
// amdgpu halts the scheduler while graphics has the GPU to itself. With MES all
// queues are removed then, and nothing adds them again; what is created meanwhile
// is mapped, and what is destroyed or evicted is removed twice. As with a runlist,
// what changes while the scheduler is halted has to wait for its end.
//
// Newer amdkfd has this.
// expect: amdkfd/kfd_device_queue_manager.c halted 2 or halted_already 2
// expect: amdkfd/kfd_device_queue_manager.c add_all 1 and unhalt 1 or added_already 1

@halted_already@
identifier f = {add_queue_mes, remove_queue_mes,
	remove_queue_mes_on_reset_option};
identifier dqm;
position p;
@@
 f(struct device_queue_manager *dqm, ...)
 {
	<+...
	dqm->sched_halt@p
	...+>
 }

@halted depends on !halted_already@
identifier f = {add_queue_mes, remove_queue_mes};
identifier dqm;
expression sem;
position p;
@@
 f(struct device_queue_manager *dqm, ...)
 {
	<...
+	if (dqm->sched_halt)
+		return 0;
	if@p (!down_read_trylock(sem))
		return -EIO;
	...>
 }

@added_already@
identifier dqm, r, add;
position p;
@@
 static int unhalt_cpsch(struct device_queue_manager *dqm)
 {
	<+...
	if (!dqm->dev->kfd->shared_resources.enable_mes)
		r = execute_queues_cpsch(...);
	else
		r = add@p(dqm);
	...+>
 }

@add_all depends on !added_already@
identifier f = {halt_cpsch};
identifier dqm;
iterator name list_for_each_entry;
position p;
@@
+static int add_active_queues_mes(struct device_queue_manager *dqm)
+{
+	struct device_process_node *process;
+	struct queue *q;
+	int ret;
+
+	list_for_each_entry(process, &dqm->queues, list) {
+		list_for_each_entry(q, &process->qpd->queues_list, list) {
+			if (!q->properties.is_active)
+				continue;
+			ret = add_queue_mes(dqm, q, process->qpd);
+			if (ret)
+				return ret;
+		}
+	}
+	return 0;
+}
+
 static int f@p(struct device_queue_manager *dqm)
 { ... }

@unhalt depends on !added_already@
identifier dqm, r;
expression list es;
position p;
@@
 static int unhalt_cpsch(struct device_queue_manager *dqm)
 {
	<...
-	if (!dqm->dev->kfd->shared_resources.enable_mes)
-		r = execute_queues_cpsch@p(es);
+	if (dqm->dev->kfd->shared_resources.enable_mes)
+		r = add_active_queues_mes(dqm);
+	else
+		r = execute_queues_cpsch(es);
	...>
 }
