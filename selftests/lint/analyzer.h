/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The script `clang-tidy` includes this file before every file of a module. clang's analyzer
 * assumes that each kref_put() drops the last reference, and reports each use of the object after
 * that call as an error. There is no such report if kref_put() is an external function, since the
 * analyzer cannot see its code.
 */
#ifndef _DYNMEM_ANALYZER_H
#define _DYNMEM_ANALYZER_H

#include <linux/kref.h>

int analyzer_kref_put(struct kref *kref, void (*release)(struct kref *kref));
#define kref_put analyzer_kref_put

#endif
