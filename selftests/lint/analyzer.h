/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The script `clang-tidy` includes this file before every file of a module. clang's analyzer
 * assumes that each kref_put() drops the last reference, and reports each use of the object after
 * that call as an error. So this file replaces kref_put() by an external function: the analyzer
 * cannot see the code of that function, and assumes nothing.
 */
#ifndef _DYNMEM_ANALYZER_H
#define _DYNMEM_ANALYZER_H

#include <linux/kref.h>

int analyzer_kref_put(struct kref *kref, void (*release)(struct kref *kref));
#define kref_put analyzer_kref_put

#endif
