# SPDX-License-Identifier: GPL-2.0
# plan.c: a guest that is not heard of is planned with as if it was
s/} else if (is_silent(plan, vm)) {/} else if (false) {/
