# SPDX-License-Identifier: GPL-2.0
# policy/ledger.c: memory set aside for one start is promised to the next, too
s/bytes = min(bytes, dynmem_ledger_spare(ledger));/bytes = min(bytes, dynmem_above(ledger->capacity, ledger->charge));/
