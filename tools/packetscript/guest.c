// SPDX-License-Identifier: GPL-2.0
/* What a script runs in: a network namespace with a tun device and with the script's settings. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run.h"
#include "uapi/tcpxx.h"

#define DEVICE	"tun0"
#define NETMASK	"255.255.0.0"

/* What depends on the machine's memory is the same everywhere, lest window scales differ. */
static const struct { const char *name, *value; } defaults[] = {
	{ "net.ipv4.tcp_rmem", "4096 131072 6291456" },
	{ "net.ipv4.tcp_wmem", "4096 16384 4194304" },
};

__attribute__((noreturn))
static void die(const char *what)
{
	printf("the guest is not fit for this: %s: %s\n", what, strerror(errno));
	exit(OUTCOME_FAILED);
}

static void open_tun(struct run *run)
{
	/* With the packet information header, which carries the ethertype. */
	struct ifreq request = { .ifr_name = DEVICE, .ifr_flags = IFF_TUN };

	run->tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (run->tun < 0 || ioctl(run->tun, TUNSETIFF, &request))
		die("/dev/net/tun");
}

static void device_address(int control, int request, const char *address)
{
	struct ifreq ifr = { .ifr_name = DEVICE };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address) };

	memcpy(&ifr.ifr_addr, &in, sizeof(in));
	if (ioctl(control, request, &ifr))
		die("the device's address");
}

static void device_up(int control, char *name)
{
	struct ifreq ifr = {};

	strcpy(ifr.ifr_name, name);
	if (ioctl(control, SIOCGIFFLAGS, &ifr))
		die(name);
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(control, SIOCSIFFLAGS, &ifr))
		die(name);
}

static void default_route(int control)
{
	char device[] = DEVICE;
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = device };
	struct sockaddr_in any = { .sin_family = AF_INET };

	memcpy(&route.rt_dst, &any, sizeof(any));
	memcpy(&route.rt_genmask, &any, sizeof(any));
	if (ioctl(control, SIOCADDRT, &route))
		die("the route");
}

/* False with errno if there is no such setting, or it does not take the value. */
static bool write_sysctl(const char *name, const char *value)
{
	char path[256];
	ssize_t size = strlen(value), written;
	size_t i, prefix = snprintf(path, sizeof(path), "/proc/sys/%s", name);
	int fd;

	for (i = strlen("/proc/sys/"); i < prefix && i < sizeof(path); i++)
		path[i] = path[i] == '.' ? '/' : path[i];
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	written = write(fd, value, size);
	close(fd);
	return written == size;
}

__attribute__((noreturn))
static void refuse(const struct run *run, const struct setting *setting, const char *problem)
{
	printf("%s:%d:1: %s\n", run->script->path, setting->line, problem);
	exit(OUTCOME_FAILED);
}

static void set_mtu(int control, const struct run *run, const struct setting *setting)
{
	struct ifreq ifr = { .ifr_name = DEVICE, .ifr_mtu = setting->number };

	if (ioctl(control, SIOCSIFMTU, &ifr))
		refuse(run, setting, "the device refuses this MTU");
}

/* `ip link set dev tun0 ...` or `ip route replace default dev tun0 ...` */
static void run_ip(const struct run *run, const struct setting *setting, const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "/bin/ip %s dev " DEVICE " %s", what, setting->value);
	fflush(stdout);
	if (system(command))
		refuse(run, setting, "ip refuses this, see above");
}

static void apply(struct run *run, int control, const struct setting *setting)
{
	/* As in sysctl.conf: behind a "-" the kernel need not have it. */
	bool optional = setting->name && *setting->name == '-';
	const char *name = setting->name + optional;
	char problem[200];

	switch (setting->kind) {
	case SETTING_SYSCTL:
		if (write_sysctl(name, setting->value) || (optional && errno == ENOENT))
			return;
		snprintf(problem, sizeof(problem), "the setting %s cannot be '%s': %s", name, setting->value,
			 strerror(errno));
		refuse(run, setting, problem);
	case SETTING_MTU: set_mtu(control, run, setting); return;
	case SETTING_LINK: run_ip(run, setting, "link set"); return;
	case SETTING_ROUTE: run_ip(run, setting, "route replace default"); return;
	case SETTING_TOLERANCE:
		if (run->tolerance < setting->number)
			run->tolerance = setting->number;
		return;
	case SETTING_ISN: run->wire.peer_isn = setting->number; return;
	}
}

long inkernel_segments(void)
{
	FILE *file = fopen("/proc/self/net/snmp", "r");
	long in, out, segments = -1;
	char text[2048];

	/* Of the two lines that begin like this, one has names instead of numbers. */
	while (file && fgets(text, sizeof(text), file))
		if (sscanf(text, "Tcp: %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld %ld", &in, &out) == 2)
			segments = in + out;
	if (file)
		fclose(file);
	return segments;
}

static bool is_for(const struct mark *mark, enum stack stack)
{
	return mark->only[stack] || !(mark->only[STACK_TCPXX] || mark->only[STACK_INKERNEL]);
}

void set_up(struct run *run)
{
	struct setting *setting;
	int control;
	size_t i;

	if (unshare(CLONE_NEWNET))
		die("a network namespace");
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (control < 0)
		die("socket");
	run->wire.ethertype = run->stack == STACK_TCPXX ? ETH_P_TCPXX : 0x0800;
	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!write_sysctl(defaults[i].name, defaults[i].value))
			die(defaults[i].name);
	open_tun(run);
	device_up(control, (char[]){ "lo" });
	device_address(control, SIOCSIFADDR, LOCAL_ADDRESS);
	device_address(control, SIOCSIFNETMASK, NETMASK);
	device_up(control, (char[]){ DEVICE });
	default_route(control);
	for (setting = run->script->settings; setting; setting = setting->next)
		if (is_for(&setting->mark, run->stack))
			apply(run, control, setting);
	close(control);
}
