// SPDX-License-Identifier: GPL-2.0
/*
 * plug: the commands "vm plug" and "vm unplug", which plug DIMMs into a VM's QEMU and take them out
 * again, and what the agent does of it; see plug.h.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "dimm.h"
#include "json.h"
#include "lookup.h"
#include "plug.h"
#include "runfile.h"
#include "states.h"
#include "vmm.h"
#include "why.h"

#define GUEST_SECONDS	60	/* default time for a guest to give a DIMM up */
#define KERNEL_SECONDS	10	/* time for dynmem to notice that RAM has come or gone */
#define LOOK_MS		200

/**
 * struct request - what the command line asks for
 * @size: bytes; 0: as much as the VM lacks, or all DIMMs
 * @force: plug memory in even if the guest can touch it at once
 * @seconds: how long a guest may take to give a DIMM up
 */
struct request {
	uint64_t size;
	bool force;
	uint32_t seconds;
};

static unsigned long long mib(uint64_t bytes)
{
	return bytes >> 20;
}

/* Waits until dynmem sees the VM's RAM change. It goes on without: dynmem looks once a second. */
static void wait_ram(const char *name, uint64_t before)
{
	int64_t end = clock_end(KERNEL_SECONDS);
	char why[WHY_SIZE];
	struct vm_facts vm;

	while (clock_left(end) && lookup_vm(name, &vm, why) && mib(vm.ram) == mib(before))
		clock_sleep(LOOK_MS);
}

/* Reaches the VM's QEMU. */
static bool plug_open(const struct vm_facts *vm, struct vmm *vmm, char *why)
{
	const char *name = vm->name;

	if (!vm_is_attached(vm) || vm->state == DYNMEM_VM_STATE_STARTING)
		return refuse(why, "%s does not run: it is %s", name, vm_state_words[vm->state]);
	if (!vmm_open(vmm, name, vm->pid, why))
		return false;
	if (vmm->qmp)
		return true;
	vmm_close(vmm);
	return refuse(why,
		      "libvirt has to know the DIMMs of its domain %s: use 'virsh attach-device' or 'virsh detach-device' with --live and <memory model='dimm'>",
		      name);
}

/* ---- plug */

/*
 * Writes to NAME.plug that the maximum of the present VMM was acted on. A failure to write only
 * means that the agent tries again.
 */
static void note_write(const struct vm_facts *vm)
{
	struct json_object *json = json_object_new_object();
	char ignored[WHY_SIZE];

	json_add_number(json, "pid", vm->pid);
	json_add_number(json, "maximum", vm->maximum);
	runfile_write(vm->name, "plug", json, ignored);
}

static bool is_noted(const struct vm_facts *vm)
{
	struct json_object *json = runfile_read(vm->name, "plug");
	bool noted = json && json_number(json, "pid") == vm->pid &&
		     json_number(json, "maximum") == (int64_t)vm->maximum;

	json_object_put(json);
	return noted;
}

/* The first number that no id of dmctl's has. */
static int free_number(const struct dimms *dimms)
{
	int number = 0;
	size_t i;

	for (i = 0; i < dimms->nr; i++) {
		int used = dimm_number(dimms->dimm[i].id);
		int backend = dimm_number(dimms->dimm[i].backend);

		number = used >= number ? used + 1 : number;
		number = backend >= number ? backend + 1 : number;
	}
	return number;
}

static bool plug_all(struct vmm *vmm, const struct dimms *dimms, uint64_t size, char *why)
{
	uint64_t all = 0, before = 0, part, done = 0;
	int number = free_number(dimms);
	char said[WHY_SIZE];
	unsigned int i;

	for (i = 0; i < dimms->nr_boot; i++)
		all += dimms->boot[i].size;
	if (!all)
		return refuse(why,
			      "%s's QEMU has no memory backend that a DIMM could be like: start it with -object memory-backend-...",
			      vmm->name);
	for (i = 0; i < dimms->nr_boot; i++) {
		part = dimm_part(size, before, dimms->boot[i].size, all);
		before += dimms->boot[i].size;
		if (!part)
			continue;
		vmm_forget_waits(vmm);
		if (dimm_add(vmm, &dimms->boot[i], i, number++, part, said)) {
			done += part;
			continue;
		}
		if (!done)
			return refuse(why, "%s", said);
		return refuse(why, "only %lluM of %lluM were plugged into %s: %s", mib(done),
			      mib(size), vmm->name, said);
	}
	return true;
}

