// SPDX-License-Identifier: BSD-3-Clause
#include "edge/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

struct worker {
	pthread_t thread;
	int go, done; // eventfds: a job is there, a job has ended
	_Atomic(struct worker_job *) job;
	atomic_bool quit;
};

static void signal_event(int fd)
{
	uint64_t one = 1;
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void wait_event(int fd)
{
	uint64_t count;
	while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}

static void *work(void *argument)
{
	struct worker *w = argument;
	for (;;) {
		wait_event(w->go);
		if (atomic_load(&w->quit))
			return NULL;
		struct worker_job *job = atomic_load(&w->job);
		job->start_ns = clock_now_ns();
		job->result = executor_run(job->executor, job->subtask, job->batch, job->in, job->out, &job->run_ns, &job->err);
		job->end_ns = clock_now_ns();
		signal_event(w->done);
	}
}

int worker_start(struct worker **out, struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, ENOMEM, "no memory");
	w->go = eventfd(0, EFD_CLOEXEC);
	w->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int code = w->go < 0 || w->done < 0 ? errno : pthread_create(&w->thread, NULL, work, w);
	if (code) {
		close(w->go);
		close(w->done);
		free(w);
		return err_sys(err, code, "cannot start the batch worker");
	}
	*out = w;
	return 0;
}

void worker_stop(struct worker *w)
{
	if (!w)
		return;
	atomic_store(&w->quit, true);
	signal_event(w->go);
	pthread_join(w->thread, NULL);
	close(w->go);
	close(w->done);
	free(w);
}

int worker_fd(const struct worker *w)
{
	return w->done;
}

void worker_submit(struct worker *w, struct worker_job *job)
{
	atomic_store(&w->job, job);
	signal_event(w->go);
}

struct worker_job *worker_finished(struct worker *w)
{
	uint64_t count;
	if (read(w->done, &count, sizeof(count)) < 0)
		return NULL;
	return atomic_load(&w->job);
}
