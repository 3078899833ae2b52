// System calls about eBPF programs.
//
// The caller's image is copied into the kernel before anything looks at it: the caller
// could change it between the check and the use.
#include "syscalls/dispatch.h"

#include "base/policy.h"
#include "bpf/objects.h"
#include "library/text.h"
#include "memory/heap.h"
#include "memory/usercopy.h"
#include "plugins/services.h"
#include "tasks/process.h"

// What a request needs in the kernel's own memory.
struct copies {
    struct bpf_request request;
    uint8_t *image;
    uint8_t *memory;
    struct bpf_log log;
};

static void release(struct copies *copies)
{
    heap_free(copies->image);
    heap_free(copies->memory);
    heap_free(copies->log.text);
}

static long copy_in(uint8_t **copy, uint64_t base, uint64_t size, uint64_t limit)
{
    if (size > limit) {
        return -ERROR_BAD_ARGUMENT;
    }
    *copy = size == 0 ? NULL : heap_allocate_uncleared(size);
    if (*copy == NULL) {
        return size == 0 ? 0 : -ERROR_NO_MEMORY;
    }
    return copy_from_user(*copy, user_slice(base, size));
}

static long take(struct copies *copies, uint64_t address)
{
    struct bpf_request *request = &copies->request;
    long error = copy_from_user(request, user_slice(address, sizeof(*request)));
    if (error < 0) {
        return error;
    }
    request->name[NAME_SIZE - 1] = '\0';
    size_t log_size =
        request->log_size < BPF_LOG_BYTES ? request->log_size : BPF_LOG_BYTES;
    // Before anything happens: if the answers cannot be given, nothing shall be loaded.
    if (!user_slice_writable(user_slice(address, sizeof(*request))) ||
        (log_size > 0 && !user_slice_writable(user_slice(request->log, log_size)))) {
        return -ERROR_BAD_ADDRESS;
    }
    copies->log.text = log_size == 0 ? NULL : heap_allocate(log_size);
    if (log_size > 0 && copies->log.text == NULL) {
        return -ERROR_NO_MEMORY;
    }
    copies->log.size = log_size;
    copies->log.is_verbose = request->flags & BPF_LOAD_VERBOSE;
    error = copy_in(&copies->image, request->image, request->size, BPF_IMAGE_BYTES);
    return error < 0 ? error
                     : copy_in(&copies->memory, request->memory, request->memory_size,
                               BPF_IMAGE_BYTES);
}

// The answers: in the request itself, and the log.
static long give(const struct copies *copies, uint64_t address, long result)
{
    const struct bpf_request *request = &copies->request;
    long error = copy_to_user(user_slice(address, sizeof(*request)), request);
    if (error == 0 && copies->log.size > 0) {
        error = copy_to_user(user_slice(request->log, copies->log.used + 1),
                             copies->log.text);
    }
    return error < 0 ? error : result;
}

// The object may be a service of the list.
static void note(const struct bpf_request *request, long result)
{
    if (!(request->flags & BPF_LOAD_CHECK_ONLY) && result != -ERROR_EXISTS) {
        services_note_object(request->name,
                             result < 0 ? SERVICE_STATE_FAILED : SERVICE_STATE_RUNNING);
    }
}

long syscall_bpf_load(const struct trapframe *frame)
{
    struct copies copies = {0};
    if (!policy_takes(SERVICE_BPF)) {
        return -ERROR_REFUSED;
    }
    long result = take(&copies, frame->rdi);
    if (result == 0) {
        uint64_t visits;
        const struct bpf_request *request = &copies.request;
        result = bpf_object_load(request->name, copies.image, request->size,
                                 request->flags, &copies.log, &visits);
        copies.request.visits = (uint32_t)visits;
        note(request, result);
        result = give(&copies, frame->rdi, result);
    }
    release(&copies);
    return result;
}

long syscall_bpf_run(const struct trapframe *frame)
{
    struct copies copies = {0};
    if (!policy_takes(SERVICE_BPF)) {
        return -ERROR_REFUSED;
    }
    long result = take(&copies, frame->rdi);
    // Such a program sees addresses of the kernel, as whoever loads a driver may.
    if (result == 0 && copies.request.flags & BPF_LOAD_UNVERIFIED &&
        !(process_current()->rights & RIGHT_LOAD_DRIVER)) {
        result = -ERROR_NOT_ENTITLED;
    }
    if (result == 0) {
        result = bpf_object_run(copies.image, copies.request.size, copies.memory,
                                &copies.request, &copies.log);
        result = give(&copies, frame->rdi, result);
    }
    release(&copies);
    return result;
}

long syscall_bpf_list(const struct trapframe *frame)
{
    struct bpf_entry entry;
    if (!bpf_program_query((uint32_t)frame->rdi, &entry)) {
        return -ERROR_NOT_FOUND;
    }
    return copy_to_user(user_slice(frame->rsi, sizeof(entry)), &entry);
}

long syscall_bpf_remove(const struct trapframe *frame)
{
    char name[NAME_SIZE];
    long error = copy_text_from_user(name, sizeof(name), frame->rdi);
    if (error == 0) {
        error = bpf_object_remove(name);
    }
    if (error == 0) {
        services_note_object(name, SERVICE_STATE_STOPPED);
    }
    return error;
}
