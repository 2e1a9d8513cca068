# SPDX-License-Identifier: GPL-2.0
# vm/vnodes.c: a new session divides all grants by RAM, across nodes
s/(out->at && !same_place(&vnode\[i\], out->at))/false/; s/if (same_place(&\(vm->\)*vnode\[k\], out.at))/if (true)/; s/any_vnode_at(vnode, i, out.at))/i)/
