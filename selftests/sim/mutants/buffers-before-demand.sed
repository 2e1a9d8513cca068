# SPDX-License-Identifier: GPL-2.0
# sharing/move.c: spare memory goes to the heaviest VM first, beyond its demand
s/turn == TO_DEMAND ? want->demand :/turn == TO_DEMAND ? want->vnode->ram :/; s/turn == TO_MINIMUM ? want->minimum :/turn == TO_MINIMUM ? want->vnode->ram :/
