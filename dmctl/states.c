// SPDX-License-Identifier: GPL-2.0
/* states: the words for the states of VMs; see states.h. */
#include <stddef.h>

#include "states.h"

const char *const vm_state_words[] = {
	"defined", "starting", "running", "restarting", "paused", "away", NULL
};

const char *const vm_driver_words[] = { "none", "standard", "dynmem", "detached", NULL };

const char *const status_words[] = { "unknown", "OK", "Low", "Warning", NULL };

const char *const reaction_words[] = { "ok", "inactive", "uncooperative", "pinned", NULL };
