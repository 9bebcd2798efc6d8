/* SPDX-License-Identifier: GPL-2.0 */
/* For programs that make or read datagrams byte for byte. */
#ifndef TCPXX_ROOTFS_CHECKSUM_H
#define TCPXX_ROOTFS_CHECKSUM_H

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>

/* The Internet checksum (RFC 1071) in network byte order; of what bears its own it is 0. */
static inline uint16_t checksum(const void *data, size_t size, uint32_t seed)
{
	const uint8_t *byte = data;
	size_t i;

	for (i = 0; i < size; i++)
		seed += i & 1 ? byte[i] : byte[i] << 8;
	while (seed >> 16)
		seed = (seed & 0xffff) + (seed >> 16);
	return htons(~seed);
}

/* The seed for a segment of TCP, `size` bytes; addresses in network byte order. */
static inline uint32_t pseudo_header(uint32_t source, uint32_t destination, size_t size)
{
	uint32_t a = ntohl(source), b = ntohl(destination);

	return IPPROTO_TCP + size + (a >> 16) + (a & 0xffff) + (b >> 16) + (b & 0xffff);
}

#endif
