// SPDX-License-Identifier: GPL-2.0
// One more reason for a queue to be off the hardware, next to and independent
// of eviction and debugger suspension, and what gpreempt keeps in each queue
// and node.
// expect: amdkfd/kfd_priv.h seam 1
// expect: amdkfd/kfd_priv.h properties 1
// expect: amdkfd/kfd_priv.h is_active 1
// expect: amdkfd/kfd_priv.h queue 1
// expect: amdkfd/kfd_priv.h process_device 1
// expect: amdkfd/kfd_priv.h node 1

@seam@
position p;
@@
 #include "amdgpu.h"@p
+#include "kfd_gpreempt.h"

@properties@
position p;
@@
 struct queue_properties@p {
	...
	bool is_suspended;
+	bool is_gpreempted;
	...
 };

@is_active@
expression q;
position p;
@@
 !(q).is_suspended@p
+	&& !(q).is_gpreempted

@queue@
position p;
@@
 struct queue@p {
	...
+	struct kfd_gpreempt_queue gpreempt;
 };

@process_device@
position p;
@@
 struct kfd_process_device@p {
	...
+	struct kfd_gpreempt_process gpreempt;
 };

@node@
position p;
@@
 struct kfd_node@p {
	...
+	struct kfd_gpreempt *gpreempt;
 };
