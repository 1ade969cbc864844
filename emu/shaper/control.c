// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"

int control_open(struct control *control, struct err *err)
{
	sigset_t signals;
	*control = (struct control){.channel_fd = child_channel(), .signal_fd = -1};
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return err_sys(err, errno, "cannot block signals");
	// A Ctrl-C at the terminal reaches every process of a run; the supervisor alone decides what it
	// means.
	if (control->channel_fd >= 0)
		sigdelset(&signals, SIGINT);
	control->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return control->signal_fd < 0 ? err_sys(err, errno, "cannot watch signals") : 0;
}

static void handle_message(struct control *control)
{
	struct channel_message message;
	int rc = channel_receive(control->channel_fd, &message);
	if (rc == -EAGAIN)
		return;
	if (rc <= 0) {
		control->orphaned = control->stop = true;
		return;
	}
	if (CHANNEL_IS(&message, CHANNEL_START, sizeof(struct channel_start))) {
		struct channel_start start;
		memcpy(&start, message.body, sizeof(start));
		control->epoch_ns = start.epoch_ns;
		control->started = true;
	} else if (CHANNEL_IS(&message, CHANNEL_SET, sizeof(struct live_setting)) && control->change) {
		struct live_setting setting;
		memcpy(&setting, message.body, sizeof(setting));
		control->change(&setting, control->user);
	} else if (message.type == CHANNEL_STOP) {
		control->stop = true;
	} else {
		log_warn(
		    "the supervisor sent a message of type %u and %u bytes, which the shaper does not know",
		    message.type, message.size);
	}
}

void control_handle(struct control *control)
{
	struct pollfd fds[2] = {{.fd = control->signal_fd, .events = POLLIN},
				{.fd = control->channel_fd, .events = POLLIN}};
	if (poll(fds, 2, 0) <= 0)
		return;
	if (fds[0].revents) {
		struct signalfd_siginfo signal;
		if (read(control->signal_fd, &signal, sizeof(signal)) == sizeof(signal))
			control->stop = true;
	}
	if (fds[1].revents)
		handle_message(control);
}

void control_ready(const struct control *control)
{
	if (control->channel_fd >= 0)
		channel_send_ready(control->channel_fd);
	else
		log_info("ready");
}

void control_note(const struct control *control, const char *text)
{
	child_note(control->channel_fd, false, "%s", text);
}

void control_fail(const struct control *control, const char *text)
{
	if (control->channel_fd >= 0)
		channel_send(control->channel_fd, CHANNEL_FAIL, text, strlen(text));
	else
		log_error("%s", text);
}

void control_capture(const struct control *control, const struct capture_record *record)
{
	if (control->channel_fd >= 0)
		channel_send(control->channel_fd, CHANNEL_CAPTURE, record, sizeof(*record));
}

void control_done(const struct control *control)
{
	if (control->channel_fd >= 0)
		channel_send(control->channel_fd, CHANNEL_DONE, NULL, 0);
}
