# SPDX-License-Identifier: GPL-2.0
# policy/pacing.h: without need VMs are brought to 80 % of what they should have
s/\(DYNMEM_PACING_LAZY_DOWN\t\)102/\180/
