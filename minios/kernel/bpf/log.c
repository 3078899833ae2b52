// The log of the loader and of the verifier (see log.h).
#include "bpf/log.h"

#include "library/text.h"

// Keeps a line in `end`. The oldest lines make room for it.
static void keep(struct bpf_log *log, const char *line, size_t length)
{
    size_t most = BPF_LOG_END - 1 - length, gone = 0;
    if (log->end_used > most) {
        gone = log->end_used - most;
        while (gone < log->end_used && log->end[gone - 1] != '\n') {
            gone++;
        }
    }
    log->end_used -= gone;
    memmove(log->end, log->end + gone, log->end_used);
    memcpy(log->end + log->end_used, line, length + 1);
    log->end_used += length;
}

void bpf_log(struct bpf_log *log, const char *format, ...)
{
    char line[BPF_LOG_LINE];
    va_list arguments;
    va_start(arguments, format);
    (void)text_format_list(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    text_copy(log->last, sizeof(log->last), line);
    size_t length = strlen(line);
    line[length++] = '\n';
    line[length] = '\0';
    if (log->end != NULL) {
        keep(log, line, length);
    }
    if (log->used + 1 < log->size) {
        text_copy(log->text + log->used, log->size - log->used, line);
        log->used += strlen(log->text + log->used);
    }
}
