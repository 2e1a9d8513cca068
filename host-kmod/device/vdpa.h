/* SPDX-License-Identifier: GPL-2.0 */
/* vdpa: the vDPA operations of a device. */
#ifndef _DYNMEM_VDPA_H
#define _DYNMEM_VDPA_H

struct vdpa_config_ops;

extern const struct vdpa_config_ops dynmem_vdpa_config_ops;

#endif
