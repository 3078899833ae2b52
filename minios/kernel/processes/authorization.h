// The rights of a new process, as security events: what is asked for, and what is given.
#pragma once

#include <stdint.h>

// Somebody wants to start a program with these rights.
void authorization_petition(const char *path, uint32_t asked);

// It gets these: fewer if it is a plugin (start.c), none if it does not start.
void authorization_judge(const char *path, uint32_t asked, uint32_t granted);
