// commit: tells the villain plugin to commit a crime, and says so if nothing stopped
// it.
//
//     run commit NAME        in the shell; the villain must be running
//     crime=NAME             on the kernel's command line, if commit is a service
//
// The villain commits most crimes on its own thread, when it gets a message. Some
// crimes need the thread and the address space of a program. For those this program
// makes a control request, and the villain's code runs in the middle of our system
// call.
#include "console.h"
#include "string.h"
#include "system.h"
#include "talk.h"

#define VILLAIN "villain"

enum { CONTROL_READ, CONTROL_CALL, CONTROL_DIVIDE, CONTROL_BADOP };

static void own_function(void)
{
}

// Sets AC in RFLAGS. If the kernel did not clear this flag, SMAP would be off in ring 0
// (Intel SDM vol. 3A, "Determination of Access Rights").
static void set_alignment_flag(void)
{
    __asm__ volatile("pushfq\n\torl $0x40000, (%%rsp)\n\tpopfq" ::: "memory", "cc");
}

// Which request a crime needs, and which pointer: to a word of ours, to our code, or to
// a page that does not exist. Returns false if the crime needs no request.
static bool control_request(const char *name, uint64_t *request, uint64_t *pointer)
{
    static uint64_t own_word;
    *request = CONTROL_READ;
    *pointer = 0;
    if (string_equals(name, "smap")) {
        *pointer = (uint64_t)&own_word;
    } else if (string_equals(name, "smapac")) {
        *pointer = (uint64_t)&own_word;
        set_alignment_flag();
    } else if (string_equals(name, "smep")) {
        *request = CONTROL_CALL;
        *pointer = (uint64_t)own_function;
    } else if (string_equals(name, "unprobed")) {
        *pointer = 8;
    } else if (string_equals(name, "sysdiv")) {
        *request = CONTROL_DIVIDE;
    } else if (string_equals(name, "sysbadop")) {
        *request = CONTROL_BADOP;
    } else {
        return false;
    }
    return true;
}

static long ask(const char *name)
{
    struct message message;
    message_set_text(&message, MESSAGE_TEXT, name);
    long status = talk_ask(VILLAIN DRIVER_ENDING, &message, SECONDS(1) / 5);
    if (status == -ERROR_NOT_FOUND) {
        status = talk_ask(VILLAIN EXTENSION_ENDING, &message, SECONDS(1) / 5);
    }
    return status < 0 ? status : -(long)message_status(&message);
}

static long commit(const char *name)
{
    uint64_t request, pointer;
    if (control_request(name, &request, &pointer)) {
        return sys_driver_control(VILLAIN, request, pointer);
    }
    long status = ask(name);
    bool leaves = string_equals(name, "leave") || string_equals(name, "isrleave");
    if (status >= 0 && leaves) {
        if (sys_driver_unload(VILLAIN DRIVER_ENDING) >= 0) {  // needs a right
            sys_sleep(SECONDS(1));
        }
        return 0;
    }
    sys_sleep(SECONDS(1) / 5);                    // some crimes happen a moment later
    return status < 0 ? status : ask("nothing");  // does it still answer?
}

static void say_what_came_of_it(const char *name, long status)
{
    say("commit: %s: %s", name,
        status < 0 ? error_words(status) : "nothing stopped it");
}

// As a service: commits the crime of the boot option, then sleeps for ever.
static int serve(void)
{
    char name[NAME_SIZE];
    talk_tell("init", "ready");
    talk_wait_until_up();
    sys_sleep(SECONDS(1) / 20);
    if (sys_boot_option("crime", name, sizeof(name)) >= 0) {
        say_what_came_of_it(name, commit(name));
    }
    for (;;) {
        sys_sleep(FOR_EVER);
    }
}

int main(const char *argument)
{
    if (*argument == '\0') {
        return serve();
    }
    long status = commit(argument);
    say_what_came_of_it(argument, status);
    return (int)-status;
}
