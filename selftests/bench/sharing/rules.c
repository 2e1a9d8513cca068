// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of Proxmox VE (pvestatd with AutoBalloon) and of oVirt's MOM (doc/balloon.rules),
 * written from published material of these projects. Neither rule distinguishes nodes of the host.
 */
#include "rules.h"
#include "selftests/sizes.h"

typedef long long s64;

/*
 * Proxmox: 80 % of the host's memory shall be in use. If more or less is in use, the rule divides
 * the difference among the VMs. A VM's memory above its minimum shall be in proportion to the VM's
 * weight. A round changes the memory of a VM by at most 100 MiB. VMs that are short of free memory
 * grow first and shrink last.
 */
#define PVE_TARGET	80		/* percent of the host's memory */
#define PVE_STEP	((s64)MIB(100))
#define PVE_IGNORED	((s64)MIB(10))
#define PVE_SHORT	4		/* a VM is short if at most minimum / 4 is free */

enum pve_whom { PVE_SHORT_ONES, PVE_EASY_ONES, PVE_ALL };

static bool pve_is_meant(const struct peer_vm *vm, enum pve_whom whom)
{
	return whom == PVE_ALL || vm->is_short == (whom == PVE_SHORT_ONES);
}

/*
 * Return: the next target of a VM, in bytes: from @vm->has at most PVE_STEP towards @share. @share
 * is in bytes and may be outside the VM's minimum and maximum. If @grow is false, the VM does not
 * grow.
 */
static s64 pve_step(const struct peer_vm *vm, s64 share, bool grow)
{
	s64 was = vm->has, minimum = vm->minimum, maximum = vm->maximum;

	share = share < minimum ? minimum : share > maximum ? maximum : share;
	if (share < was)
		return share < was - PVE_STEP ? was - PVE_STEP : share;
	if (share > was && grow)
		return share > was + PVE_STEP ? was + PVE_STEP : share;
	return vm->target;
}

/*
 * Divides @rest bytes among the VMs that @whom selects. If @rest is negative, the VMs shrink by
 * that amount. If a VM cannot change by its whole part of @rest, the other VMs change by more.
 * Return: the bytes of @rest by which no VM could change.
 */
static s64 pve_divide(struct peer_vm *vms, unsigned int n, enum pve_whom whom, s64 rest)
{
	bool grow = rest > 0, progress = true;
	unsigned int i;

	for (i = 0; i < n; i++)
		vms[i].settled = !pve_is_meant(&vms[i], whom);
	while (rest && progress) {
		s64 above = rest, shares = 0;

		for (i = 0; i < n; i++)
			if (!vms[i].settled) {
				above += (s64)(vms[i].target - vms[i].minimum);
				shares += (s64)vms[i].weight;
			}
		progress = false;
		for (i = 0; i < n; i++) {
			struct peer_vm *vm = &vms[i];
			s64 now = vm->target, next;

			if (vm->settled)
				continue;
			next = pve_step(vm, (s64)vm->minimum + above / shares * (s64)vm->weight,
					grow);
			if (next == (s64)vm->has)
				vm->settled = true;
			progress |= next != now;
			rest -= next - now;
			vm->target = next;
		}
	}
	return rest;
}

void proxmox_rule(const struct peer_host *host, struct peer_vm *vms, unsigned int n)
{
	s64 goal = host->present / 100 * PVE_TARGET - (host->present - host->free), rest;
	unsigned int i;

	for (i = 0; i < n; i++) {
		vms[i].target = vms[i].has;
		vms[i].is_short = vms[i].free <= vms[i].minimum / PVE_SHORT;
	}
	if (goal <= PVE_IGNORED && goal >= -PVE_IGNORED)
		return;
	rest = pve_divide(vms, n, goal > 0 ? PVE_SHORT_ONES : PVE_EASY_ONES, goal);
	if (goal > 0 ? rest >= goal : rest <= goal)
		pve_divide(vms, n, PVE_ALL, rest);
}

/*
 * MOM: while less than 20 % of the host's memory is free, every guest shrinks by 5 % a round. But a
 * guest keeps the memory that it uses and some free memory. If x % of the host's memory is free,
 * the guest keeps x % of its own size free. If less than 5 % of the host's memory is free, a guest
 * may shrink below the memory that it uses, and then has to swap. While 20 % or more is free, every
 * guest grows by 5 % a round, or by more if it needs more to have 20 % of its present size free. A
 * guest's size is not changed by less than 0.25 %.
 */
#define MOM_PRESSURE	0.20
#define MOM_CRITICAL	0.05
#define MOM_GUEST_FREE	0.20
#define MOM_STEP	0.05
#define MOM_IGNORED	0.0025

void mom_rule(const struct peer_host *host, struct peer_vm *vms, unsigned int n)
{
	double free_part = (double)host->free / host->present;
	bool shrink = free_part < MOM_PRESSURE;
	double leave = !shrink ? MOM_GUEST_FREE :
		       free_part <= MOM_CRITICAL ? free_part - 0.05 :
		       MOM_GUEST_FREE * free_part / MOM_PRESSURE;
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct peer_vm *vm = &vms[i];
		double now = vm->has;
		double next = shrink ? now * (1 - MOM_STEP) : now * (1 + MOM_STEP);
		double least = now - vm->free + leave * now;

		if (least < vm->minimum)
			least = vm->minimum;
		if (next < least)
			next = least;
		if (next > vm->maximum)
			next = vm->maximum;
		vm->target = vm->has;
		if (shrink ? next < now * (1 - MOM_IGNORED) : next > now * (1 + MOM_IGNORED))
			vm->target = next;
	}
}
