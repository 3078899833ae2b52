"""What a record means, for whoever reads it for the first time: a sentence or two.

`describe` says what happened; this says why it matters. No number in it, so that it is
true of every record of its kind.
"""

from __future__ import annotations

from typing import Final

from minios.lab import events
from minios.lab.events import Event

MEANINGS: Final[dict[type, str]] = {
    events.Booted: (
        "The kernel runs in ring 0 and has switched paging on. From here on the page "
        "tables say which ring may touch which page."
    ),
    events.ModeChosen: (
        "Before anything from outside runs, the kernel decides how the start goes on: "
        "as usual, with the least, or with an older service list."
    ),
    events.RecoveryEntered: (
        "Too many starts in a row have failed, or somebody asked for it. Nothing of "
        "what may be to blame is loaded; one program in ring 3 asks what to do."
    ),
    events.RecoveryChosen: (
        "What was chosen in the recovery environment decides how the start goes on. "
        "If nobody answers, it goes on as usual."
    ),
    events.FixOffered: (
        "A fix is a short list of steps. Only a machine in its recovery environment "
        "asks for one."
    ),
    events.FixApplied: (
        "One step of the fix was done by the recovery program, in ring 3, below "
        "/SYSTEM/ only."
    ),
    events.ServiceFailed: (
        "A service would not start. Its error control says what follows. That is "
        "about loading, not about crashing later."
    ),
    events.ServicesRestored: (
        "The service list is an older one again. Content and other files are not part "
        "of it, so this does not help against a bad content file."
    ),
    events.StartSettled: (
        "The machine has run for two minutes. A crash from now on does not count as a "
        "failed start."
    ),
    events.ReadyEvent: "Every program that starts by itself has said that it is up.",
    events.Pushed: (
        "The vendor has sent a content file over the update link. It is data, not code."
    ),
    events.Withdrawn: "No machine gets this file any more. Those that have it keep it.",
    events.UpdateAsked: (
        "After a start the updater says which content it has. If the vendor has "
        "newer, it comes; a race against the next crash, if there is one."
    ),
    events.UpdateStored: (
        "The file is on the disk, and will be there after a reset, too."
    ),
    events.UpdateRefused: "The sensor was asked first and said no, so nothing changed.",
    events.UpdateFailed: (
        "A file has arrived, but the machine cannot store it. The older content stays "
        "in force."
    ),
    events.ContentLoaded: (
        "The sensor has read the file. Loading harms nobody: what evaluates it is the "
        "next use of a named pipe."
    ),
    events.ContentRefused: (
        "The sensor's own checks found the file malformed. The older content stays in "
        "force."
    ),
    events.Detected: "An event matched what the content describes: the sensor at work.",
    events.ModuleLoaded: (
        "This plugin is part of the kernel now. Whatever it does, it does with every "
        "right that there is."
    ),
    events.PluginRefused: (
        "The model of this machine takes no third-party code of this kind. It was not "
        "loaded."
    ),
    events.SensorUp: (
        "From now on the sensor sees named pipes. In which ring it runs is the whole "
        "difference between the two worlds."
    ),
    events.ProcessStarted: "A program runs in ring 3, in an address space of its own.",
    events.ProcessExited: (
        "It ended of its own accord, or because another asked for it."
    ),
    events.Faulted: (
        "The CPU refused an instruction and called the kernel. In which ring the "
        "instruction ran decides who pays."
    ),
    events.DeathEvent: (
        "The fault came from ring 3, so the kernel ended this process. Everything else "
        "goes on, unless the system cannot do without the process."
    ),
    events.BugcheckEvent: (
        "The kernel found that it should not go on. All code of ring 0 shares one "
        "memory, so after a fault there it cannot know what is still sound. This "
        "kernel then stops the machine; another may go on."
    ),
    events.DumpWritten: (
        "The dying kernel has written what it knew to a part of the disk that no file "
        "uses, without its file system."
    ),
    events.DumpSaved: (
        "The next start has made a file of the dump. Read it with `minios inspect`."
    ),
    events.ResetEvent: (
        "The machine begins anew with the same disk. If the file that led here is "
        "still on it, it will lead here again."
    ),
    events.RestartPlanned: (
        "The supervisor waits longer after each death. Until the extension runs again, "
        "the machine is up and unprotected."
    ),
    events.RestartEvent: (
        "The supervisor, a program in ring 3 itself, has started the extension again. "
        "Restart is not repair."
    ),
    events.GaveUp: (
        "Starting it again and again does not help. In between, the machine was up "
        "and unprotected."
    ),
    events.Quarantined: (
        "The content file is out of the sensor's way, and kept for whoever wants to "
        "know why it was bad."
    ),
    events.Restored: "The content that had proved itself is in force again.",
    events.Typed: "Somebody sits at the console.",
    events.Rescued: "A way out of the crash loop was gone to its end.",
    events.PoweredOff: "The machine has switched itself off.",
    events.Ended: "How this world came out.",
}


def meaning(event: Event) -> str:
    """Why it matters."""
    return MEANINGS[type(event)]
