# SPDX-License-Identifier: GPL-2.0
# policy/ledger.c: what is set aside for one start is set aside for the next too
s/bytes = min(bytes, dynmem_ledger_spare(ledger));/bytes = min(bytes, dynmem_above(ledger->capacity, ledger->charge));/
