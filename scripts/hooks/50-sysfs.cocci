// SPDX-License-Identifier: GPL-2.0
// The directory of a node's scheduler comes and goes with the node's own.
// expect: amdkfd/kfd_topology.c build 1
// expect: amdkfd/kfd_topology.c remove 1

@build@
identifier dev, id;
position p;
@@
 static int kfd_build_sysfs_node_entry@p(struct kfd_topology_device *dev, uint32_t id)
 {
	...
+	kfd_gpreempt_sysfs_add(dev);
	return 0;
 }

@remove@
identifier dev;
position p;
@@
 static void kfd_remove_sysfs_node_entry(struct kfd_topology_device *dev)
 {
	...
+	kfd_gpreempt_sysfs_remove(dev);
	if@p (dev->kobj_iolink) { ... }
	...
 }
