// SPDX-License-Identifier: GPL-2.0
// What gpreempt's own files need on a kernel like Linux 7.2 or 7.3: other names.
// expect: amdkfd/kfd_gpreempt_timer.c timer 1
// expect: amdkfd/kfd_gpreempt_doorbell_arm.c zap 1
// expect: amdkfd/kfd_gpreempt_doorbell.c private 1

@timer@
expression timer, clock, mode, callback;
position p;
@@
-hrtimer_init@p(&timer, clock, mode);
-timer.function = callback;
+hrtimer_setup(&timer, callback, clock, mode);

@zap@
expression list es;
position p;
@@
-zap_vma_ptes@p
+zap_special_vma_range
 (es)

// 7.2 has is_cow_mapping(), 7.3 has vma_is_cow_mapping()
@private@
expression flags;
position p;
@@
-is_cow_mapping@p(flags)
+(flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE
