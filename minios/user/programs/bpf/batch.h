// Many eBPF requests at once (minios/abi/bpf.py, struct bpf_batch).
#ifndef BPF_BATCH_H
#define BPF_BATCH_H

// Makes all requests of the file `from`, and writes the answers to the file `to`. Returns
// how many there were, or a negated ERROR_. Then there are no answers.
[[gnu::warn_unused_result]] long batch(const char *from, const char *to);

#endif
