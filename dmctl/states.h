/* SPDX-License-Identifier: GPL-2.0 */
/* states: the words for the states of VMs, each list with NULL at its end. */
#ifndef DMCTL_STATES_H
#define DMCTL_STATES_H

extern const char *const vm_state_words[];
extern const char *const vm_driver_words[];
extern const char *const status_words[];
extern const char *const reaction_words[];

#endif
