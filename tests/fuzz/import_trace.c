// SPDX-License-Identifier: BSD-3-Clause
// Traces of others: each input goes to every importer, and what one of them understands is written in each
// form that its values have.
#include "fuzz.h"
#include "tools/import_trace/write.h"

static void write_all(const struct samples *s, enum sample_kind kind)
{
	bool rates = kind == SAMPLES_RATE_FROM || kind == SAMPLES_RATE_UNTIL;
	struct trace_output o = {.start_ns = s->at[0].ns};
	struct trace_written written;
	struct err err;
	for (int form = rates ? FORM_LINK : FORM_GAIN; form <= (rates ? FORM_DELIVERY : FORM_WAYPOINTS);
	     form++) {
		FILE *out = fopen("/dev/null", "w");
		if (!out)
			return;
		o.form = (enum trace_form)form;
		trace_write(out, s, kind, &o, &written, &err);
		fclose(out);
	}
}

static void run(const struct importer *importer, const char *path, const struct import_options *o)
{
	struct samples s = {0};
	enum sample_kind kind;
	struct err err;
	if (importer->read(&s, &kind, path, o, &err) == 0 && s.n > 0) {
		samples_sort(&s);
		// Long deliveries take their time and show nothing new.
		double most_bits = 0;
		for (size_t i = 0; i < s.n; i++)
			most_bits +=
			    s.at[i].value[0] * 1e-9 * (double)(s.at[s.n - 1].ns - s.at[0].ns + 1000000000);
		if (most_bits < 1e9)
			write_all(&s, kind);
		samples_start_at(&s, s.n_nodes, s.at[s.n / 2].ns, kind == SAMPLES_PLACE, &err);
	}
	samples_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct import_options o = {.time = "time",
				   .rate = "rate",
				   .ue = "ue",
				   .time_unit_s = 1,
				   .rate_unit_bits = 1e6,
				   .mean_gain_db = -90,
				   .ues = 2};
	for (const struct importer *i = importers; i->name; i++)
		run(i, path, &o);
	o = (struct import_options){
	    .time = "#1", .rsrp = "#2", .time_unit_s = 1e-3, .separator = ' ', .blocks = 2, .ues = 1};
	run(importer_find("csv"), path, &o);
	run(importer_find("fad"), path, &o);
	return 0;
}
