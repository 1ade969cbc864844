// SPDX-License-Identifier: BSD-3-Clause
// The processes of one run: start, watch, end. Nothing of it survives supervisor_close.
#pragma once

#include <signal.h>
#include "emu/netns/testbed.h"
#include "emu/supervisor/child.h"
#include "records/results/results.h"
#include "setup/configs.h"

struct supervisor;

// Starts shaper, edge, then UEs, and waits until all are ready. Blocks SIGINT and SIGTERM and takes them from
// then on. net: the namespaces that they live in; must outlive it, as run and results.
int supervisor_open(struct supervisor **out, const struct prepared_run *run, const struct testbed_net *net,
		    struct results *results, struct err *err);

// Gives the start signal and watches until every UE is done, then ends edge and shaper. 0; -EINTR after
// SIGINT/SIGTERM (ended cleanly); another negative errno with a sentence when a child failed.
int supervisor_run(struct supervisor *s, struct err *err);

void supervisor_close(struct supervisor *s);
