// SPDX-License-Identifier: GPL-2.0
#include "stack.h"
#include "fake_device.h"
#include "rtnetlink.h"

namespace tcpxx::testing {
namespace {

/* /proc/net/tcpxx_route, open. The kernel may not read such a file, so its seq_file is driven here. */
class RouteFile {
	enum : u32 { kRoom = 64 * 1024, kLine = 128 }; /* bytes; each line is as long */
	struct file *file_;
	struct seq_file *m_ = nullptr;
	char *text_;

public:
	explicit RouteFile(struct kunit *test) :
		file_(filp_open("/proc/net/tcpxx_route", O_RDONLY, 0)),
		text_(static_cast<char *>(kvzalloc(kRoom, GFP_KERNEL)))
	{
		KUNIT_ASSERT_TRUE(test, !IS_ERR(file_) && text_);
		m_ = static_cast<struct seq_file *>(file_->private_data);
		m_->buf = text_;
		m_->size = kRoom - 1;
	}
	~RouteFile()
	{
		m_->buf = nullptr;
		m_->size = m_->count = 0;
		filp_close(file_, nullptr);
		kvfree(text_);
	}
	RouteFile(const RouteFile &) = delete;

	/* Reads `limit` lines from a position on; returns the position behind them. */
	loff_t read(loff_t pos, u32 limit = ~0U)
	{
		memset(text_, 0, kRoom);
		m_->count = 0;
		void *v = m_->op->start(m_, &pos);
		for (; v && limit; limit--) {
			m_->op->show(m_, v);
			v = m_->op->next(m_, v, &pos);
		}
		m_->op->stop(m_, v);
		return pos;
	}
	u32 lines() const { return static_cast<u32>(m_->count / kLine); }
	bool has(const char *part) const { return strstr(text_, part); }
};

} // namespace

TEST(a_line_a_route)
{
	FakeDevice device(test);
	RouteSpec spec = {ip(10, 98, 0, 0), 16, kPeerIp, 0, RTN_UNICAST};
	RouteFile file(test);

	file.read(0);
	const u32 before = file.lines();
	EXPECT_TRUE(file.has("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask"));
	EXPECT_TRUE(!file.has("\t0000620A\t"));
	spec.priority = 7;
	EXPECT_EQ(add_route(spec), 0);
	file.read(0);
	EXPECT_EQ(file.lines(), before + 1);
	EXPECT_TRUE(file.has("\t0000620A\t0200630A\t0003\t0\t0\t7\t0000FFFF\t0\t0\t0"));
	EXPECT_EQ(delete_route(spec), 0);
	file.read(0);
	EXPECT_EQ(file.lines(), before);
}

/* Local and broadcast addresses are routes, too, but of another table. */
TEST(main_alone)
{
	FakeDevice device(test);
	RouteFile file(test);

	file.read(0);
	EXPECT_TRUE(file.has("\t0000630A\t00000000\t0001\t"));
	EXPECT_TRUE(!file.has("\t0100630A\t"));
	EXPECT_TRUE(!file.has("\tFF00630A\t"));
}

TEST(refusing_routes)
{
	FakeDevice device(test);
	const RouteSpec unreachable = {ip(10, 98, 1, 1), 32, {}, 0, RTN_UNREACHABLE};
	const RouteSpec blackhole = {ip(10, 98, 1, 2), 32, {}, 0, RTN_BLACKHOLE};
	RouteFile file(test);

	EXPECT_EQ(add_route(unreachable), 0);
	EXPECT_EQ(add_route(blackhole), 0);
	file.read(0);
	EXPECT_TRUE(file.has("*\t0101620A\t00000000\t0205\t0\t0\t0\tFFFFFFFF\t"));
	EXPECT_TRUE(file.has("*\t0201620A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t"));
	EXPECT_EQ(delete_route(unreachable), 0);
	EXPECT_EQ(delete_route(blackhole), 0);
}

/* In pieces, with a route that goes and others that come between them. */
TEST(goes_on_where_it_was)
{
	FakeDevice device(test);
	RouteSpec spec = {ip(10, 98, 0, 0), 24, kPeerIp, 0, RTN_UNICAST};
	RouteFile file(test);
	loff_t pos = 0;

	for (u8 i = 0; i < 10; i++) {
		spec.destination = ip(10, 98, i, 0);
		EXPECT_EQ(add_route(spec), 0);
	}
	/* A line may be empty: of a prefix that is in table local alone. */
	for (u32 i = 0; i < 1000 && !file.has("\t0005620A\t"); i++)
		pos = file.read(pos, 1);
	spec.destination = ip(10, 98, 6, 0);
	EXPECT_EQ(delete_route(spec), 0);
	spec.destination = ip(10, 98, 5, 0);
	EXPECT_EQ(delete_route(spec), 0);
	spec.destination = ip(10, 97, 0, 0);
	EXPECT_EQ(add_route(spec), 0);
	file.read(pos);
	EXPECT_TRUE(!file.has("\t0004620A\t"));
	EXPECT_TRUE(!file.has("\t0006620A\t"));
	EXPECT_TRUE(!file.has("\t0000610A\t"));
	EXPECT_TRUE(file.has("\t0007620A\t"));
	EXPECT_TRUE(file.has("\t0009620A\t"));
	EXPECT_EQ(delete_route(spec), 0);
	const u8 left[] = {0, 1, 2, 3, 4, 7, 8, 9};
	for (const u8 i : left) {
		spec.destination = ip(10, 98, i, 0);
		EXPECT_EQ(delete_route(spec), 0);
	}
}

STACK_SUITE("fib_proc", TEST_CASE(a_line_a_route), TEST_CASE(main_alone),
	    TEST_CASE(refusing_routes), TEST_CASE(goes_on_where_it_was));

} // namespace tcpxx::testing
