// SPDX-License-Identifier: GPL-2.0
// The directories of processes and queues come after amdkfd's own, whose
// children they are, and go before them: whoever reads one of their files
// keeps the process or the queue from being freed.
//
// A file of a process looks at the process on its nodes. Some amdkfd free these
// before they remove the files, some make sure of a directory first.
// expect: amdkfd/kfd_priv.h member 1
// expect: amdkfd/kfd_process.c add_process 1
// expect: amdkfd/kfd_process.c remove_process 1 or remove_process_early 1
// expect: amdkfd/kfd_process.c files_first 1 or nodes_first 1
// expect: amdkfd/kfd_process.c add_queue 1
// expect: amdkfd/kfd_process.c remove_queue 1

@member@
position p;
@@
 struct kfd_process@p {
	...
	struct kobject *kobj_queues;
+#ifdef CONFIG_HSA_AMD_GPREEMPT
+	struct kobject *kobj_gpreempt;
+#endif
	...
 };

@add_process@
expression process;
position p;
@@
 kfd_procfs_add_sysfs_counters@p(process);
+kfd_gpreempt_procfs_add_process(process);

@remove_process_early@
expression process;
position p;
@@
+kfd_gpreempt_procfs_remove_process(process);
 if (process->kobj_queues) {
	sysfs_remove_file@p(process->kobj, &process->attr_pasid);
	...
 }

@remove_process depends on !remove_process_early@
expression process;
position p;
@@
+kfd_gpreempt_procfs_remove_process(process);
 sysfs_remove_file@p(process->kobj, &process->attr_pasid);

@files_first@
expression process;
position p;
@@
 kfd_process_wq_release(...)
 {
	...
	kfd_process_remove_sysfs@p(process);
	...
	kfd_process_destroy_pdds(process);
	...
 }

@nodes_first@
expression process;
position p;
@@
 kfd_process_wq_release(...)
 {
	...
+	kfd_gpreempt_procfs_remove_process(process);
	kfd_process_destroy_pdds@p(process);
	...
	kfd_process_remove_sysfs(process);
	...
 }

@add_queue@
identifier q;
position p;
@@
 int kfd_procfs_add_queue(struct queue *q)
 {
	<...
+	kfd_gpreempt_procfs_add_queue(q);
	return@p 0;
	...>
 }

@remove_queue@
identifier q;
position p;
@@
 void kfd_procfs_del_queue(struct queue *q)
 {
	...
+	kfd_gpreempt_procfs_remove_queue(q);
	kobject_del@p(&q->kobj);
	...
 }
