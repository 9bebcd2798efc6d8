// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of a script. Each runs in a thread of its own, so that packets are taken while it lasts,
 * and a call that blocks against the script's will is noticed. The thread does nothing but the call.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run.h"
#include "uapi/tcpxx.h"

#define TRANSFER_MAX	(64 << 20)

static const struct argument *argument(const struct job *job, int number)
{
	return &job->event->call.argument[number];
}

static int number(const struct job *job, int place) { return argument(job, place)->number; }

/* --- the calls; each argument that is an address or data is in the job's buffer --- */

static long do_socket(struct job *j) { return socket(j->fd, number(j, 1) | SOCK_CLOEXEC, number(j, 2)); }
static long do_bind(struct job *j) { return bind(j->fd, (struct sockaddr *)j->buffer, j->size); }
static long do_connect(struct job *j) { return connect(j->fd, (struct sockaddr *)j->buffer, j->size); }
static long do_listen(struct job *j) { return listen(j->fd, number(j, 1)); }
static long do_accept(struct job *j) { return accept4(j->fd, NULL, NULL, SOCK_CLOEXEC); }
static long do_shutdown(struct job *j) { return shutdown(j->fd, number(j, 1)); }
static long do_close(struct job *j) { return close(j->fd); }
static long do_read(struct job *j) { return read(j->fd, j->buffer, j->size); }
static long do_write(struct job *j) { return write(j->fd, j->buffer, j->size); }
static long do_recv(struct job *j) { return recv(j->fd, j->buffer, j->size, number(j, 3)); }
static long do_send(struct job *j) { return send(j->fd, j->buffer, j->size, number(j, 3)); }
static long do_sendto(struct job *j)
{
	return sendto(j->fd, j->buffer, j->size, number(j, 3), (struct sockaddr *)&j->to, sizeof(j->to));
}
static long do_fcntl(struct job *j) { return fcntl(j->fd, number(j, 1), number(j, 2)); }

static long do_setsockopt(struct job *j)
{
	return setsockopt(j->fd, number(j, 1), number(j, 2), j->buffer, j->size);
}

static long do_getsockopt(struct job *j)
{
	socklen_t size = j->size;

	return getsockopt(j->fd, number(j, 1), number(j, 2), j->buffer, &size);
}

static long do_poll(struct job *j)
{
	return poll((struct pollfd *)j->buffer, argument(j, 0)->polls, number(j, 2));
}

/*
 * Each letter is an argument: d descriptor, n number, s size of data, a address or "...", . "...",
 * l list, p poll entries; behind a "-" come those that may be left out.
 */
static const struct call_kind {
	const char *name, *arguments;
	long (*run)(struct job *job);
} kinds[] = {
	{ "socket", ".nn", do_socket }, { "bind", "da.", do_bind }, { "listen", "dn", do_listen },
	{ "connect", "da.", do_connect }, { "accept", "d..", do_accept }, { "read", "d.s", do_read },
	{ "write", "d.s", do_write }, { "recv", "d.sn", do_recv }, { "send", "d.sn", do_send },
	{ "sendto", "d.sna.", do_sendto },
	{ "shutdown", "dn", do_shutdown }, { "close", "d", do_close }, { "poll", "pnn", do_poll },
	{ "fcntl", "dn-n", do_fcntl }, { "setsockopt", "dnnln", do_setsockopt },
	{ "getsockopt", "dnnll", do_getsockopt },
};

static const struct call_kind *kind_of(const struct call *call)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, call->name))
			return &kinds[i];
	return NULL;
}

static bool is_call(const struct job *job, const char *name)
{
	return !strcmp(job->event->call.name, name);
}

static bool sends(const struct job *job)
{
	return is_call(job, "write") || is_call(job, "send") || is_call(job, "sendto");
}

/* --- while the script is parsed --- */

