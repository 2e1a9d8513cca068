# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: a guest that is paged counts as uncooperative because it gives slowly
s/\t\t\tvm->books.page_to,/\t\t\tfalse,/
