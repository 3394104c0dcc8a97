/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KFDSIM_PARAMS_H
#define KFDSIM_PARAMS_H

/* What amdgpu_standin asks kfdsim for, when that is loaded */
int kfdsim_param_get(const char *name, char *buffer);

#endif
