# SPDX-License-Identifier: GPL-2.0
"""What has to be edited in a kernel header before g++ can read it, and why.

One table serves every supported kernel. An edit is a regular expression (multi-line mode) and its
replacement. It must match somewhere in its header; `maybe()` marks the ones whose text only some
kernel versions have. Everything that a macro can repair is not here but in include/kapi/door/.
"""
from typing import Callable, NamedTuple


class Edit(NamedTuple):
    why: str
    pattern: str
    replacement: str | Callable
    required: bool = True


def edit(why: str, pattern: str, replacement) -> Edit:
    return Edit(why, pattern, replacement)


def maybe(why: str, pattern: str, replacement) -> Edit:
    return Edit(why, pattern, replacement, required=False)


GENERIC = "_Generic is C only"
ORDER = "C++ wants designators in the order of declaration"
NESTED = "C++ has no nested designators"
FLEXIBLE = "g++ takes a flexible array only as the last member, one of zero length anywhere"
OPAQUE_ENUM = "an enum declared before its definition needs an underlying type, in both places"
NARROWING = "-1 in braces is a narrowing conversion"
VOID_ARITHMETIC = "no arithmetic on void pointers"


def typed_enum(name: str) -> Edit:
    """Gives a definition the underlying type that its forward declaration has to name."""
    return maybe(OPAQUE_ENUM, rf"^enum {name}\s*\{{", f"enum {name} : unsigned int {{")


def assignments(variable: str) -> Callable:
    """Turns the matched designated initializer into `type variable = {};` and assignments."""
    def rewrite(match) -> str:
        fields = match.group("fields")
        lines = [line.strip().rstrip(",") for line in fields.strip().splitlines()]
        return match.group("head") + "{};\n" + "".join(f"\t{variable}{line};\n" for line in lines)
    return rewrite


def initializer(head: str) -> str:
    return rf"(?P<head>{head} = )\{{\n(?P<fields>(?:\s+\.[\w.]+\s*= [^\n]*,\n)+)\s+\}};"


def seqprop_by_overload(match) -> str:
    """6.1 applies the chosen function inside the _Generic, later kernels apply its result."""
    applied = "(s)" if "(void *)" in match.group() else ""
    return f"#define __seqprop(s, prop) __seqprop_##prop{applied}\n"


