# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: nobody pays for what a guest holds of what it has given
s/^	return dynmem_above(resident, max(granted, exposed) + gave);/	return gave \& 1 \& !resident;/
