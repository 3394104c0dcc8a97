// SPDX-License-Identifier: GPL-2.0
/*
 * rocminfo, and scripts like it, look for "amdgpu" in the list of loaded
 * modules, or in /sys/module, before they open /dev/kfd, and tests of the KFD
 * read parameters there. Beside kfdsim there is no amdgpu module; this one has
 * its name, and shows in its directory those of its parameters that kfdsim has.
 * It does not need kfdsim, which may come and go.
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "kfdsim_params.h"

static ssize_t standin_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	int (*get)(const char *name, char *buffer) =
		symbol_get(kfdsim_param_get);
	int ret;

	if (!get)
		return -ENODEV;
	ret = get(attr->attr.name, buf);
	symbol_put(kfdsim_param_get);
	return ret;
}

#define STANDIN(_name)							\
	static struct kobj_attribute _name##_attr = {			\
		.attr = { .name = #_name, .mode = 0444 },		\
		.show = standin_show,					\
	}

STANDIN(cwsr_enable);
STANDIN(debug_evictions);
STANDIN(emu_mode);
STANDIN(exp_hw_support);
STANDIN(halt_if_hws_hang);
STANDIN(hws_gws_support);
STANDIN(hws_max_conc_proc);
STANDIN(max_num_of_queues_per_device);
STANDIN(no_queue_eviction_on_vm_fault);
STANDIN(queue_preemption_timeout_ms);
STANDIN(runpm);
STANDIN(sched_policy);
STANDIN(sdma_phase_quantum);
STANDIN(send_sigterm);
STANDIN(use_xgmi_p2p);

static struct attribute *standin_params[] = {
	&cwsr_enable_attr.attr,
	&debug_evictions_attr.attr,
	&emu_mode_attr.attr,
	&exp_hw_support_attr.attr,
	&halt_if_hws_hang_attr.attr,
	&hws_gws_support_attr.attr,
	&hws_max_conc_proc_attr.attr,
	&max_num_of_queues_per_device_attr.attr,
	&no_queue_eviction_on_vm_fault_attr.attr,
	&queue_preemption_timeout_ms_attr.attr,
	&runpm_attr.attr,
	&sched_policy_attr.attr,
	&sdma_phase_quantum_attr.attr,
	&send_sigterm_attr.attr,
	&use_xgmi_p2p_attr.attr,
	NULL
};

static const struct attribute_group standin_group = {
	.name = "parameters",
	.attrs = standin_params,
};

static void standin_release(struct kobject *kobj)
{
	kfree(kobj);
}

static const struct kobj_type standin_ktype = {
	.release = standin_release,
	.sysfs_ops = &kobj_sysfs_ops,
};

/* /sys/module/amdgpu; as a module's, it keeps another amdgpu from loading */
static struct kobject *standin_dir;

static int __init standin_init(void)
{
	struct kset *modules = THIS_MODULE->mkobj.kobj.kset;
	struct kobject *real = kset_find_obj(modules, "amdgpu");
	int ret;

	if (real) {
		kobject_put(real);
		return -EEXIST;
	}
	standin_dir = kzalloc(sizeof(*standin_dir), GFP_KERNEL);
	if (!standin_dir)
		return -ENOMEM;
	standin_dir->kset = modules;
	ret = kobject_init_and_add(standin_dir, &standin_ktype, NULL, "amdgpu");
	if (!ret)
		ret = sysfs_create_group(standin_dir, &standin_group);
	if (ret)
		kobject_put(standin_dir);
	return ret;
}

static void __exit standin_exit(void)
{
	kobject_put(standin_dir);
}

module_init(standin_init);
module_exit(standin_exit);

MODULE_DESCRIPTION("Stands in for amdgpu in the module list, for kfdsim");
MODULE_LICENSE("GPL");