PATCHES: dict[str, list[Edit]] = {
    "asm/cmpxchg.h": [
        edit("the operand name is inside a string, where no macro renames it",
             r"\[new\]", "[new_]"),
    ],
    "asm/uaccess.h": [
        edit("a string followed by a name is a user-defined literal", r'"%"_ASM_', '"%" _ASM_'),
    ],
    "asm/fpu/types.h": [
        maybe(FLEXIBLE, r"(u8\s+extended_state_area)\[\]", r"\1[0]"),
    ],
    "asm-generic/qrwlock_types.h": [
        edit("braces around a member of an anonymous union",
             r"\{ \.cnts = ATOMIC_INIT\(0\), \},", ".cnts = ATOMIC_INIT(0),"),
    ],
    "asm-generic/sections.h": [
        edit("no objects of type void", r"const void __nosave_begin", "const char __nosave_begin"),
    ],
    "linux/bpf.h": [
        edit(FLEXIBLE, r"struct bpf_prog_array_item items\[\]",
             "struct bpf_prog_array_item items[0]"),
    ],
    "linux/cgroup-defs.h": [
        maybe(FLEXIBLE, r"struct cgroup \*ancestors\[\]", "struct cgroup *ancestors[0]"),
    ],
    "linux/dynamic_debug.h": [
        edit(NESTED, r"\.key\.(dd_key_\w+) = \((STATIC_KEY_\w+_INIT)\)", r".key = { .\1 = \2 }"),
        edit(ORDER, r"(\.flags = _DPRINTK_FLAGS_DEFAULT,\s*\\\n\s*)(\.class_id = cls,\s*\\\n\s*)",
             r"\2\1"),
    ],
    "linux/filter.h": [
        edit("offsetof wants a constant", r"offsetof\(struct bpf_prog, insns\[proglen\]\)",
             "(offsetof(struct bpf_prog, insns) + proglen * sizeof(struct bpf_insn))"),
        edit(NESTED, initializer("struct bpf_sk_lookup_kern ctx"), assignments("ctx")),
    ],
    "linux/fs.h": [
        edit(ORDER, r"(\t\t\.ki_flags = [^\n]*\n\t\t\.ki_ioprio = [^\n]*\n)(\t\t\.ki_pos = [^\n]*\n)",
             r"\2\1"),
    ],
    "linux/fs_context.h": [
        edit(OPAQUE_ENUM, r"^enum fs_value_type \{", "enum fs_value_type : unsigned int {"),
    ],
    "linux/fwnode.h": [
        maybe(OPAQUE_ENUM, r"\A(?![\s\S]*enum dev_dma_attr \{)([\s\S]*?)^(struct fwnode_operations;)",
              r"\1enum dev_dma_attr : unsigned int;\n\2"),
        typed_enum("dev_dma_attr"),
    ],
    "linux/hrtimer.h": [typed_enum("hrtimer_restart")],
    "linux/hrtimer_types.h": [typed_enum("hrtimer_restart")],
    "linux/jump_label.h": [
        maybe(NESTED, r"\{ \.enabled = \{ ([01]) \},\s*\\\n\s*\{ \.type = (\w+) \} \}",
              r"{ { \1 }, { \2 } }"),
        maybe(NESTED, r"\{ \.enabled = ATOMIC_INIT\(([01])\), *\{ \.type = (\w+) \} \}",
              r"{ ATOMIC_INIT(\1), { \2 } }"),
    ],
    "linux/mm_types.h": [
        edit(FLEXIBLE, r"unsigned long cpu_bitmap\[\]", "unsigned long cpu_bitmap[0]"),
        maybe(GENERIC, r"\(_Generic\(\((\w+)\),[^\n]*\n[^\n]*\n"
              r"\tstruct \w+ \*:\t+\((struct \w+) \*\)\(\w+\)\)\)", r"((\2 *)(\1))"),
    ],
    "linux/module.h": [
        maybe("a parenthesised name does not declare the variable of a for loop",
              r"for \(enum mod_mem_type \(type\) = 0;", "for (int type = 0;"),
    ],
    "linux/moduleparam.h": [
        edit(ORDER, r"(= \{ \.max = ARRAY_SIZE\(array\),) (\.num = nump,\s*\\\n\s*)"
             r"(\.ops = &param_ops_##type,\s*\\\n\s*)(\.elemsize = sizeof\(array\[0\]\),)",
             r"\1 \4 \2\3"),
        edit("a string followed by a name is a user-defined literal", r'""prefix', '"" prefix'),
    ],
    "linux/page-flags.h": [
        edit(GENERIC, r"\(_Generic\(\(p\),[^\n]*\n[^\n]*\n"
             r"[^\n]*\(struct folio \*\)_compound_head\(p\)\)\)",
             "((struct folio *)_compound_head(p))"),
    ],
    "linux/pid.h": [typed_enum("pid_type")],
    "linux/pid_types.h": [typed_enum("pid_type")],
    "linux/property.h": [typed_enum("dev_dma_attr")],
    "linux/rcutiny.h": [
        maybe(VOID_ARITHMETIC, r"\(void \*\) head - ptr", "(char *)head - (char *)ptr"),
    ],
    "linux/rwlock_types.h": [maybe(NARROWING, r"\.owner_cpu = -1", ".owner_cpu = ~0u")],
    "linux/security.h": [
        edit(OPAQUE_ENUM, r"^enum fs_value_type;", "enum fs_value_type : unsigned int;"),
    ],
    "linux/seqlock.h": [
        # The _Generic chooses by the type of the lock: so does an overload.
        edit(GENERIC, r"__seqprop_##lockname##_(\w+)", r"__seqprop_\1"),
        edit(GENERIC, r"#define __seqprop\(s, prop\)[^\n]*\\\n(?:[^\n]*\\\n)*[^\n]*\n",
             seqprop_by_overload),
        edit("overloads need C++ linkage", r"^(#define SEQCOUNT_LOCKNAME\()",
             r'extern "C++" {' "\n" r"\1"),
        edit("overloads need C++ linkage", r"^(/\*\*?\n \* SEQCNT_LOCKNAME_ZERO)", r"}\n\1"),
    ],
    "linux/signal.h": [
        edit(OPAQUE_ENUM, r"^enum pid_type;", "enum pid_type : unsigned int;"),
    ],
    "linux/skbuff.h": [
        edit(VOID_ARITHMETIC, r"ptr - \(void \*\)skb->data", "(unsigned char *)ptr - skb->data"),
    ],
    "linux/slab.h": [
        maybe(ORDER, r"(\t\t\.ctor\t\t= ctor,\n)(\t\t\.useroffset[^\n]*\n\t\t\.usersize[^\n]*\n)",
              r"\2\1"),
    ],
    "linux/spinlock_types.h": [maybe(NARROWING, r"\.owner_cpu = -1", ".owner_cpu = ~0u")],
    "linux/spinlock_types_raw.h": [maybe(NARROWING, r"\.owner_cpu = -1", ".owner_cpu = ~0u")],
    "linux/stddef.h": [
        edit("true and false are keywords", r"enum \{\n\tfalse\t= 0,\n\ttrue\t= 1\n\};", ""),
    ],
    "linux/timer.h": [
        maybe(OPAQUE_ENUM, r"^(extern enum hrtimer_restart it_real_fn)",
              r"enum hrtimer_restart : unsigned int;\n\1"),
    ],
    "linux/types.h": [edit("bool is a keyword", r"typedef _Bool\s+bool;", "")],
    "linux/uio.h": [
        maybe(ORDER, r"(\t\t\.user_backed = true,\n)(\t\t\.data_source = \w+,\n)"
              r"(\t\t\.ubuf = \w+,\n)(\t\t\.count = \w+)\n", r"\2\1\4,\n\3"),
    ],
    "net/inet_sock.h": [
        edit(FLEXIBLE, r"unsigned char\t__data\[\];", "unsigned char\t__data[0];"),
    ],
    "net/route.h": [
        # flowi4_oif and its neighbours are macros for __fl_common.x.
        edit(NESTED, initializer("struct flowi4 fl4"), assignments("fl4")),
    ],
    "net/xdp.h": [
        maybe(VOID_ARITHMETIC, r"= xdp->data_end - xdp->data;",
              "= (char *)xdp->data_end - (char *)xdp->data;"),
        maybe(VOID_ARITHMETIC, r"= xdp->data - xdp->(data_hard_start|data_meta);",
              r"= (char *)xdp->data - (char *)xdp->\1;"),
    ],
}
