// SPDX-License-Identifier: GPL-2.0
// gpreempt sees each mapping of doorbells when it is complete, and a process
// on a node before its doorbells are given to another one.
//
// AMD's own tree can map doorbells by faults, of processes that it keeps evicted
// while they are idle: such a mapping is left alone.
// expect: amdkfd/kfd_doorbell.c mapped 1 or mapped_by_fault 1
// expect: amdkfd/kfd_process.c gone 1

@mapped@
expression list es;
identifier pdd, vma;
position p;
@@
 int kfd_doorbell_mmap(..., struct vm_area_struct *vma)
 {
	...
	struct kfd_process_device *pdd;
+	int ret;
	...
-	return io_remap_pfn_range@p(es);
+	ret = io_remap_pfn_range(es);
+	if (ret)
+		return ret;
+	return kfd_gpreempt_doorbell_mmap(pdd, vma);
 }

@mapped_by_fault@
expression list es;
identifier pdd, ret, vma;
position p;
@@
 int kfd_doorbell_mmap(..., struct vm_area_struct *vma)
 {
	...
	struct kfd_process_device *pdd;
	...
	ret = io_remap_pfn_range@p(es);
	...
	if (!ret && keep_idle_process_evicted) { ... }
	...
-	return ret;
+	if (ret || keep_idle_process_evicted)
+		return ret;
+	return kfd_gpreempt_doorbell_mmap(pdd, vma);
 }

@gone@
expression pdd;
position p;
@@
+kfd_gpreempt_doorbell_release(pdd);
 kfd_free_process_doorbells@p(pdd->dev->kfd, pdd);
