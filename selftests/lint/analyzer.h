/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included by `clang-tidy` before every file of a module. The analyzer takes each kref_put() for
 * the last one; this keeps it from saying so, and in the dark about who else holds the object.
 */
#ifndef _DYNMEM_ANALYZER_H
#define _DYNMEM_ANALYZER_H

#include <linux/kref.h>

int analyzer_kref_put(struct kref *kref, void (*release)(struct kref *kref));
#define kref_put analyzer_kref_put

#endif
