# SPDX-License-Identifier: GPL-2.0
# sharing/limit.c: the limit with which the agent pages a VM is a ceiling of its grant
s/if (!limit->paged)$/if (true)/
