// Starting drivers, and what follows if a service does not start. A service is a line
// of the service list (services.c): a driver, an extension or a program. Each has an
// "error control", which says how important it is:
//
//     error control   if it does not start          ... with the last good list in use
//     ignore          go on                         go on
//     normal          say so, go on                 say so, go on
//     severe          restart with that list        say so, go on
//     critical        restart with that list        stop code 0x5A
//
// (Microsoft, windows-driver-docs, install/inf-addservice-directive.md.) The "last good
// list" is the service list of the last start that went well.
//
// All of this is about loading. If a driver loads well and faults later, its error
// control is not asked (traps/consequence.c). And an older service list does not bring
// back an older data file. So none of this helped on 19 July 2024.
//
// Programs and extensions are started by init, in ring 3. It reports failures with the
// system call service_failed.
//
// Left out: load order groups and dependencies. Drivers start in the order of the list.
#include "plugins/service_start.h"

#include "base/policy.h"
#include "base/stop.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "devices/power.h"
#include "disk/boot_status.h"
#include "library/text.h"
#include "plugins/activation.h"
#include "plugins/driver_load.h"
#include "plugins/modules.h"
#include "plugins/services.h"

static void report_failure(const struct service *service, long error)
{
    struct record record = {
        .kind = RECORD_SERVICE_FAILED,
        .service_failed = {.error = (uint64_t)-error,
                           .error_control = service->error_control},
    };
    text_copy(record.name, sizeof(record.name), service->name);
    beacon_report(&record);
    if (service->error_control != ERROR_CONTROL_IGNORE) {
        console_log("services: %s did not start, error %ld", service->name, -error);
    }
}

// Whether a person has said on the command line that this driver is not to be loaded.
static bool is_blocked(const char *image)
{
    char name[NAME_SIZE];
    text_file_name(name, sizeof(name), image);
    return module_is_blocked(name);
}

void services_start_failed(const struct service *service, long error)
{
    if (service->kind == SERVICE_DRIVER && is_blocked(service->image)) {
        return;  // it was said already, and is no failure
    }
    report_failure(service, error);
    if (service->error_control < ERROR_CONTROL_SEVERE) {
        return;
    }
    if (boot_status_current().mode != BOOT_MODE_LAST_GOOD &&
        boot_status_request(BOOT_MODE_LAST_GOOD)) {
        console_log("services: starting again with the list of the last good start");
        power_reset();
    }
    if (service->error_control == ERROR_CONTROL_CRITICAL) {
        stop_machine(&(struct stop){
            .code = STOP_CRITICAL_SERVICE_FAILED,
            .parameters = {(uint64_t)-error, ERROR_CONTROL_CRITICAL, 0, 0},
            .blamed = service->name,
        });
    }
}

static long load(const char *image)
{
    long error = driver_load(image);
    if (error == -ERROR_NOT_APPROVED && activation_request(image) < 0) {
        console_log("services: %s cannot wait for the user's approval", image);
    }
    uint32_t failed = error == -ERROR_REFUSED && is_blocked(image)
                          ? SERVICE_STATE_REFUSED
                          : SERVICE_STATE_FAILED;
    if (error != -ERROR_EXISTS) {  // if it was running already, nothing has changed
        services_note_driver(image, error < 0 ? failed : SERVICE_STATE_RUNNING);
    }
    return error;
}

static void start_all(uint32_t start)
{
    struct service service;
    for (uint32_t i = 0; services_query(i, &service); i++) {
        if (service.kind != SERVICE_DRIVER || service.start != start ||
            service.state != SERVICE_STATE_STOPPED) {
            continue;
        }
        long error = load(service.image);
        if (error < 0) {
            services_start_failed(&service, error);
        }
    }
}

void services_start_drivers(void)
{
    start_all(START_BOOT);
    if (boot_status_current().mode != BOOT_MODE_SAFE) {
        start_all(START_SYSTEM);
    }
}

long services_load_driver(const char *image)
{
    if (services_driver_is_disabled(image)) {
        return -ERROR_REFUSED;
    }
    if (!policy_takes(SERVICE_DRIVER) && policy_kexts()->waits) {
        // Not into a kernel that runs. But the user may be asked for the next start.
        long error = activation_request(image);
        return error < 0 ? error : -ERROR_NOT_APPROVED;
    }
    return load(image);
}
