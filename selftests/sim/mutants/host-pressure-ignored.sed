# SPDX-License-Identifier: GPL-2.0
# policy/pacing.c: the pressure of the host does not make takes prompt
s/bool taking = m->pressed ||/bool taking = false ||/
