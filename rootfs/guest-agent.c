// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one command in the guest and carries its standard input, output and error and its exit
 * status to scripts/guest, over one virtio-serial port, in frames: a type byte, the payload's
 * length in four bytes (big endian), the payload. scripts/guestlib/channel.py is the other end.
 *
 *	guest-agent [-n] [-t] COMMAND [ARGUMENT...]
 *
 * -n gives the command an empty standard input, -t a terminal. One thread and one poll loop; only
 * writes to the port block, because the host always reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT_NAME	"tcpxx.guest"
#define PORTS_MAX	16
#define PORT_TRIES	5000	/* of a millisecond: the port appears while the kernel boots */
#define HEADER_SIZE	5
#define PAYLOAD_MAX	32768

enum frame_type {
	FRAME_OUTPUT = 'o',
	FRAME_ERROR = 'e',
	FRAME_STATUS = 's',
	FRAME_INPUT = 'i',
	FRAME_WINDOW = 'w',
	FRAME_QUIT = 'q',
};

/* What the host sent and is not handled yet; a frame stays at the head until it is used up. */
struct receive_buffer {
	unsigned char bytes[HEADER_SIZE + PAYLOAD_MAX];
	size_t used;		/* valid bytes */
	size_t written;		/* payload bytes of the INPUT frame at the head already written */
};

struct agent {
	int port;
	int input;		/* the command's standard input, -1 when closed */
	int output;		/* its standard output or its terminal, -1 after its end */
	int error;
	int child_ended;	/* signalfd for SIGCHLD */
	pid_t child;
	bool terminal;
	bool quit;
	struct receive_buffer received;
};

/* The agent's own errors go to the console: without the port there is nobody else to tell. */
__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	fprintf(stderr, "guest-agent: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(EXIT_FAILURE);
}

/* Opens port NUMBER of the first virtio-serial device if it bears our name. */
static int open_port_number(int number)
{
	unsigned int major_number, minor_number;
	char path[128], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/virtio-ports/vport0p%d/name", number);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (fscanf(file, "%63s", name) != 1)
		name[0] = '\0';
	fclose(file);
	if (strcmp(name, PORT_NAME))
		return -1;

	snprintf(path, sizeof(path), "/sys/class/virtio-ports/vport0p%d/dev", number);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%u:%u", &major_number, &minor_number) != 2)
		die("%s", path);
	fclose(file);
	snprintf(path, sizeof(path), "/dev/vport0p%d", number);
	if (mknod(path, S_IFCHR | 0600, makedev(major_number, minor_number)) && errno != EEXIST)
		die("%s", path);
	return open(path, O_RDWR | O_CLOEXEC);
}

static int open_port(void)
{
	for (int tries = 0; tries < PORT_TRIES; tries++) {
		for (int number = 0; number < PORTS_MAX; number++) {
			int port = open_port_number(number);

			if (port >= 0)
				return port;
		}
		usleep(1000);
	}
	errno = ENODEV;
	die("virtio-serial port " PORT_NAME);
}

static void write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno != EINTR)
			die("write to the host");
		if (written > 0) {
			bytes += written;
			size -= written;
		}
	}
}

