# SPDX-License-Identifier: GPL-2.0
# policy/ledger.c: a VM is admitted without room for its VMM
s/h->resident), overhead);/h->resident), 0);/
