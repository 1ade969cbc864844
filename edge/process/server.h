// SPDX-License-Identifier: BSD-3-Clause
// The edge process: the host of edge/desk with connections, a worker, meters and a supervisor. One loop, one
// worker.
#pragma once

#include "edge/desk/config.h"

struct server;

// Loads networks, profiles and executors, prepares batches, listens. channel_fd: the supervisor's channel.
int server_open(struct server **out, const struct edge_config *config, int channel_fd, struct err *err);
void server_close(struct server *s);

// Lives until STOP (the batches under way are finished first, what else is planned is dropped) or until the
// supervisor is gone.
int server_run(struct server *s, struct err *err);
