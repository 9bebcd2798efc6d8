/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between segments and bytes. A script's numbers are relative: the stack's sequence numbers to its
 * first SYN (or as they are, if there was none), the script's own to peer_isn, the stack's time
 * stamps to the first one that came.
 */
#ifndef PACKETSCRIPT_WIRE_H
#define PACKETSCRIPT_WIRE_H

#include "segment.h"

#define LOCAL_ADDRESS	"192.168.0.1"	/* the stack under test; packetdrill's addresses and port */
#define REMOTE_ADDRESS	"192.0.2.1"	/* the script, behind the tun device */
#define PORT		8080
#define REMOTE_PORTS	40000		/* plus the connection's number */
#define CONNECTIONS_MAX	9
#define PACKET_MAX	65536

struct connection {
	bool known;			/* it has its ports, host byte order */
	uint16_t local_port, remote_port;
	bool iss_known, stamp_known;
	uint32_t iss;			/* of the stack's SYN; 0 until then */
	uint32_t stamp_base;		/* a time stamp of the stack is this much more than in the script */
	uint32_t last_stamp;		/* as in the script */
};

struct wire {
	uint16_t ethertype;
	uint32_t peer_isn;
	uint16_t next_id;
	struct connection connection[CONNECTIONS_MAX + 1];
};

/* What a byte of the text is, by its relative sequence number: any displacement is seen. */
uint8_t text_of_stack(uint32_t seq);
uint8_t text_of_peer(uint32_t seq);

/* The datagram's size. An open connection gets its ports: from the script's port to the stack's PORT. */
size_t build_datagram(struct wire *wire, const struct segment *s, uint8_t *bytes);

/*
 * The datagram of the stack as a segment. A connection of which nothing is known yet is it if
 * `wanted` (or NULL) asks for that. True if headers and text are whole; else `problem` says what is not.
 */
bool read_datagram(struct wire *wire, const uint8_t *bytes, size_t size, const struct segment *wanted,
		   struct segment *s, char problem[80]);

#endif
