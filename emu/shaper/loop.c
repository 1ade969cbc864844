// SPDX-License-Identifier: BSD-3-Clause
// Drain the receive rings, send what is due, wait for the next deadline or packet.
#include "base/priority.h"
#include "emu/shaper/shaper.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define DRAIN_NS (500 * NS_PER_MS)
#define CONTROL_NS NS_PER_MS	 // how often a loop that does not sleep looks for messages
#define ASK_NS (100 * NS_PER_US) // and for what the edge asks: within a slot, GRANT_TTI_NS
#define ACCURACY_INTERVAL_NS NS_PER_S
// Going to sleep and being woken costs about this much, here and (an interrupt to this processor) at whoever
// sends: no shorter wait is slept, nor the pauses of a stream whose packets come closer together.
#define LINGER_NS (30 * NS_PER_US)
// Real-time priority while the loop sleeps a part of its time: a loop that no longer does goes back to its
// nice value, long before the kernel would stop it (base/priority.h).
#define TURN_NS (100 * NS_PER_MS)
#define TURN_END .7   // awake for more of a turn than this: give the priority up
#define TURN_BEGIN .5 // awake for less: take it
#define GAP_WEIGHT 8  // the mean gap follows over about so many packets

enum { FD_TRUNK, FD_EDGE, FD_SIGNAL, FD_CHANNEL, FD_ASK, FDS };

struct loop {
	struct shaper *shaper;
	struct pollfd fds[FDS];
	bool measuring; // the epoch has passed
	int64_t next_upkeep_ns;
	int64_t next_accuracy_ns;
	int64_t next_control_ns, next_ask_ns;
	int64_t last_packet_ns; // when a pass last moved a packet
	int64_t gap_ns;		// moving mean of the time between such passes
	struct lead lead;	// without a spin guard
	int64_t spin_ns;	// since when it has been spinning towards a deadline; 0 = it has not
	bool realtime;
	int64_t turn_ns;  // since when `slept_ns` is counted
	int64_t slept_ns; // in this turn
};

