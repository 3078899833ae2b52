// The shell's commands for processes: listing them, ending one, starting a program.
#include "shell.h"

#include "console.h"
#include "file_commands.h"
#include "format.h"
#include "string.h"
#include "system.h"

static uint32_t deaths_port;  // gets a message when a program of the shell ends

#define RIGHT_ROW(bit, name) {bit, name},

static const struct {
    uint32_t bit;
    const char *name;
} right_names[] = {RIGHT_TABLE(RIGHT_ROW)};

// Writes rights as words, such as "SPAWN,REPORT". "-" if there are none.
static void rights_words(uint32_t rights, char *buffer, size_t size)
{
    size_t used = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof(right_names) / sizeof(right_names[0]); i++) {
        if ((rights & right_names[i].bit) != 0 && used < size) {
            used += (size_t)format_text(buffer + used, size - used, "%s%s",
                                        used == 0 ? "" : ",", right_names[i].name);
        }
    }
    if (used == 0) {
        (void)string_copy(buffer, size, "-");
    }
}

void command_ps(const char *first, const char *second)
{
    (void)first;
    (void)second;
    static const char *const states[] = {"runs", "waits", "stopped"};
    struct process_entry entry;
    say("process parent state   name          rights");
    long status;
    for (uint32_t i = 0; (status = sys_process_list(i, &entry)) != -ERROR_NOT_FOUND;
         i++) {
        if (status < 0) {
            say("      ?      ? %s", error_words(status));
            continue;
        }
        char rights[96];
        rights_words(entry.rights, rights, sizeof(rights));
        say("%7u %6u %-7s %-13s %s", entry.process_id, entry.parent_id,
            WORD_OF(states, entry.state), entry.name, rights);
    }
}

// The signal with this name. 0 if there is none.
static uint32_t signal_of(const char *word)
{
    static const struct {
        const char *name;
        uint32_t number;
    } signals[] = {
        {"", SIGNAL_KILL},     {"kill", SIGNAL_KILL}, {"term", SIGNAL_TERM},
        {"usr1", SIGNAL_USR1}, {"stop", SIGNAL_STOP}, {"cont", SIGNAL_CONT},
    };
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (string_equals(word, signals[i].name)) {
            return signals[i].number;
        }
    }
    return 0;
}

static const char *why_no_signal(long status)
{
    switch (status) {
    case -ERROR_BAD_ARGUMENT:
        return "usage: kill PROCESS [kill|term|usr1|stop|cont]";
    case -ERROR_NOT_FOUND:
        return "no such process; `ps` lists them";
    case -ERROR_NOT_PERMITTED:
        return "this process is protected";
    default:
        return error_words(status);
    }
}

void command_kill(const char *first, const char *second)
{
    long status = sys_signal((uint32_t)string_number(first), signal_of(second));
    if (status < 0) {
        say("%s: %s", first, why_no_signal(status));
    }
}

long deaths_open(void)
{
    long handle = sys_port_create("shell");
    deaths_port = (uint32_t)handle;
    return handle < 0 ? handle : 0;
}

// Says how a program ended. Returns its process id.
static uint32_t say_death(const struct message *message)
{
    struct death death;
    char words[96];
    memcpy(&death, message->body, sizeof(death));
    death_words(&death, words, sizeof(words));
    say("%s (process %u) ended: %s", death.name, death.process_id, words);
    return death.process_id;
}

void say_deaths(void)
{
    struct message message;
    while (sys_port_receive(deaths_port, &message, 0) >= 0) {
        if (message.type == MESSAGE_DEATH && message.sender == 0) {
            (void)say_death(&message);
        }
    }
}

static void wait_for(uint32_t process_id)
{
    struct message message;
    while (sys_port_receive(deaths_port, &message, FOR_EVER) >= 0) {
        if (message.type == MESSAGE_DEATH && message.sender == 0 &&
            say_death(&message) == process_id) {
            return;
        }
    }
}

void run_program(const char *path, const char *argument, uint32_t rights)
{
    struct spawn request = {.rights = rights, .death_port = deaths_port};
    bool fitted = string_copy(request.path, sizeof(request.path), path);
    fitted &= string_copy(request.argument, sizeof(request.argument), argument);
    if (!fitted) {
        say("run: the argument is longer than %d characters", PATH_SIZE - 1);
        return;
    }
    size_t length = strlen(request.argument);
    bool waits = length == 0 || request.argument[length - 1] != '&';
    if (!waits) {
        request.argument[length - 1] = '\0';
    }
    long process_id = sys_spawn(&request);
    if (process_id < 0) {
        say("%s: %s", path,
            process_id == -ERROR_NOT_FOUND ? "no such program; `ls /bin` lists them"
                                           : error_words(process_id));
    } else if (waits) {
        wait_for((uint32_t)process_id);
    } else {
        say("process %ld", process_id);
    }
}

void command_start(const char *first, const char *second)
{
    char path[PATH_SIZE];
    if (path_make(path, "/BIN/", first)) {
        run_program(path, second, RIGHT_ANY);
    }
}
