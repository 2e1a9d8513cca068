// SPDX-License-Identifier: GPL-2.0
/*
 * netlink: sends requests to dynmem.ko and reads the answers, over one socket that is opened when
 * it is first needed. This file also prints the kernel's errors and warnings for all objects.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/family.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../include/uapi/dynmem.h"
#include "command.h"
#include "netlink.h"
#include "output.h"
#include "why.h"

/* Size in bytes of the receive buffer, in which events wait until they are printed. */
#define EVENT_BUFFER (1024 * 1024)

static struct nl_sock *sock;	/* for requests */
static struct nl_sock *listener;	/* for events; NULL: nobody listens */
static int family;
static int listened;		/* the family whose events @listener gets */

/*
 * The request that is being made. A command that ends by die_usage() does not free it, so the next
 * request_new() does.
 */
static struct nl_msg *unsent;

/* The state of a request. */
struct exchange {
	answer_fn answer;
	void *arg;
	bool done;
	int error;		/* -errno */
	char *why;		/* gets the kernel's sentence, or "" */
};

noreturn static void die_not_there(void)
{
	if (access("/sys/module/dynmem", F_OK) == 0)
		complain("dynmem can be reached from the host's own network namespace only");
	else
		complain("the kernel module dynmem is not loaded: load it with 'modprobe dynmem'");
	exit(EXIT_UNREACHED);
}

noreturn static void die_netlink(const char *what, int err)
{
	if (err == -NLE_PERM) {
		complain("%s: this needs CAP_SYS_ADMIN on the host: run it as root", what);
		exit(EXIT_DENIED);
	}
	complain("%s: %s", what, nl_geterror(err));
	exit(EXIT_REFUSED);
}

static struct nl_sock *socket_new(void)
{
	struct nl_sock *new = nl_socket_alloc();
	int err;

	if (!new)
		die_no_memory();
	err = genl_connect(new);
	if (err < 0)
		die_netlink("cannot open a netlink socket", err);
	return new;
}

static void socket_open_once(void)
{
	int on = 1;

	if (sock)
		return;
	sock = socket_new();
	/* Ask the kernel for extended-ack sentences, and for acks without a copy of the request. */
	if (setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		complain("the kernel gives no reasons: %s", strerror(errno));
}

/* Looks up the number of the family, which changes when dynmem is loaded again. */
bool netlink_present(void)
{
	family = -NLE_OBJ_NOTFOUND;
	/*
	 * If asked for a family that does not exist, the kernel tries to load a module for it. So
	 * this function does not ask while dynmem is not loaded.
	 */
	if (access("/sys/module/dynmem", F_OK))
		return false;
	socket_open_once();
	family = genl_ctrl_resolve(sock, DYNMEM_FAMILY_NAME);
	if (family < 0 && family != -NLE_OBJ_NOTFOUND)
		die_netlink("cannot find the netlink family " DYNMEM_FAMILY_NAME, family);
	return family >= 0;
}

/*
 * Whether the module speaks dmctl's version of the protocol. In other versions the attributes have
 * other numbers, so dmctl would misread them.
 */
static bool version_fits(char *why)
{
	static int checked;
	struct nl_cache *families;
	struct genl_family *found;
	unsigned int version;
	int err;

	if (checked == family)
		return true;
	err = genl_ctrl_alloc_cache(sock, &families);
	if (err < 0)
		die_netlink("cannot list netlink families", err);
	found = genl_ctrl_search_by_name(families, DYNMEM_FAMILY_NAME);
	version = found ? genl_family_get_version(found) : DYNMEM_FAMILY_VERSION;
	genl_family_put(found);
	nl_cache_free(families);
	if (version != DYNMEM_FAMILY_VERSION)
		return refuse(why,
			      "the loaded module speaks protocol %u, and dmctl %d: load dmctl's module",
			      version, DYNMEM_FAMILY_VERSION);
	checked = family;
	return true;
}

bool netlink_usable(char *why)
{
	*why = '\0';
	return netlink_present() ? version_fits(why) : refuse(why, "dynmem is not loaded");
}

static void need_family(void)
{
	char why[WHY_SIZE];

	if (family <= 0 && !netlink_present())
		die_not_there();
	if (version_fits(why))
		return;
	complain("%s", why);
	exit(EXIT_UNREACHED);
}

void netlink_leave(void)
{
	nl_socket_free(sock);
	nl_socket_free(listener);
	sock = NULL;
	listener = NULL;
	family = 0;
}

struct nl_msg *request_new(int cmd, int flags)
{
	nlmsg_free(unsent);
	unsent = nlmsg_alloc();
	if (!unsent || !genlmsg_put(unsent, NL_AUTO_PORT, NL_AUTO_SEQ, 0, 0, flags, cmd,
				    DYNMEM_FAMILY_VERSION))
		die_no_memory();
	return unsent;
}

static void check_put(int err)
{
	if (err < 0)
		die_netlink("cannot make the request", err);
}

void request_put_string(struct nl_msg *msg, int attr, const char *value)
{
	check_put(nla_put_string(msg, attr, value));
}

void request_put_u64(struct nl_msg *msg, int attr, uint64_t value)
{
	check_put(nla_put_u64(msg, attr, value));
}

void request_put_u32(struct nl_msg *msg, int attr, uint32_t value)
{
	check_put(nla_put_u32(msg, attr, value));
}

void request_put_u8(struct nl_msg *msg, int attr, uint8_t value)
{
	check_put(nla_put_u8(msg, attr, value));
}

/* Return: the extended-ack sentence behind the first @skip bytes of an answer, or NULL. */
static const char *sentence_of(struct nlmsghdr *nlh, int skip)
{
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (nlmsg_parse(nlh, skip, attrs, NLMSGERR_ATTR_MAX, NULL) < 0)
		return NULL;
	return attrs[NLMSGERR_ATTR_MSG] ? nla_get_string(attrs[NLMSGERR_ATTR_MSG]) : NULL;
}

static void exchange_finish(struct exchange *ex, int error, const char *sentence)
{
	/* dynmem gives a sentence with ENOENT, and netlink itself none, if the family is gone. */
	if (error == -ENOENT && !sentence) {
		error = -ENOTCONN;
		sentence = "dynmem was unloaded";
	}
	ex->done = true;
	ex->error = error;
	if (!sentence)
		sentence = error ? strerror(-error) : "";
	snprintf(ex->why, WHY_SIZE, "%s", sentence);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)err - 1;

	(void)from;
	exchange_finish(arg, err->error, sentence_of(nlh, sizeof(*err)));
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	exchange_finish(arg, 0, sentence_of(nlmsg_hdr(msg), sizeof(struct nlmsgerr)));
	return NL_STOP;
}

