// The console: the first serial line, and the same text on the screen (see console.h).
#include "devices/console.h"

#include "base/irql.h"
#include "base/policy.h"
#include "devices/kernel_log.h"
#include "devices/screen.h"
#include "devices/serial.h"
#include "library/text.h"

#define LINE_BYTES 208  // the longest is the code in the report of an oops

void console_write(const char *text, size_t size)
{
    enum irql old = irql_raise(IRQL_HIGH);
    serial_write(SERIAL_CONSOLE, text, size);
    screen_write(text, size);
    irql_lower(old);
}

void console_log(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = text_format_list(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    size_t size = (size_t)length < sizeof(line) - 2 ? (size_t)length : sizeof(line) - 2;
    line[size] = '\n';
    enum irql old = irql_raise(IRQL_HIGH);  // the log has the lines in the same order
    if (boot_policy()->has_modules) {
        kernel_log_keep(line, size + 1);
    }
    console_write(line, size + 1);
    irql_lower(old);
}