static const char *argument_problem(char letter, const struct argument *a)
{
	switch (letter) {
	case 'd':
		if (a->kind != ARGUMENT_NUMBER || a->number < 0 || a->number >= DESCRIPTORS_MAX)
			return "expected a descriptor, a number from 0 to 63";
		return NULL;
	case 's':
		if (a->kind != ARGUMENT_NUMBER || a->number < 0 || a->number > TRANSFER_MAX)
			return "expected a size, of 64 MB at most";
		return NULL;
	case 'n': return a->kind == ARGUMENT_NUMBER ? NULL : "expected a number";
	case 'l': return a->kind == ARGUMENT_LIST ? NULL : "expected a number in brackets, '[1]'";
	case '.': return a->kind == ARGUMENT_ELLIPSIS ? NULL : "expected '...'";
	case 'p': return a->kind == ARGUMENT_POLL ? NULL : "expected '[{fd=..., events=..., revents=...}]'";
	default:
		return a->kind == ARGUMENT_ELLIPSIS || a->kind == ARGUMENT_ADDRESS ? NULL :
		       "expected '...' or ADDRESS:PORT";
	}
}

/* What two arguments say together. */
static const char *pair_problem_of(const struct call *call)
{
	const struct argument *a = call->argument;

	if (!strcmp(call->name, "poll") && a[1].number != a[0].polls)
		return "expected the number of descriptors in the list";
	if (!strcmp(call->name, "setsockopt") && a[4].number != 4 * a[3].numbers &&
	    a[4].number != 8 * a[3].numbers)
		return "expected a size of 4 or 8 bytes a number";
	return NULL;
}

const char *call_problem(const struct call *call, struct place *place)
{
	const struct call_kind *kind = kind_of(call);
	const char *letter, *problem;
	int i = 0;

	*place = call->place;
	if (!kind)
		return "expected '<', '>', 'state' or a call that is known here";
	for (letter = kind->arguments; *letter && (i < call->arguments || *letter != '-'); letter++) {
		if (*letter == '-')
			continue;
		if (i == call->arguments)
			return "the call has too few arguments";
		*place = call->argument[i].place;
		problem = argument_problem(*letter, &call->argument[i++]);
		if (problem)
			return problem;
	}
	*place = call->place;
	return i < call->arguments ? "the call has too many arguments" : pair_problem_of(call);
}

/* --- before the call --- */

static struct descriptor *descriptor(struct run *run, const struct event *event, int64_t number)
{
	if (number < 0 || number >= DESCRIPTORS_MAX || !run->descriptor[number].open)
		fail(run, event, "the descriptor %lld is not open", (long long)number);
	return &run->descriptor[number];
}

static void *buffer(struct job *job, size_t size)
{
	job->size = size;
	job->buffer = allocate(size + 1);
	return job->buffer;
}

static int family(const struct run *run) { return run->stack == STACK_TCPXX ? AF_TCPXX : AF_INET; }

static void prepare_address(struct run *run, struct job *job, const struct argument *a, struct sockaddr_in *in)
{
	in->sin_family = family(run);
	in->sin_addr.s_addr = inet_addr(is_call(job, "bind") ? LOCAL_ADDRESS : REMOTE_ADDRESS);
	in->sin_port = htons(PORT);
	if (a->kind == ARGUMENT_ADDRESS) {
		in->sin_addr.s_addr = a->address;
		in->sin_port = a->port;
	}
}

/* One or two numbers of 4 or 8 bytes each. */
static void prepare_value(struct job *job)
{
	const struct argument *a = argument(job, 3);
	size_t size = is_call(job, "setsockopt") ? (size_t)number(job, 4) : (size_t)argument(job, 4)->number;
	int64_t wide[2] = { a->number, a->second };
	int32_t narrow[2] = { a->number, a->second };

	buffer(job, size < sizeof(wide) ? sizeof(wide) : size);
	job->size = size;
	if (is_call(job, "setsockopt"))
		memcpy(job->buffer, size == 4 * (size_t)a->numbers ? (void *)narrow : wide, size);
}

