"""Boot options that change nothing on a machine: who gives one should be told so.

The kernel ignores such a word, as other systems do. Nothing is wrong with it, but a
person who compares two runs would look for a difference that cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from minios.abi import policies
from minios.abi.plugins import Kind
from minios.lab import bpf_crimes


def _takes(kind: Kind, model: str, options: Mapping[str, str]) -> bool:
    return kind in policies.kinds_taken(model, options)


def _no_kexts(model: str, options: Mapping[str, str]) -> str:
    return "it takes drivers anyway" if _takes(Kind.DRIVER, model, options) else ""


def _no_oops(model: str, options: Mapping[str, str]) -> str:
    does = policies.after_fault(model, options)
    return "" if does.name == "oops" else f"a fault of ring 0 {does.does} there"


def _no_bpf(model: str, options: Mapping[str, str]) -> str:
    return "" if _takes(Kind.BPF, model, options) else "it takes no eBPF programs"


def _no_modules(model: str, _: Mapping[str, str]) -> str:
    has = policies.BY_NAME[model].has_modules
    return "" if has else "its drivers are no modules in the sense of Linux"


def _no_commit(_: str, __: Mapping[str, str]) -> str:
    return "no service of a new disk runs `commit`; `minios crimes` does"


_REASONS: Final[Mapping[str, Callable[[str, Mapping[str, str]], str]]] = {
    "kexts": _no_kexts,
    "panic_on_oops": _no_oops,
    "panic": _no_oops,
    "oops_limit": _no_oops,
    "bpf_defect": _no_bpf,
    "module_blacklist": _no_modules,
    "crime": _no_commit,
}


def _ends_the_task(model: str, options: Mapping[str, str]) -> str:
    """What end_plugin ends where a driver's hooks run on the thread of another."""
    is_asked = options.get("after_fault") == "end_plugin"
    if not is_asked or not policies.BY_NAME[model].hooks_on_caller:
        return ""
    return (
        f"after_fault=end_plugin ends no plugin in {model}. A driver runs there on the "
        "thread of whoever caused the event, so the kernel ends that task."
    )


def _needs_a_program(model: str, options: Mapping[str, str]) -> str:
    """Which program leads to a defect: those of the sensor do not."""
    defect = options.get("bpf_defect", "none")
    if defect == "none" or _no_bpf(model, options):
        return ""
    sound, planted = bpf_crimes.DEFECTS[0], defect
    leading = [
        it
        for it in bpf_crimes.BPF_CRIMES
        if it.expected(planted) == bpf_crimes.OOPS != it.expected(sound)
    ]
    name = min(leading, key=lambda it: len(it.text)).name
    return (
        f"bpf_defect={defect} plants a defect, but a program must lead there, and "
        f"those of the sensor do not. `minios crimes {name}` has one that does."
    )


def notes(model: str, options: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each option that does not do on this model what one may expect.

    The disk is a new one: on another, a program may use any of them.
    """
    for name, value in options.items():
        ask = _REASONS.get(name)
        reason = ask(model, options) if ask is not None else ""
        if reason:
            yield f"{name}={value} changes nothing in {model}: {reason}."
    yield from filter(
        None, (_ends_the_task(model, options), _needs_a_program(model, options))
    )
