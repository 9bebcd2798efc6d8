// SPDX-License-Identifier: GPL-2.0
/*
 * tcpbench: what transactions cost in instructions and memory, tcpxx beside the in-kernel TCP.
 *
 * Runs in a guest with "topology pair" under "qemu -icount". One thread has both ends, so that no
 * scheduler is measured. -i names the device of both ends; -t says that they are tun's, to be joined by
 * this program. It prints raw figures, one a line, which scripts/bench reads:
 *
 *	mode NAME UNIT COUNT TRANSACTION...	what follows is about it; COUNT units a sample
 *	idle NAME INSTRUCTIONS			of an empty region with the same drain, subtracted below
 *	wire NAME STACK PACKETS SEGMENTS OPTIONS BYTES OTHERS	of each transaction
 *	sample NAME STACK INSTRUCTIONS		of each unit, in the order A B A B ... A
 *	waits NAME STACK NUMBER			sleeps of a bulk transfer in a sample
 *	cache NAME STACK CACHE OBJECTS SIZE	of each connection pair or half-open request
 *	slab NAME STACK BYTES			the sum of them
 *
 * With -P it runs each mode once for each stack, with marks for a profiler, and prints
 *
 *	profile NAME STACK COUNT		transactions between the marks
 *
 * With -w it makes the link and the stacks ready: tun's offloads, neighbours.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../include/uapi/tcpxx.h"
#include "tcpbench.h"

#define PAIRS		7	/* of samples, A B; one more A ends them */
#define IDLE_SAMPLES	3
#define SETTLE_MS	200	/* what a sample leaves: output, RCU, delayed ACKs */
#define WARM_SECONDS	10	/* a neighbour is asked again 5 s after its first use */
#define MEMORY_SETTLE_MS	1000
#define MEMORY_UNITS	1000
#define MEMORY_PAIRS	3
#define STATE_SYN_RECV	3

const struct stack inkernel = { "inkernel", AF_INET, 0x0800, "/proc/self/net/tcp" };
const struct stack tcpxx = { "tcpxx", AF_TCPXX, ETH_P_TCPXX, "/proc/self/net/tcpxx" };

void die(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "tcpbench: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
	exit(EXIT_FAILURE);
}

/* --- before the first figure --- */

/* Uses each end's neighbour until it has been confirmed by an answer of its own. */
static void warm_neighbours(void)
{
	int listener = listen_in_server(&tcpxx), client = connect_from_client(&tcpxx);
	int server = accept_one(listener);

	for (int i = 0; i < WARM_SECONDS; i++) {
		send_exactly(client, 1);
		receive_exactly(server, 1);
		send_exactly(server, 1);
		receive_exactly(client, 1);
		sleep_ms(1000);
	}
	close_with_reset(client);
	close(server);
	close(listener);
}

static void warm_up(void)
{
	link_take_offloads();
	warm_neighbours();
}

/* --- instructions --- */

static struct session start_session(const struct mode *mode, const struct stack *stack)
{
	struct session session = { stack, -1, -1, -1, -1, 0, 0 };

	mode->open(&session);
	mode->run(mode, &session, mode->warm_up);
	sleep_ms(mode->drain_ms);
	session.waits = 0;
	return session;
}

/* Nothing may be left: it would be done in the next sample, and that is the other stack's. */
static void end_session(const struct mode *mode, struct session *session)
{
	unsigned int left;

	mode->close(session);
	sleep_ms(SETTLE_MS);
	left = count_sockets(session->stack, -1);
	errno = 0;
	if (left)
		die("%s: %u sockets of %s are left %u ms after the last transaction", mode->name, left,
		    session->stack->name, mode->drain_ms);
}

