// SPDX-License-Identifier: GPL-2.0
/*
 * VMIDs of one node: which process, and which page tables, each stands for.
 * With HWS or MES the firmware hands them out; without, the driver programs them.
 */
#include "kfdsim_hw.h"

/* Forget what @vmid stood for */
void kfdsim_vmid_clear(struct kfdsim_node *node, unsigned int vmid)
{
	struct kfdsim_vmid *v = &node->vmids[vmid];

	if (v->vm)
		kfdsim_vm_put(v->vm);
	*v = (struct kfdsim_vmid){ .queues = v->queues };
}

/*
 * Point @vmid at page tables. Return: 0, or -EFAULT when the address is not
 * that of any.
 */
int kfdsim_vmid_set_base(struct kfdsim_node *node, unsigned int vmid, u64 base)
{
	struct kfdsim_vmid *v = &node->vmids[vmid];
	struct kfdsim_vm *vm = kfdsim_vm_get(node->hw->sim, base);

	if (!vm)
		return -EFAULT;
	if (v->vm)
		kfdsim_vm_put(v->vm);
	v->vm = vm;
	v->page_table_base = base;
	return 0;
}

/*
 * The VMID of a process: the one that it has, or a free one of HWS's.
 * Return: the VMID, -ENOSPC when none is free, -EFAULT for bad page tables.
 */
int kfdsim_vmid_get(struct kfdsim_node *node, u16 pasid, u64 page_table_base)
{
	unsigned int vmid, unused = KFDSIM_NUM_VMID;
	struct kfdsim_vmid *v;
	int err;

	for (vmid = 0; vmid < KFDSIM_NUM_VMID; vmid++) {
		if (!(node->vmid_mask & BIT(vmid)))
			continue;
		v = &node->vmids[vmid];
		if (v->used && v->pasid == pasid &&
		    v->page_table_base == page_table_base)
			return vmid;
		if (!v->used && unused == KFDSIM_NUM_VMID)
			unused = vmid;
	}
	if (unused == KFDSIM_NUM_VMID)
		return -ENOSPC;
	err = kfdsim_vmid_set_base(node, unused, page_table_base);
	if (err)
		return err;
	node->vmids[unused].used = true;
	node->vmids[unused].pasid = pasid;
	return unused;
}

/* Return: whether kfdsim_vmid_get() would find one */
bool kfdsim_vmid_available(const struct kfdsim_node *node, u16 pasid,
			   u64 page_table_base)
{
	const struct kfdsim_vmid *v;
	unsigned int vmid;

	for (vmid = 0; vmid < KFDSIM_NUM_VMID; vmid++) {
		v = &node->vmids[vmid];
		if (node->vmid_mask & BIT(vmid) &&
		    (!v->used || (v->pasid == pasid &&
				  v->page_table_base == page_table_base)))
			return true;
	}
	return false;
}

/* HWS, MES: give back the VMIDs that no mapped queue uses */
void kfdsim_vmid_put_unused(struct kfdsim_node *node)
{
	unsigned int vmid;

	for (vmid = 0; vmid < KFDSIM_NUM_VMID; vmid++)
		if (node->vmid_mask & BIT(vmid) && node->vmids[vmid].used &&
		    !node->vmids[vmid].queues)
			kfdsim_vmid_clear(node, vmid);
}
