// shell: a prompt on the console, where a person can type commands. `help` lists them.
//
// The commands are in tables: one for all models, and what only some have. The code of those for files is in
// libc/file_commands.c and libc/disk_commands.c, of the others in the files that shell.h
// names. Left out:
// variables, pipes, a current folder.
#include "shell.h"

#include "command.h"
#include "console.h"
#include "disk_commands.h"
#include "file_commands.h"
#include "line.h"
#include "string.h"
#include "system.h"
#include "talk.h"

static void command_help(const char *first, const char *second);
static void command_echo(const char *first, const char *second);
static void command_bpf_of_linux(const char *first, const char *second);

static const struct command common[] = {
    {"help", "", "this list", 0, command_help},
    FILE_COMMANDS,
    DISK_COMMANDS,
    {"ps", "", "the processes and their rights", 0, command_ps},
    {"kill", "PROCESS [SIGNAL]", "end a process, or send another signal", 1,
     command_kill},
    {"svc", "[NAME START]", "the services; or when one is started", 0, command_svc},
    {"sysext", "[WHAT] [PLUGIN]", "the plugins that need approval; or approve one", 0,
     command_sysext},
    {"sensor", "", "what the sensor is doing", 0, command_sensor},
    {"clients", "", "who gets security events, and gives verdicts", 0, command_clients},
    {"tell", "PORT WORDS", "send words to a port, and print the answer", 1,
     command_tell},
    {"super", "", "how the supervisor keeps the extensions", 0, command_super},
    {"hold", "EXTENSION", "if it dies, keep it dead", 1, command_hold},
    {"release", "EXTENSION", "start it again", 1, command_release},
    {"run", "PROGRAM [WORDS] [&]", "start a program of /BIN", 1, command_start},
    {"echo", "[WORDS]", "print the words", 0, command_echo},
    {"uptime", "", "time since this boot", 0, command_uptime},
    {"date", "[YYYY-MM-DD]", "the day that files are dated with", 0, command_date},
    {"model", "", "the model that was booted", 0, command_model},
    {"uname", "[-a]", "the system; -a: also what taints the kernel", 0, command_uname},
    {"load", "FILE", "load a driver into ring 0", 1, command_load},
    {"unload", "DRIVER", "unload a driver", 1, command_unload},
    {"crash", "", "stop the machine with a stop code", 0, command_crash},
    {"off", "", "switch the machine off", 0, command_off},
};

// Modules and eBPF are Linux' own. Elsewhere these commands say so, and are not listed.
static const struct command of_linux[] = {
    {"bpf", "[WHAT] [WORDS]", "list, maps, remove, load, check or run: of eBPF", 0,
     command_bpf_of_linux},
    {"lsmod", "", "the modules, and how many are in their code", 0, command_lsmod},
    {"insmod", "MODULE", "load a module by its name, or by its path", 1,
     command_insmod},
    {"rmmod", "[-f] MODULE", "unload a module; -f: also if it is in use", 1,
     command_rmmod},
    {"dmesg", "", "what the kernel has said", 0, command_dmesg},
    {"reset", "[menu]", "boot again; menu: with the boot menu", 0, command_reset},
};

static const struct command of_others[] = {
    {"reset", "[MODE]", "boot again; MODE: safe, lastgood or recovery", 0,
     command_reset},
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct command commands[ROWS(common) + ROWS(of_linux) + ROWS(of_others)];
static size_t command_count;
static size_t listed;  // the first so many are in the help of this model

static void take(const struct command *rows, size_t count)
{
    memcpy(commands + command_count, rows, count * sizeof(*rows));
    command_count += count;
}

static void take_commands(void)
{
    take(common, ROWS(common));
    if (!model_is_linux()) {
        take(of_others, ROWS(of_others));
        listed = command_count;
    }
    take(of_linux, ROWS(of_linux));
    listed = model_is_linux() ? command_count : listed;
}

bool model_is(const char *name)
{
    char model[NAME_SIZE];
    return sys_boot_option("model", model, sizeof(model)) >= 0 &&
           string_equals(model, name);
}

bool model_is_linux(void)
{
    return model_is("linux");
}

bool is_of_linux(const char *name, const char *instead)
{
    if (!model_is_linux()) {
        say("%s: only the model linux has this; %s", name, instead);
        return false;
    }
    return true;
}

static void command_bpf_of_linux(const char *first, const char *second)
{
    if (is_of_linux("bpf", "no other kernel here runs eBPF programs")) {
        command_bpf(first, second);
    }
}

static void command_help(const char *first, const char *second)
{
    (void)first;
    (void)second;
    command_list(commands, listed);
}

static void command_echo(const char *first, const char *second)
{
    say("%s%s%s", first, *second == '\0' ? "" : " ", second);
}

const char *word_of(const char *const *words, size_t count, uint32_t index)
{
    return index < count ? words[index] : "?";
}

int main(void)
{
    long status = deaths_open();
    if (status < 0) {
        say("shell: no port: %s", error_words(status));
        return 1;
    }
    talk_tell("init", "ready");
    talk_wait_until_up();
    for (;;) {
        char line[160];
        say_deaths();
        status = line_read("minios> ", line, sizeof(line));
        if (status < 0) {
            say("shell: the console fails: %s", error_words(status));
            return 1;
        }
        if (command_count == 0) {
            take_commands();  // not sooner: a start has no time for it
        }
        command_run(commands, command_count, line);
    }
}
