/* SPDX-License-Identifier: GPL-2.0 */
/* Whether an idle peer is still there (RFC 9293, 3.8.4): when it is asked, and when it is given up. */
#pragma once
#include "base/units.h"

namespace tcpxx {

struct KeepaliveSettings {
	Msec idle; /* silence before the first probe */
	Msec interval; /* between probes */
	u32 probes; /* so many without an answer are enough */
	Msec user_timeout; /* TCP_USER_TIMEOUT, or 0: then the silence decides, not the number of probes */
};

enum class KeepaliveAct : u8 { Wait, Probe, GiveUp };
struct KeepaliveVerdict {
	KeepaliveAct act;
	Msec next; /* until the question is asked again */
};

/* The timer of an idle connection has expired; the peer was last heard `silence` ago. */
KeepaliveVerdict keepalive_timeout(const KeepaliveSettings &s, Msec silence, u32 probes_out);

} // namespace tcpxx