/* Whether the VM may get that much memory. Sets @size. */
static bool may_plug(const struct vm_facts *vm, const struct dimms *dimms,
		     const struct request *request, uint64_t *size, char *why)
{
	uint64_t ram = dimms_size(dimms);

	/* What QEMU has, the guest may not have brought online yet. */
	if (ram < vm->ram)
		ram = vm->ram;
	*size = request->size ?: dimm_lack(ram, vm->maximum);
	if (!*size)
		return refuse(why,
			      "%s has %lluM of RAM, and its maximum is %lluM: raise that (dmctl vm set %s maximum SIZE), or name a size",
			      vm->name, mib(ram), mib(vm->maximum), vm->name);
	if (*size % DIMM_STEP)
		return refuse(why, "a DIMM has a multiple of %lluM, not %lluM", mib(DIMM_STEP),
			      mib(*size));
	if (!vm->plugs && !request->force)
		return refuse(why,
			      "the guest of %s has no driver that takes a DIMM into the balloon (driver %s), so all of the DIMM would be at risk; --force plugs it in anyway",
			      vm->name, vm_driver_words[vm->driver]);
	return true;
}

static bool plug(const struct vm_facts *vm, const struct request *request, char *why)
{
	struct dimms dimms;
	struct vmm vmm;
	uint64_t size;
	bool done;

	if (!plug_open(vm, &vmm, why))
		return false;
	done = dimms_read(&vmm, &dimms, why);
	if (done) {
		done = may_plug(vm, &dimms, request, &size, why) &&
		       dimms_tidy(&vmm, &dimms, why) && plug_all(&vmm, &dimms, size, why);
		dimms_free(&dimms);
		/* A wrong size on a command line says nothing about what the VM lacks. */
		if (done || !request->size)
			note_write(vm);
	}
	vmm_close(&vmm);
	if (done)
		wait_ram(vm->name, vm->ram);
	return done;
}

bool plug_is_due(const struct vm_facts *vm)
{
	return vm->plugs && vm->state == DYNMEM_VM_STATE_RUNNING &&
	       dimm_lack(vm->ram, vm->maximum) && runfile_exists(vm->name, "qmp") &&
	       !is_noted(vm);
}

void plug_do(const struct vm_facts *vm, char *why)
{
	plug(vm, &(struct request){ }, why);
}

/* ---- unplug */

/* Return: the DIMM of dmctl's that was plugged in last; NULL: there is none. */
static const struct dimm *last_dimm(const struct dimms *dimms)
{
	const struct dimm *last = NULL;
	size_t i;

	for (i = 0; i < dimms->nr; i++)
		if (dimm_number(dimms->dimm[i].id) >= 0 &&
		    (!last || dimm_number(dimms->dimm[i].id) > dimm_number(last->id)))
			last = &dimms->dimm[i];
	return last;
}

/* Return: 1 if the DIMM is still there, 0 if not, -1 with @why set if QEMU does not say. */
static int is_there(struct vmm *vmm, const struct dimm *dimm, char *why)
{
	struct dimms dimms;
	int there = 0;
	size_t i;

	if (!dimms_read(vmm, &dimms, why))
		return -1;
	for (i = 0; i < dimms.nr; i++)
		there |= !strcmp(dimms.dimm[i].id, dimm->id);
	dimms_free(&dimms);
	return there;
}

/*
 * Whether the guest has given as much memory as the DIMM has. If it has not, its kernel would go on
 * trying to move memory out of the DIMM for as long as there is no room for it elsewhere.
 */
static bool can_spare(const char *name, const struct dimm *dimm, char *why)
{
	struct vm_facts vm;

	if (!lookup_vm(name, &vm, why))
		return false;
	if (!vm.plugs || vm.ballooned >= dimm->size)
		return true;
	return refuse(why,
		      "%s cannot spare %s (%lluM): it has given only %lluM; lower its maximum first, or wait until it needs less",
		      name, dimm->id, mib(dimm->size), mib(vm.ballooned));
}

