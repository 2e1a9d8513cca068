# SPDX-License-Identifier: GPL-2.0
# policy/share.c: a higher weight takes no precedence
s/if (all->p->relative || some >= n)/if (true)/
