// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/record.h"

#include "base/clock.h"
#include "mac/link_record.h"

const char *const edge_refusal_names[EDGE_REFUSALS] = {[REFUSED_FOREIGN] = "foreign",
						       [REFUSED_CROWD] = "crowd",
						       [REFUSED_EXCLUDED] = "excluded",
						       [REFUSED_MALFORMED] = "malformed",
						       [REFUSED_UNKNOWN] = "unknown",
						       [REFUSED_IMPOSTOR] = "impostor",
						       [REFUSED_SECOND] = "second",
						       [REFUSED_FIGURES] = "figures",
						       [REFUSED_TIME] = "time",
						       [REFUSED_ORDER] = "order",
						       [REFUSED_BACKLOG] = "backlog",
						       [REFUSED_DATAGRAM] = "datagram",
						       [REFUSED_FOREIGN_DATAGRAM] = "foreign_datagram"};

const char *batch_reason_name(enum batch_reason reason)
{
	static const char *const names[] = {"planned", "busy",	"waited",   "left", "straggler", "full",
					    "drained", "timer", "deadline", "late", "ready",	 "turn"};
	return names[reason];
}

static double ms(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

int batch_csv_header(FILE *f)
{
	return columns_csv_header(f, batch_columns);
}

int batch_csv_row(FILE *f, const struct batch_record *r, int64_t epoch_ns)
{
	fprintf(f, "%u,%u,%u,%d,%s,%u,%u,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%u,%.6g,%.6f,%.6f,%u,%.6f,%.6g,",
		r->batch, r->network, r->subtask, (int)r->group,
		batch_reason_name((enum batch_reason)r->reason), r->planned_members, r->n_members,
		ms(r->planned_start_ns - epoch_ns), ms(r->planned_duration_ns), ms(r->start_ns - epoch_ns),
		ms(r->end_ns - epoch_ns), ms(r->run_ns), ms(r->first_input_ns - epoch_ns),
		ms(r->last_input_ns - epoch_ns), r->gpu_shares, r->edge_freq, ms(r->profile_ns),
		ms(r->profile_p95_ns), r->replayed, ms(r->noticed_ns - epoch_ns), r->drift);
	for (uint32_t i = 0; i < r->n_members; i++)
		fprintf(f, "%sue%u:%u", i ? " " : "", r->member[i].ue, r->member[i].task);
	return fprintf(f, ",%u,%u,%.3f,%.6g,%u\n", r->exit, r->n_leaving, r->hertz, r->accuracy, r->server);
}

int member_csv_header(FILE *f)
{
	return columns_csv_header(f, member_columns);
}

int member_csv_rows(FILE *f, const struct batch_record *r)
{
	int n = 0;
	for (uint32_t i = 0; i < r->n_members && n >= 0; i++)
		n = fprintf(f, "%u,%u,%u,%u,%u,%u,%u\n", r->batch, r->member[i].ue, r->member[i].task,
			    r->member[i].round, r->network, r->subtask, r->member[i].exit);
	return n;
}

int round_csv_header(FILE *f)
{
	return columns_csv_header(f, round_columns);
}

int round_csv_row(FILE *f, const struct round_record *r, int64_t epoch_ns)
{
	return fprintf(f, "%u,%.6f,%.3f,%u,%u,%u,%u,%.3f,%.6g\n", r->round, ms(r->at_ns - epoch_ns),
		       (double)r->took_ns / NS_PER_US, r->n_requests, r->n_promised, r->n_batches,
		       r->n_admitted, r->hertz, r->accuracy);
}

int decision_csv_header(FILE *f)
{
	return columns_csv_header(f, decision_columns);
}

int decision_csv_row(FILE *f, const struct decision_record *r, int64_t epoch_ns)
{
	static const char *const choices[] = {"wait", "local", "call"};
	fprintf(f, "%.6f,%s,%.6f,", ms(r->slot_ns - epoch_ns), choices[r->verdict < 3 ? r->verdict : 0],
		1e3 * r->threshold_s);
	if (r->has_action)
		fprintf(f, "%.9g,%.9g", (double)r->action[0], (double)r->action[1]);
	else
		fputs(",", f);
	fprintf(f, ",%u,%u,%u,%u,%.6f,%.3f,%016llx,", r->pending, r->local, r->call, r->forced,
		ms(r->gpu_left_ns), (double)r->decide_ns / NS_PER_US,
		(unsigned long long)r->observation_hash);
	for (uint32_t i = 0; i < r->n_observation; i++)
		fprintf(f, "%s%.9g", i ? " " : "", (double)r->observation[i]);
	return fputs("\n", f);
}

struct radio_record radio_record_of(const struct link_record *link)
{
	return (struct radio_record){.ue = link->ue,
				     .uplink_bps = link->goodput_bps[LINK_UP],
				     .downlink_bps = link->goodput_bps[LINK_DOWN],
				     .uplink_delay_s = link->way_s[LINK_UP],
				     .downlink_delay_s = link->way_s[LINK_DOWN]};
}
