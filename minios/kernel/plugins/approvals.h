// Approvals: which plugins the user has approved, kept on the disk by the kernel.
//
// macOS asks the user before code of third parties runs for the first time. So does a
// model that takes extensions, once somebody has activated one (activation.c). Until then
// there is no file of approvals, and the machine runs what it was shipped with.
//
// Approved are these bytes: a file with the same name and other bytes is not.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// Reads the file, and takes out what was to leave with this start. A damaged file counts
// as one that approves nothing. Called once, before the service list is read.
void approvals_read(void);

// Whether there is a file, so that a plugin without a row may not run.
[[nodiscard]] bool approvals_are_kept(void);

// Whether plugins of this kind (SERVICE_) need an approval as soon as there is a file: all
// that run in ring 3. Of a driver the policy says it.
[[nodiscard]] static inline bool approvals_concern(uint32_t kind)
{
    return kind == SERVICE_EXTENSION || kind == SERVICE_USER_DRIVER;
}

// Whether these bytes, read from that path, may run in ring 0 or 3. Returns 0 or
// -ERROR_NOT_APPROVED.
[[nodiscard]] long approvals_check(unsigned ring, const char *path, const void *bytes,
                                   size_t size);

// Whether the extension with this file may subscribe to security events.
[[nodiscard]] bool approvals_let_see_events(const char *path);

// Whether this is the file of the approvals. Only the kernel may change it, whatever rights
// a program has.
[[nodiscard]] bool approvals_own(const char *path);

// Whether it is this file or a folder in which it lies. Under another name of the folder
// the file would be like any other.
[[nodiscard]] bool approvals_hang_on(const char *path);

// The row at that place, or the one with that name in one of two states. False: there is
// none.
[[nodiscard]] bool approvals_query(uint32_t index, struct approval *row);
[[nodiscard]] bool approvals_find(const char *name, uint32_t state, uint32_t or_state,
                                  struct approval *row);

// ---- Changing them, for activation.c. A change is made in a copy. In memory it holds
// when it is on the disk, and neither before nor without.

// -ERROR_WOULD_BLOCK: somebody else is changing them. -ERROR_NO_MEMORY.
[[nodiscard]] long approvals_begin(struct approvals **copy);

// Writes the copy, or (`write` false) forgets it. Frees it. Returns 0 or an error of the
// disk: then nothing has changed.
[[nodiscard]] long approvals_end(struct approvals *copy, bool write);

// The row of the copy with that name and state, or NULL.
struct approval *approvals_row(struct approvals *copy, const char *name,
                               uint32_t state);
// Adds a row. False if there is no room.
[[nodiscard]] bool approvals_add(struct approvals *copy, const struct approval *row);
void approvals_remove(struct approvals *copy, struct approval *row);
