// SPDX-License-Identifier: GPL-2.0
// What gpreempt's own files need with an amdgpu like that of Linux 7.2 or 7.3:
// another name, and care for a queue that amdkfd resets, and counts off, when MES
// can't remove it.
// expect: amdkfd/kfd_gpreempt_knobs.c grace_period 1
// expect: amdkfd/kfd_gpreempt_knobs.c has_grace_period 1
// expect: amdkfd/kfd_gpreempt_batch.c turned_off 1

@grace_period@
expression kgd, adev, times, period, offset, data;
position p;
@@
-kgd->build_grace_period_packet_info@p(adev, times, period, offset, data)
+kgd->build_dequeue_wait_counts_packet_info(adev, times, period, 0, offset, data)

@has_grace_period@
expression kgd;
position p;
@@
-kgd->build_grace_period_packet_info@p
+kgd->build_dequeue_wait_counts_packet_info

@turned_off@
identifier q;
expression dqm, qpd;
position p;
@@
 turn_off(...)
 {
	<...
-	q->properties.is_active@p = false;
-	decrement_queue_count(dqm, qpd, q);
+	if (q->properties.is_active) {
+		q->properties.is_active = false;
+		decrement_queue_count(dqm, qpd, q);
+	}
	...>
 }
