// SPDX-License-Identifier: GPL-2.0
/* window: the least, the greatest and the average of recent values; see window.h. */
#include "policy/window.h"

void dynmem_window_add(struct dynmem_window *window, u32 value)
{
	struct dynmem_window_part *now = &window->now;

	if (now->values == DYNMEM_WINDOW_VALUES) {
		window->before = *now;
		*now = (struct dynmem_window_part) {};
	}
	now->least = now->values ? min(now->least, value) : value;
	now->most = max(now->most, value);
	now->sum += value;
	now->values++;
}

bool dynmem_window_read(const struct dynmem_window *window, u32 *least, u32 *most, u32 *average)
{
	const struct dynmem_window_part *now = &window->now, *before = &window->before;
	u32 values = now->values + before->values;

	if (!values)
		return false;
	*least = before->values ? min(now->least, before->least) : now->least;
	*most = max(now->most, before->most);
	*average = (now->sum + before->sum) / values;
	return true;
}
