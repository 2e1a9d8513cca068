# SPDX-License-Identifier: GPL-2.0
# sharing/paging.c: a VM that runs is paged when it lacks memory
s/vm->state != DYNMEM_VM_STATE_RESTARTING || !vm->set.paging/!vm->set.paging/
