// The limits of a plugin: what its manifest names. What goes beyond is refused where it
// is asked for, and told to the console and to the world outside.
//
// A plugin without a manifest does not run. One exception: a program file that is in no
// line of the service list as a plugin, and has no manifest, is no plugin. For it only
// the rights from its parent count.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// What can be refused besides the rights (RIGHT_ bits).
#define LIMIT_LIST (1U << 27)  // with rights: it is the service list that lacks them
#define LIMIT_APPROVAL (1U << 28)  // security events, because nobody has approved that
#define LIMIT_SLOT     (1U << 29)  // a place among the clients of the security events
#define LIMIT_EVENTS   (1U << 30)  // events that the manifest does not name
#define LIMIT_KIND     (1U << 31)  // to run as a kind of plugin that it does not name

// Whether the bytes that were found in a plugin's file are a manifest.
[[nodiscard]] bool limits_is_manifest(const struct plugin_manifest *manifest);

// The manifest in the bytes of a plugin's file. NULL: there is none, or more than one. Then
// one part of the kernel could go by another manifest than the next.
const struct plugin_manifest *limits_find(const void *bytes, size_t size);

// Whether the manifest that a loader has found is the one in the bytes of the file.
[[nodiscard]] bool limits_agree(const struct plugin_manifest *manifest,
                                const void *bytes, size_t size);

// Whether they are, and name this kind of plugin (SERVICE_).
[[nodiscard]] bool limits_allow(const struct plugin_manifest *manifest, uint32_t kind);

struct process;

// Refuses a system call to a process that lacks these rights, and tells it if the process
// is a plugin. Returns -ERROR_NOT_ENTITLED if the plugin's own manifest does not name
// them, otherwise -ERROR_NOT_PERMITTED: who started it did not give them.
[[nodiscard]] long limits_refuse(struct process *process, uint32_t missing);

// Tells that the plugin with this file name is refused something: LIMIT_ and RIGHT_
// bits. `told` keeps what was told of this plugin before. Nothing is told twice, so a
// plugin that asks again and again cannot flood the console.
void limits_tell(const char *name, uint32_t refused, uint32_t *told);
