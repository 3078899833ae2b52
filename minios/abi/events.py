"""The kinds of events: what the world outside learns of a machine, one row for each.

A row with a number is a kind of *record*: the guest reports it through the beacon. The
right REPORT alone is not enough to send every record. The column `speaker` says who may
send it, and the kernel's check is generated from this column:

    kernel       only the kernel, because no program can know better
    init         the program of this name that the kernel itself has started
    recovery     the program of this name that the kernel itself has started
    NAME         the program with this name in the service list
    plugin       any plugin, but only about itself: the kernel fills in `name`
    sensor       a plugin that has reported `sensor_up` before

A driver could still write to the beacon's port by itself: nothing in ring 0 stops it.
The lab ignores a record that was written by code outside of the kernel. But a driver
may also call the kernel's own function, or change it: nothing in ring 0 is protected
from ring 0.

A row without a number comes from outside the guest:

    machine      the CPU or another device: a fault, a reset, the power switch
    outside      the vendor, a person at the console, or the command that runs the lab

From this table are made: the numbers and structures in `abi.h`, the check of speakers,
the classes in `minios/lab/events.py`, the reader of records (`minios/lab/beacon.py`),
and all words and signs with which an event is shown. Run `minios dev gen` after a
change.

Security events are something else: what the kernel tells to programs and plugins inside
the guest. Their table is in `security_events.py`.
"""

from __future__ import annotations

from typing import Final

from minios.abi import errors
from minios.abi.enumerations import (
    APPROVAL,
    BOOT_MODE,
    CONTENT_STATUS,
    DEATH,
    ERROR_CONTROL,
    EVENT_MISS,
    PANIC,
    Enumeration,
)
from minios.abi.event_columns import (
    FLAG,
    HEX,
    NANOSECONDS,
    NUMBER,
    TEXT,
    EventKind,
    Group,
    Place,
    Sign,
    Told,
    added,
    boot_number,
    far_text,
    for_the_lab,
    in_words,
    named,
    number,
    one_of,
)
from minios.abi.security_events import EVENT_TYPE

_ERROR: Final = {number: words for _, number, words in errors.ERRORS}
_MODE: Final = {it: name.replace("_", " ") for it, name in BOOT_MODE.names.items()}
_VERDICT: Final = CONTENT_STATUS.names
_ERROR_CONTROL: Final = ERROR_CONTROL.names

# What the kernel has found out of a fault in ring 0, or of a mistake that it noticed.
_DIAGNOSIS: Final = (
    for_the_lab("module", "name"),
    for_the_lab("process_id", "process_id"),
    for_the_lab("vector", "uint16_t"),
    for_the_lab("rip"),
    number("code", HEX, "uint32_t"),
    added("name", TEXT),
    number("params", HEX, count=4),
    number("irql", c="uint16_t"),
    boot_number("boot"),
)

