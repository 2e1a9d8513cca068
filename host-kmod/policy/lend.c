// SPDX-License-Identifier: GPL-2.0
/* Decides whether spare memory is lent to a VM; see lend.h. */
#include "policy/lend.h"

/*
 * Whether resident memory has been far above desired for DYNMEM_LEND_FILLED_MS. If demand had
 * jumped, the guest would have reported that by now, and desired would have risen.
 */
static bool lend_filled(struct dynmem_lend *l, u64 now_ms, u64 resident, u64 desired)
{
	if (resident <= desired / 100 * DYNMEM_LEND_FILLED)
		l->filled_ms = 0;
	else if (!l->filled_ms)
		l->filled_ms = now_ms;
	return l->filled_ms && now_ms >= l->filled_ms + DYNMEM_LEND_FILLED_MS;
}

void dynmem_lend_fail(struct dynmem_lend *l, u64 now_ms)
{
	if (!l->lending)
		return;
	l->lending = false;
	l->backoff_ms = dynmem_backoff(l->backoff_ms, DYNMEM_LEND_BACKOFF_MS,
				       DYNMEM_LEND_BACKOFF_MAX_MS);
	l->until_ms = now_ms + l->backoff_ms;
}

static void lend_end(struct dynmem_lend *l, u64 now_ms, u64 resident)
{
	if (resident > l->highest / 100 * DYNMEM_LEND_FILLED) {
		dynmem_lend_fail(l, now_ms);
		return;
	}
	/*
	 * During this loan, desired was once about as high as resident memory is now. So programs
	 * used the memory and have freed it since.
	 */
	l->lending = false;
	l->backoff_ms = 0;
}

bool dynmem_lend_look(struct dynmem_lend *l, u64 now_ms, u64 resident, u64 desired, bool tight)
{
	if (l->lending) {
		l->highest = max(l->highest, desired);
		/* A loan that lasts longer than the last back-off makes the next back-off short. */
		if (now_ms > l->since_ms + l->backoff_ms)
			l->backoff_ms = 0;
		if (lend_filled(l, now_ms, resident, desired))
			lend_end(l, now_ms, resident);
		return l->lending;
	}
	if (tight || resident > desired / 100 * DYNMEM_LEND_COLD || now_ms < l->until_ms)
		return false;
	l->lending = true;
	l->highest = desired;
	l->since_ms = now_ms;
	l->filled_ms = 0;
	return true;
}
