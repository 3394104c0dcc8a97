// SPDX-License-Identifier: GPL-2.0
/*
 * rocminfo, and scripts like it, look for "amdgpu" in the list of loaded
 * modules before they open /dev/kfd. Beside kfdsim there is no amdgpu module;
 * this one's name is all that it has to give.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("Stands in for amdgpu in the module list, for kfdsim");
MODULE_LICENSE("GPL");
