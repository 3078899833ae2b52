"""Why an event matters, in a few sentences for somebody who sees it the first time.

`describe` says what happened, and `meaning` says why it matters. The sentences contain
no numbers, so they are true for every event of their kind.
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
        "Before any driver or service runs, the kernel decides how the start goes on: "
        "as usual, in safe mode with few services, or with an older service list."
    ),
    events.RecoveryEntered: (
        "Too many starts in a row have failed, or somebody asked for this. No driver "
        "and no service runs, because one of them may have caused the failures. Only "
        "one program runs, in ring 3, and asks what to do."
    ),
    events.RecoveryChosen: (
        "This choice in the recovery environment decides how the start goes on. If "
        "nobody chooses, the start goes on as usual."
    ),
    events.FixOffered: (
        "A fix is a short list of steps. Only a machine in its recovery environment "
        "asks for one."
    ),
    events.FixApplied: (
        "The recovery program has done one step of the fix. It runs in ring 3, and may "
        "only change files in /SYSTEM."
    ),
    events.ServiceFailed: (
        "A service could not start. Its error control setting says what the kernel "
        "does now. This setting is about starting, not about a crash later."
    ),
    events.ServicesRestored: (
        "The machine uses an older service list again. Content files are not part of "
        "the list, so this does not help against a bad content file."
    ),
    events.StartSettled: (
        "The machine has run for two minutes. A crash from now on does not count as a "
        "failed start."
    ),
    events.ReadyEvent: "Every program that starts automatically is running.",
    events.Pushed: (
        "The vendor has sent a content file over the update link. It is data, not code."
    ),
    events.Withdrawn: (
        "No other machine gets this file any more. Machines that have the file keep it."
    ),
    events.UpdateAsked: (
        "After a start, the updater tells the vendor which content it has. If the "
        "vendor has newer content, it sends that. On a machine in a crash loop this is "
        "a race against the next crash."
    ),
    events.UpdateSent: (
        "The vendor sends its file to every machine that asks and has another one, or "
        "none. So it does not help to delete a bad file as long as the updater runs "
        "and the vendor offers it."
    ),
    events.UpdateStored: (
        "The file is on the disk now, so it is still there after a reset. If somebody "
        "deletes it, the updater fetches it again while the vendor offers it."
    ),
    events.UpdateRefused: (
        "The updater asked the sensor first, and the sensor refused the file. So "
        "nothing changed."
    ),
    events.UpdateFailed: (
        "A file has arrived, but the machine cannot store it. The sensor goes on with "
        "the older content."
    ),
    events.ContentLoaded: (
        "The sensor has read the file. Loading does no harm yet: the sensor evaluates "
        "the content when a program uses a named pipe the next time."
    ),
    events.ContentRefused: (
        "The sensor checked the file and found it malformed. It goes on with the older "
        "content."
    ),
    events.Detected: (
        "The use of a named pipe matched what the content describes. This is the work "
        "of a sensor."
    ),
    events.ValueReported: (
        "The plugin has measured something and tells the world outside the number. A "
        "test of the plugin can wait for it."
    ),
    events.ModuleLoaded: (
        "This plugin is now part of the kernel. All that it does, it does with the "
        "rights of the kernel."
    ),
    events.PluginRefused: (
        "The model of this machine does not allow third-party code of this kind, so "
        "the plugin was not loaded."
    ),
    events.SensorUp: (
        "From now on the sensor sees each use of a named pipe. The ring in which it "
        "runs is the only difference between the two worlds."
    ),
    events.ProcessStarted: "A program runs in ring 3, in an address space of its own.",
    events.ProcessExited: (
        "The process ended by itself, or because another process asked for it."
    ),
    events.Faulted: (
        "The CPU refused an instruction and called the kernel. The ring of the "
        "instruction decides whether the kernel ends one process or the whole machine."
    ),
    events.DeathEvent: (
        "The fault came from ring 3, so the kernel ended this process. Everything else "
        "goes on, unless the system cannot run without the process."
    ),
    events.BugcheckEvent: (
        "The kernel found that it should not go on. All code of ring 0 shares one "
        "memory, so after a fault there it cannot know what is still correct. This "
        "kernel then stops the machine; another kernel may go on."
    ),
    events.DumpWritten: (
        "The dying kernel has written what it knew to a part of the disk that no file "
        "uses. For this it does not need its file system."
    ),
    events.DumpSaved: (
        "This start has saved the dump of the last crash as a file. It holds what the "
        "kernel knew when it stopped. Explain this event to read it."
    ),
    events.ResetEvent: (
        "The machine starts again from the same disk. If a bad file on the disk caused "
        "the crash, the machine will crash again."
    ),
    events.RestartPlanned: (
        "The supervisor waits longer after each death. Until the extension runs again, "
        "the machine runs without protection."
    ),
    events.RestartEvent: (
        "The supervisor has started the extension again. It is itself a program in "
        "ring 3. A restart is not a repair: the bad content is still there."
    ),
    events.GaveUp: (
        "More restarts would not help. Between the restarts, the machine ran without "
        "protection."
    ),
    events.Quarantined: (
        "The sensor does not find the content file any more. The file is kept, so that "
        "somebody can find out why it was bad."
    ),
    events.Restored: "The sensor uses the last content again that worked.",
    events.Typed: "Somebody types at the console.",
    events.Rescued: "This way out of the crash loop has been tried to its end.",
    events.PoweredOff: "The machine has switched itself off.",
    events.Ended: "The result for this world.",
}


def meaning(event: Event) -> str:
    """Why an event of this kind matters."""
    return MEANINGS[type(event)]
