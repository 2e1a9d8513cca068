# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: a guest that is not heard of is planned with as if it was
s/} else if (dynmem_want_is_silent(plan, vm)) {/} else if (false) {/
