# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: whatever a guest says it reads back is believed
s/u64 most = min(\(vm_most(.*)\), d->believed);/u64 most = \1;/
