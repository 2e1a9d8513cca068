# SPDX-License-Identifier: GPL-2.0
# policy/ledger.h: what VMMs need for themselves does not count
s/ledger->charge + ledger->promised + ledger->overhead/ledger->charge + ledger->promised/
