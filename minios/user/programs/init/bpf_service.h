// Loading the eBPF objects of the service list (see bpf_service.c).
#ifndef USER_BPF_SERVICE_H
#define USER_BPF_SERVICE_H

#include <minios/abi.h>

// Reads the file of the service, and lets the kernel verify and load it under the name of
// the service. Returns 0 or a negated ERROR_. The kernel has said on the console what is
// wrong with the programs.
[[gnu::warn_unused_result]] long bpf_service_load(const struct service *service);

#endif
