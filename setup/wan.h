// SPDX-License-Identifier: BSD-3-Clause
// The ways between the edge and further servers: each is a flow of its own in each direction, with a fixed
// rate, a delay, jitter and loss. They are a cell of their own (mac/cell.h), whose "UEs" are the servers in
// the topology's order and whose uplink leads away from the edge.
#pragma once

#include "edge/desk/config.h"
#include "mac/cell.h"
#include "setup/topology/topology.h"

// NULL with errno and a sentence. The caller frees it with cell_free. Its time starts at 0; there are
// servers.
struct cell *wan_new(const struct topology *t, struct err *err);

// What the edge knows of a server: its cores, and what its WAN gives a stream (mac/goodput.h).
struct edge_server wan_server_of(const struct topology_server *server);
