/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP Fast Open (RFC 7413): text in the SYN, for a peer that shows a cookie which this host gave to its address before.
 *
 *   client                         server
 *     SYN, option without cookie ->
 *                                <- SYN-ACK, cookie            the client keeps it
 *     ...
 *     SYN, cookie, text          ->                            the user gets the text at once
 *                                <- SYN-ACK of SYN and text
 *
 * Decisions only. A cookie is a keyed hash of both addresses, which comes from outside.
 */
#pragma once
#include "base/units.h"
#include "wire/options.h"

namespace tcpxx {

/* The bits of net.ipv4.tcp_fastopen. */
constexpr u32 kTfoClient = 0x1;
constexpr u32 kTfoServer = 0x2;
constexpr u32 kTfoClientNoCookie = 0x4; /* text in every SYN, whether there is a cookie or not */
constexpr u32 kTfoServerNoCookie = 0x200; /* text of every SYN is taken */
constexpr u32 kTfoAllListeners = 0x400; /* TCP_FASTOPEN need not be set */

/* --- server ----------------------------------------------------------------------------------- */

constexpr u32 kFastOpenKeys = 2; /* the primary, and the one before it */
constexpr u32 kFastOpenKeyLen = 16; /* bytes of each */

/* The cookie whose bytes are those of a hash, the lowest first. */
FastOpenCookie make_fastopen_cookie(u64 hash);

/* Whether a SYN asks for anything, so that it is worth a look at the limit of a listener. */
constexpr bool asks_for_fastopen(const FastOpenOption &option, bool has_text) { return option.len >= 0 || has_text; }

enum class FastOpenAct : u8 {
	Nothing, /* no option in the SYN-ACK */
	Grant, /* the first handshake has three segments: the SYN-ACK brings a cookie */
	Open, /* a child at once; it takes the SYN's text */
};
struct FastOpenVerdict {
	FastOpenAct act;
	bool wrong; /* there was a cookie, and it is none of ours (any more) */
	bool renew; /* with Open: it was made with the older key, and the SYN-ACK brings one of the new */
};
/* `cookies`: what the peer's would be, `keys` of them (0 to kFastOpenKeys), the primary's first. */
FastOpenVerdict fastopen_syn(const FastOpenOption &option, bool no_cookie, const FastOpenCookie *cookies, u32 keys);

/* --- client ----------------------------------------------------------------------------------- */

/* What is known of a destination. */
struct FastOpenMetrics {
	u16 mss = 0; /* of its last SYN-ACK, bytes; 0: not known */
	u8 try_exp = 0; /* 1: it did not answer the option, so that the experimental one is tried; 2: nor that */
	FastOpenCookie cookie = {.len = 0}; /* len 0: none yet */
};

/* How a SYN goes out. */
struct FastOpenSyn {
	FastOpenCookie cookie; /* for the option; len 0 asks for one, -1: no option */
	bool with_text;
};
FastOpenSyn fastopen_connect(const FastOpenMetrics &known, bool no_cookie, bool paused);

/* What the SYN said, when its SYN-ACK comes. */
struct FastOpenSent {
	bool option; /* it had one */
	bool exp; /* the experimental one */
	bool text;
	bool repeated; /* sent again, without either */
};
/* What the SYN-ACK teaches: the cookie that it brings is kept, if one was asked for or used. */
void fastopen_learn(FastOpenMetrics &known, const FastOpenSent &sent, const FastOpenOption &answer, u16 mss);

/*
 * Middleboxes let SYN and SYN-ACK through and swallow what follows. Whoever sees signs of one stops Fast Open for the
 * whole namespace, for an hour (net.ipv4.tcp_fastopen_blackhole_timeout_sec), twice as long after each
 * relapse, 64 times at most.
 */
bool fastopen_paused(u32 times, u64 since_ms, u64 now_ms, u32 timeout_s);
/* Whether so many time-outs of a row, the present one not counted, are a sign. `last`: the user will be told now. */
constexpr bool is_blackhole(u32 timeouts, bool last) { return timeouts == 2 || (timeouts < 2 && last); }

} // namespace tcpxx
