// SPDX-License-Identifier: BSD-3-Clause
#include "base/child.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/place.h"
#include "base/priority.h"
#include "base/version.h"

struct arguments {
	const char *config;
	bool verbose;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	if (key == 'c')
		a->config = arg;
	else if (key == 'v')
		a->verbose = true;
	else if (key == ARGP_KEY_END && !a->config)
		argp_error(state, "--config FILE is needed");
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static bool is_handed_over(int fd)
{
	int domain, type;
	socklen_t size = sizeof(int);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int child_channel(void)
{
	return is_handed_over(CHANNEL_FD) ? CHANNEL_FD : -1;
}

int child_ask(void)
{
	return is_handed_over(ASK_FD) ? ASK_FD : -1;
}

int child_secrets(int channel, uint64_t secrets[], size_t n, struct err *err)
{
	struct channel_message m;
	for (size_t got = 0; got < n;) {
		int r = channel_receive(channel, &m);
		size_t more = r == 1 && m.type == CHANNEL_SECRETS ? m.size / sizeof(*secrets) : 0;
		if (more == 0 || more > n - got)
			return err_set(err, EPROTO, "the supervisor did not say who is who");
		memcpy(secrets + got, m.body, more * sizeof(*secrets));
		got += more;
	}
	return 0;
}

int child_ready(int channel, struct err *err)
{
	int r = channel < 0 ? 0 : channel_send_ready(channel);
	return r < 0 ? err_sys(err, -r, "the supervisor does not listen") : 0;
}

void child_note(int channel, bool asked, const char *format, ...)
{
	char text[300];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (channel >= 0)
		channel_send_note(channel, asked, text);
	else
		log_warn("%s", text);
}

void child_failed(int channel, const struct err *err)
{
	if (channel >= 0)
		channel_send(channel, CHANNEL_FAIL, err->text, strlen(err->text));
}

static int end(int channel, int r, const struct err *err)
{
	if (r < 0) {
		log_error("%s", err->text);
		child_failed(channel, err);
		return 1;
	}
	if (channel >= 0)
		channel_send(channel, CHANNEL_DONE, NULL, 0);
	return 0;
}

int child_main(int argc, char **argv, const char *name, const char *what,
	       int (*work)(const char *config, int channel, struct err *err))
{
	static const struct argp_option options[] = {
	    {"config", 'c', "FILE", 0, "what to do, as JSON (written by `airbatch run`)", 0},
	    {"verbose", 'v', 0, 0, "say more on standard error", 0},
	    {0},
	};
	const struct argp argp = {.options = options, .parser = parse, .doc = what};
	struct arguments arguments = {0};
	argp_program_version = airbatch_version();
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	log_open(name, arguments.verbose);
	place_guard();
	priority_exact_timers();
	int channel = child_channel();
	struct err err = {0};
	return end(channel, work(arguments.config, channel, &err), &err);
}
