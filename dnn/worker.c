// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/priority.h"

struct queue {
	struct worker_job *first, **last;
};

struct worker {
	pthread_mutex_t lock; // of what follows, but for done
	pthread_cond_t go;    // a job waits, or it is time to quit
	struct queue waiting, ended;
	bool quit;
	struct worker_times times;
	int done; // eventfd: jobs have ended
	bool started;
	pthread_t thread;
};

static void put(struct queue *q, struct worker_job *job)
{
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
}

static struct worker_job *take(struct queue *q)
{
	struct worker_job *job = q->first;
	if (!job)
		return NULL;
	q->first = job->next;
	if (!q->first)
		q->last = &q->first;
	return job;
}

static void signal_event(int fd)
{
	uint64_t one = 1;
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

// NULL when it is time to quit.
static struct worker_job *wait_for_job(struct worker *w)
{
	struct worker_job *job = NULL;
	pthread_mutex_lock(&w->lock);
	while (!w->quit && !(job = take(&w->waiting)))
		pthread_cond_wait(&w->go, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return job;
}

static struct worker_times thread_times(void)
{
	struct timespec t;
	struct rusage usage;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	getrusage(RUSAGE_THREAD, &usage);
	return (struct worker_times){clock_now_ns(), (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec,
				     usage.ru_nivcsw};
}

// From taking the job to having handed it back; the wake-up of whoever waits for it comes after.
static void do_job(struct worker *w, struct worker_job *job)
{
	struct worker_times since = thread_times();
	job->result = executor_run_block(job->executor, job->subtask, job->batch, job->in, job->out,
					 &job->leavers, &job->run_ns, &job->err);
	job->end_ns = clock_now_ns();
	pthread_mutex_lock(&w->lock);
	put(&w->ended, job);
	struct worker_times now = thread_times();
	w->times.busy_ns += now.busy_ns - since.busy_ns;
	w->times.cpu_ns += now.cpu_ns - since.cpu_ns;
	w->times.preempted += now.preempted - since.preempted;
	pthread_mutex_unlock(&w->lock);
	signal_event(w->done);
}

static void *work(void *argument)
{
	struct worker *w = argument;
	struct worker_job *job;
	struct priority_turns turns;
	priority_turns_begin(&turns, PRIORITY_WORK, clock_now_ns());
	for (int64_t since = clock_now_ns(); (job = wait_for_job(w)); since = clock_now_ns()) {
		priority_turns_slept(&turns, since, clock_now_ns());
		do_job(w, job);
	}
	return NULL;
}

struct worker_times worker_times(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	struct worker_times times = w->times;
	pthread_mutex_unlock(&w->lock);
	return times;
}

int worker_start(struct worker **out, struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, ENOMEM, "no memory");
	w->waiting.last = &w->waiting.first;
	w->ended.last = &w->ended.first;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->go, NULL);
	w->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int code = w->done < 0 ? errno : pthread_create(&w->thread, NULL, work, w);
	w->started = code == 0;
	if (code) {
		worker_stop(w);
		return err_sys(err, code, "cannot start the batch worker's thread");
	}
	*out = w;
	return 0;
}

void worker_stop(struct worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	pthread_cond_signal(&w->go);
	pthread_mutex_unlock(&w->lock);
	if (w->started)
		pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->go);
	pthread_mutex_destroy(&w->lock);
	if (w->done >= 0)
		close(w->done);
	free(w);
}

int worker_fd(const struct worker *w)
{
	return w->done;
}

void worker_submit(struct worker *w, struct worker_job *job)
{
	pthread_mutex_lock(&w->lock);
	put(&w->waiting, job);
	pthread_cond_signal(&w->go);
	pthread_mutex_unlock(&w->lock);
}

struct worker_job *worker_finished(struct worker *w)
{
	uint64_t count;
	pthread_mutex_lock(&w->lock);
	// Cleared first: what ends from here on signals again.
	if (read(w->done, &count, sizeof(count)) < 0)
		count = 0;
	struct worker_job *job = take(&w->ended);
	pthread_mutex_unlock(&w->lock);
	return job;
}
