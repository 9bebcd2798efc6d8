// SPDX-License-Identifier: GPL-2.0
/* Bytes to segments: what the stack has sent. Nothing in there is taken for granted. */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "checksum.h"
#include "wire.h"

static uint32_t get16(const uint8_t *from) { return from[0] << 8 | from[1]; }
static uint32_t get32(const uint8_t *from) { return get16(from) << 16 | get16(from + 2); }

/* The number of the connection with these ports, or 0. */
static int find_connection(struct wire *wire, uint16_t local_port, uint16_t remote_port,
			   const struct segment *wanted)
{
	struct connection *c;
	int i;

	for (i = 1; i <= CONNECTIONS_MAX; i++) {
		c = &wire->connection[i];
		if (c->known && c->local_port == local_port && c->remote_port == remote_port)
			return i;
	}
	if (!wanted || wire->connection[wanted->connection].known)
		return 0;
	c = &wire->connection[wanted->connection];
	*c = (struct connection){ .known = true, .local_port = local_port, .remote_port = remote_port };
	return wanted->connection;
}

static const struct tcp_option *stamps_of(const struct segment *s)
{
	int i;

	for (i = 0; s && i < s->options; i++)
		if (s->option[i].kind == OPT_TS)
			return &s->option[i];
	return NULL;
}

static void read_stamps(struct connection *c, const struct segment *wanted, const uint8_t *from,
			struct tcp_option *o)
{
	const struct tcp_option *first = stamps_of(wanted);

	if (!c->stamp_known) {
		c->stamp_base = get32(from + 2) - (first ? first->val.value : 0);
		c->stamp_known = true;
	}
	o->kind = OPT_TS;
	o->val.value = c->last_stamp = get32(from + 2) - c->stamp_base;
	o->ecr.value = get32(from + 6);
}

static void read_blocks(const struct wire *wire, const uint8_t *from, size_t size, struct tcp_option *o)
{
	o->kind = OPT_SACK;
	for (o->sacks = 0; 2 + 8 * (size_t)o->sacks < size; o->sacks++) {
		o->sack[o->sacks].left = get32(from + 2 + 8 * o->sacks) - wire->peer_isn;
		o->sack[o->sacks].right = get32(from + 6 + 8 * o->sacks) - wire->peer_isn;
	}
}

/* The option's size. One that is not as it should be is shown as it is. */
static size_t read_option(const struct wire *wire, struct connection *c, const struct segment *wanted,
			  const uint8_t *from, size_t room, struct tcp_option *o)
{
	size_t size = from[0] <= TCPOPT_NOP ? 1 : room < 2 || from[1] < 2 || from[1] > room ? room : from[1];

	*o = (struct tcp_option){ .kind = from[0] == TCPOPT_EOL ? OPT_EOL : OPT_NOP };
	if (from[0] <= TCPOPT_NOP)
		return size;
	if (from[0] == TCPOPT_MAXSEG && size == 4)
		*o = (struct tcp_option){ .kind = OPT_MSS, .value = get16(from + 2) };
	else if (from[0] == TCPOPT_WINDOW && size == 3)
		*o = (struct tcp_option){ .kind = OPT_WSCALE, .value = from[2] };
	else if (from[0] == TCPOPT_SACK_PERMITTED && size == 2)
		o->kind = OPT_SACKOK;
	else if (from[0] == TCPOPT_SACK && size > 2 && size % 8 == 2 && size <= 2 + 8 * SACKS_MAX)
		read_blocks(wire, from, size, o);
	else if (from[0] == TCPOPT_TIMESTAMP && size == 10)
		read_stamps(c, wanted, from, o);
	else {
		o->kind = OPT_RAW;
		o->size = size;
		memcpy(o->raw, from, size);
	}
	return size;
}

static void read_options(const struct wire *wire, struct connection *c, const struct segment *wanted,
			 const uint8_t *from, size_t size, struct segment *s)
{
	size_t used;

	for (; size && s->options < OPTIONS_MAX; size -= used, from += used)
		used = read_option(wire, c, wanted, from, size, &s->option[s->options++]);
}

static void read_numbers(const struct wire *wire, struct connection *c, const struct tcphdr *tcp,
			 struct segment *s)
{
	s->flags = tcp->th_flags;
	if (s->flags & SYN && !c->iss_known) {
		c->iss = ntohl(tcp->seq);
		c->iss_known = true;
	}
	s->seq = ntohl(tcp->seq) - c->iss;
	s->end = s->seq + s->size;
	s->ack = ntohl(tcp->ack_seq) - (s->flags & ACK ? wire->peer_isn : 0);
	s->win = ntohs(tcp->window);
	s->urg = ntohs(tcp->urg_ptr);
	s->given = GIVEN_WIN | (s->flags & ACK || s->ack ? GIVEN_ACK : 0) | (s->urg ? GIVEN_URG : 0);
}

/* No TCP, or no whole header. */
static bool as_raw(const uint8_t *bytes, size_t size, struct segment *s)
{
	s->raw_size = size < RAW_MAX ? size : RAW_MAX;
	memcpy(s->raw, bytes, s->raw_size);
	return true;
}

static const char *text_problem(const struct segment *s, const uint8_t *text)
{
	static char problem[80];
	uint32_t i;

	for (i = 0; i < s->size; i++)
		if (text[i] != text_of_stack(s->seq + !!(s->flags & SYN) + i)) {
			snprintf(problem, sizeof(problem), "the byte with sequence number %u is not what was written",
				 s->seq + i);
			return problem;
		}
	return NULL;
}

bool read_datagram(struct wire *wire, const uint8_t *bytes, size_t size, const struct segment *wanted,
		   struct segment *s, char problem[80])
{
	const char *text = NULL;
	struct connection nobody = {}, *c = &nobody;
	struct tcphdr tcp;
	struct iphdr ip;
	size_t header;

	*s = (struct segment){};
	if (size < sizeof(ip) + sizeof(tcp) || bytes[0] != 0x45 || bytes[9] != IPPROTO_TCP)
		return as_raw(bytes, size, s);
	memcpy(&ip, bytes, sizeof(ip));
	memcpy(&tcp, bytes + sizeof(ip), sizeof(tcp));
	header = sizeof(ip) + 4 * tcp.doff;
	if (tcp.doff < 5 || header > size || ntohs(ip.tot_len) != size)
		return as_raw(bytes, size, s);
	s->connection = find_connection(wire, ntohs(tcp.source), ntohs(tcp.dest), wanted);
	if (s->connection)
		c = &wire->connection[s->connection];
	s->size = size - header;
	s->ttl = ip.ttl;
	s->tos = ip.tos;
	s->df = !!(ip.frag_off & htons(IP_DF));
	read_numbers(wire, c, &tcp, s);
	read_options(wire, c, wanted, bytes + sizeof(ip) + sizeof(tcp), header - sizeof(ip) - sizeof(tcp), s);
	if (checksum(bytes, sizeof(ip), 0))
		text = "the IPv4 checksum is wrong";
	else if (checksum(bytes + sizeof(ip), size - sizeof(ip),
			  pseudo_header(ip.saddr, ip.daddr, size - sizeof(ip))))
		text = "the TCP checksum is wrong";
	else if (ip.saddr != inet_addr(LOCAL_ADDRESS) || ip.daddr != inet_addr(REMOTE_ADDRESS))
		text = "the addresses are not those of the script";
	else if (s->connection)
		text = text_problem(s, bytes + header);
	snprintf(problem, 80, "%s", text ?: "");
	return !text;
}
