// The log of the loader and of the verifier: lines for the person who wrote the program.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BPF_LOG_END 4096  // bytes of the end that can be kept beside the log

// The lines stand one after the other, each with '\n', and end with a NUL. What finds no
// room is cut at the end.
struct bpf_log {
    char *text;
    size_t size;  // of `text`; 0 = nobody wants a log
    size_t used;
    char *end;  // BPF_LOG_END bytes for the newest lines, or NULL
    size_t end_used;
    bool is_verbose;               // also say the state before each instruction
    char last[BPF_LOG_LINE];       // the newest line, even if nobody wants a log
    char where[BPF_LOG_LINE / 2];  // the source line of a refusal; "": not known
};

void bpf_log(struct bpf_log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
