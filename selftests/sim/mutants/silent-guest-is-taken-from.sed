# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: a guest that has stopped reporting is planned with like others
s/} else if (dynmem_want_is_silent(plan, vm)) {/} else if (false) {/
