# SPDX-License-Identifier: GPL-2.0
# policy/pacing.c: a plan counts on all memory that a slow guest was asked for
s/return pacing->samples < DYNMEM_PACING_SAMPLES ? ~0ULL : DYNMEM_PACING_SOON \* pacing->rate;/return ~0ULL;/
