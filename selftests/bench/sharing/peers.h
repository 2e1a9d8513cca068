/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Other balancers, as controllers of the simulator. rules.c has their rules. peers.c says in which
 * respects this benchmark favours them.
 */
#ifndef _SHARING_PEERS_H
#define _SHARING_PEERS_H

#include "rules.h"
#include "world.h"

/**
 * struct peer - a published balancer
 * @controller: must be the first member
 * @period_ms: time from one round to the next
 * @rule: computes the targets of a round
 */
struct peer {
	struct sim_controller controller;
	u64 period_ms;
	peer_rule *rule;
};

/* Each balancer twice: at its own period, and every second. */
extern const struct peer peers[];
extern const unsigned int nr_peers;

#endif
