// The life of a plugin that needs the user's approval, from the request to the end.
// activation.c has the drawing.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// Somebody asks that this plugin may run: the program that brings it, or a person. The
// user has to approve it, unless that has been done. Returns 0, or
//
//     -ERROR_EXISTS     another version is active: the user may replace it, or not
//     -ERROR_REFUSED    the model takes no such plugin, whatever the user says
//     -ERROR_RESERVED   a program of the system has this name
//     -ERROR_BAD_IMAGE  this is no plugin of the kind that its name says
//
// or an error of the disk.
[[nodiscard]] long activation_request(const char *path);

// What the user decides about a plugin with that name (DECISION_). -ERROR_NOT_FOUND: there
// is nothing to decide.
[[nodiscard]] long activation_decide(uint32_t decision, const char *name);

// Tells that the service list grants this service other rights than before. And: whether
// somebody wants to hear of such changes.
void activation_tell_rights(const struct service *service);
[[nodiscard]] bool activation_is_wanted(void);
