// SPDX-License-Identifier: GPL-2.0
#include "rtnetlink.h"

namespace tcpxx::testing {
namespace {

/* A message that grows by one attribute after the other. */
class Message {
	alignas(NLMSG_ALIGNTO) u8 bytes_[256] = {};

	struct nlmsghdr *header() { return reinterpret_cast<struct nlmsghdr *>(bytes_); }

public:
	template <class Body> Message(u16 type, u16 flags, const Body &body)
	{
		header()->nlmsg_len = NLMSG_LENGTH(sizeof(body));
		header()->nlmsg_type = type;
		header()->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
		__builtin_memcpy(NLMSG_DATA(header()), &body, sizeof(body));
	}
	template <class Value> void add(u16 type, const Value &value)
	{
		auto *attribute = reinterpret_cast<struct rtattr *>(bytes_ + header()->nlmsg_len);

		attribute->rta_type = type;
		attribute->rta_len = RTA_LENGTH(sizeof(value));
		__builtin_memcpy(RTA_DATA(attribute), &value, sizeof(value));
		header()->nlmsg_len += RTA_SPACE(sizeof(value));
	}
	struct kvec vec() { return {bytes_, header()->nlmsg_len}; }
};

/* The acknowledgement that rtnetlink answers with. */
struct Answer {
	struct nlmsghdr header;
	struct nlmsgerr error;
	u8 rest[128];
};

int exchange(struct socket *sock, Message &message)
{
	struct kvec out = message.vec();
	/* To the kernel by name: a message without one is trusted as far as who opened the file, and
	 * this socket has none. */
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct msghdr to = {.msg_name = &kernel, .msg_namelen = sizeof(kernel)}, from = {};
	Answer answer;
	struct kvec in = {&answer, sizeof(answer)};

	int rc = kernel_sendmsg(sock, &to, &out, 1, out.iov_len);
	if (rc < 0)
		return rc;
	rc = kernel_recvmsg(sock, &from, &in, 1, sizeof(answer), MSG_DONTWAIT);
	if (rc < 0)
		return rc;
	return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EBADMSG;
}

int request(Message &message)
{
	struct socket *sock;
	int rc = sock_create_kern(&init_net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &sock);

	if (rc)
		return rc;
	rc = exchange(sock, message);
	sock_release(sock);
	return rc;
}

/* An attribute inside another one. */
template <class Value> struct Attribute {
	struct rtattr header;
	Value value;

	Attribute(u16 type, const Value &v) : header{RTA_LENGTH(sizeof(v)), type}, value(v) {}
};

struct NextHop {
	struct rtnexthop header;
	Attribute<be32> gateway;

	NextHop(be32 address, u8 weight) :
		header{.rtnh_len = sizeof(NextHop),
		       .rtnh_flags = 0,
		       .rtnh_hops = static_cast<u8>(weight - 1),
		       .rtnh_ifindex = 0},
		gateway(RTA_GATEWAY, address)
	{
	}
};

struct TwoNextHops {
	NextHop first, second;

	explicit TwoNextHops(const RouteSpec &route) :
		first(route.gateway, route.first_weight), second(route.second_gateway, 1)
	{
	}
};

u8 scope_of(const RouteSpec &route)
{
	if (route.type == RTN_LOCAL)
		return RT_SCOPE_HOST;
	return route.oif && !route.gateway.network() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

int change_route(u16 type, u16 flags, const RouteSpec &route)
{
	const struct rtmsg body = {
		.rtm_family = AF_INET,
		.rtm_dst_len = route.prefix_len,
		.rtm_tos = route.tos,
		.rtm_table = static_cast<u8>(route.table),
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = scope_of(route),
		.rtm_type = route.type,
	};
	Message message(type, flags, body);

	message.add(RTA_DST, route.destination);
	if (route.second_gateway.network())
		message.add(RTA_MULTIPATH, TwoNextHops(route));
	else if (route.gateway.network())
		message.add(RTA_GATEWAY, route.gateway);
	if (route.oif)
		message.add(RTA_OIF, route.oif);
	if (route.source.network())
		message.add(RTA_PREFSRC, route.source);
	if (route.priority)
		message.add(RTA_PRIORITY, route.priority);
	/* A metric of 0 is none. */
	const Attribute<u32> metrics[] = {
		{RTAX_MTU, route.mtu},		 {RTAX_ADVMSS, route.advmss},
		{RTAX_WINDOW, route.window},	 {RTAX_INITCWND, route.initcwnd}, {RTAX_FEATURES, route.features},
		{RTAX_INITRWND, route.initrwnd}, {RTAX_LOCK, route.lock_mtu ? 1u << RTAX_MTU : 0},
		{RTAX_FASTOPEN_NO_COOKIE, route.fastopen_no_cookie},
	};
	message.add(RTA_METRICS, metrics);
	return request(message);
}

struct ifaddrmsg address_body(int ifindex, u8 prefix_len)
{
	return {
		.ifa_family = AF_INET,
		.ifa_prefixlen = prefix_len,
		.ifa_index = static_cast<u32>(ifindex),
	};
}

} // namespace

int add_address(int ifindex, be32 address, u8 prefix_len)
{
	Message message(RTM_NEWADDR, NLM_F_CREATE, address_body(ifindex, prefix_len));
	const be32 broadcast = be32::from_host(address.host() | (~0u >> prefix_len));

	message.add(IFA_LOCAL, address);
	message.add(IFA_ADDRESS, address);
	message.add(IFA_BROADCAST, broadcast);
	return request(message);
}

int delete_address(int ifindex, be32 address, u8 prefix_len)
{
	Message message(RTM_DELADDR, 0, address_body(ifindex, prefix_len));

	message.add(IFA_LOCAL, address);
	return request(message);
}

int add_route(const RouteSpec &route)
{
	return change_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

int delete_route(const RouteSpec &route) { return change_route(RTM_DELROUTE, 0, route); }

} // namespace tcpxx::testing
