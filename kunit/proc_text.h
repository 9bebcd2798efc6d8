/* SPDX-License-Identifier: GPL-2.0 */
/* What a program reads from a file under /proc/net, whole. */
#pragma once
#include "test.h"

namespace tcpxx::testing {

constexpr u32 kProcRoom = 64 * 1024; /* bytes, for all of it */

class ProcText {
	char *text_;

	/* The kernel itself may not read such a file, so its seq_file is asked directly. */
	void read(const char *path)
	{
		struct file *file = filp_open(path, O_RDONLY, 0);
		if (IS_ERR(file))
			return;
		auto *m = static_cast<struct seq_file *>(file->private_data);
		m->buf = text_;
		m->size = kProcRoom - 1;
		m->op->show(m, nullptr);
		m->buf = nullptr;
		m->size = m->count = 0;
		filp_close(file, nullptr);
	}

public:
	explicit ProcText(const char *path) :
		text_(static_cast<char *>(kvzalloc(kProcRoom, GFP_KERNEL)))
	{
		if (text_)
			read(path);
	}
	~ProcText() { kvfree(text_); }
	ProcText(const ProcText &) = delete;

	bool has(const char *part) const { return text_ && strstr(text_, part); }
	u32 lines() const
	{
		u32 n = 0;
		for (const char *p = text_; p && *p; p++)
			n += *p == '\n';
		return n;
	}
	/* Words of line `line`, from 0. */
	u32 words(u32 line) const
	{
		const char *p = text_;
		u32 n = 0;
		for (; p && line; line--)
			p = strchr(p, '\n') ? strchr(p, '\n') + 1 : nullptr;
		for (bool in_word = false; p && *p && *p != '\n'; p++) {
			n += *p != ' ' && !in_word;
			in_word = *p != ' ';
		}
		return n;
	}
};

} // namespace tcpxx::testing
