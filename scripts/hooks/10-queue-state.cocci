// SPDX-License-Identifier: GPL-2.0
// One more reason for a queue to be off the hardware, next to and independent
// of eviction and debugger suspension, and what gpreempt keeps in each queue
// and node. All of it is there only with the option on, so that without it
// amdkfd is compiled to what it was.
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
+#ifdef CONFIG_HSA_AMD_GPREEMPT
+	bool is_gpreempted;
+#endif
	...
 };

@is_active@
expression q;
position p;
@@
 !(q).is_suspended@p
+	&& !kfd_gpreempt_is_off(&(q))

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
+#ifdef CONFIG_HSA_AMD_GPREEMPT
+	struct kfd_gpreempt *gpreempt;
+#endif
 };
