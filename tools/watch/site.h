// SPDX-License-Identifier: BSD-3-Clause
// The pages of `airbatch serve`, over HTTP:
//   /               the page: one file that needs nothing else
//   /snapshot.json  {"run": the run now (records/watch/run_snapshot.h), "ended": ..., "error": why no more is
//                   known or null, "problem": what is damaged or null, "directory": ...}
//   /history.json   its course (records/watch/history.h)
// Read-only; everything else is refused, and so is whoever asks by a foreign name (tools/watch/host.h). One
// thread serves all; the run is asked five times a second at most, however many look on.
#pragma once

#include "tools/watch/source.h"

struct site;

// listener: a listening socket, the site's from then on. source must outlive the site, which alone uses it.
// NULL with a sentence.
struct site *site_start(int listener, struct run_source *source, struct err *err);
void site_stop(struct site *s); // answers what has begun, closes the socket, frees
