// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/orders.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"

int orders_open(struct orders *orders, struct err *err)
{
	sigset_t signals;
	*orders = (struct orders){.channel_fd = child_channel(), .ask_fd = child_ask(), .signal_fd = -1};
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return err_sys(err, errno, "cannot block signals");
	// A Ctrl-C at the terminal reaches every process of a run; the supervisor alone decides what it
	// means.
	if (orders->channel_fd >= 0)
		sigdelset(&signals, SIGINT);
	orders->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return orders->signal_fd < 0 ? err_sys(err, errno, "cannot watch signals") : 0;
}

static void handle_message(struct orders *orders)
{
	struct channel_message message;
	int rc = channel_receive(orders->channel_fd, &message);
	if (rc == -EAGAIN)
		return;
	if (rc <= 0) {
		orders->orphaned = orders->stop = true;
		return;
	}
	if (CHANNEL_IS(&message, CHANNEL_START, sizeof(struct channel_start))) {
		struct channel_start start;
		memcpy(&start, message.body, sizeof(start));
		orders->epoch_ns = start.epoch_ns;
		orders->started = true;
	} else if (CHANNEL_IS(&message, CHANNEL_SET, sizeof(struct live_setting)) && orders->change) {
		struct live_setting setting;
		memcpy(&setting, message.body, sizeof(setting));
		orders->change(&setting, orders->user);
	} else if (message.type == CHANNEL_STOP) {
		orders->stop = true;
	} else {
		log_warn(
		    "the supervisor sent a message of type %u and %u bytes, which the shaper does not know",
		    message.type, message.size);
	}
}

static void handle_signal(struct orders *orders)
{
	struct signalfd_siginfo signal;
	if (read(orders->signal_fd, &signal, sizeof(signal)) != sizeof(signal))
		return;
	orders->signal = orders->stop ? orders->signal : (int)signal.ssi_signo;
	orders->sender = (int)signal.ssi_pid;
	orders->stop = true;
}

void orders_handle(struct orders *orders)
{
	struct pollfd fds[2] = {{.fd = orders->signal_fd, .events = POLLIN},
				{.fd = orders->channel_fd, .events = POLLIN}};
	if (poll(fds, 2, 0) <= 0)
		return;
	if (fds[0].revents)
		handle_signal(orders);
	if (fds[1].revents)
		handle_message(orders);
}

void orders_ready(const struct orders *orders)
{
	if (orders->channel_fd >= 0)
		channel_send_ready(orders->channel_fd);
	else
		log_info("ready");
}

void orders_note(const struct orders *orders, const char *text)
{
	child_note(orders->channel_fd, false, "%s", text);
}

void orders_fail(const struct orders *orders, const char *text)
{
	if (orders->channel_fd >= 0)
		channel_send(orders->channel_fd, CHANNEL_FAIL, text, strlen(text));
	else
		log_error("%s", text);
}

void orders_capture(const struct orders *orders, const struct capture_record *record)
{
	if (orders->channel_fd >= 0)
		channel_send(orders->channel_fd, CHANNEL_CAPTURE, record, sizeof(*record));
}

int orders_end(const struct orders *orders)
{
	char text[100];
	if (orders->channel_fd >= 0 && orders->signal) {
		snprintf(text, sizeof(text), "process %d ended it by signal %d (%s)", orders->sender,
			 orders->signal, strsignal(orders->signal));
		orders_fail(orders, text);
		return 1;
	}
	if (orders->channel_fd >= 0)
		channel_send(orders->channel_fd, CHANNEL_DONE, NULL, 0);
	return orders->orphaned ? 1 : 0;
}
