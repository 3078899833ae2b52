// The log of the loader and of the verifier (see log.h).
#include "bpf/log.h"

#include "library/text.h"

void bpf_log(struct bpf_log *log, const char *format, ...)
{
    char line[BPF_LOG_LINE];
    va_list arguments;
    va_start(arguments, format);
    (void)text_format_list(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    text_copy(log->last, sizeof(log->last), line);
    if (log->used + 1 >= log->size) {
        return;
    }
    size_t length = strlen(line);
    line[length++] = '\n';
    line[length] = '\0';
    text_copy(log->text + log->used, log->size - log->used, line);
    log->used += strlen(log->text + log->used);
}
