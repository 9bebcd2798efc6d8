/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

namespace tcpxx {

/* Registers with the kernel who cuts packets of many segments of the datagram ethertype up, and puts arriving
 * ones together; after ethertype_add(). Process context. */
void ip_offload_add();
void ip_offload_remove();

} // namespace tcpxx
