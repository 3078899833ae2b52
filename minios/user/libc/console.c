// Writing lines to the console, and words for numbers (see console.h). The words come
// from the same tables that Python and the kernel use, so all three say the same.
#include "console.h"

#include <stdarg.h>

#include "format.h"
#include "system.h"

#define ROW(number, words) [number] = (words),

static const char *const error_texts[] = {ERROR_TABLE(ROW)};
static const char *const content_texts[] = {CONTENT_STATUS_TABLE(ROW)};

#define EXCEPTION_ROW(vector, mnemonic, words) [vector] = (mnemonic),

static const char *const exception_texts[] = {EXCEPTION_TABLE(EXCEPTION_ROW)};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void write_list(const char *ending, const char *format, va_list arguments)
{
    char line[CONSOLE_LINE];
    int wanted = format_list(line, sizeof(line) - 1, format, arguments);
    size_t length =
        (size_t)wanted < sizeof(line) - 2 ? (size_t)wanted : sizeof(line) - 2;
    if (*ending != '\0') {
        line[length++] = *ending;
    }
    sys_write(CONSOLE, line, length);
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_list("\n", format, arguments);
    va_end(arguments);
}

void say_part(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_list("", format, arguments);
    va_end(arguments);
}

const char *error_words(long error)
{
    size_t number = (size_t)(error < 0 ? -error : error);
    return number < COUNT(error_texts) ? error_texts[number] : "unknown error";
}

const char *verdict_words(uint64_t verdict)
{
    return verdict < COUNT(content_texts) ? content_texts[verdict] : "unknown reason";
}

static const char *exception_name(uint64_t vector)
{
    const char *name = vector < COUNT(exception_texts) ? exception_texts[vector] : NULL;
    return name == NULL ? "an exception" : name;
}

void death_words(const struct death *death, char *buffer, size_t size)
{
    if (death->cause == DEATH_EXIT) {
        format_text(buffer, size, "exit status %ld", (long)death->status);
        return;
    }
    if (death->cause == DEATH_KILLED) {
        format_text(buffer, size, "killed");
        return;
    }
    if (death->cause == DEATH_DEADLINE) {
        format_text(buffer, size, "ended, because it gave no verdict in time");
        return;
    }
    if (death->cause == DEATH_UNSEEN) {
        format_text(buffer, size, "nobody has seen why");
        return;
    }
    if (death->cause == DEATH_KERNEL_FAULT) {
        format_text(buffer, size, "a fault of the kernel in its system call");
        return;
    }
    if (death->vector == VECTOR_PF) {
        format_text(buffer, size, "#PF at 0x%lx, instruction 0x%lx", death->address,
                    death->rip);
        return;
    }
    format_text(buffer, size, "%s, instruction 0x%lx", exception_name(death->vector),
                death->rip);
}
