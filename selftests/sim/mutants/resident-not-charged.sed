# SPDX-License-Identifier: GPL-2.0
# policy/ledger.h: a VM counts for what it was granted, not for what it holds
s/return h->granted > h->resident ? h->granted : h->resident;/return h->granted;/
