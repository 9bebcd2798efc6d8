// SPDX-License-Identifier: GPL-2.0
/*
 * packetscript: injects packets, expects packets, and makes calls, as a script says; see
 * docs/packet-scripts.md. Runs in a guest, as root, and prints TAP.
 *
 *	packetscript [-s tcpxx|inkernel|both] [-t MILLISECONDS] [-c] FILE...
 *
 * -t allows every packet to be so much early or late, for a slow guest. -c only parses. Each script
 * runs in a process and a network namespace of its own. One with lines "# complaint: WORDS" must fail,
 * and say these words. The exit status is 0 if all is as it should be.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define MUST_FAIL	"must-fail/"
#define COMPLAINT	"# complaint: "

static int usage(void)
{
	fprintf(stderr, "usage: packetscript [-s tcpxx|inkernel|both] [-t MILLISECONDS] [-c] FILE...\n");
	return 2;
}

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* The file's name without its ending, and before it the directory of those that must fail. */
static void name_of(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/'), *start = slash ? slash + 1 : path;
	size_t prefix = strlen(MUST_FAIL);

	if (start - path >= (ptrdiff_t)prefix && !strncmp(start - prefix, MUST_FAIL, prefix))
		start -= prefix;
	snprintf(name, size, "%.*s", (int)strcspn(start, "."), start);
}

static int64_t tolerance = TOLERANCE;

/* In a child, because a script that fails ends the process. Its output is in the file. */
static enum outcome run_child(const char *path, enum stack stack, int output)
{
	struct script script;
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		dup2(output, 1);
		dup2(output, 2);
		if (parse_script(path, &script))
			exit(OUTCOME_FAILED);
		run_script(&script, stack, tolerance);
	}
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	if (WIFSIGNALED(status)) {
		dprintf(output, "%s: ended by signal %d\n", path, WTERMSIG(status));
		return OUTCOME_FAILED;
	}
	return WEXITSTATUS(status);
}

static char *whole_output(int output)
{
	off_t size = lseek(output, 0, SEEK_END);
	char *text = allocate(size + 1);

	if (pread(output, text, size, 0) != size)
		die("the script's output");
	return text;
}

/* With lines "# complaint: WORDS" the script must fail and say these. What is wrong goes to `output`. */
static void judge(const char *path, const char *said, enum outcome *outcome, int output)
{
	FILE *file = fopen(path, "r");
	bool complaints = false, missing = false;
	char **lines, **line;

	if (!file)
		return;
	lines = read_lines(file);
	fclose(file);
	for (line = lines + 1; *line; line++) {
		if (strncmp(*line, COMPLAINT, strlen(COMPLAINT)))
			continue;
		complaints = true;
		if (strstr(said, *line + strlen(COMPLAINT)))
			continue;
		missing = true;
		dprintf(output, "%s: it must say '%s'\n", path, *line + strlen(COMPLAINT));
	}
	if (complaints && *outcome != OUTCOME_FAILED)
		dprintf(output, "%s: it must fail, and it does not\n", path);
	if (complaints)
		*outcome = *outcome == OUTCOME_FAILED && !missing ? OUTCOME_PASSED : OUTCOME_FAILED;
}

static void print_commented(const char *text)
{
	size_t size;

	for (; *text; text += size + (text[size] == '\n')) {
		size = strcspn(text, "\n");
		printf("# %.*s\n", (int)size, text);
	}
}

static double guest_seconds(void) { return monotonic() / 1e6; }

static bool one(int number, const char *path, enum stack stack)
{
	int output = memfd_create("output", MFD_CLOEXEC);
	double start = guest_seconds();
	enum outcome outcome;
	char name[200], *said;

	if (output < 0)
		die("memfd_create");
	name_of(path, name, sizeof(name));
	outcome = run_child(path, stack, output);
	said = whole_output(output);
	judge(path, said, &outcome, output);
	free(said);
	said = whole_output(output);
	printf("%s %d - %s %s # %.2f s", outcome == OUTCOME_FAILED ? "not ok" : "ok", number, name,
	       stack_name(stack), guest_seconds() - start);
	if (outcome == OUTCOME_KNOWN_DIFFERENCE)
		printf(", known difference: %s", said);
	else
		putchar('\n');
	if (outcome == OUTCOME_FAILED)
		print_commented(said);
	fflush(stdout);
	free(said);
	close(output);
	return outcome != OUTCOME_FAILED;
}

/* The first connect() of the in-kernel TCP fills a table with 256 KB of random bytes, for 6 ms. */
static void warm_up(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(1),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || !connect(fd, (struct sockaddr *)&in, sizeof(in)) || errno != ECONNREFUSED)
		die("the in-kernel TCP over lo");
	close(fd);
}

static int parse_only(const char *path)
{
	struct script script;

	return parse_script(path, &script);
}

int main(int argc, char **argv)
{
	bool wanted[STACKS] = { true, true }, only_parse = false;
	int option, number = 0, failed = 0, i;
	size_t stack;

	while ((option = getopt(argc, argv, "s:t:c")) != -1) {
		if (option == 'c')
			only_parse = true;
		else if (option == 't')
			tolerance = atoi(optarg) * 1000LL;
		else if (option != 's')
			return usage();
		for (stack = 0; option == 's' && stack < STACKS; stack++)
			wanted[stack] = !strcmp(optarg, "both") || !strcmp(optarg, stack_name(stack));
		if (!wanted[STACK_TCPXX] && !wanted[STACK_INKERNEL])
			return usage();
	}
	if (optind == argc || tolerance <= 0)
		return usage();
	if (only_parse)
		return argc - optind == 1 ? parse_only(argv[optind]) : usage();
	warm_up();
	printf("1..%d\n", (argc - optind) * (wanted[0] + wanted[1]));
	for (i = optind; i < argc; i++)
		for (stack = 0; stack < STACKS; stack++)
			if (wanted[stack])
				failed += !one(++number, argv[i], stack);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
