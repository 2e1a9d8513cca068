# SPDX-License-Identifier: GPL-2.0
# policy/pacing.c: memory that has just been given to a satisfied VM is taken again
s/return pacing->granted_ms \&\& now_ms < pacing->granted_ms + DYNMEM_PACING_DWELL_MS;/return false;/
