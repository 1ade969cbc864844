// SPDX-License-Identifier: BSD-3-Clause
#include "ue/ue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/priority.h"
#include "dnn/reference.h"
#include "dnn/samples.h"
#include "mac/counters.h"
#include "proto/stream.h"
#include "ue/sender.h"
#include "ue/task.h"

struct ue {
	const struct ue_config *config;
	int channel;
	struct network *network;
	struct task_network sizes;
	struct samples *samples;
	struct counters *counters;
	struct stream *stream;
	struct source source;
	struct sender *sender; // NULL = no UDP traffic
	struct task task;
	int64_t epoch_ns, end_ns;
	struct arrival next;	 // of the task that has not begun
	int64_t next_arrival_ns; // its instant on the clock
	uint32_t drawn;
	bool stopping;
};

static struct task_airtime airtimes(const struct ue *u)
{
	struct counters_ue mine;
	counters_load(u->counters, u->config->ue - 1, &mine);
	return (struct task_airtime){(int64_t)mine.airtime_ns[LINK_UP], (int64_t)mine.airtime_ns[LINK_DOWN]};
}

static int64_t airtime(const struct ue *u)
{
	return airtimes(u).up_ns;
}

static int connect_to_edge(struct ue *u, struct err *err)
{
	const struct ue_config *c = u->config;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->edge_port)};
	if (inet_pton(AF_INET, c->edge_address, &to.sin_addr) != 1)
		return err_set(err, EINVAL, "edge is '%s': an IPv4 address such as 198.18.0.1 is right",
			       c->edge_address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, errno, "cannot open a socket");
	// SO_SNDTIMEO bounds connect() too: a lost edge must not hang the run.
	struct timeval limit = {.tv_sec = 5};
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	int r = stream_congestion_control(fd, c->tcp, err);
	if (r < 0) {
		close(fd);
		return r;
	}
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		int code = errno == EINPROGRESS ? ETIMEDOUT : errno;
		close(fd);
		return err_sys(err, code, "cannot connect to the edge at %s:%d", c->edge_address,
			       c->edge_port);
	}
	uint32_t largest =
	    MESSAGE_RESULT_SIZE + (uint32_t)network_cut_values(u->network, u->network->n_subtasks) * 4;
	u->stream = stream_new(fd, largest > 4096 ? largest : 4096);
	if (!u->stream) {
		close(fd);
		return err_sys(err, errno, "cannot use the connection to the edge");
	}
	return 0;
}

static int take_sizes(struct ue *u, struct err *err)
{
	int n = u->network->n_subtasks;
	double *work = calloc((size_t)n * 2 + 1, sizeof(*work));
	if (!work)
		return err_set(err, ENOMEM, "no memory");
	double *bits = work + n;
	for (int i = 0; i < n; i++)
		work[i] = network_work_flop(u->network, i);
	for (int i = 0; i <= n; i++)
		bits[i] = 8 * (double)features_cut_bytes(u->network, i, u->config->features);
	u->sizes = (struct task_network){.n_subtasks = n, .work_flop = work, .cut_bits = bits};
	return 0;
}

int ue_open(struct ue **out, const struct ue_config *config, int channel_fd, struct err *err)
{
	if (channel_fd < 0)
		return err_set(err, EINVAL, "no supervisor: start a UE through `airbatch run`");
	struct ue *u = calloc(1, sizeof(*u));
	if (!u)
		return err_set(err, ENOMEM, "no memory");
	u->config = config;
	u->channel = channel_fd;
	u->next_arrival_ns = TIME_NEVER;
	int r = network_outline(&u->network, config->network, config->weight_seed, err);
	r = r < 0 ? r : take_sizes(u, err);
	r = r < 0 ? r : samples_open(&u->samples, config->samples, u->network, err);
	if (r == 0) {
		u->counters = counters_open(config->counters, err);
		r = u->counters ? 0 : -errno;
	}
	if (r == 0 && (config->ue < 1 || config->ue > counters_n_ues(u->counters)))
		r = err_set(err, EINVAL, "%s has ue1 to ue%u: ue%u is not one of them", config->counters,
			    counters_n_ues(u->counters), config->ue);
	r = r < 0 ? r : connect_to_edge(u, err);
	r = r < 0 ? r : sender_open(&u->sender, config, err);
	if (r == 0 && source_open(&u->source, &config->arrivals, config->seed, config->run, config->ue) < 0)
		r = err_set(err, ENOMEM, "no memory");
	if (r < 0) {
		ue_close(u);
		return r;
	}
	*out = u;
	return 0;
}

void ue_close(struct ue *u)
{
	if (!u)
		return;
	stream_free(u->stream);
	sender_close(u->sender);
	counters_close(u->counters);
	samples_close(u->samples);
	network_free(u->network);
	source_close(&u->source);
	free((void *)u->sizes.work_flop);
	free(u);
}

// The UE is idle from idle_ns on. An arrival after the run's end does not happen.
static void draw_arrival(struct ue *u, int64_t idle_ns)
{
	bool happens = source_next(&u->source, idle_ns - u->epoch_ns, &u->next) &&
		       u->epoch_ns + u->next.at_ns < u->end_ns;
	u->next_arrival_ns = happens ? u->epoch_ns + u->next.at_ns : TIME_NEVER;
}

