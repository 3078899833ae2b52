// Who may say which record through the beacon: the column `speaker` of
// minios/abi/records.py.
#ifndef PLUGINS_REPORTS_H
#define PLUGINS_REPORTS_H

#include <minios/abi.h>
#include <stdbool.h>

struct driver;
struct process;

// Whether a process may say this. What a plugin says of itself gets its name here.
[[gnu::warn_unused_result]] bool report_is_for_process(struct record *record,
                                                       const struct process *process);

// The same for a driver, whose manifest has to name the right REPORT.
[[gnu::warn_unused_result]] bool report_is_for_driver(struct record *record,
                                                      const struct driver *driver);

#endif
