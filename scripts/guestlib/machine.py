# SPDX-License-Identifier: GPL-2.0
"""The emulated machine: its qemu command line and the life of the qemu process."""

import ctypes
import os
import re
import shlex
import signal
import subprocess

# Guest time advances one nanosecond an instruction: runs repeat exactly, see "make bench".
ICOUNT = ("-accel", "tcg", "-icount", "shift=0,align=off,sleep=off", "-seed", "1",
          "-rtc", "base=2024-01-01T00:00:00,clock=vm")
# A report must not leave a half-dead guest: an oops panics, and a panic ends qemu (-no-reboot).
# No IPv6 address anywhere: its own traffic would blur captures and counters. The kernel's test of the timer
# interrupt counts loops, which on a busy host are over before the interrupt has come.
KERNEL_ARGUMENTS = "console=ttyS0 panic=-1 oops=panic nokaslr no_timer_check ipv6.disable_ipv6=1"
# With every check on, the interpreter of ACPI's tables runs into its own limit of 30 s. Those tables also tell
# where the timer is that gives the clock microseconds: here (PIIX4), as the firmware sets it up.
FLAVOUR_ARGUMENTS = {"debug": " acpi=off pmtmr=0x608"}
PORT_NAME = "tcpxx.guest"
PR_SET_PDEATHSIG = 1


def kvm_works():
    """The device alone proves nothing: without these processor flags it can exist and hang."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        return re.search(r"^flags\s*:.*\b(vmx|svm)\b", file.read(), re.MULTILINE) is not None


def _processors(options):
    """Without ACPI they are found in the firmware's MP table, which names sockets and not what is in
    them; otherwise in one socket, for of several the kernel believes no common time stamp counter."""
    sockets = f",sockets={options.smp}" if options.flavour == "debug" else ""
    return ["-smp", f"{options.smp}{sockets}"]


def _acceleration(options):
    if options.icount:
        return [*ICOUNT, "-smp", "1"]
    if kvm_works():
        return ["-accel", "kvm", "-cpu", "host", *_processors(options)]
    # In turns, one thread for all processors. Side by side they wait for each other so much that most
    # work takes longer; and qemu before 8.1 may translate code while another processor patches it, so
    # that a jump label's breakpoint is met when nobody expects it any more (Oops: int3).
    threads = "multi" if options.parallel else "single"
    return ["-accel", f"tcg,thread={threads}", *_processors(options)]


def _serial_port(options, descriptor):
    # Without ioeventfd a write to the port is handled at once, at the same instruction every time.
    device = "virtio-serial-pci" + (",ioeventfd=off" if options.icount else "")
    return ["-device", device, "-chardev", f"socket,id=guest,fd={descriptor}",
            "-device", f"virtserialport,chardev=guest,name={PORT_NAME}"]


def _network_card(options, number):
    # As above; and qemu's timer for what is to be sent is in the guest's time, its main loop is not.
    device = "virtio-net-pci" + (",ioeventfd=off,tx=timer" if options.icount else "")
    return f"{device},netdev=net{number}"


def command_line(options, kernel_image, initramfs, log, descriptor):
    """The qemu command. DESCRIPTOR is its end of the socket to the guest's agent."""
    console = KERNEL_ARGUMENTS + FLAVOUR_ARGUMENTS.get(options.flavour, "")
    console += " quiet" if options.icount else ""
    command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
               "-no-reboot", "-m", str(options.memory), *_acceleration(options),
               "-kernel", str(kernel_image), "-initrd", str(initramfs), "-append", console,
               "-chardev", f"file,id=console,path={log}", "-serial", "chardev:console",
               *_serial_port(options, descriptor)]
    for number, backend in enumerate(options.net):
        command += ["-netdev", f"{backend},id=net{number}",
                    "-device", _network_card(options, number)]
    if options.gdb:
        command += ["-gdb", f"tcp:localhost:{options.gdb}", "-S"]
    for arguments in options.qemu:
        command += shlex.split(arguments)
    return command


def _die_with_parent():
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """A running qemu; leaving the "with" block ends it, whatever happened."""

    def __init__(self, command, descriptor, messages):
        # Its own session: Ctrl-C reaches scripts/guest only, which then ends qemu in order.
        self.process = subprocess.Popen(  # pylint: disable=subprocess-popen-preexec-fn
            command, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages,
            pass_fds=(descriptor,), start_new_session=True, preexec_fn=_die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
