# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: whatever a guest says it reads back is believed
s/min(min(vm->set\.maximum, vm->ram), d->believed)/min(vm->set.maximum, vm->ram)/
