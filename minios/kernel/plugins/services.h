// The service list: which drivers, extensions and programs are started, and with which
// rights. services.c shows the file. Windows keeps the same facts in the registry.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// Called by main.c. Reads the list for this BOOT_MODE_, and marks the services that the
// model does not allow. If the list cannot be used, reads the last good one instead,
// and the mode becomes BOOT_MODE_LAST_GOOD. Returns 0, or a negated ERROR_ if neither
// list starts a program.
[[nodiscard]] long services_read(uint32_t mode);

// The service in that line. False if the list has no such line.
[[nodiscard]] bool services_query(uint32_t index, struct service *service);

// The service that runs as this process. False if the process is no service.
[[nodiscard]] bool services_find(uint32_t process_id, struct service *service);

// The plugin in the list that has this file. NULL if there is none.
const struct service *services_plugin(const char *image);

// Whether this driver file belongs to a service with the start type DISABLED.
[[nodiscard]] bool services_driver_is_disabled(const char *path);

// The user has approved this plugin, or another version of it: from now on its service is
// started from that file. Adds a service if there is none. -ERROR_NO_MEMORY: the list is
// full.
[[nodiscard]] long services_enable(const struct approval *approval);

// The line of the list as it was read at the start. False: there is none.
[[nodiscard]] bool services_listed(uint32_t index, struct service *line);

// Understands one line of a list, or returns false. And: calls a function with each line
// of a text that is not empty and no comment. The text is cut into lines by that.
[[nodiscard]] bool services_parse(const char *line, struct service *service);
void services_each_line(char *text, void (*take)(const char *line));

// Notes the new SERVICE_STATE_ of a driver: loaded, failed to load, or unloaded.
void services_note_driver(const char *path, uint32_t state);

// The same for an eBPF object, if it is a service of that name.
void services_note_object(const char *name, uint32_t state);

// Whether a process may create a port of that name. The name of a service is reserved
// for this service: otherwise another program could take its place and get its
// messages. So is the name without its ending, if no service is called that.
[[nodiscard]] bool services_may_own(const char *name, uint32_t process_id);

// Whether a program of the system has the name of this plugin's file, without its ending.
// No plugin that somebody adds may have it: who reads "updater" must not wonder which.
[[nodiscard]] bool services_is_reserved(const char *plugin);

// Notes the id of the process that was started from this file. `by_manager` is whether
// init or the supervisor has started it.
void services_note_process(const char *image, uint32_t process_id, bool by_manager);

// Notes that this driver file, or (NULL) this process, has reported that it is a
// sensor. This stays true of the service after its end: the supervisor asks then.
void services_note_sensor(const char *driver, uint32_t process_id);

// Whether this driver file has.
[[nodiscard]] bool services_is_sensor(const char *driver);

// Notes that this process has ended.
void services_note_end(uint32_t process_id);
