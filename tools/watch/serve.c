// SPDX-License-Identifier: BSD-3-Clause
#include "tools/watch/serve.h"

#include <argp.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/argument.h"
#include "base/log.h"
#include "tools/watch/host.h"
#include "tools/watch/run_argument.h"
#include "tools/watch/site.h"

enum { KEY_PORT = 'p', KEY_ADDRESS = 'a' };

struct arguments {
	const char *run, *address;
	long port;
};

static const struct argp_option option_table[] = {
    {"port", KEY_PORT, "PORT", 0, "TCP port, 0 (default) to 65535; 0: any free one", 0},
    {"address", KEY_ADDRESS, "ADDRESS", 0,
     "numeric address to listen at (default: 127.0.0.1, which only this machine reaches)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->run;
		return 0;
	case KEY_PORT:
		a->port = argument_whole(arg, 0, 65535, "--port", state);
		return 0;
	case KEY_ADDRESS:
		a->address = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp serve_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "RUN|DIR",
    .children = run_argp_children,
    .doc = "Serves a local web page with charts of a running run (live), or of a finished one's directory, "
	   "until it is interrupted. The first line of output is the page's address.\vExit status: 0 "
	   "interrupted, 1 the run cannot be found or the port cannot be had, 2 wrong usage."};

static int bind_to(const struct addrinfo *where, const struct arguments *a, struct err *err)
{
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	if (fd < 0)
		return err_sys(err, errno, "cannot make a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, 16) == 0)
		return fd;
	int code = errno;
	close(fd);
	return err_sys(err, code, "cannot listen at %s port %ld (--port 0 takes a free one)", a->address,
		       a->port);
}

static int listen_at(const struct arguments *a, struct err *err)
{
	char port[8];
	snprintf(port, sizeof(port), "%ld", a->port);
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *where;
	if (getaddrinfo(a->address, port, &hints, &where) != 0)
		return err_set(err, EINVAL, "--address '%s': a numeric address such as 127.0.0.1 is right",
			       a->address);
	int fd = bind_to(where, a, err);
	if (fd >= 0 && !host_is_loopback(where->ai_addr))
		log_warn("everybody who reaches %s can read this run's page: there is no password",
			 a->address);
	freeaddrinfo(where);
	return fd;
}

static void print_address(int fd)
{
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);
	char host[64] = "?", port[8] = "?";
	getsockname(fd, (struct sockaddr *)&at, &size);
	getnameinfo((struct sockaddr *)&at, size, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	printf(at.ss_family == AF_INET6 ? "http://[%s]:%s/\n" : "http://%s:%s/\n", host, port);
	fflush(stdout);
}

static int serve(const struct arguments *a, struct run_source *source, struct err *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL); // for the server's thread, too
	int fd = listen_at(a, err);
	if (fd < 0)
		return fd;
	struct site *site = site_start(fd, source, err);
	if (!site)
		return -ENOMEM;
	print_address(fd);
	int got;
	sigwait(&set, &got);
	site_stop(site);
	return 0;
}

int serve_command(int argc, char **argv)
{
	struct arguments a = {.address = "127.0.0.1"};
	argp_parse(&serve_argp, argc, argv, 0, NULL, &a);
	struct err err = {0};
	struct run_source *source = run_source_open(a.run, &err);
	int r = source ? serve(&a, source, &err) : -1;
	run_source_free(source);
	if (r < 0)
		log_error("%s", err.text);
	return r < 0 ? 1 : 0;
}
