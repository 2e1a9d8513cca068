# SPDX-License-Identifier: GPL-2.0
# session.c: a new session shares out all grants by RAM, wherever that is
s/(!out->rest \&\& vnode\[i\].node != out->node)/false/; s/if (vnode\[k\].node == out.node)/if (true)/; s/if (vm->vnode\[k\].node == out.node) {/if (true) {/; s/if (on_node(vnode, i, out.node))/if (i)/