/* FRAME has room for the header in front of the payload: header and payload are one write. */
static void send_frame(int port, enum frame_type type, unsigned char *frame, uint32_t size)
{
	frame[0] = type;
	frame[1] = size >> 24;
	frame[2] = size >> 16;
	frame[3] = size >> 8;
	frame[4] = size;
	write_all(port, frame, HEADER_SIZE + size);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Sends what FD has now; true if there may be more. A terminal without a reader gives EIO. */
static bool forward(struct agent *agent, int *fd, enum frame_type type)
{
	unsigned char frame[HEADER_SIZE + PAYLOAD_MAX];
	ssize_t size = read(*fd, frame + HEADER_SIZE, PAYLOAD_MAX);

	if (size > 0) {
		send_frame(agent->port, type, frame, size);
		return true;
	}
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	close_fd(fd);
	return false;
}

static uint32_t payload_size(const struct receive_buffer *received)
{
	const unsigned char *b = received->bytes;

	return (uint32_t)b[1] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 8 | b[4];
}

static bool frame_complete(const struct receive_buffer *received)
{
	return received->used >= HEADER_SIZE &&
	       received->used >= HEADER_SIZE + payload_size(received);
}

static void remove_frame(struct receive_buffer *received)
{
	size_t size = HEADER_SIZE + payload_size(received);

	received->used -= size;
	received->written = 0;
	memmove(received->bytes, received->bytes + size, received->used);
}

/* True if the INPUT frame at the head is used up; what nobody reads any more is thrown away. */
static bool write_input(struct agent *agent)
{
	struct receive_buffer *received = &agent->received;
	const unsigned char *rest = received->bytes + HEADER_SIZE + received->written;
	size_t size = payload_size(received) - received->written;
	ssize_t written;

	if (!payload_size(received) && !agent->terminal)
		close_fd(&agent->input);
	if (agent->input < 0 || !size)
		return true;
	written = write(agent->input, rest, size);
	if (written < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (written < 0) {
		close_fd(&agent->input);
		return true;
	}
	received->written += written;
	return (size_t)written == size;
}

static void set_window(struct agent *agent)
{
	const unsigned char *payload = agent->received.bytes + HEADER_SIZE;
	struct winsize window = {
		.ws_row = payload[0] << 8 | payload[1],
		.ws_col = payload[2] << 8 | payload[3],
	};

	if (agent->terminal && payload_size(&agent->received) == 4)
		ioctl(agent->output, TIOCSWINSZ, &window);
}

/* Handles the frames that are complete, up to an INPUT frame that the command has no room for. */
static void handle_frames(struct agent *agent)
{
	while (frame_complete(&agent->received)) {
		switch ((enum frame_type)agent->received.bytes[0]) {
		case FRAME_INPUT:
			if (!write_input(agent))
				return;
			break;
		case FRAME_WINDOW:
			set_window(agent);
			break;
		case FRAME_QUIT:
			agent->quit = true;
			break;
		case FRAME_OUTPUT:
		case FRAME_ERROR:
		case FRAME_STATUS:
			break;	/* never sent by the host */
		}
		remove_frame(&agent->received);
	}
}

static void receive_frames(struct agent *agent)
{
	struct receive_buffer *received = &agent->received;
	ssize_t size = read(agent->port, received->bytes + received->used,
			    sizeof(received->bytes) - received->used);

	if (size < 0 && errno != EINTR && errno != EAGAIN)
		die("read from the host");
	if (size > 0)
		received->used += size;
	handle_frames(agent);
}

/* In the child. Status 127 and 126 as from a shell. */
__attribute__((noreturn))
static void execute(char **command)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(command[0], command);
	fprintf(stderr, "guest: %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void start_on_terminal(struct agent *agent, char **command)
{
	agent->child = forkpty(&agent->output, NULL, NULL, NULL);
	if (agent->child < 0)
		die("forkpty");
	if (!agent->child)
		execute(command);
	agent->input = dup(agent->output);
	if (agent->input < 0)
		die("dup");
}

static void start_on_pipes(struct agent *agent, char **command, bool empty_input)
{
	int input[2], output[2], error[2];

	if (pipe2(input, O_CLOEXEC) || pipe2(output, O_CLOEXEC) || pipe2(error, O_CLOEXEC))
		die("pipe");
	agent->child = fork();
	if (agent->child < 0)
		die("fork");
	if (!agent->child) {
		setsid();
		if (dup2(input[0], 0) < 0 || dup2(output[1], 1) < 0 || dup2(error[1], 2) < 0)
			die("dup2");
		execute(command);
	}
	close(input[0]);
	close(output[1]);
	close(error[1]);
	agent->input = input[1];
	agent->output = output[0];
	agent->error = error[0];
	if (empty_input)
		close_fd(&agent->input);
}

static void set_nonblocking(int fd)
{
	if (fd >= 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		die("fcntl");
}

static void watch_child(struct agent *agent)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, NULL))
		die("sigprocmask");
	agent->child_ended = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (agent->child_ended < 0)
		die("signalfd");
	signal(SIGPIPE, SIG_IGN);
}

/* True with the command's exit status, as a shell would report it, once it has ended. */
static bool ended(struct agent *agent, unsigned char *result)
{
	struct signalfd_siginfo info;
	int status;

	while (read(agent->child_ended, &info, sizeof(info)) > 0)
		;
	if (waitpid(agent->child, &status, WNOHANG) != agent->child)
		return false;
	*result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

/* Carries data until the command has ended; what its own children still print is not awaited. */
static unsigned char carry(struct agent *agent)
{
	unsigned char result;

	for (;;) {
		bool input_waits = frame_complete(&agent->received);
		struct pollfd fds[] = {
			{ .fd = agent->output, .events = POLLIN },
			{ .fd = agent->error, .events = POLLIN },
			{ .fd = agent->child_ended, .events = POLLIN },
			{ .fd = input_waits ? agent->input : agent->port,
			  .events = input_waits ? POLLOUT : POLLIN },
		};

		if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents)
			forward(agent, &agent->output, FRAME_OUTPUT);
		if (fds[1].revents)
			forward(agent, &agent->error, FRAME_ERROR);
		if (fds[3].revents && input_waits)
			handle_frames(agent);
		else if (fds[3].revents & POLLIN)
			receive_frames(agent);
		if (fds[2].revents && ended(agent, &result))
			break;
	}
	while (agent->output >= 0 && forward(agent, &agent->output, FRAME_OUTPUT))
		;
	while (agent->error >= 0 && forward(agent, &agent->error, FRAME_ERROR))
		;
	return result;
}

/* The host asks to quit when it has everything: only then may the guest power off. */
static void send_status(struct agent *agent, unsigned char status)
{
	unsigned char frame[HEADER_SIZE + 1];

	close_fd(&agent->input);
	frame[HEADER_SIZE] = status;
	send_frame(agent->port, FRAME_STATUS, frame, 1);
	handle_frames(agent);
	while (!agent->quit)
		receive_frames(agent);
}

int main(int argc, char **argv)
{
	static struct agent agent = { .input = -1, .output = -1, .error = -1 };
	bool empty_input = false;
	int option;

	while ((option = getopt(argc, argv, "+nt")) != -1) {
		switch (option) {
		case 'n':
			empty_input = true;
			break;
		case 't':
			agent.terminal = true;
			break;
		default:
			return 2;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "usage: guest-agent [-n] [-t] COMMAND [ARGUMENT...]\n");
		return 2;
	}
	agent.port = open_port();
	watch_child(&agent);
	if (agent.terminal)
		start_on_terminal(&agent, argv + optind);
	else
		start_on_pipes(&agent, argv + optind, empty_input);
	set_nonblocking(agent.input);
	set_nonblocking(agent.output);
	set_nonblocking(agent.error);
	send_status(&agent, carry(&agent));
	return 0;
}
