/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PACKETSCRIPT_CHECKSUM_H
#define PACKETSCRIPT_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The Internet checksum (RFC 1071) in network byte order; of what bears its own it is 0. */
uint16_t checksum(const void *data, size_t size, uint32_t seed);

/* The seed for a segment; addresses in network byte order. */
uint32_t pseudo_header(uint32_t source, uint32_t destination, size_t size);

#endif
