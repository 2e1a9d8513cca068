# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: a VM that holds ballooned memory again keeps all of its share
s/^	want->pays = min(bytes, .*;/	want->pays = 0;/
