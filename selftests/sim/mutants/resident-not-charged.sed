# SPDX-License-Identifier: GPL-2.0
# policy/ledger.h: a VM is charged for its grant only, not for resident memory
s/return h->granted > h->resident ? h->granted : h->resident;/return h->granted;/
