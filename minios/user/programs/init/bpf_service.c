// Loading the eBPF objects of the service list (see bpf_service.h).
//
// The kernel does not read the file itself. It verifies the bytes that it is given, and
// keeps a copy of them: whoever gives them may be mistaken, or lie, without harm. So a
// program of ring 3 can do the rest.
#include "bpf_service.h"

#include "file.h"
#include "memory.h"
#include "string.h"
#include "system.h"

long bpf_service_load(const struct service *service)
{
    struct file_status status;
    long result = sys_stat(service->image, &status);
    if (result < 0) {
        return result;
    }
    if (status.size > BPF_IMAGE_BYTES) {
        return -ERROR_BAD_IMAGE;
    }
    void *image = memory_allocate(status.size == 0 ? 1 : status.size);
    if (image == NULL) {
        return -ERROR_NO_MEMORY;
    }
    result = file_read(service->image, image, status.size);
    if (result >= 0) {
        struct bpf_request request = {
            .image = (uint64_t)image,
            .size = (uint64_t)result,
        };
        (void)string_copy(request.name, sizeof(request.name), service->name);
        result = sys_bpf_load(&request);
    }
    memory_free(image);
    return result < 0 ? result : 0;
}
