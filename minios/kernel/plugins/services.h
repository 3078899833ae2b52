// The service list: what is started, by whom, with which rights.
#ifndef PLUGINS_SERVICES_H
#define PLUGINS_SERVICES_H

#include <minios/abi.h>
#include <stdbool.h>

// Reads the list that a BOOT_MODE_ asks for and marks what the policy refuses. Where that
// list cannot be used, the last good one is, and the mode becomes BOOT_MODE_LAST_GOOD. 0,
// or a negated ERROR_ if there is no list that starts anything.
[[gnu::warn_unused_result]] long services_read(uint32_t mode);

// The index-th line; false past the last.
[[gnu::warn_unused_result]] bool services_query(uint32_t index,
                                                struct service *service);

// The service that a process is; false if it is none.
[[gnu::warn_unused_result]] bool services_find(uint32_t process_id,
                                               struct service *service);

// Whether that is a service's name, with or without the ".sys" or ".ext" behind it.
[[gnu::warn_unused_result]] bool services_goes_by(const char *name,
                                                  const struct service *service);

// Whether this image is that of an extension of the list.
[[gnu::warn_unused_result]] bool services_is_extension(const char *image);

// Whether the driver in this file is a service that is never to be started.
[[gnu::warn_unused_result]] bool services_driver_is_disabled(const char *path);

// That driver has been loaded, or would not load, or is gone again: a SERVICE_STATE_.
void services_note_driver(const char *path, uint32_t state);

// Whether a process may have a port of that name: not if it is the name of a service
// (without ".sys" or ".ext") and the process is another.
[[gnu::warn_unused_result]] bool services_may_own(const char *name,
                                                  uint32_t process_id);

// A process has been started from this image: the list remembers its id.
void services_note_process(const char *image, uint32_t process_id);

// That process has ended.
void services_note_end(uint32_t process_id);

#endif