static int64_t min_ns(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

// Upkeep falls on the epoch and on whole intervals after it.
static void keep_up(struct loop *loop, int64_t now)
{
	struct shaper *shaper = loop->shaper;
	if (!loop->measuring && shaper->orders.started) {
		assembly_set_origin(shaper->assembly, shaper->orders.epoch_ns, now);
		loop->next_upkeep_ns = shaper->orders.epoch_ns;
		if (now >= shaper->orders.epoch_ns) {
			loop->measuring = true;
			loop->next_accuracy_ns =
			    shaper->orders.epoch_ns; // the first says that measuring has begun
			upkeep_begin_accuracy(shaper, now);
		}
	}
	if (now < loop->next_upkeep_ns)
		return;
	int64_t interval_ns = shaper->config->interval_ns;
	if (loop->measuring)
		lateness_add(&shaper->accuracy.timer, HOST_SHAPER_TIMER, now - loop->next_upkeep_ns);
	loop->next_upkeep_ns += (1 + (now - loop->next_upkeep_ns) / interval_ns) * interval_ns;
	bool with_accuracy = loop->measuring && now >= loop->next_accuracy_ns;
	if (with_accuracy)
		loop->next_accuracy_ns +=
		    (1 + (now - loop->next_accuracy_ns) / ACCURACY_INTERVAL_NS) * ACCURACY_INTERVAL_NS;
	upkeep(shaper, now, with_accuracy);
}

// A port's interface went down or away: say so once, and do not let its poll return at once for ever.
static void check_port(struct loop *loop, int which, const struct port *port)
{
	int code = 0;
	socklen_t size = sizeof(code);
	char text[128];
	if (!(loop->fds[which].revents & (POLLERR | POLLHUP | POLLNVAL)))
		return;
	getsockopt(port->fd, SOL_SOCKET, SO_ERROR, &code, &size);
	snprintf(text, sizeof(text), "port %s: %s: packets will be missing", port->name,
		 code ? strerror(code) : "its socket failed");
	orders_note(&loop->shaper->orders, text);
	if (loop->fds[which].revents & (POLLHUP | POLLNVAL))
		loop->fds[which].fd = -1;
}

static void take_turns(struct loop *loop, int64_t now)
{
	if (loop->shaper->config->busy_poll || now - loop->turn_ns < TURN_NS)
		return;
	double awake = 1 - (double)loop->slept_ns / (double)(now - loop->turn_ns);
	if (loop->realtime && awake > TURN_END)
		loop->realtime = !priority_realtime(PRIORITY_NORMAL);
	else if (!loop->realtime && awake < TURN_BEGIN)
		loop->realtime = priority_realtime(PRIORITY_LINK);
	loop->turn_ns = now;
	loop->slept_ns = 0;
}

static void note_packets(struct loop *loop, int64_t now)
{
	int64_t gap_ns = min_ns(now - loop->last_packet_ns, NS_PER_MS);
	loop->gap_ns += (gap_ns - loop->gap_ns) / GAP_WEIGHT;
	loop->last_packet_ns = now;
}

static void stop_spinning(struct loop *loop, int64_t now)
{
	struct accuracy *accuracy = &loop->shaper->accuracy;
	if (loop->spin_ns > 0) {
		lead_spend(&loop->lead, now - loop->spin_ns);
		accuracy->spun_ns += now - loop->spin_ns;
	}
	loop->spin_ns = 0;
	int64_t guard_ns = loop->shaper->config->spin_guard_ns;
	accuracy->lead_ns = guard_ns > 0 ? guard_ns : loop->lead.share > 0 ? (int64_t)loop->lead.lead_ns : 0;
}

static void obey_edge(struct loop *loop, int64_t now)
{
	asked_obey(loop->shaper);
	loop->fds[FD_ASK].fd = loop->shaper->orders.ask_fd;
	loop->next_ask_ns = now + ASK_NS;
}

// Sleeps until something happens, or shortly before the packet that leaves at `packet`, or until `upkeep`.
static void sleep_until(struct loop *loop, int64_t packet, int64_t upkeep)
{
	struct shaper *shaper = loop->shaper;
	int64_t before = clock_now_ns(), guard_ns = shaper->config->spin_guard_ns;
	stop_spinning(loop, before);
	int64_t lead_ns = guard_ns > 0 ? guard_ns : lead_of(&loop->lead, before);
	int64_t left = min_ns(packet - lead_ns, upkeep) - before;
	bool streaming = loop->gap_ns < LINGER_NS && before - loop->last_packet_ns < LINGER_NS;
	if (left <= LINGER_NS || streaming) {
		loop->spin_ns = lead_ns > 0 && packet - lead_ns <= before + LINGER_NS ? before : 0;
		return;
	}
	struct timespec timeout = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
	int n = ppoll(loop->fds, FDS, &timeout, NULL);
	int64_t after = clock_now_ns();
	shaper->accuracy.waited_ns += after - before;
	loop->slept_ns += after - before;
	loop->next_control_ns = after + CONTROL_NS;
	if (n == 0)
		lead_learn(&loop->lead, before + left, after);
	if (n <= 0)
		return;
	check_port(loop, FD_TRUNK, &shaper->ports.trunk);
	check_port(loop, FD_EDGE, &shaper->ports.edge);
	if (loop->fds[FD_SIGNAL].revents || loop->fds[FD_CHANNEL].revents)
		orders_handle(&shaper->orders);
	if (loop->fds[FD_ASK].revents)
		obey_edge(loop, after);
}

// One pass; receiving stops while the cell is being drained.
static void pass(struct loop *loop, bool receive)
{
	struct shaper *shaper = loop->shaper;
	bool more = false;
	size_t moved = receive ? forward_receive(shaper, &more) : 0;
	moved += forward_release(shaper);
	int64_t now = clock_now_ns();
	if (moved > 0)
		note_packets(loop, now);
	// Messages first: a START that is taken here sets the deadline that the wait below needs.
	if (now >= loop->next_control_ns) {
		orders_handle(&shaper->orders);
		loop->next_control_ns = now + CONTROL_NS;
	}
	if (now >= loop->next_ask_ns)
		obey_edge(loop, now);
	keep_up(loop, now);
	take_turns(loop, now);
	bool ending = receive && shaper->orders.stop;
	if (!shaper->config->busy_poll && !more && !ending)
		sleep_until(loop, cell_next_event(shaper->cell), loop->next_upkeep_ns);
}

static void change(const struct live_setting *setting, void *shaper)
{
	upkeep_change(shaper, setting);
}

static void drain(struct loop *loop)
{
	int64_t until = clock_now_ns() + DRAIN_NS;
	// Packets keep arriving and are left in the rings: their readiness must not wake the wait.
	loop->fds[FD_TRUNK].fd = loop->fds[FD_EDGE].fd = -1;
	while (cell_next_event(loop->shaper->cell) <= until && !loop->shaper->orders.orphaned)
		pass(loop, false);
}

void loop_run(struct shaper *shaper)
{
	int64_t now = clock_now_ns();
	struct loop loop = {.shaper = shaper, .next_upkeep_ns = TIME_NEVER, .gap_ns = NS_PER_MS};
	loop.fds[FD_TRUNK] = (struct pollfd){.fd = shaper->ports.trunk.fd, .events = POLLIN};
	loop.fds[FD_EDGE] = (struct pollfd){.fd = shaper->ports.edge.fd, .events = POLLIN};
	loop.fds[FD_SIGNAL] = (struct pollfd){.fd = shaper->orders.signal_fd, .events = POLLIN};
	loop.fds[FD_CHANNEL] = (struct pollfd){.fd = shaper->orders.channel_fd, .events = POLLIN};
	loop.fds[FD_ASK] = (struct pollfd){.fd = shaper->orders.ask_fd, .events = POLLIN};
	lead_init(&loop.lead, shaper->config->spin_share, now);
	shaper->orders.change = change;
	shaper->orders.user = shaper;
	upkeep_begin_accuracy(shaper, now);
	if (shaper->orders.channel_fd < 0) {
		shaper->orders.started = true;
		shaper->orders.epoch_ns = now;
	}
	while (!shaper->orders.stop)
		pass(&loop, true);
	drain(&loop);
}
