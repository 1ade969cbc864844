// SPDX-License-Identifier: BSD-3-Clause
#include "records/line_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct line_file {
	int fd;
	off_t whole_bytes; // in the file, all of them in whole lines
	char *tail;	   // [capacity] the line that has no end yet
	size_t n, capacity;
};

// All of it, or 0 with errno and the file as it was.
static bool append(struct line_file *f, const char *bytes, size_t n)
{
	size_t done = 0;
	while (done < n) {
		ssize_t r = write(f->fd, bytes + done, n - done);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			int code = r < 0 ? errno : ENOSPC;
			// Of what is there now, whole lines can stay.
			while (done > 0 && bytes[done - 1] != '\n')
				done--;
			f->whole_bytes += (off_t)done;
			if (ftruncate(f->fd, f->whole_bytes) < 0 ||
			    lseek(f->fd, f->whole_bytes, SEEK_SET) < 0)
				code = errno;
			errno = code;
			return false;
		}
		done += (size_t)r;
	}
	f->whole_bytes += (off_t)n;
	return true;
}

static bool keep(struct line_file *f, const char *bytes, size_t n)
{
	if (f->n + n > f->capacity) {
		size_t capacity = 2 * (f->n + n);
		char *more = realloc(f->tail, capacity);
		if (!more)
			return false;
		f->tail = more;
		f->capacity = capacity;
	}
	if (n > 0)
		memcpy(f->tail + f->n, bytes, n);
	f->n += n;
	return true;
}

static ssize_t write_lines(void *cookie, const char *bytes, size_t size)
{
	struct line_file *f = cookie;
	const char *feed = memrchr(bytes, '\n', size);
	size_t ended = feed ? (size_t)(feed - bytes) + 1 : 0;
	// What began before goes out with its end, in one write.
	if (f->n > 0 && ended > 0) {
		size_t first = (size_t)((const char *)memchr(bytes, '\n', size) - bytes) + 1;
		bool ok = keep(f, bytes, first) && append(f, f->tail, f->n);
		f->n = 0;
		if (!ok || (ended > first && !append(f, bytes + first, ended - first)))
			return 0;
	} else if (ended > 0 && !append(f, bytes, ended)) {
		return 0;
	}
	return keep(f, bytes + ended, size - ended) ? (ssize_t)size : 0;
}

static int close_file(void *cookie)
{
	struct line_file *f = cookie;
	bool ok = f->n == 0 || append(f, f->tail, f->n);
	int code = ok ? 0 : errno;
	if (close(f->fd) < 0 && code == 0)
		code = errno;
	free(f->tail);
	free(f);
	errno = code;
	return code ? -1 : 0;
}

FILE *line_file_open(const char *path, struct err *err)
{
	struct line_file *f = calloc(1, sizeof(*f));
	if (!f) {
		err_set(err, ENOMEM, "no memory to write %s", path);
		return NULL;
	}
	f->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (f->fd < 0) {
		err_sys(err, errno, "cannot write %s", path);
		free(f);
		return NULL;
	}
	FILE *stream =
	    fopencookie(f, "w", (cookie_io_functions_t){.write = write_lines, .close = close_file});
	if (!stream) {
		err_set(err, ENOMEM, "no memory to write %s", path);
		close_file(f);
	}
	return stream;
}
