// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI host bridge in software, in a domain of its own, with one device for
 * each simulated GPU. Nothing is behind the devices but config space: no BARs
 * (the doorbell "BAR" is RAM, which must not be claimed as I/O memory), no
 * interrupts. What it is good for is a struct pci_dev that amdkfd and sysfs
 * treat as any other.
 *
 * GPUs are plugged in and out in debugfs, kfdsim/:
 *
 *   del_device          wo  <gpu>: it is gone, without a word of warning
 *   new_device          wo  <gpu>: it is back
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <asm/pci.h>

#include "kfdsim_host.h"

#ifndef CONFIG_X86
#error "kfdsim knows the PCI domain of a software bus on x86 only"
#endif

/* Device 0 stays empty: a location_id of 0 means "a CPU" to user space */
#define KFDSIM_FIRST_SLOT	1

#define KFDSIM_CLASS_REVISION	(PCI_CLASS_ACCELERATOR_PROCESSING << 16 | \
				 0x00)

/**
 * struct kfdsim_bus - the host bridge
 *
 * @sysdata: of the root bus; x86 finds the domain in it
 * @config: the module parameters
 * @parent: the host bridge's parent device
 * @busn: bus number resource
 * @bus: the root bus
 * @notifier: sees devices before drivers do
 * @debugfs: where the files are that plug GPUs in and out
 * @gone: bitmap of the GPUs that are not plugged in; protected by
 *	pci_lock_rescan_remove()
 * @error: what the first failed probe returned
 */
struct kfdsim_bus {
	struct pci_sysdata sysdata;
	struct kfdsim_config config;
	struct device *parent;
	struct resource busn;
	struct pci_bus *bus;
	struct notifier_block notifier;
	struct dentry *debugfs;
	unsigned long gone;
	int error;
};

/* The one host bridge of the module, from its init to its exit */
static struct kfdsim_bus *kfdsim_bus;

static struct kfdsim_bus *to_kfdsim_bus(struct pci_bus *bus)
{
	return container_of(bus->sysdata, struct kfdsim_bus, sysdata);
}

static u32 kfdsim_config_dword(const struct kfdsim_bus *kb, int where)
{
	switch (where) {
	case PCI_VENDOR_ID:
		return PCI_VENDOR_ID_ATI | kb->config.device_id << 16;
	case PCI_CLASS_REVISION:
		return KFDSIM_CLASS_REVISION;
	case PCI_SUBSYSTEM_VENDOR_ID:
		return PCI_VENDOR_ID_ATI | kb->config.device_id << 16;
	default:
		return 0;
	}
}

static int kfdsim_pci_read(struct pci_bus *bus, unsigned int devfn, int where,
			   int size, u32 *value)
{
	const struct kfdsim_bus *kb = to_kfdsim_bus(bus);
	unsigned int gpu = PCI_SLOT(devfn) - KFDSIM_FIRST_SLOT;

	if (PCI_FUNC(devfn) || gpu >= kb->config.num_gpus ||
	    test_bit(gpu, &kb->gone))
		return PCIBIOS_DEVICE_NOT_FOUND;
	*value = kfdsim_config_dword(kb, where & ~3) >> (where & 3) * 8;
	if (size < 4)
		*value &= BIT(size * 8) - 1;
	return PCIBIOS_SUCCESSFUL;
}

