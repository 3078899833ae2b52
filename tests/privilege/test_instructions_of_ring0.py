"""Instructions that only ring 0 may execute: refused in ring 3, allowed in ring 0.

The table is from the instruction reference (Intel SDM vol. 2, "64-Bit Mode
Exceptions").
"""

from __future__ import annotations

import pytest

from minios.machine import rules
from minios.machine.bare import CODE3, CONTROLS, GDT, Bare
from minios.machine.faults import Fault
from minios.machine.rules import Rule

GP, UD = 13, 6

# name: (bytes, what ring 3 gets, whether ring 0 can be let do it here)
PRIVILEGED = {
    "hlt": ("f4", True),
    "mov rax, cr0": ("0f20c0", True),
    "mov rax, cr2": ("0f20d0", True),
    "mov rax, cr3": ("0f20d8", True),
    "mov rax, cr4": ("0f20e0", True),
    "mov cr2, rax": ("0f22d0", True),
    "mov cr3, rbx": ("0f22db", True),
    "clts": ("0f06", True),
    "invlpg [rbx]": ("0f013b", True),
    "wbinvd": ("0f09", True),
    "lgdt [rsp-16]": ("0f015424f0", True),
    "lidt [rsp-16]": ("0f015c24f0", True),
    "lldt ax": ("0f00d0", True),
    "ltr ax": ("0f00d8", False),
    "lmsw ax": ("0f01f0", True),
    "mov rax, dr7": ("0f21f8", True),
    "mov dr7, rax": ("0f23f8", True),
    "rdmsr": ("0f32", True),
    "wrmsr": ("0f30", True),
    "swapgs": ("0f01f8", True),
    "sysretq": ("480f07", True),
    "xsetbv": ("0f01d1", False),
}
BY_IOPL = {"cli": "fa", "sti": "fb", "in al, 0x20": "e420", "out 0x20, al": "e620"}
FREE = {"nop": "90", "cpuid": "0fa2", "rdtsc": "0f31", "sgdt": "0f014424f0"}


def general_protection(rule: Rule) -> Fault:
    """#GP(0) by the instruction of ring 3."""
    return Fault(
        vector=GP,
        error_code=0,
        address=None,
        ring=3,
        rip=CODE3,
        rule=rule,
    )


@pytest.mark.parametrize("name", PRIVILEGED)
def test_ring3_is_refused(name: str) -> None:
    """#GP(0) at the instruction, by the rule of privileged instructions."""
    bare = Bare()

    fault = bare.attempt(bytes.fromhex(PRIVILEGED[name][0]), 3)

    assert fault == general_protection(rules.PRIVILEGED)


@pytest.mark.parametrize(
    "name", [name for name, (_, possible) in PRIVILEGED.items() if possible]
)
def test_ring0_is_allowed(name: str) -> None:
    """The same bytes raise nothing in ring 0."""
    bare = Bare()
    code = bytes.fromhex(PRIVILEGED[name][0])
    bare.put(code, 0)
    bare.enter(0)
    rcx = CODE3 if name == "sysretq" else 0xC0000081
    for register, value in ((1, rcx), (3, CONTROLS.cr3)):  # RCX, RBX
        bare.state.set_general(register, value)
    bare.memory.write(bare.state.rsp - 16, (0x3F | GDT << 16).to_bytes(10, "little"))

    assert bare.run(1) is None


@pytest.mark.parametrize("iopl", range(4))
@pytest.mark.parametrize("name", BY_IOPL)
def test_iopl_decides_about_if_and_ports(name: str, iopl: int) -> None:
    """CLI, STI, IN and OUT need CPL <= IOPL (there is no I/O bitmap here)."""
    bare = Bare()
    controls = CONTROLS._replace(rflags=iopl << 12)

    fault = bare.attempt(bytes.fromhex(BY_IOPL[name]), 3, controls=controls)

    touches_if = name in ("cli", "sti")
    rule = rules.INTERRUPT_FLAG if touches_if else rules.IO_PRIVILEGE
    assert fault == (None if iopl == 3 else general_protection(rule))


@pytest.mark.parametrize("iopl", range(4))
@pytest.mark.parametrize("name", BY_IOPL)
def test_ring0_is_above_every_iopl(name: str, iopl: int) -> None:
    """CPL 0 <= IOPL whatever IOPL is: CLI, STI, IN and OUT raise nothing."""
    controls = CONTROLS._replace(rflags=iopl << 12)

    assert Bare().attempt(bytes.fromhex(BY_IOPL[name]), 0, controls=controls) is None


@pytest.mark.parametrize("name", FREE)
def test_ring3_may(name: str) -> None:
    """Instructions that ask for no privilege."""
    assert Bare().attempt(bytes.fromhex(FREE[name]), 3) is None


@pytest.mark.parametrize("code", ["0f01cb", "0f01ca"], ids=["stac", "clac"])
def test_smap_switches_do_not_exist_for_ring3(code: str) -> None:
    """STAC and CLAC raise #UD at CPL 3, not #GP (SDM vol. 2)."""
    fault = Bare().attempt(bytes.fromhex(code), 3)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (UD, None)


@pytest.mark.parametrize("code", ["480fc7f0", "480fc7f8"], ids=["rdrand", "rdseed"])
def test_the_cpu_has_no_randomness(code: str) -> None:
    """RDRAND and RDSEED are not there: two runs of a machine cannot differ."""
    fault = Bare().attempt(bytes.fromhex(code), 0)

    assert fault is not None
    assert fault.vector == UD


def test_popf_of_ring3_cannot_raise_its_iopl() -> None:
    """POPF leaves IOPL and IF alone outside of ring 0, without a fault (SDM vol. 2)."""
    bare = Bare()
    bare.put(bytes.fromhex("68023200009d"), 3)  # push 0x3202; popf
    bare.enter(3)

    assert bare.run(2) is None
    assert bare.processor.engine.rflags == 0x2


@pytest.mark.parametrize("ring", [0, 3])
def test_sysenter_leads_nowhere(ring: int) -> None:
    """IA32_SYSENTER_CS is 0: #GP(0) in any ring (SDM vol. 2B)."""
    bare = Bare()

    fault = bare.attempt(bytes.fromhex("0f34"), ring)

    assert fault is not None
    assert (fault.vector, fault.error_code, fault.rule) == (GP, 0, rules.SYSENTER)
    assert bare.state.rip == bare.handler(GP)


def test_syscall_without_sce_does_not_exist() -> None:
    """EFER.SCE off: `syscall` is #UD."""
    controls = CONTROLS._replace(efer=CONTROLS.efer & ~1)

    fault = Bare().attempt(b"\x0f\x05", 3, controls=controls)

    assert fault is not None
    assert fault.vector == UD


@pytest.mark.parametrize("cr4", [0, 1 << 8], ids=["PCE off", "PCE on"])
@pytest.mark.parametrize("ring", [0, 3])
def test_there_is_no_counter_to_read(ring: int, cr4: int) -> None:
    """RDPMC is #GP(0) in every ring: CPUID leaf 0xA offers no counter (SDM vol. 2B)."""
    bare = Bare()
    controls = CONTROLS._replace(cr4=CONTROLS.cr4 | cr4)

    fault = bare.attempt(b"\x0f\x33", ring, controls=controls)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (GP, 0)


def test_lock_before_rdpmc_does_not_exist() -> None:
    """#UD, as with every instruction that cannot be locked."""
    fault = Bare().attempt(b"\xf0\x0f\x33", 3)

    assert fault is not None
    assert fault.vector == UD
