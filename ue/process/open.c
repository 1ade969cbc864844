// SPDX-License-Identifier: BSD-3-Clause
#include "ue/process/ue_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"

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

// The first message of the connection: who speaks.
static int say_hello(struct ue *u, struct err *err)
{
	struct message_hello hello;
	uint8_t body[MESSAGE_HELLO_SIZE];
	struct message_header h = {.type = MESSAGE_HELLO, .run = u->config->run_id, .ue = u->config->ue};
	int r = child_secrets(u->channel, &hello.secret, 1, err);
	message_put_hello(body, &hello);
	return r < 0 ? r : stream_send(u->stream, &h, body, sizeof(body), NULL, 0, false, err);
}

static int take_sizes(struct ue *u, struct err *err)
{
	int n = u->network->n_subtasks;
	double *work = calloc((size_t)n * 3 + 2, sizeof(*work)); // tensors fit a row of doubles
	if (!work)
		return err_set(err, ENOMEM, "no memory");
	double *bits = work + n;
	uint8_t *tensors = (uint8_t *)(bits + n + 1);
	for (int i = 0; i < n; i++)
		work[i] = network_work_flop(u->network, i);
	for (int i = 0; i <= n; i++)
		bits[i] = 8 * (double)features_cut_bytes(u->network, i, u->config->features);
	for (int i = 0; i <= n; i++)
		tensors[i] = (uint8_t)features_table_rows(u->network, i);
	u->sizes =
	    (struct task_network){.n_subtasks = n, .work_flop = work, .cut_bits = bits, .tensors = tensors};
	return 0;
}

static int take_classes(struct ue *u, struct err *err)
{
	int n = samples_count(u->samples);
	if (samples_class_of(u->samples, 0) < 0)
		return 0;
	u->classes = malloc((size_t)n * sizeof(*u->classes));
	if (!u->classes)
		return err_set(err, ENOMEM, "no memory");
	for (int i = 0; i < n; i++)
		u->classes[i] = samples_class_of(u->samples, i);
	return 0;
}

static int open_life(struct ue *u, struct err *err)
{
	struct life_config config = ue_life_config(u->config);
	config.n_samples = (uint32_t)samples_count(u->samples);
	config.network = &u->sizes;
	config.network_hash = u->network->hash;
	config.result_values = network_cut_values(u->network, u->network->n_subtasks);
	return life_open(&u->life, &config, err);
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
	int r = network_outline(&u->network, config->network, config->weight_seed, err);
	r = r < 0 ? r : take_sizes(u, err);
	r = r < 0 ? r : samples_open(&u->samples, config->samples, u->network, err);
	r = r < 0 ? r : take_classes(u, err);
	if (r == 0) {
		u->counters = counters_open(config->counters, err);
		r = u->counters ? 0 : -errno;
	}
	if (r == 0 && (config->ue < 1 || config->ue > counters_n_ues(u->counters)))
		r = err_set(err, EINVAL, "%s has ue1 to ue%u: ue%u is not one of them", config->counters,
			    counters_n_ues(u->counters), config->ue);
	r = r < 0 ? r : connect_to_edge(u, err);
	r = r < 0 ? r : say_hello(u, err);
	r = r < 0 ? r : sender_open(&u->sender, config, err);
	r = r < 0 ? r : open_life(u, err);
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
	life_close(&u->life);
	free((void *)u->sizes.work_flop);
	free(u->classes);
	free(u);
}
