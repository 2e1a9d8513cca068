# SPDX-License-Identifier: GPL-2.0
# policy/ledger.c: memory is granted to a VM that holds it already, in spite of debt
/^u64 dynmem_ledger_grant/,/^}/{/dynmem_ledger_bound(ledger) > ledger->capacity/{N;d}}
