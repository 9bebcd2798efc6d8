// SPDX-License-Identifier: GPL-2.0
/* Segments to bytes: what the script injects. And what both directions share. */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>

#include "checksum.h"
#include "wire.h"

#define DEFAULT_TTL	64

static uint8_t scramble(uint32_t seq)
{
	return (seq ^ seq >> 8 ^ seq >> 16) * 167;
}

uint8_t text_of_stack(uint32_t seq) { return scramble(seq); }
uint8_t text_of_peer(uint32_t seq) { return ~scramble(seq); }

static uint8_t *put16(uint8_t *to, uint16_t value)
{
	*to++ = value >> 8;
	*to++ = value;
	return to;
}

static uint8_t *put32(uint8_t *to, uint32_t value)
{
	return put16(put16(to, value >> 16), value);
}

static uint8_t *put_stamps(const struct connection *c, const struct tcp_option *o, uint8_t *to)
{
	uint32_t ecr = o->ecr.kind == STAMP_LAST ? c->last_stamp : o->ecr.value;

	*to++ = TCPOPT_TIMESTAMP;
	*to++ = TCPOLEN_TIMESTAMP;
	return put32(put32(to, o->val.value), ecr + c->stamp_base);
}

static uint8_t *put_blocks(const struct connection *c, const struct tcp_option *o, uint8_t *to)
{
	int i;

	*to++ = TCPOPT_SACK;
	*to++ = option_size(o);
	for (i = 0; i < o->sacks; i++)
		to = put32(put32(to, c->iss + o->sack[i].left), c->iss + o->sack[i].right);
	return to;
}

static uint8_t *put_option(const struct connection *c, const struct tcp_option *o, uint8_t *to)
{
	switch (o->kind) {
	case OPT_EOL: *to++ = TCPOPT_EOL; return to;
	case OPT_NOP: *to++ = TCPOPT_NOP; return to;
	case OPT_MSS: *to++ = TCPOPT_MAXSEG; *to++ = TCPOLEN_MAXSEG; return put16(to, o->value);
	case OPT_WSCALE: *to++ = TCPOPT_WINDOW; *to++ = TCPOLEN_WINDOW; *to++ = o->value; return to;
	case OPT_SACKOK: *to++ = TCPOPT_SACK_PERMITTED; *to++ = TCPOLEN_SACK_PERMITTED; return to;
	case OPT_SACK: return put_blocks(c, o, to);
	case OPT_TS: return put_stamps(c, o, to);
	case OPT_RAW: memcpy(to, o->raw, o->size); return to + o->size;
	}
	return to;
}

static struct iphdr ip_header(struct wire *wire, const struct segment *s, size_t size)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = DEFAULT_TTL, .protocol = IPPROTO_TCP };

	ip.version = s->given & GIVEN_VERSION ? s->version : 4;
	ip.ihl = s->given & GIVEN_IHL ? s->ihl : 5;
	ip.tos = s->tos;
	ip.ttl = s->given & GIVEN_TTL ? s->ttl : DEFAULT_TTL;
	ip.protocol = s->given & GIVEN_PROTOCOL ? s->protocol : IPPROTO_TCP;
	ip.id = htons(++wire->next_id);
	ip.tot_len = htons(s->given & GIVEN_LENGTH ? s->length : size);
	ip.frag_off = htons(s->given & GIVEN_FRAGMENT ? IP_MF : s->given & GIVEN_DF && !s->df ? 0 : IP_DF);
	ip.saddr = s->given & GIVEN_SOURCE ? s->source : inet_addr(REMOTE_ADDRESS);
	ip.daddr = s->given & GIVEN_DESTINATION ? s->destination : inet_addr(LOCAL_ADDRESS);
	ip.check = checksum(&ip, sizeof(ip), 0) ^ htons(s->given & GIVEN_BAD_IP_CHECKSUM ? 1 : 0);
	return ip;
}

static struct tcphdr tcp_header(const struct wire *wire, const struct connection *c,
				const struct segment *s, size_t options)
{
	struct tcphdr tcp = { .source = htons(c->remote_port), .dest = htons(c->local_port) };

	tcp.seq = htonl(wire->peer_isn + s->seq);
	tcp.ack_seq = s->given & GIVEN_ACK ? htonl(c->iss + s->ack) : 0;
	tcp.doff = s->given & GIVEN_OFFSET ? s->offset : 5 + options / 4;
	tcp.th_flags = s->flags;
	tcp.window = htons(s->win);
	tcp.urg_ptr = htons(s->urg);
	return tcp;
}

