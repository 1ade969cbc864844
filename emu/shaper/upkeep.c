// SPDX-License-Identifier: BSD-3-Clause
// What the loop does beside packets: counters, records, accuracy.
#include "base/wall.h"
#include "emu/shaper/shaper.h"
#include "mac/link_record.h"

void upkeep_counters(struct shaper *shaper, uint32_t ue, enum link_dir dir, int64_t now)
{
	struct link_counters values;
	if (!shaper->counters)
		return;
	cell_read_counters(shaper->cell, ue, dir, now, &values);
	counters_store(shaper->counters, ue, dir, &values, shaper->presence[ue * LINK_DIRS + dir].total_ns);
}

static uint64_t send_errors(const struct shaper *shaper)
{
	return port_send_errors(&shaper->ports.trunk) + port_send_errors(&shaper->ports.edge);
}

static uint64_t new_ring_drops(struct shaper *shaper)
{
	return port_ring_drops(&shaper->ports.trunk) + port_ring_drops(&shaper->ports.edge);
}

void upkeep_begin_accuracy(struct shaper *shaper, int64_t now)
{
	accuracy_begin(&shaper->accuracy, now);
	shaper->wall_offset_ns = wall_offset_ns();
	new_ring_drops(shaper);
	shaper->send_errors_before = send_errors(shaper);
}

static void fill_links(struct shaper *shaper, int64_t now, struct dispatch *dispatch)
{
	for (uint32_t i = 0; i < dispatch->n_ues; i++)
		link_record_read(&dispatch->links[dispatch->n_stamps + i], shaper->cell,
				 dispatch->first_ue + i, now, dispatch->impairments[dispatch->n_stamps + i]);
}

static void fill_accuracy(struct shaper *shaper, struct accuracy *out)
{
	shaper->accuracy.rx_ring_drops += new_ring_drops(shaper);
	*out = shaper->accuracy;
	out->tx_failures += send_errors(shaper) - shaper->send_errors_before;
}

static void store_all_counters(struct shaper *shaper, int64_t now)
{
	for (uint32_t ue = 0; shaper->counters && ue < shaper->config->n_ues; ue++) {
		upkeep_counters(shaper, ue, LINK_UP, now);
		upkeep_counters(shaper, ue, LINK_DOWN, now);
	}
}

// The links of one UE, or of LIVE_ALL_UES.
static void fill_dispatch(struct shaper *shaper, uint32_t ue, int64_t now, bool with_accuracy, bool final,
			  struct dispatch *dispatch)
{
	dispatch->first_ue = ue == LIVE_ALL_UES ? 0 : ue;
	dispatch->n_ues = ue == LIVE_ALL_UES ? shaper->config->n_ues : 1;
	dispatch->t_ns = now;
	dispatch->cpu_ns = accuracy_cpu_ns();
	dispatch->with_accuracy = with_accuracy;
	dispatch->final = final;
	if (dispatch->links) {
		stamps_move(shaper, dispatch);
		fill_links(shaper, now, dispatch);
	}
	if (with_accuracy)
		fill_accuracy(shaper, &dispatch->accuracy);
}

void upkeep(struct shaper *shaper, int64_t now, bool with_accuracy)
{
	shaper->wall_offset_ns = wall_offset_ns(); // the wall clock may be set while a run lives
	store_all_counters(shaper, now);
	struct dispatch *dispatch = shaper->dispatcher ? dispatcher_take(shaper->dispatcher, false) : NULL;
	if (!dispatch)
		return; // no supervisor, or it is behind and gets the totals with the next record
	fill_dispatch(shaper, LIVE_ALL_UES, now, with_accuracy, false, dispatch);
	dispatcher_hand_over(shaper->dispatcher);
}

// The record goes out even when the supervisor is behind: it says from when on the change holds.
static void dispatch_change(struct shaper *shaper, uint32_t ue, int64_t now)
{
	struct dispatch *dispatch = dispatcher_take(shaper->dispatcher, true);
	fill_dispatch(shaper, ue, now, false, false, dispatch);
	dispatcher_hand_over(shaper->dispatcher);
}

void upkeep_change(struct shaper *shaper, const struct live_setting *setting)
{
	struct err err;
	int64_t now = clock_now_ns();
	if (assembly_change(shaper->assembly, setting, now, &err) < 0)
		orders_note(&shaper->orders, err.text);
	else if (shaper->dispatcher)
		dispatch_change(shaper, setting->ue, now);
}

void upkeep_finish(struct shaper *shaper, int64_t now)
{
	store_all_counters(shaper, now);
	if (shaper->dispatcher) {
		fill_dispatch(shaper, LIVE_ALL_UES, now, true, true,
			      dispatcher_take(shaper->dispatcher, true));
		dispatcher_hand_over(shaper->dispatcher);
		return;
	}
	struct dispatch last = {.links = NULL};
	struct accuracy_record record;
	fill_dispatch(shaper, LIVE_ALL_UES, now, true, true, &last);
	dispatch_accuracy(&shaper->facts, &last, &record);
	accuracy_print(stdout, &record);
}
