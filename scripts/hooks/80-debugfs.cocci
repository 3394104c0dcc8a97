// SPDX-License-Identifier: GPL-2.0
// A node's debugging files are in a directory that its gpu_id names; it has
// none before it is in the topology, which comes after its queue manager.
// expect: amdkfd/kfd_topology.c numbered 1

@numbered@
identifier gpu, gpu_id;
position p;
@@
 int kfd_topology_add_device(struct kfd_node *gpu)
 {
	<...
	gpu->id@p = gpu_id;
+	kfd_gpreempt_node_added(gpu);
	...>
 }
