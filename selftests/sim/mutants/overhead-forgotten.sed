# SPDX-License-Identifier: GPL-2.0
# policy/ledger.h: the overhead of VMMs does not count
s/ledger->charge + ledger->promised + ledger->overhead/ledger->charge + ledger->promised/