static double timed(const struct mode *mode, struct session *session, unsigned int count)
{
	struct moment begin = begin_region();

	mode->run(mode, session, count);
	sleep_ms(mode->drain_ms);
	return end_region(&begin);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What the kernel does by itself while a sample drains. */
static double idle_cost(const struct mode *mode)
{
	double samples[IDLE_SAMPLES];

	for (int i = 0; i < IDLE_SAMPLES; i++) {
		struct moment begin = begin_region();

		sleep_ms(mode->drain_ms);
		samples[i] = end_region(&begin);
	}
	qsort(samples, IDLE_SAMPLES, sizeof(samples[0]), compare_doubles);
	printf("idle %s %.0f\n", mode->name, samples[IDLE_SAMPLES / 2]);
	return samples[IDLE_SAMPLES / 2];
}

static void sample(const struct mode *mode, const struct stack *stack, double idle)
{
	struct session session = start_session(mode, stack);
	double units = (double)mode->count * mode->units;
	double instructions = timed(mode, &session, mode->count) - idle;

	printf("sample %s %s %.6f\n", mode->name, stack->name, instructions / units);
	printf("waits %s %s %llu\n", mode->name, stack->name, (unsigned long long)session.waits);
	end_session(mode, &session);
}

static struct wire_count captured(const struct mode *mode, struct session *session, int capture,
				  unsigned int count)
{
	mode->run(mode, session, count);
	sleep_ms(mode->drain_ms);
	return wire_read(capture, session->stack);
}

/* Twice as many transactions less as many: what goes out once, such as the delayed acknowledgement of
 * the last exchange, is in both. */
static void look_at_the_wire(const struct mode *mode, const struct stack *stack)
{
	struct session session = start_session(mode, stack);
	const double n = mode->captured;
	int capture = wire_open();
	struct wire_count one = captured(mode, &session, capture, mode->captured);
	struct wire_count two = captured(mode, &session, capture, 2 * mode->captured);

	close(capture);
	printf("wire %s %s %.3f %.3f %.3f %.3f %.3f\n", mode->name, stack->name,
	       (two.packets - (double)one.packets) / n, (two.segments - (double)one.segments) / n,
	       (two.options - (double)one.options) / n, (two.bytes - (double)one.bytes) / n,
	       (two.others - (double)one.others) / n);
	end_session(mode, &session);
}

static void run_mode(const struct mode *mode, unsigned int pairs)
{
	double idle;

	printf("mode %s %s %u %s\n", mode->name, mode->unit, mode->count * mode->units,
	       mode->transaction);
	idle = idle_cost(mode);
	look_at_the_wire(mode, &inkernel);
	look_at_the_wire(mode, &tcpxx);
	for (unsigned int i = 0; i < pairs; i++) {
		sample(mode, &inkernel, idle);
		sample(mode, &tcpxx, idle);
	}
	sample(mode, &inkernel, idle);
}

/* --- for a profiler --- */

/* An instruction at an address that nothing else has (the linker is told so): qemu's plugin counts
 * from one execution of it to the next. */
__attribute__((section(".mark,\"ax\",@progbits#"), noinline))
static void profile_mark(void)
{
	asm volatile("" ::: "memory");
}

/* Sections of the profile: 0 is before all, then for each stack what is between its two marks, and
 * what is after them. */
static void profile(const struct mode *mode, const struct stack *stack)
{
	struct session session = start_session(mode, stack);

	printf("profile %s %s %u\n", mode->name, stack->name, mode->count);
	sleep_ms(SETTLE_MS);
	profile_mark();
	mode->run(mode, &session, mode->count);
	sleep_ms(mode->drain_ms);
	profile_mark();
	end_session(mode, &session);
}

static void profile_mode(const struct mode *mode)
{
	profile(mode, &inkernel);
	profile(mode, &tcpxx);
}

/* --- memory --- */

static void allow_descriptors(void)
{
	struct rlimit limit = { .rlim_cur = 65536, .rlim_max = 65536 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
}

static void report_growth(const char *mode, const struct stack *stack, struct slab_snapshot *before)
{
	struct slab_snapshot *after;

	sleep_ms(SETTLE_MS);
	after = slab_take();
	printf("slab %s %s %.1f\n", mode, stack->name,
	       slab_growth(before, after, mode, stack->name, MEMORY_UNITS));
	slab_free(before);
	slab_free(after);
}

static void pair_memory(const struct stack *stack)
{
	static int clients[MEMORY_UNITS], servers[MEMORY_UNITS];
	int listener = listen_in_server(stack);
	struct slab_snapshot *before;

	sleep_ms(MEMORY_SETTLE_MS);
	before = slab_take();
	for (int i = 0; i < MEMORY_UNITS; i++) {
		clients[i] = connect_from_client(stack);
		servers[i] = accept_one(listener);
		send_exactly(clients[i], 1);
		receive_exactly(servers[i], 1);
		send_exactly(servers[i], 1);
		receive_exactly(clients[i], 1);
	}
	report_growth("pair", stack, before);
	for (int i = 0; i < MEMORY_UNITS; i++) {
		close_with_reset(clients[i]);
		close(servers[i]);
	}
	close(listener);
}

static void request_memory(const struct stack *stack)
{
	int listener = listen_in_server(stack);
	int packet_socket = halfopen_open();
	struct slab_snapshot *before;
	unsigned int requests;

	sleep_ms(MEMORY_SETTLE_MS);
	before = slab_take();
	for (unsigned int i = 0; i < MEMORY_UNITS; i++)
		halfopen_send(packet_socket, stack, i);
	requests = count_sockets(stack, STATE_SYN_RECV);
	errno = 0;
	if (requests != MEMORY_UNITS)
		die("%s: %u SYNs made %u half-open requests", stack->name, MEMORY_UNITS, requests);
	report_growth("request", stack, before);
	close(packet_socket);
	close(listener);
}

static const struct {
	const char *name, *unit, *transaction;
	bool silent_client;
	void (*measure)(const struct stack *stack);
} memories[] = {
	{ "pair", "pair", "slab of an open connection, both ends", false, pair_memory },
	{ "request", "request", "slab of a half-open request", true, request_memory },
};
#define MEMORY_COUNT	(sizeof(memories) / sizeof(memories[0]))

static void run_memory(size_t number)
{
	printf("mode %s %s %u %s\n", memories[number].name, memories[number].unit, MEMORY_UNITS,
	       memories[number].transaction);
	for (int i = 0; i < MEMORY_PAIRS; i++) {
		memories[number].measure(&inkernel);
		memories[number].measure(&tcpxx);
	}
}

/* --- arguments --- */

static void list(void)
{
	for (size_t i = 0; i < mode_count; i++)
		printf("%s%s\t%s\n", modes[i].name, modes[i].silent_client ? " silent" : "",
		       modes[i].transaction);
	for (size_t i = 0; i < MEMORY_COUNT; i++)
		printf("%s%s\t%s\n", memories[i].name, memories[i].silent_client ? " silent" : "",
		       memories[i].transaction);
}

static void run_named(const char *name, bool profiled, unsigned int pairs)
{
	for (size_t i = 0; i < mode_count; i++)
		if (!strcmp(modes[i].name, name)) {
			if (profiled)
				profile_mode(&modes[i]);
			else
				run_mode(&modes[i], pairs);
			return;
		}
	for (size_t i = 0; i < MEMORY_COUNT; i++)
		if (!strcmp(memories[i].name, name)) {
			run_memory(i);
			return;
		}
	errno = 0;
	die("no mode '%s'", name);
}

int main(int argc, char **argv)
{
	unsigned int pairs = PAIRS;
	bool profiled = false, warm = false, join = false;
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, "i:lPp:tw")) != -1) {
		switch (option) {
		case 'i':
			link_device = optarg;
			break;
		case 'l':
			list();
			return 0;
		case 'P':
			profiled = true;
			break;
		case 'p':
			pairs = strtoul(optarg, NULL, 10);
			break;
		case 't':
			join = true;
			break;
		case 'w':
			warm = true;
			break;
		default:
			return 2;
		}
	}
	if ((optind == argc && !warm) || !pairs || !link_device) {
		fprintf(stderr, "usage: tcpbench -i DEVICE [-t] [-p PAIRS | -P] MODE...\n"
				"       tcpbench -i DEVICE [-t] -w\n       tcpbench -l\n");
		return 2;
	}
	allow_descriptors();
	endpoints_init();
	enter_client();
	if (join)
		link_join();
	if (warm)
		warm_up();
	for (int i = optind; i < argc; i++)
		run_named(argv[i], profiled, pairs);
	return 0;
}