EVENTS: Final = (
    EventKind(
        name="boot",
        class_name="Booted",
        number=1,
        speaker="kernel",
        tells="The kernel has set itself up; `boot` counts from 1.",
        fields=(boot_number("boot"), in_words("model")),
        says="the kernel starts (boot {boot})",
        means=(
            "The kernel runs in ring 0 and has switched paging on. From here on the "
            "page tables say which ring may touch which page."
        ),
        sign=Sign("▲"),
        place=Place.RING_0,
    ),
    EventKind(
        name="boot_mode",
        class_name="ModeChosen",
        number=22,
        speaker="kernel",
        tells='How this start goes on: "normal", "safe" or "last good".',
        details="`failed_starts` is how many starts in a row have failed before it.",
        fields=(one_of("mode", _MODE), number("failed_starts")),
        says="{mode} start{before}",
        means=(
            "Before any driver or service runs, the kernel decides how the start goes "
            "on: as usual, in safe mode with few services, or with an older service "
            "list."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="recovery",
        class_name="RecoveryEntered",
        number=23,
        speaker="kernel",
        tells="The recovery environment begins, before any driver and any service.",
        details=(
            "`failed_starts` is how many starts in a row have failed before it. `what` "
            'is "recovery environment", or "boot menu" where the model has that.'
        ),
        fields=(number("failed_starts"), in_words("what")),
        says="the {what} starts{before}",
        means=(
            "Too many starts in a row have failed, or somebody asked for this. No "
            "driver and no service runs, because one of them may have caused the "
            "failures. Only one program runs, in ring 3, and asks what to do."
        ),
        sign=Sign("✚", "warn"),
        place=Place.RING_0,
    ),
    EventKind(
        name="recovery_choice",
        class_name="RecoveryChosen",
        number=24,
        speaker="recovery",
        tells="What was chosen in the menu of the recovery environment.",
        details='`choice` is "continue" where nobody has chosen in time.',
        fields=(in_words("choice"),),
        says="chosen in the recovery environment: {choice}",
        means=(
            "This choice in the recovery environment decides how the start goes on. If "
            "nobody chooses, the start goes on as usual."
        ),
        sign=Sign("✚"),
    ),
    EventKind(
        name="fix_offered",
        class_name="FixOffered",
        speaker="outside",
        tells="The vendor offers a fix to machines that ask for one, from outside.",
        fields=(added("name", TEXT),),
        says="the vendor offers the fix {name}",
        means=(
            "A fix is a short list of steps. Only a machine in its recovery "
            "environment asks for one."
        ),
        place=Place.OUTSIDE,
    ),
    EventKind(
        name="fix_applied",
        class_name="FixApplied",
        number=25,
        speaker="recovery",
        tells="One step of a fix that came over the update link; `step` is its line.",
        fields=(named("name"), in_words("step")),
        says="the fix {name}: {step}",
        means=(
            "The recovery program has done one step of the fix. It runs in ring 3, and "
            "may only change files in /SYSTEM."
        ),
        sign=Sign("✚", "good"),
    ),
    EventKind(
        name="service_failed",
        class_name="ServiceFailed",
        number=27,
        speaker="kernel",
        tells=(
            "A service would not start; `error` says why, `error_control` what follows."
        ),
        fields=(
            named("name"),
            one_of("error", _ERROR),
            one_of("error_control", _ERROR_CONTROL),
        ),
        says="{name} could not start: {error}",
        means=(
            "A service could not start. Its error control setting says what the kernel "
            "does now. This setting is about starting, not about a crash later."
        ),
        sign=Sign("✖", "warn"),
    ),
    EventKind(
        name="services_restored",
        class_name="ServicesRestored",
        number=26,
        speaker="init",
        tells="The service list is again that of the last good start.",
        details="`path` is the list, `lines` how many of its lines differed.",
        fields=(in_words("path"), number("lines")),
        says="{path} is restored from the last good start",
        means=(
            "The machine uses an older service list again. Content files are not part "
            "of the list, so this does not help against a bad content file."
        ),
        sign=Sign("⇧", "good"),
    ),
    EventKind(
        name="start_settled",
        class_name="StartSettled",
        number=29,
        speaker="kernel",
        tells=(
            "Two minutes have passed since it was ready: this start counts as a good "
            "one."
        ),
        fields=(boot_number("boot"),),
        says="this start counts as good",
        means=(
            "The machine has run for two minutes. A crash from now on does not count "
            "as a failed start."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="ready",
        class_name="ReadyEvent",
        number=2,
        speaker="init",
        tells="Every automatic service is running.",
        fields=(boot_number("boot"),),
        says="all services are running",
        means="Every program that starts automatically is running.",
        sign=Sign("✓", "good"),
    ),
    EventKind(
        name="push",
        class_name="Pushed",
        speaker="outside",
        tells=(
            "A content file of `size` bytes was sent to the update link, from outside."
        ),
        fields=(added("name", TEXT), added("size", NUMBER)),
        says="{name} is pushed ({size} bytes)",
        means=(
            "The vendor has sent a content file over the update link. It is data, not "
            "code."
        ),
        sign=Sign("⇩", "heading"),
        place=Place.OUTSIDE,
        group=Group.CONTENT,
    ),
    EventKind(
        name="withdrawn",
        class_name="Withdrawn",
        speaker="outside",
        tells="The vendor has withdrawn a content file, from outside.",
        fields=(added("name", TEXT),),
        says="the vendor withdraws {name}; machines that have it keep it",
        means=(
            "No other machine gets this file any more. Machines that have the file "
            "keep it."
        ),
        place=Place.OUTSIDE,
    ),
    EventKind(
        name="update_asked",
        class_name="UpdateAsked",
        number=28,
        speaker="updater",
        tells=(
            "The updater has told the vendor which content it has, and waits for newer."
        ),
        details="`checksum` is what the header of its content file says.",
        fields=(named("file"), number("checksum", HEX)),
        says="the updater asks for newer content",
        means=(
            "After a start, the updater tells the vendor which content it has. If the "
            "vendor has newer content, it sends that. On a machine in a crash loop "
            "this is a race against the next crash."
        ),
        told=Told.NOT_BY_THE_DEMO,
    ),
    EventKind(
        name="update_sent",
        class_name="UpdateSent",
        speaker="outside",
        tells=(
            "The vendor has answered the updater with the file that it offers, from "
            "outside."
        ),
        details=(
            "`again` is whether the last file that it had sent to this machine was the "
            "same."
        ),
        fields=(added("name", TEXT), added("size", NUMBER), added("again", FLAG)),
        says="the vendor sends {name}",
        means=(
            "The vendor sends its file to every machine that asks and has another one, "
            "or none. So it does not help to delete a bad file as long as the updater "
            "runs and the vendor offers it."
        ),
        sign=Sign("⇩", "heading"),
        place=Place.OUTSIDE,
        group=Group.CONTENT,
    ),
    EventKind(
        name="update_stored",
        class_name="UpdateStored",
        number=10,
        speaker="updater",
        tells="The updater has put the pushed file, of `size` bytes, on the disk.",
        fields=(named("file"), number("size")),
        says="the updater stores {file} on the disk",
        means=(
            "The file is on the disk now, so it is still there after a reset. If "
            "somebody deletes it, the updater fetches it again while the vendor offers "
            "it."
        ),
        group=Group.CONTENT,
    ),
    EventKind(
        name="update_refused",
        class_name="UpdateRefused",
        number=19,
        speaker="updater",
        tells=(
            "The updater has not kept the pushed file, because the sensor refuses it."
        ),
        details=(
            "`reason` is a name of `CONTENT_STATUS` (`minios/abi/enumerations.py`)."
        ),
        fields=(named("file"), one_of("reason", _VERDICT)),
        says="the updater does not store the file: {reason}",
        means=(
            "The updater asked the sensor first, and the sensor refused the file. So "
            "nothing changed."
        ),
        group=Group.CONTENT,
    ),
    EventKind(
        name="update_failed",
        class_name="UpdateFailed",
        number=31,
        speaker="updater",
        tells="A file has arrived over the update link, but could not be stored.",
        fields=(named("file"), one_of("error", _ERROR)),
        says="the updater cannot store {file}: {error}",
        means=(
            "A file has arrived, but the machine cannot store it. The sensor goes on "
            "with the older content."
        ),
        group=Group.CONTENT,
    ),
    EventKind(
        name="content_loaded",
        class_name="ContentLoaded",
        number=8,
        speaker="sensor",
        tells=(
            "The sensor in this ring has loaded a content file. This alone harms "
            "nobody."
        ),
        details=(
            "`version` is the content's own number, `instances` how many rules the "
            "file has."
        ),
        fields=(named("file"), number("version"), number("instances"), number("ring")),
        says="the sensor loads {file}, version {version}: nothing happens",
        means=(
            "The sensor has read the file. Loading does no harm yet: the sensor "
            "evaluates the content when a program uses a named pipe the next time."
        ),
        group=Group.CONTENT,
    ),
    EventKind(
        name="content_refused",
        class_name="ContentRefused",
        number=9,
        speaker="sensor",
        tells="The sensor in this ring would not take a content file.",
        details=(
            "`reason` is a name of `CONTENT_STATUS` (`minios/abi/enumerations.py`)."
        ),
        fields=(named("file"), one_of("reason", _VERDICT), number("ring")),
        says="the sensor refuses {file}: {reason}",
        means=(
            "The sensor checked the file and found it malformed. It goes on with the "
            "older content."
        ),
        group=Group.CONTENT,
    ),
    EventKind(
        name="detection",
        class_name="Detected",
        number=11,
        speaker="plugin",
        tells="An instance of the content matched an event; `plugin` is the sensor.",
        details=(
            "`text` says what matched, and `detection` is the id that the instance "
            "gives it."
        ),
        fields=(
            named("plugin"),
            in_words("text"),
            number("detection", HEX),
            number("ring"),
        ),
        says="{plugin} detects {text}",
        means=(
            "The use of a named pipe matched what the content describes. This is the "
            "work of a sensor."
        ),
        group=Group.CONTENT,
    ),
    EventKind(
        name="value",
        class_name="ValueReported",
        number=32,
        speaker="plugin",
        tells=(
            "A plugin in this ring has told a number; `what` says what the number is."
        ),
        details=(
            "`value` is 0 to 2**64 - 1. Some JSON readers round numbers above 2**53."
        ),
        fields=(named("plugin"), in_words("what"), number("value"), number("ring")),
        says="{plugin} reports {what}: {value}",
        means=(
            "The plugin has measured something and tells the world outside the number. "
            "A test of the plugin can wait for it."
        ),
    ),
    EventKind(
        name="module_loaded",
        class_name="ModuleLoaded",
        number=3,
        speaker="kernel",
        tells="A plugin became part of the kernel, in ring 0: `size` bytes at `base`.",
        fields=(named("name"), number("base", HEX), number("size")),
        says="{name} becomes part of the kernel at {base}",
        means=(
            "This plugin is now part of the kernel. All that it does, it does with the "
            "rights of the kernel."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="plugin_refused",
        class_name="PluginRefused",
        number=17,
        speaker="kernel",
        tells="The policy of the model does not allow this plugin.",
        fields=(named("name"),),
        says="the policy of this model refuses {name}",
        means=(
            "The model of this machine does not allow third-party code of this kind, "
            "so the plugin was not loaded."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="module_blocked",
        class_name="ModuleBlocked",
        number=70,
        speaker="kernel",
        tells="The command line of this start names this module as one not to load.",
        fields=(named("name"),),
        says="{name} is not loaded: the kernel command line forbids it",
        means=(
            "The boot option module_blacklist names modules that the kernel does not "
            "load. So a machine can start without a module that stops it. Without its "
            "sensor the machine is not protected."
        ),
        sign=Sign("✚", "warn"),
        place=Place.RING_0,
    ),
    EventKind(
        name="unload_refused",
        class_name="UnloadRefused",
        number=71,
        speaker="kernel",
        tells="A module was not unloaded, because it is in use.",
        details=(
            "`users` is its use count. `dead` says how many of these were ended in its "
            "code: they never leave, so the count never comes back to 0."
        ),
        fields=(named("name"), number("users"), number("dead")),
        says="{name} is not unloaded: it is in use",
        means=(
            "The kernel counts who is in the code of a module, and keeps the code as "
            "long as somebody is. A task that was ended there by a fault never leaves, "
            "so the module stays until the next start."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="module_unloaded",
        class_name="ModuleUnloaded",
        number=73,
        speaker="kernel",
        tells="A module or driver was unloaded: its memory is free again.",
        details=(
            '`forced` is "yes" if somebody was in its code, and it was taken away all '
            'the same (`rmmod -f`), else "no".'
        ),
        fields=(named("name"), one_of("forced", {0: "no", 1: "yes"})),
        says="{name} is unloaded (forced: {forced})",
        means=(
            "This plugin is no longer part of the kernel, and its hooks are called no "
            "more. Without its sensor a machine is not protected. By force means that "
            "its code was taken away from a task that was in it: whoever comes back "
            "there faults."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="boot_entry",
        class_name="BootEntryChosen",
        number=72,
        speaker="kernel",
        tells="A command line of the boot menu was chosen for this start.",
        details="`words` are the boot options that it adds.",
        fields=(named("entry"), in_words("words")),
        says="this start takes the boot entry {entry}",
        means=(
            "The boot menu has command lines that are kept on the disk. The words of "
            "the chosen one are added to the boot options of this start, before any "
            "module is loaded."
        ),
        sign=Sign("✚"),
        place=Place.RING_0,
    ),
    EventKind(
        name="plugin_limited",
        class_name="PluginLimited",
        number=33,
        speaker="kernel",
        tells="A plugin wanted more than its plugin.toml names, and did not get it.",
        details=(
            "A right that an extension lacks may also be missing in the service list. "
            "The same is told once for each start of the plugin."
        ),
        fields=(named("name"), in_words("what")),
        says="{name} is refused {what}",
        means=(
            "A plugin names in its plugin.toml what it will use, and the kernel gives "
            "it nothing else. So a plugin that has gone wrong can do less harm. Of a "
            "driver this is true only as far as it asks the kernel: in ring 0 it could "
            "also take what it wants."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="approval",
        class_name="ApprovalChanged",
        number=50,
        speaker="kernel",
        tells="A plugin that needs the user's approval is in another state.",
        details=(
            "`sees_events` is 1 if it may subscribe to security events. An empty "
            "`image`: it is no longer activated."
        ),
        fields=(
            named("name"),
            one_of("state", APPROVAL.descriptions),
            number("sees_events"),
            in_words("image"),
        ),
        says="{name}: {state}",
        means=(
            "On macOS, code of third parties runs only after the user has approved it. "
            "The kernel keeps on its disk what was approved: these bytes, no others."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="kext_warned",
        class_name="KextWarned",
        number=51,
        speaker="kernel",
        tells="A driver was loaded, with a warning that a later system will not do so.",
        fields=(named("name"),),
        says="{name} is loaded, but a later system will refuse it",
        means=(
            "Drivers of third parties were taken away from macOS in steps. In this one "
            "they still load, and the user is told that this will end."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="bpf_loaded",
        class_name="BpfLoaded",
        number=60,
        speaker="kernel",
        tells="The kernel has verified an eBPF object, and calls its programs now.",
        details="`visits` is how many instructions the verifier has looked at.",
        fields=(named("name"), number("programs"), number("visits")),
        says="{name} is verified and loaded",
        means=(
            "The verifier has followed every path through the programs, and has found "
            "none on which they touch what is not theirs, or do not end. They run in "
            "ring 0."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="bpf_refused",
        class_name="BpfRefused",
        number=61,
        speaker="kernel",
        tells="The kernel did not load an eBPF object. `reason` is in words.",
        fields=(named("name"), number("error"), far_text("reason")),
        says="{name} is not loaded: {reason}",
        means=(
            "The programs of this object never ran. So what they would have done wrong "
            "has harmed nothing."
        ),
        sign=Sign("⊘", "warn"),
        place=Place.RING_0,
    ),
    EventKind(
        name="ring_attached",
        class_name="RingAttached",
        number=62,
        speaker="kernel",
        tells="A program of ring 3 has become the reader of an eBPF ring buffer.",
        details=(
            "`map` is the ring buffer. `submitted` is how many records it had been "
            "given until then, `waiting` how many bytes of them nobody has read, and "
            "`dropped` how many records found no room."
        ),
        fields=(
            named("name"),
            number("process_id", c="process_id"),
            number("submitted"),
            number("waiting"),
            number("dropped"),
            in_words("map"),
        ),
        says="process {process_id} reads the ring buffer of {name}",
        means=(
            "Programs in ring 0 write records into the ring buffer, and a program "
            "of ring 3 works on them. If the reader dies, the records wait. Those that "
            "find no room any more are counted."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="denied",
        class_name="Denied",
        number=35,
        speaker="kernel",
        tells="A client of the security events has denied what somebody wanted to do.",
        details=(
            "`client` has denied it, `process_id` wanted to do it, to `target`. "
            '`operation` is the type of the event: "auth_open", for example.'
        ),
        fields=(
            named("client"),
            number("process_id", c="process_id"),
            one_of("operation", EVENT_TYPE.names),
            in_words("target"),
        ),
        says="{client} denies {operation} of {target}",
        means=(
            "The kernel has asked before it did anything, and the answer was no. So "
            "the system call returned an error, and nothing has changed."
        ),
        sign=Sign("⊘", "warn"),
        place=Place.RING_0,
    ),
    EventKind(
        name="deadline_missed",
        class_name="DeadlineMissed",
        number=36,
        speaker="kernel",
        tells="A client of the security events has given no verdict in time.",
        details=(
            "`waited` is how long the kernel has waited, `asker` the program that had "
            "to wait with it. `mode` says what follows."
        ),
        fields=(
            named("client"),
            one_of("operation", EVENT_TYPE.names),
            one_of("mode", EVENT_MISS.names),
            number("waited", NANOSECONDS),
            in_words("asker"),
        ),
        says="{client} gives no verdict in time, and {asker} has waited",
        means=(
            "Who asks for a verdict has to wait for it, so the kernel sets a deadline. "
            "When it has passed, the kernel decides by itself: a sensor that hangs "
            "must not stop the others."
        ),
        sign=Sign("⧗", "warn"),
        place=Place.RING_0,
    ),
    EventKind(
        name="event_dropped",
        class_name="EventDropped",
        number=37,
        speaker="kernel",
        tells="A client of the security events has missed a message: no room for it.",
        details=(
            "`dropped` is how many it has missed so far. The first is reported, and "
            "then each hundredth."
        ),
        fields=(
            named("client"),
            one_of("operation", EVENT_TYPE.names),
            number("dropped"),
        ),
        says="{client} misses a message: its inbox is full",
        means=(
            "The client takes its messages more slowly than they come. The kernel "
            "keeps only so many for it. The client can see the gap in their numbers, "
            "but not what it has missed."
        ),
        sign=Sign("⌿", "warn"),
        place=Place.RING_0,
        told=Told.NOT_BY_THE_DEMO,
    ),
    EventKind(
        name="sensor_up",
        class_name="SensorUp",
        number=16,
        speaker="plugin",
        tells="A sensor has started, in this ring, and sees events from now on.",
        fields=(named("plugin"), number("ring")),
        says="{plugin} watches named pipes",
        means=(
            "From now on the sensor sees each use of a named pipe. The ring in which "
            "it runs is the only difference between the two worlds."
        ),
        sign=Sign("●", "good"),
    ),
    EventKind(
        name="process_started",
        class_name="ProcessStarted",
        number=4,
        speaker="kernel",
        tells="A program has become a process in ring 3.",
        fields=(
            named("name"),
            number("process_id"),
            for_the_lab("cr3"),
            for_the_lab("parent_id"),
        ),
        says="{name} starts as process {process_id}",
        means="A program runs in ring 3, in an address space of its own.",
        told=Told.BY_FULL_LISTS,
    ),
    EventKind(
        name="process_exited",
        class_name="ProcessExited",
        number=5,
        speaker="kernel",
        tells="A process has ended, and no fault of its own was the reason.",
        details=(
            "`cause` is why it has ended, a name of `DEATH` "
            '(`minios/abi/enumerations.py`). Only "exit" has a `status`.'
        ),
        fields=(
            named("name"),
            number("process_id"),
            number("status"),
            one_of("cause", DEATH.names),
        ),
        says="{name} (process {process_id}) {how}",
        means=(
            "The process ended by itself, because another process asked for it, "
            "because it gave no verdict in time, or because the kernel faulted while "
            "it served the process."
        ),
        told=Told.BY_FULL_LISTS,
    ),
    EventKind(
        name="fault",
        class_name="Faulted",
        speaker="machine",
        has_fault=True,
        tells="The CPU raised an exception.",
        says="{place}: the CPU refuses {what}: {rule}",
        means=(
            "The CPU refused an instruction and called the kernel. The ring of the "
            "instruction decides whether the kernel ends one process or the whole "
            "machine."
        ),
        sign=Sign("✖", "warn"),
        told=Told.BY_FULL_LISTS,
        group=Group.FAULTS,
    ),
    EventKind(
        name="death",
        class_name="DeathEvent",
        number=6,
        speaker="kernel",
        has_fault=True,
        tells="The kernel ended a process for a fault of the process's own.",
        fields=(
            named("name"),
            number("process_id"),
            for_the_lab("vector"),
            for_the_lab("error_code"),
            for_the_lab("address"),
            for_the_lab("rip"),
        ),
        says="{name} (process {process_id}) dies",
        means=(
            "The fault came from ring 3, so the kernel ended this process. Everything "
            "else goes on, unless the system cannot run without the process."
        ),
        sign=Sign("✖", "bad"),
        group=Group.FAULTS,
    ),
    EventKind(
        name="bugcheck",
        class_name="BugcheckEvent",
        number=7,
        speaker="kernel",
        has_fault=True,
        tells="The kernel could not go on, and stopped the machine.",
        details=(
            "`code` and `name` are the stop code, `params` its four parameters, `irql` "
            "how urgent the work was that it did, `boot` the number of the boot. "
            '`panic` is why it stopped in the words of Linux, "" in any other model.'
        ),
        fields=(*_DIAGNOSIS, in_words("panic")),
        says="STOP {code} {name} in {place}",
        means=(
            "The kernel found that it should not go on. All code of ring 0 shares one "
            "memory, so after a fault there it cannot know what is still correct. This "
            "kernel then stops the machine; another kernel may go on."
        ),
        sign=Sign("■", "bad"),
        group=Group.FAULTS,
    ),
    EventKind(
        name="oops",
        class_name="Oops",
        number=34,
        speaker="kernel",
        has_fault=True,
        tells="The kernel has faulted, and goes on without what it has `ended`.",
        details=(
            "The other fields are those of a bugcheck: it would have been the same "
            "stop code. Linux calls such a fault an oops."
        ),
        fields=(*_DIAGNOSIS, in_words("ended")),
        says="{name} ({code}) in {place}: the kernel goes on without {ended}",
        means=(
            "Code in ring 0 has faulted. The policy of this machine lets the kernel go "
            "on: it ends the thread, the process or the plugin that was running. All "
            "code of ring 0 shares one memory, so what the code has broken there stays "
            "broken."
        ),
        sign=Sign("✖", "bad"),
        group=Group.FAULTS,
    ),
    EventKind(
        name="oops_report",
        class_name="OopsReport",
        number=55,
        speaker="kernel",
        tells="What the report of an oops says: the `number` of the oops, and where.",
        details=(
            "It comes before the oops, or before the bugcheck if nothing can be ended "
            "alone. `task` is what was running, `taint` the taint word "
            "(`minios.abi.enumerations.TAINT`), `error_code` that of the CPU, `locks` "
            "how many locks the task held, and `symbol` the function of the fault."
        ),
        fields=(
            named("task"),
            number("process_id"),
            number("number"),
            number("taint", HEX),
            number("error_code", HEX),
            number("locks"),
            in_words("symbol"),
        ),
        says="oops #{number}: {task} was in {symbol}",
        means=(
            "The kernel counts its oopses and never forgets them: the taint letter D "
            "stays until the next start. The locks that the task held stay locked, "
            "and a module in whose code it was cannot be unloaded any more."
        ),
        sign=Sign("✖", "bad"),
        told=Told.BY_FULL_LISTS,
        group=Group.FAULTS,
    ),
    EventKind(
        name="panic",
        class_name="KernelPanic",
        number=56,
        speaker="kernel",
        tells="The kernel has stopped the machine in Linux' way, and says `why`.",
        details=(
            "It follows a bugcheck, which has the stop code. `then` is what comes next "
            'by the boot option `panic`: "stay", "reset_later" (after so many '
            '`seconds`) or "reset_at_once".'
        ),
        fields=(one_of("then", PANIC.names), number("seconds"), in_words("why")),
        says="kernel panic: {why}",
        means=(
            "A fault in ring 0 that no task can be charged with, or a fault after "
            "which the system could not run: Linux stops then, too. What the machine "
            "does next, the boot option `panic` says."
        ),
        sign=Sign("■", "bad"),
        told=Told.BY_FULL_LISTS,
        group=Group.FAULTS,
    ),
    EventKind(
        name="hung_task",
        class_name="HungTask",
        number=57,
        speaker="kernel",
        tells="A task has waited for a lock for more than `seconds`, and waits on.",
        fields=(
            named("name"),
            number("process_id"),
            number("seconds"),
        ),
        says="{name} (process {process_id}) has waited for a lock for {seconds} s",
        means=(
            "Whoever holds the lock does not give it back: perhaps it died in an "
            "oops. A task that waits for a lock cannot be killed either. Only a new "
            "start helps."
        ),
        sign=Sign("!", "warn"),
        group=Group.FAULTS,
    ),
    EventKind(
        name="dump_written",
        class_name="DumpWritten",
        number=18,
        speaker="kernel",
        tells="The dying kernel has saved a small dump in the disk's reserved sectors.",
        details="It takes `sectors` sectors of 512 bytes, from `sector` on.",
        fields=(number("sector"), number("sectors")),
        says="the kernel writes a small dump to the disk, sector {sector}",
        means=(
            "The dying kernel has written what it knew to a part of the disk that no "
            "file uses. For this it does not need its file system."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="dump_saved",
        class_name="DumpSaved",
        number=21,
        speaker="kernel",
        tells="The dump of the last crash has become a file of `size` bytes.",
        fields=(in_words("path"), number("size")),
        says="the dump of the last crash is saved as {path}",
        means=(
            "This start has saved the dump of the last crash as a file. It holds what "
            "the kernel knew when it stopped. Explain this event to read it."
        ),
        place=Place.RING_0,
    ),
    EventKind(
        name="reset",
        class_name="ResetEvent",
        speaker="machine",
        tells=(
            "The machine starts again: `reason` says why, `boot` which boot has ended."
        ),
        fields=(added("reason", TEXT), added("boot", NUMBER)),
        says="the machine resets ({reason})",
        means=(
            "The machine starts again from the same disk. If a bad file on the disk "
            "caused the crash, the machine will crash again."
        ),
        sign=Sign("↺", "warn"),
        place=Place.OUTSIDE,
        group=Group.FAULTS,
    ),
    EventKind(
        name="unresponsive",
        class_name="Unresponsive",
        number=40,
        speaker="supervisor",
        tells="An extension lives, but has not answered for `silence` virtual ns.",
        details="The supervisor ends it, and then starts it again as after a death.",
        fields=(
            named("name"),
            number("process_id"),
            number("silence", NANOSECONDS),
        ),
        says="{name} (process {process_id}) does not answer: the supervisor ends it",
        means=(
            "A process that hangs does not die by itself. So the supervisor asks each "
            "extension once a second whether it is alive. It does not wait for the "
            "answer: it looks later whether one has come."
        ),
        sign=Sign("⧗", "bad"),
        group=Group.FAULTS,
    ),
    EventKind(
        name="restart_planned",
        class_name="RestartPlanned",
        number=30,
        speaker="supervisor",
        tells=(
            "The supervisor waits `delay` virtual ns before it starts an extension "
            "again."
        ),
        details="`deaths` is how often it has died in a row.",
        fields=(named("name"), number("deaths"), number("delay", NANOSECONDS)),
        says="the supervisor will restart {name} in {delay_s} s",
        means=(
            "How long the supervisor waits depends on its restart policy; the usual "
            "one waits longer after each death. Until the extension runs again, the "
            "machine runs without protection."
        ),
        told=Told.BY_FULL_LISTS,
        group=Group.FAULTS,
    ),
    EventKind(
        name="device_quiesced",
        class_name="DeviceQuiesced",
        number=38,
        speaker="kernel",
        tells="The driver of a device in ring 3 has ended; the kernel has quiesced it.",
        details="`device` is what it drove. `process_id` is the driver's.",
        fields=(
            named("name"),
            in_words("device"),
            number("process_id", c="process_id"),
        ),
        says="{name} has ended: the kernel brings the {device} to rest",
        means=(
            "To quiesce a device is to bring it to rest. Its driver was a process, so "
            "the kernel noticed how it ended. It masked the interrupt line, and wrote "
            "to the device what the driver's manifest names for this case. Where a "
            "driver in ring 0 dies, nobody is left to do this."
        ),
        sign=Sign("⊘", "good"),
        place=Place.RING_0,
        group=Group.FAULTS,
    ),
    EventKind(
        name="restart",
        class_name="RestartEvent",
        number=12,
        speaker="supervisor",
        tells=(
            "The supervisor has started an extension again, after `delay` virtual ns."
        ),
        details=(
            "`attempt` is how often it has died in a row; 0 if no death led to the "
            "restart."
        ),
        fields=(
            named("name"),
            number("attempt"),
            number("delay", NANOSECONDS),
            number("process_id"),
        ),
        says="the supervisor restarts {name}, attempt {attempt}",
        means=(
            "The supervisor has started the extension again. It is itself a program in "
            "ring 3. A restart is not a repair: the bad content is still there."
        ),
        sign=Sign("↻", "warn"),
        group=Group.FAULTS,
    ),
    EventKind(
        name="back",
        class_name="BackAgain",
        number=41,
        speaker="supervisor",
        tells="An extension is ready again, `gap` virtual ns after it was lost.",
        details=(
            "`total` is how long it was away all in all, since this boot. One that "
            "hung is lost from the ping on that it did not answer."
        ),
        fields=(
            named("name"),
            number("gap", NANOSECONDS),
            number("total", NANOSECONDS),
        ),
        says="{name} is ready again; the machine was without it for {gap_s} s",
        means=(
            "The extension works again. If it is the sensor, the machine was "
            "unprotected meanwhile. A short gap is no repair: if the reason for the "
            "death is still there, the next death follows."
        ),
        told=Told.BY_FULL_LISTS,
        group=Group.FAULTS,
    ),
    EventKind(
        name="gave_up",
        class_name="GaveUp",
        number=13,
        speaker="supervisor",
        tells="The supervisor starts an extension no more with this content.",
        details="`failures` is how often it has died in a row.",
        fields=(named("name"), number("failures")),
        says="the supervisor gives up on {name} after {failures} failures",
        means=(
            "More restarts would not help. Between the restarts, the machine ran "
            "without protection."
        ),
        sign=Sign("■", "warn"),
        group=Group.FAULTS,
    ),
    EventKind(
        name="quarantine",
        class_name="Quarantined",
        number=14,
        speaker="supervisor",
        tells="The supervisor has moved a content file away, to the path `moved_to`.",
        fields=(named("file"), in_words("moved_to")),
        says="the supervisor moves {file} away to {moved_to}",
        means=(
            "The sensor does not find the content file any more. The file is kept, so "
            "that somebody can find out why it was bad."
        ),
        sign=Sign("⊘", "warn"),
        group=Group.CONTENT,
    ),
    EventKind(
        name="restored",
        class_name="Restored",
        number=15,
        speaker="supervisor",
        tells=(
            "The supervisor has put the last good content back, from a path on the "
            "disk."
        ),
        fields=(named("file"), in_words("copied_from")),
        says="the supervisor restores {file} from {copied_from}",
        means="The sensor uses the last content again that worked.",
        sign=Sign("⇧", "good"),
        group=Group.CONTENT,
    ),
    EventKind(
        name="typed",
        class_name="Typed",
        speaker="outside",
        tells=(
            "Somebody has typed a line on the console. Only `minios recover` records "
            "this."
        ),
        fields=(added("text", TEXT),),
        says="somebody types: {text}",
        means="Somebody types at the console.",
        place=Place.OUTSIDE,
    ),
    EventKind(
        name="rescued",
        class_name="Rescued",
        speaker="outside",
        tells="How a way out of the crash loop came out, and after how many boots.",
        fields=(
            added("way", TEXT),
            added("recovered", FLAG),
            added("outcome", TEXT),
            added("boots", NUMBER),
        ),
        says="{way}: {outcome}, {boots} boots",
        means="This way out of the crash loop has been tried to its end.",
        place=Place.OUTSIDE,
    ),
    EventKind(
        name="powered_off",
        class_name="PoweredOff",
        speaker="machine",
        tells="The machine has switched itself off.",
        says="the machine switches itself off",
        means="The machine has switched itself off.",
    ),
    EventKind(
        name="end",
        class_name="Ended",
        speaker="outside",
        tells="How a demonstration ended, counted from the events before it.",
        details=(
            '`outcome` is one of "crash loop", "crash", "switched off", "reset loop", '
            '"went on", "isolated", "never ran", "refused", "not updated", '
            '"unharmed".\n\n'
            "`deaths` are processes that a fault of their own has ended, `restarts` "
            "those that the supervisor has started again. `oopses` are faults of ring "
            "0 after which the kernel went on, `tasks_ended` the processes that it has "
            "ended for them, and `init_restarts` says how often init has started such "
            "a process again. `panics` are bugchecks that were told in Linux' way."
        ),
        fields=(
            added("outcome", TEXT),
            added("boots", NUMBER),
            added("bugchecks", NUMBER),
            added("deaths", NUMBER),
            added("restarts", NUMBER),
            added("oopses", NUMBER),
            added("panics", NUMBER),
            added("tasks_ended", NUMBER),
            added("init_restarts", NUMBER),
            added("sensor_running", FLAG),
            added("console_alive", FLAG),
            added("content", TEXT),
        ),
        says="{outcome}",
        means="The result for this world.",
        place=Place.OUTSIDE,
    ),
)

RECORDS: Final = tuple(
    sorted((it for it in EVENTS if it.number), key=lambda it: it.number)
)
"""Those that the guest reports, in the order of their numbers."""

RECORD: Final = Enumeration(
    "RECORD",
    "Kinds of record. The values of each are a member of the union in struct record.",
    tuple((it.name.upper(), it.number, it.words) for it in RECORDS),
)
