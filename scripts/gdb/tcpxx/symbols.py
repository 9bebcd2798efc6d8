# SPDX-License-Identifier: GPL-2.0
"""Tells gdb where the guest's kernel has put tcpxx.ko: when it is inserted, and again each time.

The kernel's own lx-symbols does this for all modules, after a search for their files. Here the file
is known, every section gets its address (lx-symbols names six of them), and rmmod is noticed.
"""

import gdb

NAME = "tcpxx"
# From here on struct module is complete, and nothing of the module has run.
INSERTED, REMOVED = "do_init_module", "free_module"


class _Hook(gdb.Breakpoint):
    """Runs METHOD of the one Symbols object when the kernel reaches FUNCTION for our module.

    As commands of a breakpoint, not as its stop(): there gdb forbids to change the symbols.
    """

    def __init__(self, function, method):
        super().__init__(function, internal=True)
        self.silent = True
        self.condition = f'$_streq(mod->name, "{NAME}")'
        self.commands = f"python from tcpxx import symbols; symbols.current.{method}()\ncontinue"


class Symbols:
    def __init__(self, file):
        self.file = file
        self.sections = {}
        self._hooks = [_Hook(INSERTED, "load"), _Hook(REMOVED, "unload")]

    def load(self):
        """The kernel is in do_init_module(): mod is its argument."""
        self.unload()
        self.sections = section_addresses(gdb.parse_and_eval("mod"))
        places = " ".join(f"-s {name} {address:#x}" for name, address in self.sections.items())
        gdb.execute(f"add-symbol-file {self.file} {places}", to_string=True)
        gdb.write(f"{NAME}.ko is inserted, its .text is at {self.sections['.text']:#x}\n")

    def unload(self):
        if not self.sections:
            return
        gdb.execute(f"remove-symbol-file -a {self.sections['.text']:#x}", to_string=True)
        self.sections = {}

    def forget_hooks(self):
        for hook in self._hooks:
            hook.delete()
        self._hooks = []


def section_addresses(module):
    """{name: address} of a struct module, from what it shows in /sys/module/*/sections."""
    attributes = module["sect_attrs"]
    if not attributes:
        raise gdb.GdbError("the kernel has no addresses of the module's sections (CONFIG_KALLSYMS)")
    sections = (attributes["attrs"][number] for number in range(int(attributes["nsections"])))
    return {section["battr"]["attr"]["name"].string(): int(section["address"])
            for section in sections}


current = None


def watch(file):
    """From now on gdb knows tcpxx.ko while it is in the kernel; FILE is the one with the symbols."""
    global current  # pylint: disable=global-statement
    current = Symbols(file)
    return current
