# SPDX-License-Identifier: GPL-2.0
# policy.c: a higher weight takes no precedence
s/if (all->p->relative || some >= n)/if (true)/
