# SPDX-License-Identifier: GPL-2.0
# sharing/types.h: policy lets floating memory lie in pools and in ordinary memory alike
s/plan->any\[v->pool\]/0/
