// SPDX-License-Identifier: BSD-3-Clause
#include "tools/import_trace/importer.h"

#include <stddef.h>
#include <string.h>

const struct importer importers[] = {
    {"csv", "a table with a time column and one of rates, gains, losses or RSRP: drive tests, loggers",
     import_csv},
    {"pensieve", "lines of seconds and Mbit/s, as of Pensieve's cooked traces", import_pensieve},
    {"bonnmotion", "BonnMotion's movements: a line a node, of time, x, y (and z)", import_bonnmotion},
    {"ns2", "ns-2's movements: $node_(0) set X_ .., $ns_ at .. setdest ..", import_ns2},
    {"sumo", "SUMO's floating car data (XML)", import_sumo},
    {"fad", "ns-3's fading traces (.fad), around a mean gain", import_fad},
    {0},
};

const struct importer *importer_find(const char *name)
{
	for (const struct importer *i = importers; i->name; i++)
		if (strcmp(i->name, name) == 0)
			return i;
	return NULL;
}
