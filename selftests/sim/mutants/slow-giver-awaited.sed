# SPDX-License-Identifier: GPL-2.0
# policy/pacing.c: whoever gives, however slowly, is counted on for all that it was asked for
s/return pacing->samples < DYNMEM_PACING_SAMPLES ? ~0ULL : DYNMEM_PACING_SOON \* pacing->rate;/return ~0ULL;/
