/* SPDX-License-Identifier: GPL-2.0 */
/* What the socket layer calls for a socket of the family. */
#pragma once
#include "kapi/linux.h"

namespace tcpxx {

/* Its `family` is the number that the module was loaded with. */
extern struct proto_ops tcpxx_stream_ops;

} // namespace tcpxx
