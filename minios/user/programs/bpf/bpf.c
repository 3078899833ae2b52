// bpf: loads, checks and runs eBPF programs. An object is a file NAME.BPF
// (minios/abi/bpf.py says what is in it).
//
//     bpf load FILE [NAME]      verify the object, and load all of its programs
//     bpf check FILE [verbose]  only verify it
//     bpf run FILE [BYTES]      verify and run its only program once, with some memory:
//                               pairs of hexadecimal digits
//     bpf batch FROM TO         many requests at once (batch.c)
//
// In the shell `bpf WORDS` starts this program; `bpf list` and `bpf remove` are the shell's
// own. The kernel decides everything: here its answers become lines.
#include "batch.h"

#include <stdbool.h>

#include "console.h"
#include "file.h"
#include "memory.h"
#include "string.h"
#include "system.h"

enum { WORDS = 3, LOG_LINES = 40 };

// ---- Words

// Cuts a text at its blanks into at most WORDS words. Those that are missing are "".
static void split(char *text, char *words[WORDS])
{
    for (unsigned i = 0; i < WORDS; i++) {
        while (*text == ' ') {
            *text++ = '\0';
        }
        words[i] = text;
        while (*text != '\0' && *text != ' ') {
            text++;
        }
    }
    *text = '\0';
}

// The last part of a path without its ending, in lower case: "/SYSTEM/BPF/GUARD.BPF"
// becomes "guard".
static void name_of(const char *path, char *name, size_t size)
{
    const char *start = path;
    for (const char *at = path; *at != '\0'; at++) {
        start = *at == '/' ? at + 1 : start;
    }
    size_t length = 0;
    while (length + 1 < size && start[length] != '\0' && start[length] != '.') {
        char c = start[length];
        name[length++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    name[length] = '\0';
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | ' ');
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Reads pairs of hexadecimal digits. Returns how many bytes there are, or -1.
static long bytes_of(const char *text, uint8_t *bytes, size_t capacity)
{
    size_t count = 0;
    for (; *text != '\0'; text += 2) {
        int high = digit(text[0]);
        int low = high < 0 ? -1 : digit(text[1]);
        if (low < 0 || count == capacity) {
            return -1;
        }
        bytes[count++] = (uint8_t)(high << 4 | low);
    }
    return (long)count;
}

// ---- Requests

// Prints a log line by line. A program can be refused with a very long log: its end says
// why, so the beginning is left out.
static void say_log(const char *log)
{
    size_t lines = 0;
    for (const char *at = log; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    if (lines > LOG_LINES) {
        say("(%zu lines are left out)", lines - LOG_LINES);
    }
    while (*log != '\0') {
        char line[CONSOLE_LINE];
        size_t length = 0;
        while (*log != '\0' && *log != '\n') {
            if (length + 1 < sizeof(line)) {
                line[length++] = *log;
            }
            log++;
        }
        line[length] = '\0';
        log += *log == '\n';
        if (lines <= LOG_LINES) {
            say("%s", line);
        }
        lines--;
    }
}

// Reads the image of a request. Returns 0 or a negated error.
static long take_image(struct bpf_request *request, const char *path)
{
    void *image = memory_allocate(BPF_IMAGE_BYTES);
    void *log = memory_allocate(BPF_LOG_BYTES);
    if (image == NULL || log == NULL) {
        return -ERROR_NO_MEMORY;
    }
    long size = file_read(path, image, BPF_IMAGE_BYTES);
    if (size < 0 || size > BPF_IMAGE_BYTES) {
        return size < 0 ? size : -ERROR_BAD_IMAGE;
    }
    request->image = (uint64_t)image;
    request->size = (uint64_t)size;
    request->log = (uint64_t)log;
    request->log_size = BPF_LOG_BYTES;
    return 0;
}

// The kernel has said on the console why it does not load an object. So the log goes
// without this line, which is its last one.
static void cut_reason(char *log)
{
    size_t length = strlen(log);
    if (length > 0) {
        length--;  // its '\n'
    }
    while (length > 0 && log[length - 1] != '\n') {
        length--;
    }
    log[length] = '\0';
}

static long load(const char *path, struct bpf_request *request)
{
    long status = take_image(request, path);
    if (status == 0) {
        status = sys_bpf_load(request);
        if (status < 0 && !(request->flags & BPF_LOAD_CHECK_ONLY)) {
            cut_reason((char *)request->log);
        }
        say_log((const char *)request->log);
    }
    return status;
}

static int fail(const char *what, long status)
{
    say("bpf: %s: %s", what, error_words(status));
    return 1;
}

static int command_load(const char *path, const char *name)
{
    struct bpf_request request = {0};
    if (*name == '\0') {
        name_of(path, request.name, sizeof(request.name));
    } else if (!string_copy(request.name, sizeof(request.name), name)) {
        return fail(name, -ERROR_BAD_ARGUMENT);
    }
    long status = load(path, &request);
    if (status < 0) {
        return fail(path, status);
    }
    return 0;
}

static int command_check(const char *path, const char *how)
{
    struct bpf_request request = {.flags = BPF_LOAD_CHECK_ONLY};
    if (string_equals(how, "verbose")) {
        request.flags |= BPF_LOAD_VERBOSE;
    }
    (void)string_copy(request.name, sizeof(request.name), "check");
    long status = load(path, &request);
    if (status < 0) {
        return fail(path, status);
    }
    say("bpf: %s may be loaded", path);
    return 0;
}

static int command_run(const char *path, const char *words)
{
    static uint8_t memory[PATH_SIZE];
    struct bpf_request request = {.memory = (uint64_t)memory};
    long size = bytes_of(words, memory, sizeof(memory));
    if (size < 0) {
        return fail(words, -ERROR_BAD_ARGUMENT);
    }
    request.memory_size = (uint64_t)size;
    long status = take_image(&request, path);
    if (status == 0) {
        status = sys_bpf_run(&request);
        say_log((const char *)request.log);
    }
    if (status < 0) {
        return fail(path, status);
    }
    say("bpf: r0 is 0x%lx after %lu instructions", request.result, request.steps);
    return 0;
}

static int command_batch(const char *from, const char *to)
{
    long status = batch(from, to);
    if (status < 0) {
        return fail(from, status);
    }
    say("bpf: %ld answers", status);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const char *first, const char *second);
} commands[] = {
    {"load", command_load},
    {"check", command_check},
    {"run", command_run},
    {"batch", command_batch},
};

static void usage(void)
{
    say("usage: bpf list                  the programs, and how often they ran");
    say("       bpf maps                  the maps of their objects");
    say("       bpf load FILE [NAME]      verify an object, and load its programs");
    say("       bpf remove NAME           remove an object");
    say("       bpf check FILE [verbose]  only verify it");
    say("       bpf run FILE [BYTES]      verify its only program, and run it once");
    say("objects are in /SYSTEM/BPF. The rules of CHECKED.BPF come from checked.ext");
}

int main(const char *argument)
{
    char text[PATH_SIZE];
    char *words[WORDS];
    (void)string_copy(text, sizeof(text), argument);
    split(text, words);
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (string_equals(words[0], commands[i].name) && *words[1] != '\0') {
            return commands[i].run(words[1], words[2]);
        }
    }
    usage();
    return 1;
}
