# SPDX-License-Identifier: GPL-2.0
# policy/pacing.c: memory that has just been given to a satisfied VM is taken again
s/return pace->given_ms \&\& now_ms < pace->given_ms + DYNMEM_PACE_DWELL_MS;/return false;/
