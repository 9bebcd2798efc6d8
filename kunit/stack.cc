// SPDX-License-Identifier: GPL-2.0
#include "stack.h"
#include "kapi/entry.h"
#include "uapi/tcpxx.h"

namespace tcpxx::testing {

int stack_up(struct kunit_suite *)
{
	const int error = tcpxx_init(AF_TCPXX, ETH_P_TCPXX, ETH_P_TCPXX_ARP);

	if (!error)
		timer_shutdown_sync(&pernet(&init_net).neigh.timer);
	return error;
}

void stack_down(struct kunit_suite *) { tcpxx_exit(); }

} // namespace tcpxx::testing
