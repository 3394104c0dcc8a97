// SPDX-License-Identifier: GPL-2.0
/*
 * The module: what starts in which order, and stops in the reverse.
 */
#include <linux/module.h>

#include "kfdsim_host.h"

static int __init kfdsim_init(void)
{
	struct kfdsim_config config = {};
	int ret;

	ret = kfdsim_config_init(&config);
	if (ret)
		return ret;
	ret = kgd2kfd_init();
	if (ret)
		return ret;
	ret = kfdsim_users_init();
	if (ret)
		goto err_kfd;
	ret = kfdsim_pci_init(&config, kfdsim_debugfs_register());
	if (ret)
		goto err_debugfs;
	return 0;

err_debugfs:
	kfdsim_debugfs_unregister();
	kfdsim_users_exit();
err_kfd:
	kgd2kfd_exit();
	return ret;
}

/*
 * KFD first, as amdgpu does it: that ends what KFD knows of processes which
 * have closed /dev/kfd and go on living. Letting go of a GPU waits for those.
 */
static void __exit kfdsim_exit(void)
{
	kgd2kfd_exit();
	kfdsim_pci_exit();
	kfdsim_debugfs_unregister();
	kfdsim_users_exit();
}

module_init(kfdsim_init);
module_exit(kfdsim_exit);

MODULE_DESCRIPTION("Simulated AMD compute GPU under the real amdkfd");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);
