// SPDX-License-Identifier: GPL-2.0
// A node's scheduler lives as long as its device queue manager, and runs while
// that runs: the dqm never stops, for suspend, reset or removal, with a queue
// held. It also stands still while amdgpu halts the queue manager.
// expect: amdkfd/kfd_device_queue_manager.c init 1
// expect: amdkfd/kfd_device_queue_manager.c fini 1
// expect: amdkfd/kfd_device_queue_manager.c start 1
// expect: amdkfd/kfd_device_queue_manager.c stop 1
// expect: amdkfd/kfd_device_queue_manager.c start_nocpsch 1
// expect: amdkfd/kfd_device_queue_manager.c stop_nocpsch 1
// expect: amdkfd/kfd_device_queue_manager.c halt 1
// expect: amdkfd/kfd_device_queue_manager.c unhalt 1
// expect: amdkfd/kfd_device.c interrupt 1

@init@
identifier dqm;
position p;
@@
 init_waitqueue_head@p(&dqm->destroy_wait);
+kfd_gpreempt_init(dqm);

@fini@
identifier dqm;
position p;
@@
 void device_queue_manager_uninit(struct device_queue_manager *dqm)
 {
+	kfd_gpreempt_fini(dqm);
	dqm->ops.stop@p(dqm);
	...
 }

@start@
identifier dqm;
position p;
@@
 static int start_cpsch(struct device_queue_manager *dqm)
 {
	<...
+	kfd_gpreempt_start(dqm);
	dqm_unlock@p(dqm);
	return 0;
	...>
 }

@stop@
identifier dqm;
statement S;
position p;
@@
 static int stop_cpsch(struct device_queue_manager *dqm)
 {
	<...
	if (!dqm->sched_running) { ... }
+	kfd_gpreempt_stop(dqm);
	S@p
	...>
 }

@start_nocpsch@
identifier dqm, r;
position p;
@@
 static int start_nocpsch(struct device_queue_manager *dqm)
 {
	...
-	if@p (!r)
-		dqm->sched_running = true;
+	if (!r) {
+		dqm->sched_running = true;
+		kfd_gpreempt_start_nocpsch(dqm);
+	}
	...
 }

@stop_nocpsch@
identifier dqm;
position p;
@@
 static int stop_nocpsch(struct device_queue_manager *dqm)
 {
	...
	if (!dqm->sched_running) { ... }
+	kfd_gpreempt_stop(dqm);
	if@p (dqm->dev->adev->asic_type == CHIP_HAWAII) pm_uninit(...);
	...
 }

@halt@
identifier dqm;
position p;
@@
 static int halt_cpsch(struct device_queue_manager *dqm)
 {
	<...
	dqm->sched_halt@p = true;
+	kfd_gpreempt_halt(dqm);
	...>
 }

@unhalt@
identifier dqm;
position p;
@@
 static int unhalt_cpsch(struct device_queue_manager *dqm)
 {
	<...
	dqm->sched_halt@p = false;
+	kfd_gpreempt_unhalt(dqm);
	...>
 }

@interrupt@
identifier kfd, node;
position p;
@@
 void kgd2kfd_interrupt(struct kfd_dev *kfd, ...)
 {
	<...
+	kfd_gpreempt_event(node);
	queue_work@p(node->kfd->ih_wq, &node->interrupt_work);
	...>
 }
