// System calls about plugins that need the user's approval.
//
// Whoever may start programs may ask that a plugin runs. Only a program with the right
// APPROVE may decide: it speaks for the user. Here that is the shell.
#include "base/irql.h"
#include "library/text.h"
#include "memory/usercopy.h"
#include "plugins/activation.h"
#include "plugins/approvals.h"
#include "plugins/services.h"
#include "processes/program.h"
#include "tasks/process.h"
#include "syscalls/dispatch.h"

long syscall_plugin_activate(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    long error = copy_text_from_user(path, sizeof(path), frame->rdi);
    return error < 0 ? error : activation_request(path);
}

static void end_process(uint32_t id)
{
    enum irql old = irql_raise(IRQL_HIGH);
    struct process *process = process_find(id);
    if (process != NULL) {  // it may have ended by itself
        process_kill_for(process, DEATH_KILLED);
    }
    irql_lower(old);
}

// Ends the process of an extension that was replaced, even if it is protected: the user
// has decided. The supervisor starts it again, and by then its file is the new one.
static void end_old_version(const char *name)
{
    struct service service;
    for (uint32_t i = 0; services_query(i, &service); i++) {
        if (text_equal(name, service.name) && service.process_id != 0) {
            end_process(service.process_id);
        }
    }
}

long syscall_plugin_decide(const struct trapframe *frame)
{
    char name[NAME_SIZE];
    uint32_t decision = (uint32_t)frame->rdi;
    long error = copy_text_from_user(name, sizeof(name), frame->rsi);
    if (error == 0) {
        error = activation_decide(decision, name);
    }
    if (error == 0 && decision == DECISION_REPLACE) {
        end_old_version(name);
    }
    return error;
}

long syscall_plugin_manifest(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    struct plugin_manifest manifest;
    long error = copy_text_from_user(path, sizeof(path), frame->rdi);
    if (error == 0) {
        error = program_manifest(path, &manifest);
    }
    return error < 0
               ? error
               : copy_to_user(user_slice(frame->rsi, sizeof(manifest)), &manifest);
}

long syscall_plugin_approval(const struct trapframe *frame)
{
    struct approval row;
    if (!approvals_query((uint32_t)frame->rdi, &row)) {
        return -ERROR_NOT_FOUND;
    }
    return copy_to_user(user_slice(frame->rsi, sizeof(row)), &row);
}