// How long the UE waits for its last task.
static int64_t patience_ns(const struct ue *u)
{
	return u->end_ns + arrivals_longest_deadline_ns(&u->config->arrivals) + s_to_ns(TASK_GRACE_S);
}

static int sample_of(const struct ue *u)
{
	return (int)((u->task.record.task - 1 + u->config->ue - 1) % (uint32_t)samples_count(u->samples));
}

static void fill_header(const struct ue *u, struct message_header *h, enum message_type type)
{
	const struct task_record *r = &u->task.record;
	*h = (struct message_header){.type = type,
				     .run = u->config->run_id,
				     .ue = u->config->ue,
				     .task = r->task,
				     .subtask = r->cut,
				     .batch = u->task.batch,
				     .deadline_ns = r->deadline_ns};
}

static int begin_task(struct ue *u, struct err *err)
{
	const struct ue_config *c = u->config;
	int64_t arrival = u->next_arrival_ns;
	task_begin(&u->task, &u->sizes, &c->device, c->tx_power_w, c->ue, ++u->drawn, arrival,
		   arrival + u->next.deadline_ns);
	u->task.record.sample = (uint32_t)sample_of(u);
	u->task.record.features = c->features;
	task_take_up(&u->task, &(struct task_radio){c->receive_power_w, c->idle_power_w}, clock_now_ns(),
		     airtimes(u));
	u->next_arrival_ns = TIME_NEVER;
	struct message_request request = {.arrival_ns = arrival,
					  .network_hash = u->network->hash,
					  .f_min_flops = c->device.f_min_flops,
					  .f_max_flops = c->device.f_max_flops,
					  .kappa = c->device.kappa,
					  .tx_power_w = c->tx_power_w};
	uint8_t body[MESSAGE_REQUEST_SIZE];
	message_put_request(body, &request);
	struct message_header h;
	fill_header(u, &h, MESSAGE_REQUEST);
	return stream_send(u->stream, &h, body, sizeof(body), NULL, 0, false, err);
}

static void close_task(struct ue *u, int64_t now)
{
	task_put_down(&u->task, clock_now_ns(), airtimes(u));
	if (channel_send(u->channel, CHANNEL_TASK, &u->task.record, sizeof(u->task.record)) < 0)
		u->stopping = true; // the supervisor is gone
	u->task.state = TASK_IDLE;
	draw_arrival(u, now);
}

// Held against what must come of the tensor that was sent, so that no encoding needs a tolerance of its own;
// the distance to the exact result says what the encoding cost.
static void check_result(const struct ue *u, struct task_record *r, const float *values)
{
	int64_t n = network_cut_values(u->network, u->network->n_subtasks);
	const float *exact = samples_result(u->samples, (int)r->sample), *expected = exact;
	if (r->cut < r->n_subtasks)
		expected = samples_split_result(u->samples, (int)r->sample, (int)r->cut, u->config->features);
	r->check_error = relative_error(values, expected, n);
	r->features_error = relative_error(values, exact, n);
	r->checked = r->check_error <= u->config->check_tolerance ? CHECK_EQUAL : CHECK_DIFFERS;
}

static int computed(struct ue *u, int64_t now, struct err *err)
{
	struct task_record *r = &u->task.record;
	if (!task_computed(&u->task, now, airtime(u))) {
		check_result(u, r, samples_local_result(u->samples, (int)r->sample));
		close_task(u, now);
		return 0;
	}
	int64_t bytes;
	const void *tensor =
	    samples_wire(u->samples, (int)r->sample, (int)r->cut, u->config->features, &bytes);
	struct message_header h;
	fill_header(u, &h, MESSAGE_TENSOR);
	h.features = r->cut > 0 ? u->config->features : FEATURES_FP32;
	return stream_send(u->stream, &h, NULL, 0, tensor, (size_t)bytes, true, err);
}

static int on_result(struct ue *u, const struct message_header *h, const uint8_t *body, int64_t now,
		     struct err *err)
{
	struct message_result result;
	int r = message_get_result(body, h->body, &result, err);
	if (r < 0)
		return r;
	int64_t n_values = network_cut_values(u->network, u->network->n_subtasks);
	if (result.n_values != n_values)
		return err_set(err, EPROTO, "the result has %u values: %s has %lld", result.n_values,
			       u->network->name, (long long)n_values);
	task_answered(&u->task, &result, now, airtime(u));
	if (result.computed) {
		float *values = malloc((size_t)n_values * sizeof(*values));
		if (!values)
			return err_set(err, ENOMEM, "no memory");
		memcpy(values, body + MESSAGE_RESULT_SIZE,
		       (size_t)n_values * sizeof(*values)); // little-endian host (x86, Arm)
		check_result(u, &u->task.record, values);
		free(values);
	}
	close_task(u, now);
	return 0;
}