/* Every register is read only, as one that is not implemented */
static int kfdsim_pci_write(struct pci_bus *bus, unsigned int devfn, int where,
			    int size, u32 value)
{
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops kfdsim_pci_ops = {
	.read = kfdsim_pci_read,
	.write = kfdsim_pci_write,
};

static int kfdsim_pci_probe(struct pci_dev *pdev,
			    const struct pci_device_id *id)
{
	struct kfdsim_bus *kb;
	int ret;

	/* driver_override is anybody's to write */
	if (pdev->bus->ops != &kfdsim_pci_ops)
		return -ENODEV;
	kb = to_kfdsim_bus(pdev->bus);
	ret = kfdsim_probe(pdev, &kb->config,
			   PCI_SLOT(pdev->devfn) - KFDSIM_FIRST_SLOT);
	if (ret && !kb->error)
		kb->error = ret;
	return ret;
}

/*
 * Without an ID table: the IDs are a real chip's, which kfdsim must not touch;
 * and amdgpu must not touch ours. driver_override settles both. It is set when
 * a device appears, whoever has scanned the bus.
 */
static struct pci_driver kfdsim_pci_driver = {
	.name = "kfdsim",
	.probe = kfdsim_pci_probe,
	.remove = kfdsim_remove,
	.driver.suppress_bind_attrs = true,
	.driver.pm = pm_ptr(&kfdsim_pm_ops),
};

static int kfdsim_pci_notify(struct notifier_block *notifier,
			     unsigned long action, void *data)
{
	struct kfdsim_bus *kb = container_of(notifier, struct kfdsim_bus,
					     notifier);
	struct pci_dev *pdev = to_pci_dev(data);

	if (action != BUS_NOTIFY_ADD_DEVICE ||
	    pdev->bus->ops != &kfdsim_pci_ops)
		return NOTIFY_DONE;
	if (device_set_driver_override(&pdev->dev, kfdsim_pci_driver.name))
		kb->error = -ENOMEM;
	return NOTIFY_OK;
}

static int kfdsim_pci_free_domain(void)
{
	struct pci_bus *bus = NULL;
	int domain = 0xffff;

	/* above what ACPI can number */
	while ((bus = pci_find_next_bus(bus)))
		domain = max(domain, pci_domain_nr(bus));
	return domain + 1;
}

static int kfdsim_pci_scan(struct kfdsim_bus *kb)
{
	LIST_HEAD(resources);

	kb->sysdata.domain = kfdsim_pci_free_domain();
	kb->sysdata.node = NUMA_NO_NODE;
	kb->busn.name = "kfdsim bus";
	kb->busn.flags = IORESOURCE_BUS;
	pci_add_resource(&resources, &kb->busn);
	kb->bus = pci_create_root_bus(kb->parent, 0, &kfdsim_pci_ops,
				      &kb->sysdata, &resources);
	if (!kb->bus) {
		pci_free_resource_list(&resources);
		return -ENOMEM;
	}
	pci_scan_child_bus(kb->bus);
	pci_bus_add_devices(kb->bus);
	return kb->error;
}

/* The device in the slot of a GPU, if it works, with a reference */
static struct pci_dev *kfdsim_pci_get_gpu(struct kfdsim_bus *kb,
					  unsigned int gpu)
{
	unsigned int devfn = PCI_DEVFN(gpu + KFDSIM_FIRST_SLOT, 0);
	struct pci_dev *pdev = pci_get_slot(kb->bus, devfn);

	if (pdev && !pci_get_drvdata(pdev)) {
		pci_dev_put(pdev);
		return NULL;
	}
	return pdev;
}

/*
 * Plug in a GPU. Return: 0; -EINVAL when there is no such slot, -EEXIST when it
 * is taken; or what probing it returned.
 */
static int kfdsim_pci_new_device(unsigned int gpu)
{
	struct kfdsim_bus *kb = kfdsim_bus;
	struct pci_dev *pdev;
	int ret;

	if (gpu >= kb->config.num_gpus)
		return -EINVAL;
	pci_lock_rescan_remove();
	pdev = kfdsim_pci_get_gpu(kb, gpu);
	ret = -EEXIST;
	if (pdev)
		goto out;
	clear_bit(gpu, &kb->gone);
	kb->error = 0;
	pci_scan_slot(kb->bus, PCI_DEVFN(gpu + KFDSIM_FIRST_SLOT, 0));
	pci_bus_add_devices(kb->bus);
	ret = kb->error;
out:
	pci_dev_put(pdev);
	pci_unlock_rescan_remove();
	return ret;
}

/*
 * A GPU is gone, as when it is torn out of its slot: drivers learn of it afterwards. Taking it
 * out in an orderly manner is what its file "remove" in sysfs is for.
 *
 * Not with a process that has the GPU: amdkfd of Linux 6.12 would use memory
 * that it has freed when the process ends, and take the machine with it.
 *
 * Return: 0; -EINVAL when there is no such slot, -ENODEV when it is empty,
 * -EBUSY when a process has the GPU.
 */
static int kfdsim_pci_del_device(unsigned int gpu)
{
	struct kfdsim_bus *kb = kfdsim_bus;
	struct pci_dev *pdev;
	int ret = -ENODEV;

	if (gpu >= kb->config.num_gpus)
		return -EINVAL;
	pci_lock_rescan_remove();
	pdev = kfdsim_pci_get_gpu(kb, gpu);
	if (!pdev)
		goto out;
	ret = -EBUSY;
	if (kfdsim_adev_in_use(pci_get_drvdata(pdev)))
		goto out;
	ret = 0;
	set_bit(gpu, &kb->gone);
	WRITE_ONCE(pdev->error_state, pci_channel_io_perm_failure);
	pci_stop_and_remove_bus_device(pdev);
out:
	pci_dev_put(pdev);
	pci_unlock_rescan_remove();
	return ret;
}

static int kfdsim_new_device_set(void *data, u64 value)
{
	return value < UINT_MAX ? kfdsim_pci_new_device(value) : -EINVAL;
}
DEFINE_DEBUGFS_ATTRIBUTE(kfdsim_new_device_fops, NULL, kfdsim_new_device_set,
			 "%llu\n");

static int kfdsim_del_device_set(void *data, u64 value)
{
	return value < UINT_MAX ? kfdsim_pci_del_device(value) : -EINVAL;
}
DEFINE_DEBUGFS_ATTRIBUTE(kfdsim_del_device_fops, NULL, kfdsim_del_device_set,
			 "%llu\n");

static void kfdsim_pci_debugfs(struct kfdsim_bus *kb)
{
	struct dentry *dir = kb->debugfs;

	debugfs_create_file_unsafe("new_device", 0200, dir, NULL,
				   &kfdsim_new_device_fops);
	debugfs_create_file_unsafe("del_device", 0200, dir, NULL,
				   &kfdsim_del_device_fops);
}

static void kfdsim_pci_remove_bus(struct kfdsim_bus *kb)
{
	struct pci_host_bridge *bridge;

	if (!kb->bus)
		return;
	bridge = to_pci_host_bridge(kb->bus->bridge);
	pci_lock_rescan_remove();
	pci_stop_root_bus(kb->bus);
	pci_remove_root_bus(kb->bus);
	pci_unlock_rescan_remove();
	kfdsim_wait_unused();
	/* pci_create_root_bus() made it, and nobody else gives it up */
	pci_free_host_bridge(bridge);
}

/**
 * kfdsim_pci_init - plug in the GPUs
 * @config: what and how many
 * @debugfs: the module's directory
 *
 * Return: 0 when all have been probed; -errno, and nothing is left.
 */
int kfdsim_pci_init(const struct kfdsim_config *config, struct dentry *debugfs)
{
	struct kfdsim_bus *kb = kzalloc(sizeof(*kb), GFP_KERNEL);
	int ret;

	if (!kb)
		return -ENOMEM;
	kb->config = *config;
	ret = pci_register_driver(&kfdsim_pci_driver);
	if (ret)
		goto err_free;
	kb->parent = root_device_register("kfdsim");
	if (IS_ERR(kb->parent)) {
		ret = PTR_ERR(kb->parent);
		goto err_driver;
	}
	kb->notifier.notifier_call = kfdsim_pci_notify;
	bus_register_notifier(&pci_bus_type, &kb->notifier);
	pci_lock_rescan_remove();
	ret = kfdsim_pci_scan(kb);
	pci_unlock_rescan_remove();
	if (ret)
		goto err_bus;
	kfdsim_bus = kb;
	kb->debugfs = debugfs;
	kfdsim_pci_debugfs(kb);
	return 0;

err_bus:
	kfdsim_pci_remove_bus(kb);
	bus_unregister_notifier(&pci_bus_type, &kb->notifier);
	root_device_unregister(kb->parent);
err_driver:
	pci_unregister_driver(&kfdsim_pci_driver);
err_free:
	kfree(kb);
	return ret;
}

/**
 * kfdsim_pci_exit - unplug the GPUs
 */
void kfdsim_pci_exit(void)
{
	/* these wait for whoever is plugging, and there is no bus afterwards */
	debugfs_lookup_and_remove("new_device", kfdsim_bus->debugfs);
	debugfs_lookup_and_remove("del_device", kfdsim_bus->debugfs);
	kfdsim_pci_remove_bus(kfdsim_bus);
	bus_unregister_notifier(&pci_bus_type, &kfdsim_bus->notifier);
	root_device_unregister(kfdsim_bus->parent);
	pci_unregister_driver(&kfdsim_pci_driver);
	kfree(kfdsim_bus);
	kfdsim_bus = NULL;
}
