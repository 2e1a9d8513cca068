# SPDX-License-Identifier: GPL-2.0
# policy/pacing.h: lazy takes bring VMs to 80 % of desired
s/\(DYNMEM_PACING_LAZY_DOWN\t\)102/\180/