static void prepare_polls(struct run *run, struct job *job)
{
	const struct argument *a = argument(job, 0);
	struct pollfd *fds = buffer(job, a->polls * sizeof(*fds));
	int i;

	for (i = 0; i < a->polls; i++)
		fds[i] = (struct pollfd){ .fd = descriptor(run, job->event, a->poll[i].fd)->live,
					  .events = a->poll[i].events };
}

static void prepare(struct run *run, struct job *job)
{
	struct descriptor *d;
	size_t i;

	if (is_call(job, "socket")) {
		job->fd = family(run);
		return;
	}
	if (is_call(job, "poll")) {
		prepare_polls(run, job);
		return;
	}
	d = descriptor(run, job->event, argument(job, 0)->number);
	job->fd = d->live;
	if (is_call(job, "bind") || is_call(job, "connect"))
		prepare_address(run, job, argument(job, 1), buffer(job, sizeof(struct sockaddr_in)));
	else if (is_call(job, "setsockopt") || is_call(job, "getsockopt"))
		prepare_value(job);
	else if (is_call(job, "read") || is_call(job, "recv") || sends(job))
		buffer(job, number(job, 2));
	if (is_call(job, "sendto"))
		prepare_address(run, job, argument(job, 4), &job->to);
	for (i = 0; sends(job) && i < job->size; i++)
		job->buffer[i] = text_of_stack(d->written + i);
}

static void *perform(void *memory)
{
	struct job *job = memory;
	uint64_t one = 1;

	job->result = kind_of(&job->event->call)->run(job);
	job->error = job->result < 0 ? errno : 0;
	job->finished = monotonic();
	__atomic_store_n(&job->done, true, __ATOMIC_RELEASE);
	if (write(job->wake, &one, sizeof(one)) != sizeof(one))
		abort();
	return NULL;
}

struct job *start_call(struct run *run, struct event *event)
{
	struct job *job = NULL;
	int i;

	for (i = 0; i < run->jobs && !job; i++)
		if (run->job[i].settled)
			job = &run->job[i];
	if (!job && run->jobs == JOBS_MAX)
		fail(run, event, "there are too many calls that have not returned");
	if (!job)
		job = &run->job[run->jobs++];
	*job = (struct job){ .event = event, .wake = run->wake, .begun = now(run) };
	prepare(run, job);
	if (pthread_create(&job->thread, NULL, perform, job))
		fail(run, event, "there is no thread for the call");
	return job;
}

/* --- after the call --- */

/* Descriptors are numbered by the script. */
static bool opens(const struct job *job) { return is_call(job, "socket") || is_call(job, "accept"); }

static void check_result(struct run *run, const struct job *job)
{
	const struct call *call = &job->event->call;
	char wanted[40], found[40];

	if (job->error == call->error &&
	    (job->result == call->result || (opens(job) && call->result >= 0 && job->result >= 0)))
		return;
	if (call->error)
		snprintf(wanted, sizeof(wanted), "-1 %s", error_name(call->error));
	else
		snprintf(wanted, sizeof(wanted), "%lld", (long long)call->result);
	if (job->error)
		snprintf(found, sizeof(found), "-1 %s", error_name(job->error));
	else
		snprintf(found, sizeof(found), "%ld", job->result);
	fail(run, job->event, "%s() gives %s instead of %s", call->name, found, wanted);
}

static void check_text(struct run *run, const struct job *job, struct descriptor *d)
{
	long i;

	for (i = 0; i < job->result; i++)
		if (job->buffer[i] != text_of_peer(d->read + i))
			fail(run, job->event, "%s() gives another byte than was sent with sequence number %lu",
			     job->event->call.name, d->read + i);
}

