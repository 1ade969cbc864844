// SPDX-License-Identifier: BSD-3-Clause
// airbatch-edge: the batching edge server. Started by `airbatch run` in the edge's namespace.

#include <stddef.h>

#include "base/child.h"
#include "setup/edge_config.h"
#include "edge/process/server.h"

static int serve(const char *path, int channel, struct err *err)
{
	struct edge_config config;
	struct server *server = NULL;
	int r = edge_config_load(&config, path, err);
	if (r < 0)
		return r;
	r = server_open(&server, &config, channel, err);
	r = r < 0 ? r : child_ready(channel, err);
	r = r < 0 ? r : server_run(server, err);
	if (r < 0)
		child_failed(channel, err); // the UEs' lost connections are its consequence
	server_close(server);
	edge_config_free(&config);
	return r;
}

int main(int argc, char **argv)
{
	return child_main(
	    argc, argv, "airbatch-edge",
	    "The edge: takes requests, plans rounds with the policy, batches equal sub-tasks as planned, "
	    "returns results. `airbatch run` starts it.",
	    serve);
}