/* Whichever connection has these ports has them no longer. */
static void free_ports(struct wire *wire, uint16_t local_port, uint16_t remote_port)
{
	struct connection *c;

	for (c = wire->connection; c <= &wire->connection[CONNECTIONS_MAX]; c++)
		if (c->local_port == local_port && c->remote_port == remote_port)
			*c = (struct connection){};
}

static struct connection *open_connection(struct wire *wire, const struct segment *s)
{
	struct connection *c = &wire->connection[s->connection];
	uint16_t remote_port = s->given & GIVEN_PORT ? s->port : REMOTE_PORTS + s->connection;

	if (c->known)
		return c;
	free_ports(wire, PORT, remote_port);
	*c = (struct connection){ .known = true, .local_port = PORT, .remote_port = remote_port };
	return c;
}

/* The stack's segment as a router quotes it: its header, and 8 bytes more. */
static uint8_t *put_quote(const struct connection *c, const struct segment *s, uint8_t *to)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 1, .protocol = IPPROTO_TCP };

	ip.tot_len = htons(sizeof(ip) + sizeof(struct tcphdr) + s->size);
	ip.frag_off = htons(IP_DF);
	ip.saddr = inet_addr(LOCAL_ADDRESS);
	ip.daddr = inet_addr(REMOTE_ADDRESS);
	ip.check = checksum(&ip, sizeof(ip), 0);
	memcpy(to, &ip, sizeof(ip));
	to = put16(put16(to + sizeof(ip), c->local_port), c->remote_port);
	return put32(to, c->iss + s->seq);
}

static size_t build_unreachable(struct wire *wire, const struct connection *c, const struct segment *s,
				uint8_t *bytes)
{
	uint8_t *message = bytes + sizeof(struct iphdr), *end;
	struct icmphdr icmp = { .type = ICMP_DEST_UNREACH, .code = s->code, .un.frag.mtu = htons(s->mtu) };
	const struct segment about = { .given = GIVEN_PROTOCOL, .protocol = IPPROTO_ICMP };
	struct iphdr ip;

	end = put_quote(c, s, message + sizeof(icmp));
	memcpy(message, &icmp, sizeof(icmp));
	icmp.checksum = checksum(message, end - message, 0);
	memcpy(message, &icmp, sizeof(icmp));
	ip = ip_header(wire, &about, end - bytes);
	memcpy(bytes, &ip, sizeof(ip));
	return end - bytes;
}

size_t build_datagram(struct wire *wire, const struct segment *s, uint8_t *bytes)
{
	struct connection *c = open_connection(wire, s);
	uint8_t *options = bytes + sizeof(struct iphdr) + sizeof(struct tcphdr), *end = options;
	struct tcphdr tcp;
	struct iphdr ip;
	uint32_t i;

	if (s->raw_size) {
		memcpy(bytes, s->raw, s->raw_size);
		return s->raw_size;
	}
	if (s->given & GIVEN_UNREACHABLE)
		return build_unreachable(wire, c, s, bytes);
	for (i = 0; i < (uint32_t)s->options; i++)
		end = put_option(c, &s->option[i], end);
	tcp = tcp_header(wire, c, s, end - options);
	for (i = 0; i < s->size; i++)
		*end++ = text_of_peer(s->seq + !!(s->flags & SYN) + i);
	ip = ip_header(wire, s, end - bytes);
	memcpy(bytes, &ip, sizeof(ip));
	memcpy(bytes + sizeof(ip), &tcp, sizeof(tcp));
	tcp.check = checksum(bytes + sizeof(ip), end - bytes - sizeof(ip),
			     pseudo_header(ip.saddr, ip.daddr, end - bytes - sizeof(ip)));
	tcp.check ^= htons(s->given & GIVEN_BAD_CHECKSUM ? 1 : 0);
	memcpy(bytes + sizeof(ip), &tcp, sizeof(tcp));
	return s->given & GIVEN_CUT && s->cut < end - bytes ? s->cut : end - bytes;
}
