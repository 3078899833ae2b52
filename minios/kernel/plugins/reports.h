// Who may send which record through the beacon to the world outside. The column
// `speaker` in minios/abi/events.py says it for each kind of record.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct driver;
struct process;

// Whether a process may send this record. If a plugin reports about itself, this
// function also writes the plugin's name into the record.
[[nodiscard]] bool report_is_for_process(struct record *record,
                                         const struct process *process);

// The same for a driver. Its manifest must name the right REPORT.
[[nodiscard]] bool report_is_for_driver(struct record *record,
                                        const struct driver *driver);
