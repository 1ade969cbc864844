// SPDX-License-Identifier: BSD-3-Clause
// The control socket of a running run: DIR/control, a Unix stream of JSON lines. Each line is a request, each
// answer one line: {"ok": true, ...} or {"error": "sentence"}. `airbatch set` is only a client of it; `socat
// - UNIX:DIR/control` is another.
//   {"set": {"ue3.gain": "-95dB", "cell.bandwidth": "5MHz"}}     change links while they run
//   (emu/supervisor/live_key.h)
//   {"get": "progress"}                                          the run now, as a whole
//   (records/watch/run_snapshot.h)
//   {"get": "processes"}                                         process ids of shaper, edge, ue1, ...
// A simulation answers the second alone.
#pragma once

#include <jansson.h>
#include "base/err.h"

struct control;

// Answers one request (borrowed); returns the answer (a new reference) or NULL with a sentence in err.
typedef json_t *(*control_handler)(const json_t *request, void *user, struct err *err);

int control_open(struct control **out, const char *directory, control_handler handler, void *user,
		 struct err *err);
void control_close(struct control *c); // removes the socket

// Readable when there is something to do; then call control_serve.
int control_fd(const struct control *c);
void control_serve(struct control *c);

// The client: sends one request to the run in `directory`, returns its answer (new reference) or NULL with a
// sentence (also when the answer is an error).
json_t *control_ask(const char *directory, const json_t *request, struct err *err);