static void check_value(struct run *run, const struct job *job)
{
	const struct argument *a = argument(job, 3);
	int32_t value[2];

	memcpy(value, job->buffer, sizeof(value));
	if (job->result == 0 && (value[0] != a->number || (a->numbers > 1 && value[1] != a->second)))
		fail(run, job->event, "getsockopt() says %d instead of %lld", value[0], (long long)a->number);
}

static void poll_bits(char *text, size_t size, int64_t bits)
{
	static const char *const names[] = { "POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLRDHUP" };
	size_t i, used = 0;
	int64_t value;

	snprintf(text, size, "0");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (symbol_value(names[i], &value) && bits & value)
			used += snprintf(text + used, size - used, "%s%s", used ? "|" : "", names[i]);
}

static void check_polls(struct run *run, const struct job *job)
{
	const struct argument *a = argument(job, 0);
	const struct pollfd *fds = (const struct pollfd *)job->buffer;
	char wanted[80], found[80];
	int i;

	for (i = 0; i < a->polls; i++) {
		if (fds[i].revents == a->poll[i].revents)
			continue;
		poll_bits(wanted, sizeof(wanted), a->poll[i].revents);
		poll_bits(found, sizeof(found), fds[i].revents);
		fail(run, job->event, "poll() says %s instead of %s for descriptor %d", found, wanted,
		     a->poll[i].fd);
	}
}

static void open_descriptor(struct run *run, const struct job *job)
{
	int64_t number = job->event->call.result;

	if (job->result < 0)
		return;
	if (number < 0 || number >= DESCRIPTORS_MAX || run->descriptor[number].open)
		fail(run, job->event, "the descriptor %lld is taken, or is not from 0 to 63",
		     (long long)number);
	run->descriptor[number] = (struct descriptor){ .open = true, .live = job->result, .written = 1,
							.read = 1 };
}

static void check_effect(struct run *run, const struct job *job)
{
	struct descriptor *d;

	if (opens(job)) {
		open_descriptor(run, job);
		return;
	}
	if (is_call(job, "poll")) {
		check_polls(run, job);
		return;
	}
	d = &run->descriptor[argument(job, 0)->number];
	if (is_call(job, "close"))
		d->open = false;
	else if (is_call(job, "getsockopt"))
		check_value(run, job);
	else if (sends(job) && job->result > 0)
		d->written += job->result;
	else if (is_call(job, "read") || (is_call(job, "recv") && !(number(job, 3) & MSG_TRUNC))) {
		check_text(run, job, d);
		if (job->result > 0 && !(is_call(job, "recv") && number(job, 3) & MSG_PEEK))
			d->read += job->result;
	}
}

static void check_end(struct run *run, const struct job *job)
{
	const struct moment *when = &job->event->when;
	int64_t finished = job->finished - run->start, wanted = job->begun + when->end - when->low;

	if (when->end < 0 || when->end == ANY_TIME)
		return;
	if (finished < wanted - run->tolerance || finished > wanted + run->tolerance)
		fail(run, job->event, "%s() returned at %.6f s instead of %.6f s", job->event->call.name,
		     finished / 1e6, wanted / 1e6);
}

void settle_call(struct run *run, struct job *job)
{
	const struct call *call = &job->event->call;
	char result[40];

	pthread_join(job->thread, NULL);
	job->settled = true;
	if (job->error)
		snprintf(result, sizeof(result), "-1 %s", error_name(job->error));
	else
		snprintf(result, sizeof(result), "%lld", (long long)(opens(job) ? call->result : job->result));
	note(run, job->finished - run->start, "%s() = %s	(line %d)", call->name, result, job->event->line);
	check_end(run, job);
	check_result(run, job);
	check_effect(run, job);
	free(job->buffer);
	event_passed(run, job->event);
}

void settle_calls(struct run *run)
{
	int i;

	for (i = 0; i < run->jobs; i++)
		if (!run->job[i].settled && __atomic_load_n(&run->job[i].done, __ATOMIC_ACQUIRE))
			settle_call(run, &run->job[i]);
}
