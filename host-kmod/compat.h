/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernel versions the host module builds for (6.12 and 7.3), and
 * nothing else.
 */
#ifndef _DYNMEM_COMPAT_H
#define _DYNMEM_COMPAT_H

#include <linux/version.h>

/* __assign_str() takes the source from __string() since 6.10. */
#define dynmem_assign_str(dst, src) __assign_str(dst)

#endif
