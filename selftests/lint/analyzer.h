/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included by `clang-tidy` before every file of a module. The analyzer assumes that each kref_put()
 * drops the last reference, and reports uses of the object behind it. An external function, of
 * which it knows nothing, prevents that.
 */
#ifndef _DYNMEM_ANALYZER_H
#define _DYNMEM_ANALYZER_H

#include <linux/kref.h>

int analyzer_kref_put(struct kref *kref, void (*release)(struct kref *kref));
#define kref_put analyzer_kref_put

#endif
