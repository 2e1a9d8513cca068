/* SPDX-License-Identifier: GPL-2.0 */
/*
 * version: the version of dynmem.ko, dynmem_balloon.ko and dmctl. Version 1.0 is tagged v1.0.
 * Packages are built only if packaging/debian/changelog begins with the same version.
 */
#ifndef DYNMEM_VERSION_H
#define DYNMEM_VERSION_H

#define DYNMEM_VERSION	"1.0~dev"

#endif
