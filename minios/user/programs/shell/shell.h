// The shell's commands, by the file in which they are, and what these files share. Each
// command gets the first word after its name, and the rest of the line; "" if there is
// none. The table in shell.c says what a command does.
#ifndef USER_SHELL_H
#define USER_SHELL_H

#include <minios/abi.h>
#include <stdbool.h>

// ---- processes.c

// Makes the port "shell", which gets a message when a program of the shell ends.
// Returns 0 or a negated ERROR_.
long deaths_open(void);

// Prints which programs have ended since the last command. Does not wait.
void say_deaths(void);

void command_ps(const char *first, const char *second);
void command_kill(const char *first, const char *second);
void command_start(const char *first, const char *second);

// Starts a program with these rights, if the shell has them itself. Waits until it ends,
// unless the line ends in "&".
void run_program(const char *path, const char *argument, uint32_t rights);

// ---- bpf.c
void command_bpf(const char *first, const char *second);

// ---- services.c

void command_svc(const char *first, const char *second);
void command_load(const char *first, const char *second);
void command_unload(const char *first, const char *second);
void command_sensor(const char *first, const char *second);
void command_clients(const char *first, const char *second);
void command_tell(const char *first, const char *second);
void command_super(const char *first, const char *second);
void command_hold(const char *first, const char *second);
void command_release(const char *first, const char *second);

// ---- sysext.c

void command_sysext(const char *first, const char *second);

// ---- modules.c

void command_lsmod(const char *first, const char *second);
void command_insmod(const char *first, const char *second);
void command_rmmod(const char *first, const char *second);
void command_dmesg(const char *first, const char *second);
void command_uname(const char *first, const char *second);

// ---- machine.c

void command_uptime(const char *first, const char *second);
void command_date(const char *first, const char *second);
void command_model(const char *first, const char *second);
void command_reset(const char *first, const char *second);
void command_crash(const char *first, const char *second);
void command_off(const char *first, const char *second);

// ---- shell.c

bool model_is(const char *name);
bool model_is_linux(void);

// Whether a command that only Linux has may go on. If not, says what to do `instead`.
bool is_of_linux(const char *name, const char *instead);

// The word with this number in an array of words. "?" if the array is too short.
#define WORD_OF(words, index) word_of(words, sizeof(words) / sizeof((words)[0]), index)
const char *word_of(const char *const *words, size_t count, uint32_t index);

#endif
