// SPDX-License-Identifier: BSD-3-Clause
#include "records/timeline/events.h"

#include <stdarg.h>

static double us(const struct events *e, int64_t at_ns)
{
	return (double)(at_ns - e->zero_ns) / 1e3;
}

static void begin(struct events *e)
{
	fputs(e->n++ ? ",\n" : "\n", e->file);
}

static void write_args(struct events *e, const char *args, va_list values)
{
	fputs(",\"args\":{", e->file);
	vfprintf(e->file, args, values);
	fputs("}}", e->file);
}

void events_open(struct events *e, FILE *file, const char *source)
{
	*e = (struct events){.file = file};
	fprintf(file, "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"source\":\"%s\"},\"traceEvents\":[",
		source);
}

void events_close(struct events *e)
{
	fputs("\n]}\n", e->file);
}

void events_name_process(struct events *e, uint32_t process, const char *name)
{
	begin(e);
	fprintf(e->file, "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%u,\"args\":{\"name\":\"%s\"}},\n",
		process, name);
	fprintf(e->file,
		"{\"ph\":\"M\",\"name\":\"process_sort_index\",\"pid\":%u,\"args\":{\"sort_index\":%u}}",
		process, process);
	e->n++;
}

void events_name_track(struct events *e, struct track track, const char *name)
{
	begin(e);
	fprintf(e->file,
		"{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%u,\"tid\":%u,\"args\":{\"name\":\"%s\"}}",
		track.process, track.thread, name);
}

void events_slice(struct events *e, struct track track, const char *name, int64_t start_ns, int64_t end_ns,
		  const char *args, ...)
{
	va_list values;
	begin(e);
	fprintf(e->file, "{\"ph\":\"X\",\"name\":\"%s\",\"pid\":%u,\"tid\":%u,\"ts\":%.3f,\"dur\":%.3f", name,
		track.process, track.thread, us(e, start_ns), (double)(end_ns - start_ns) / 1e3);
	va_start(values, args);
	write_args(e, args, values);
	va_end(values);
}

static void async_head(struct events *e, char phase, struct track track, const char *name, uint64_t id,
		       int64_t at_ns)
{
	begin(e);
	fprintf(e->file,
		"{\"ph\":\"%c\",\"cat\":\"airbatch\",\"name\":\"%s\",\"id\":%llu,\"pid\":%u,\"tid\":%u,"
		"\"ts\":%.3f",
		phase, name, (unsigned long long)id, track.process, track.thread, us(e, at_ns));
}

void events_async(struct events *e, struct track track, const char *name, uint64_t id, int64_t start_ns,
		  int64_t end_ns, const char *args, ...)
{
	va_list values;
	async_head(e, 'b', track, name, id, start_ns);
	va_start(values, args);
	write_args(e, args, values);
	va_end(values);
	async_head(e, 'e', track, name, id, end_ns);
	fputc('}', e->file);
}

void events_instant(struct events *e, struct track track, const char *name, int64_t at_ns, const char *args,
		    ...)
{
	va_list values;
	begin(e);
	fprintf(e->file, "{\"ph\":\"i\",\"s\":\"t\",\"name\":\"%s\",\"pid\":%u,\"tid\":%u,\"ts\":%.3f", name,
		track.process, track.thread, us(e, at_ns));
	va_start(values, args);
	write_args(e, args, values);
	va_end(values);
}

void events_counter(struct events *e, uint32_t process, const char *name, int64_t at_ns, const char *args,
		    ...)
{
	va_list values;
	begin(e);
	fprintf(e->file, "{\"ph\":\"C\",\"name\":\"%s\",\"pid\":%u,\"ts\":%.3f", name, process, us(e, at_ns));
	va_start(values, args);
	write_args(e, args, values);
	va_end(values);
}

void events_flow(struct events *e, enum flow_point point, struct track track, uint64_t id, int64_t at_ns)
{
	static const char phases[] = {'s', 't', 'f'};
	begin(e);
	fprintf(e->file,
		"{\"ph\":\"%c\",\"cat\":\"task\",\"name\":\"task\",\"id\":%llu,\"pid\":%u,\"tid\":%u,\"ts\":%"
		".3f%s}",
		phases[point], (unsigned long long)id, track.process, track.thread, us(e, at_ns),
		point == FLOW_END ? ",\"bp\":\"e\"" : "");
}