static bool unplug_dimm(struct vmm *vmm, const struct dimm *dimm, uint32_t seconds, char *why)
{
	int64_t end = clock_end(seconds);
	int status, there;
	/* An answer to an earlier request is old until the guest begins to work on this one. */
	bool old = dimm_status(vmm, dimm);

	if (!dimm_request(vmm, dimm, why))
		return false;
	for (;;) {
		vmm_forget_waits(vmm);
		there = is_there(vmm, dimm, why);
		if (there <= 0)
			break;
		status = dimm_status(vmm, dimm);
		old &= status && status != DIMM_IN_PROGRESS;
		if (status && status != DIMM_IN_PROGRESS && !old)
			return refuse(why,
				      "the guest of %s would not give %s (%lluM) up: memory in it is in use and cannot move; its kernel log says more",
				      vmm->name, dimm->id, mib(dimm->size));
		if (!clock_left(end))
			return refuse(why,
				      "the guest of %s has not given %s (%lluM) up within %u s; it may still do so",
				      vmm->name, dimm->id, mib(dimm->size), seconds);
		clock_sleep(LOOK_MS);
	}
	return !there && dimm_remove(vmm, dimm, why);
}

/* Takes DIMMs out, the last first, as long as they fit into @size. */
static bool unplug_all(struct vmm *vmm, uint64_t size, uint32_t seconds, char *why)
{
	const struct dimm *dimm;
	struct dimms dimms;
	uint64_t done = 0;
	bool good = true;

	while (good) {
		if (!dimms_read(vmm, &dimms, why))
			return false;
		dimm = last_dimm(&dimms);
		if (!dimm || (size && done + dimm->size > size)) {
			good = done;
			if (!done && dimm)
				why_set(why,
					"the last DIMM of %s has %lluM, more than that: name no size, or a larger one",
					vmm->name, mib(dimm->size));
			else if (!done)
				why_set(why, "%s has no DIMM that dmctl has plugged in", vmm->name);
			good &= dimms_tidy(vmm, &dimms, why);
			dimms_free(&dimms);
			return good;
		}
		good = can_spare(vmm->name, dimm, why) && unplug_dimm(vmm, dimm, seconds, why);
		done += dimm->size;
		dimms_free(&dimms);
	}
	return false;
}

static bool unplug(const struct vm_facts *vm, const struct request *request, char *why)
{
	struct vmm vmm;
	bool done;

	if (!plug_open(vm, &vmm, why))
		return false;
	done = unplug_all(&vmm, request->size, request->seconds, why);
	vmm_close(&vmm);
	if (done)
		wait_ram(vm->name, vm->ram);
	return done;
}

/* ---- the commands */

/* Carries out a command on the VM that @argv names. @words: the options that the command has. */
static int plug_command(const char *command, char **argv, const char *const *words,
			bool (*fn)(const struct vm_facts *vm, const struct request *request,
				   char *why))
{
	struct request request = { .seconds = GUEST_SECONDS };
	const char *name = *argv;
	char why[WHY_SIZE];
	struct vm_facts vm;
	int ret;

	if (!name)
		die_usage("vm %s: the VM's name is missing", command);
	argv++;
	if (*argv && **argv >= '0' && **argv <= '9')
		request.size = need_size("SIZE", *argv++);
	if (*argv) {
		find_word("option", *argv, words);
		if (**argv == '-') {
			request.force = true;
			argv++;
		} else {
			request.seconds = need_number("timeout", argv[1]);
			argv += 2;
		}
	}
	if (*argv)
		die_usage("vm %s %s: unexpected argument '%s'", command, name, *argv);
	ret = lookup_need(name, &vm);
	if (ret != EXIT_OK)
		return ret;
	if (runfile_dir(why) && fn(&vm, &request, why))
		return EXIT_OK;
	complain("%s", why);
	return EXIT_REFUSED;
}

int vm_plug(char **argv)
{
	static const char *const words[] = { "--force", NULL };

	return plug_command("plug", argv, words, plug);
}

int vm_unplug(char **argv)
{
	static const char *const words[] = { "timeout", NULL };

	return plug_command("unplug", argv, words, unplug);
}