/* The message that ends a dump has an error as its payload; 0 means success. */
static int on_dump_end(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	int error = 0;

	if (nlmsg_datalen(nlh) >= (int)sizeof(error))
		error = *(int *)nlmsg_data(nlh);
	exchange_finish(arg, error, sentence_of(nlh, sizeof(error)));
	return NL_STOP;
}

static int on_answer(struct nl_msg *msg, void *arg)
{
	struct exchange *ex = arg;

	if (ex->answer)
		ex->answer(nlmsg_hdr(msg), ex->arg);
	return NL_OK;
}

void answer_attrs(struct nlmsghdr *answer, struct nlattr **attrs, int max)
{
	if (genlmsg_parse(answer, 0, attrs, max, NULL) < 0)
		memset(attrs, 0, (max + 1) * sizeof(*attrs));
}

int request_try(struct nl_msg *msg, answer_fn answer, void *arg, char *why)
{
	struct exchange ex = { .answer = answer, .arg = arg, .why = why };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		die_no_memory();
	unsent = NULL;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &ex);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &ex);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_dump_end, &ex);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_answer, &ex);

	need_family();
	nlmsg_hdr(msg)->nlmsg_type = family;
	err = nl_send_auto(sock, msg);
	if (err < 0)
		die_netlink("cannot send the request", err);
	while (!ex.done) {
		err = nl_recvmsgs(sock, cb);
		if (err < 0 && !ex.done)
			die_netlink("cannot read the answer", err);
	}
	nl_cb_put(cb);
	nlmsg_free(msg);
	return ex.error;
}

/* Return: the exit status for an error of a request, -errno. */
static int status_of(int error)
{
	switch (error) {
	case -ENOENT:
		return EXIT_NOT_FOUND;
	case -EPERM:
		return EXIT_DENIED;
	case -ENOTCONN:
		return EXIT_UNREACHED;
	default:
		return EXIT_REFUSED;
	}
}

int request_send(struct nl_msg *msg, answer_fn answer, void *arg)
{
	char why[WHY_SIZE];
	int error = request_try(msg, answer, arg, why);

	if (error) {
		complain("%s", why);
		return status_of(error);
	}
	if (*why)
		complain("warning: %s", why);
	return EXIT_OK;
}

/* The function that gets each event, and whether dynmem has been unloaded. */
struct listening {
	answer_fn event;
	void *arg;
	bool unloaded;
};

/* Called for events of dynmem, and for generic netlink's notices, such as that a family is gone. */
static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct genlmsghdr *genl = nlmsg_data(nlh);
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	struct listening *listening = arg;

	if (nlh->nlmsg_type == listened) {
		if (genl->cmd == DYNMEM_CMD_EVENT)
			listening->event(nlh, listening->arg);
		return NL_OK;
	}
	if (nlh->nlmsg_type != GENL_ID_CTRL || genl->cmd != CTRL_CMD_DELFAMILY)
		return NL_OK;
	answer_attrs(nlh, attrs, CTRL_ATTR_MAX);
	if (attrs[CTRL_ATTR_FAMILY_ID] && nla_get_u16(attrs[CTRL_ATTR_FAMILY_ID]) == listened)
		listening->unloaded = true;
	return NL_OK;
}

/* Looks up both groups before it joins any, since events would disturb the look-ups. */
static void join_groups(void)
{
	int unload = genl_ctrl_resolve_grp(listener, "nlctrl", "notify");
	int events = genl_ctrl_resolve_grp(listener, DYNMEM_FAMILY_NAME, DYNMEM_MCGRP_EVENTS);
	int err;

	if (unload < 0 || events < 0)
		die_netlink("cannot find the events", unload < 0 ? unload : events);
	err = nl_socket_add_memberships(listener, unload, events, 0);
	if (err < 0)
		die_netlink("cannot listen to events", err);
}

int events_open(void)
{
	need_family();
	listened = family;
	listener = socket_new();
	nl_socket_disable_seq_check(listener);
	nl_socket_set_buffer_size(listener, EVENT_BUFFER, 0);
	join_groups();
	return nl_socket_get_fd(listener);
}

void events_close(void)
{
	nl_socket_free(listener);
	listener = NULL;
}

bool events_read(answer_fn event, void *arg)
{
	struct listening listening = { .event = event, .arg = arg };
	int err;

	nl_socket_modify_cb(listener, NL_CB_VALID, NL_CB_CUSTOM, on_event, &listening);
	do {
		err = nl_recvmsgs_default(listener);
		if (err == -NLE_NOMEM)
			complain("events came too fast: some are lost");
		else if (err < 0 && err != -NLE_AGAIN)
			die_netlink("cannot read events", err);
	} while (err != -NLE_AGAIN && !listening.unloaded);
	if (listening.unloaded)
		events_close();
	return !listening.unloaded;
}