static int on_message(struct ue *u, const struct message_header *h, const uint8_t *body, struct err *err)
{
	int64_t now = clock_now_ns();
	if (h->type == MESSAGE_ERROR)
		return err_set(err, EPROTO, "the edge says: %.*s", (int)h->body, (const char *)body);
	if (h->task != u->task.record.task)
		return err_set(err, EPROTO, "the edge answers task %u while task %u is open", h->task,
			       u->task.record.task);
	if (h->type == MESSAGE_PLAN && u->task.state == TASK_REQUESTED) {
		struct message_plan plan;
		int r = message_get_plan(body, h->body, &plan, err);
		u->task.batch = h->batch;
		return r < 0 ? r : task_planned(&u->task, &plan, now, err);
	}
	if (h->type == MESSAGE_RESULT && u->task.state == TASK_UPLOADED)
		return on_result(u, h, body, now, err);
	return err_set(err, EPROTO, "a %s message out of turn from the edge", message_type_name(h->type));
}

static int read_messages(struct ue *u, struct err *err)
{
	for (;;) {
		struct message_header h;
		const uint8_t *body;
		int r = stream_receive(u->stream, &h, &body, err);
		if (r <= 0)
			return r;
		r = on_message(u, &h, body, err);
		if (r < 0)
			return r;
	}
}

static void read_channel(struct ue *u)
{
	struct channel_message m;
	int r = channel_receive(u->channel, &m);
	if (r == 0 || (r == 1 && m.type == CHANNEL_STOP)) {
		u->stopping = true;
	} else if (r == 1 && CHANNEL_IS(&m, CHANNEL_START, sizeof(struct channel_start))) {
		struct channel_start start;
		memcpy(&start, m.body, sizeof(start));
		u->epoch_ns = start.epoch_ns;
		u->end_ns = start.end_ns;
		draw_arrival(u, u->epoch_ns);
		sender_start(u->sender, start.epoch_ns, start.end_ns);
	}
}

// When nothing more is to be done: the last datagrams need some time to arrive.
static int64_t quiet_ns(const struct ue *u)
{
	return u->end_ns + (u->sender ? s_to_ns(u->config->traffic.linger_s) : 0);
}

static int64_t next_deadline(const struct ue *u)
{
	int64_t next = u->task.state == TASK_COMPUTING ? u->task.compute_end_ns : TIME_NEVER;
	if (u->task.state == TASK_IDLE && u->next_arrival_ns < next)
		next = u->next_arrival_ns;
	int64_t datagram = sender_next_ns(u->sender);
	if (datagram < next)
		next = datagram;
	if (u->task.state == TASK_IDLE && next == TIME_NEVER && u->end_ns)
		return quiet_ns(u);
	if (u->end_ns && patience_ns(u) < next)
		next = patience_ns(u);
	return next;
}

static int wait_for_something(struct ue *u)
{
	struct pollfd fds[2] = {
	    {.fd = stream_fd(u->stream),
	     .events = (short)(POLLIN | (stream_wants_write(u->stream) ? POLLOUT : 0))},
	    {.fd = u->channel, .events = POLLIN},
	};
	int64_t next = next_deadline(u), left = next - clock_now_ns();
	if (left < 0)
		left = 0;
	struct timespec timeout = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
	int n = ppoll(fds, 2, next == TIME_NEVER ? NULL : &timeout, NULL);
	if (n < 0 && errno != EINTR)
		return -errno;
	if (n > 0 && fds[1].revents)
		read_channel(u);
	return n > 0 ? fds[0].revents : 0;
}

static bool finished(const struct ue *u, int64_t now)
{
	if (u->stopping)
		return true;
	if (!u->end_ns)
		return false;
	bool idle = u->task.state == TASK_IDLE && u->next_arrival_ns == TIME_NEVER;
	return (idle && now >= quiet_ns(u)) || now >= patience_ns(u);
}

static int step(struct ue *u, struct err *err)
{
	int events = wait_for_something(u);
	if (events < 0)
		return err_sys(err, -events, "waiting for the edge");
	int64_t now = clock_now_ns();
	int r = sender_send_due(u->sender, now, err);
	if (r == 0 && u->task.state == TASK_COMPUTING && now >= u->task.compute_end_ns)
		r = computed(u, now, err);
	if (r == 0 && (events & POLLOUT)) {
		r = stream_flush(u->stream);
		r = r < 0 ? err_sys(err, -r, "sending to the edge") : 0;
	}
	if (r == 0 && (events & (POLLIN | POLLHUP | POLLERR)))
		r = read_messages(u, err);
	if (r == 0 && u->task.state == TASK_IDLE && now >= u->next_arrival_ns && !u->stopping)
		r = begin_task(u, err);
	return r;
}

int ue_run(struct ue *u, struct err *err)
{
	int r = 0;
	priority_exact_timers();
	while (r == 0 && !finished(u, clock_now_ns()))
		r = step(u, err);
	if (u->task.state != TASK_IDLE) {
		task_abandon(&u->task, r < 0 ? TASK_FAILED : TASK_CUT_SHORT, clock_now_ns());
		close_task(u, clock_now_ns());
	}
	sender_report(u->sender, u->channel);
	return r;
}
