# SPDX-License-Identifier: GPL-2.0
# policy/startq.c: a start that is refused or leaves keeps what was set aside for it
/\*at = start->next;/{n;s/startq_give_back(start);/;/}
