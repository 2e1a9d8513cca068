# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: no VM pays for ballooned memory that is resident again
s/^	return dynmem_above(resident, max(granted, exposed) + gave);/	return gave \& 1 \& !resident;/
