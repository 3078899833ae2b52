// The service list: a text file on the disk, with one line for each service:
//
//     name          kind    image                          start   error   rights
//     sentinel.sys  driver  /SYSTEM/DRIVERS/SENTINEL.SYS   system  normal  -
//
// `image` is the file, `start` says when it is started, `error` what follows if that
// fails (service_start.c). A line with a mistake is reported on the console and
// ignored: one bad line must not keep the machine from starting.
#include "plugins/services.h"

#include "base/irql.h"
#include "base/policy.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "disk/boot_status.h"
#include "disk/files.h"
#include "library/crc32.h"
#include "library/text.h"
#include "memory/heap.h"
#include "plugins/approvals.h"

#define COMPLAINTS_LIMIT 4
#define WORD_BYTES       PATH_SIZE

static struct service
    services[SERVICES_LIMIT];  // filled at the start; later only the states change
static unsigned service_count;
static struct service listed[SERVICES_LIMIT];  // as the list had them
static unsigned listed_count;
static unsigned complaints;  // how many bad lines were reported

static const char *const kinds[] = {SERVICE_WORDS};
static const char *const starts[] = {START_WORDS};
static const char *const errors[] = {ERROR_CONTROL_WORDS};

static const char *skip_blanks(const char *at)
{
    while (*at != '\0' && (uint8_t)*at <= ' ') {  // control characters, too
        at++;
    }
    return at;
}

// One copy, and not six: services_parse takes six words.
[[gnu::noinline]] static const char *next_word(const char *at, char word[WORD_BYTES])
{
    const char *start = skip_blanks(at), *end = start;
    while ((uint8_t)*end > ' ') {
        end++;
    }
    size_t length = (size_t)(end - start);
    length = length < WORD_BYTES ? length : WORD_BYTES - 1;
    memcpy(word, start, length);
    word[length] = '\0';
    return end;
}

// The rights in a list such as "events,report". An unknown word gives no right.
static uint32_t parse_rights(const char *list)
{
#define RIGHT_NAME(bit, name) name,
#define RIGHT_BIT(bit, name)  bit,
    static const char *const names[] = {RIGHT_TABLE(RIGHT_NAME)};
    static const uint32_t bits[] = {RIGHT_TABLE(RIGHT_BIT)};
#undef RIGHT_NAME
#undef RIGHT_BIT
    uint32_t rights = 0;
    while (*list != '\0') {
        char word[WORD_BYTES];
        list = text_take(word, sizeof(word), list);
        uint32_t right = text_find(word, names, COUNT(names));
        rights |= right < COUNT(names) ? bits[right] : 0;
    }
    return rights;
}

bool services_parse(const char *line, struct service *service)
{
    char words[6][WORD_BYTES];  // name, kind, image, start, error, rights
    for (unsigned i = 0; i < COUNT(words); i++) {
        line = next_word(line, words[i]);
    }
    *service = (struct service){
        .state = SERVICE_STATE_STOPPED,
        .kind = text_find(words[1], kinds, COUNT(kinds)),
        .start = text_find(words[3], starts, COUNT(starts)),
        .error_control = text_find(words[4], errors, COUNT(errors)),
        .rights = parse_rights(words[5]),
    };
    text_copy(service->name, sizeof(service->name), words[0]);
    text_copy(service->image, sizeof(service->image), words[2]);
    return strlen(words[0]) < sizeof(service->name) && service->image[0] == '/' &&
           service->kind < COUNT(kinds) && service->start < COUNT(starts) &&
           service->error_control < COUNT(errors);
}

// Whether the model takes this kind of plugin, or leaves it to the operator.
static bool is_allowed(const struct service *service)
{
    return policy_takes(service->kind) ||
           (service->kind == SERVICE_DRIVER && policy_kexts()->operator_approves);
}

// Whether the user has approved a plugin of ring 3. Its file may be another version by now.
static bool is_approved(struct service *service)
{
    struct approval row;
    if (!approvals_concern(service->kind) || !approvals_are_kept()) {
        return true;
    }
    if (!approvals_find(service->name, APPROVAL_ENABLED, APPROVAL_ENABLED, &row)) {
        return false;
    }
    text_copy(service->image, sizeof(service->image), row.image);
    return true;
}

// Marks a service that the model does not allow, or that the user has not approved. A
// service that would not start by itself is not marked, because nothing is refused yet.
static void mark_refused(struct service *service)
{
    if (service->kind == SERVICE_PROGRAM || service->start == START_DEMAND ||
        service->start == START_DISABLED) {
        return;
    }
    if (!is_allowed(service)) {
        console_log("services: %s refused: model %s allows no third-party %s%s",
                    service->name, boot_policy()->name, kinds[service->kind],
                    service->kind == SERVICE_BPF ? " programs" : "s");
    } else if (!is_approved(service)) {
        console_log("services: %s refused: the user has not approved it",
                    service->name);
    } else {
        return;
    }
    service->state = SERVICE_STATE_REFUSED;
    struct record record = {.kind = RECORD_PLUGIN_REFUSED};
    text_copy(record.name, sizeof(record.name), service->name);
    beacon_report(&record);
}

static void complain(const char *what, const char *line)
{
    if (complaints++ < COMPLAINTS_LIMIT) {
        console_log("services: %s: %s", what, line);
    }
}

static void take_line(const char *line)
{
    if (service_count == SERVICES_LIMIT) {
        complain("one service too many", line);
    } else if (!services_parse(line, &services[service_count])) {
        complain("line not understood", line);
    } else {
        listed[service_count] = services[service_count];
        mark_refused(&services[service_count++]);
    }
}

void services_each_line(char *text, void (*take)(const char *line))
{
    for (char *line = text; *line != '\0';) {
        char *end = line;
        while (*end != '\0' && *end != '\n') {
            end++;
        }
        bool last = *end == '\0';
        *end = '\0';
        const char *first = skip_blanks(line);
        if (*first != '\0' && *first != '#') {
            take(line);
        }
        line = last ? end : end + 1;
    }
}

// Whether the list starts at least one program by itself. A machine that starts nothing
// is of no use, so such a list counts as damaged.
static bool starts_something(void)
{
    for (unsigned i = 0; i < service_count; i++) {
        if (services[i].kind == SERVICE_PROGRAM && services[i].start <= START_AUTO) {
            return true;
        }
    }
    return false;
}

static long read_list(const char *path)
{
    char *text;
    service_count = 0;
    complaints = 0;
    long size = files_read_whole(path, (void **)&text);
    if (size < 0) {
        return size;
    }
    long error = -ERROR_BAD_IMAGE;
    if (size < SERVICES_BYTES) {
        boot_status_set_list(crc32(text, (size_t)size));
        services_each_line(text, take_line);
        listed_count = service_count;
        error = starts_something() ? 0 : -ERROR_BAD_IMAGE;
    }
    heap_free(text);
    if (error < 0) {
        console_log("services: %s starts no program", path);
    }
    return error;
}

// Adds the extensions that the user has approved and the list does not name.
static void add_approved(void)
{
    struct approval row;
    for (uint32_t i = 0; approvals_query(i, &row); i++) {
        if (row.state == APPROVAL_ENABLED && services_enable(&row) < 0) {
            complain("one service too many", row.name);
        }
    }
}

// Reads the list that was asked for. If it cannot be used, reads the other one.
static long read_one(uint32_t mode)
{
    if (mode != BOOT_MODE_LAST_GOOD) {
        long error = read_list(SERVICES_PATH);
        if (error == 0) {
            return 0;
        }
        console_log("services: %s cannot be used, error %ld", SERVICES_PATH, -error);
    }
    console_log("services: using the list of the last good start");
    long error = read_list(SERVICES_GOOD_PATH);
    if (error == 0) {
        boot_status_set_mode(BOOT_MODE_LAST_GOOD);
        return 0;
    }
    console_log("services: %s cannot be used, error %ld", SERVICES_GOOD_PATH, -error);
    return mode == BOOT_MODE_LAST_GOOD ? read_list(SERVICES_PATH) : error;
}

long services_read(uint32_t mode)
{
    approvals_read();
    long error = read_one(mode);
    if (error == 0 && boot_status_current().mode != BOOT_MODE_SAFE) {
        add_approved();
    }
    return error;
}

bool services_listed(uint32_t index, struct service *line)
{
    if (index >= listed_count) {
        return false;
    }
    *line = listed[index];
    return true;
}

bool services_query(uint32_t index, struct service *service)
{
    if (index >= service_count) {
        return false;
    }
    *service = services[index];
    return true;
}

static struct service *named(const char *name)
{
    for (unsigned i = 0; i < service_count; i++) {
        if (text_equal(services[i].name, name)) {
            return &services[i];
        }
    }
    return NULL;
}

long services_enable(const struct approval *approval)
{
    if (!approvals_concern(approval->kind)) {
        return 0;  // the list says when a driver is loaded, or a person does
    }
    long error = 0;
    enum irql old = irql_raise(IRQL_HIGH);
    struct service *service = named(approval->name);
    if (service == NULL && service_count == SERVICES_LIMIT) {
        error = -ERROR_NO_MEMORY;
    } else if (service == NULL) {
        service = &services[service_count];
        *service = (struct service){
            .kind = approval->kind,
            .start = START_AUTO,
            .error_control = ERROR_CONTROL_NORMAL,
            .rights = approval->rights,
        };
        text_copy(service->name, sizeof(service->name), approval->name);
        service_count++;
    }
    if (service != NULL) {
        text_copy(service->image, sizeof(service->image), approval->image);
        if (service->state == SERVICE_STATE_REFUSED) {
            service->state = SERVICE_STATE_STOPPED;
        }
    }
    irql_lower(old);
    return error;
}

static struct service *of_process(uint32_t id)
{
    for (unsigned i = 0; i < service_count && id != 0; i++) {
        if (services[i].process_id == id) {
            return &services[i];
        }
    }
    return NULL;
}

bool services_find(uint32_t process_id, struct service *service)
{
    const struct service *found = of_process(process_id);
    if (found != NULL) {
        *service = *found;
    }
    return found != NULL;
}

const struct service *services_plugin(const char *image)
{
    for (unsigned i = 0; i < service_count; i++) {
        if (services[i].kind != SERVICE_PROGRAM &&
            text_equal(services[i].image, image)) {
            return &services[i];
        }
    }
    return NULL;
}

// Whether this is the name of the service, with or without its ending.
static bool goes_by(const char *name, const struct service *service)
{
    size_t length = strlen(name);
    char behind = service->name[length < NAME_SIZE ? length : 0];
    return length > 0 && memcmp(name, service->name, length) == 0 &&
           (behind == '\0' || behind == '.');
}

bool services_is_reserved(const char *plugin)
{
    static const char *const of_kernel[] = {"init", "recovery", "bootmenu"};
    char stem[NAME_SIZE];
    text_copy(stem, sizeof(stem), plugin);
    for (char *at = stem; *at != '\0'; at++) {
        if (*at == '.') {
            *at = '\0';
            break;
        }
    }
    bool reserved = text_find(stem, of_kernel, COUNT(of_kernel)) < COUNT(of_kernel);
    for (unsigned i = 0; i < service_count; i++) {
        reserved |= services[i].kind == SERVICE_PROGRAM && goes_by(stem, &services[i]);
    }
    return reserved;
}

bool services_may_own(const char *name, uint32_t process_id)
{
    bool taken = false, is_exact = named(name) != NULL;
    for (unsigned i = 0; i < service_count; i++) {
        if (is_exact ? text_equal(name, services[i].name)
                     : goes_by(name, &services[i])) {
            if (services[i].process_id == process_id) {
                return true;
            }
            taken = true;
        }
    }
    return !taken;
}

// Finds a driver by the name of its file; upper and lower case are the same, as in FAT.
static struct service *driver_of(const char *path)
{
    char wanted[NAME_SIZE], found[NAME_SIZE];
    text_file_name(wanted, sizeof(wanted), path);
    for (unsigned i = 0; i < service_count; i++) {
        text_file_name(found, sizeof(found), services[i].image);
        if (services[i].kind == SERVICE_DRIVER && text_equal(found, wanted)) {
            return &services[i];
        }
    }
    return NULL;
}

bool services_driver_is_disabled(const char *path)
{
    const struct service *service = driver_of(path);
    return service != NULL && service->start == START_DISABLED;
}

void services_note_driver(const char *path, uint32_t state)
{
    struct service *service = driver_of(path);
    if (service != NULL) {
        service->state = state;
    }
}

void services_note_object(const char *name, uint32_t state)
{
    struct service *service = named(name);
    if (service != NULL && service->kind == SERVICE_BPF) {
        service->state = state;
    }
}

// What starts by itself is started by init and the supervisor alone. Who else starts the
// same file gets a process, and no service.
void services_note_process(const char *image, uint32_t process_id, bool by_manager)
{
    for (unsigned i = 0; i < service_count; i++) {
        bool may = by_manager || services[i].start > START_AUTO;
        if (may && services[i].process_id == 0 &&
            text_equal(services[i].image, image)) {
            services[i].process_id = process_id;
            services[i].state = SERVICE_STATE_RUNNING;
        }
    }
}

void services_note_sensor(const char *driver, uint32_t process_id)
{
    struct service *service =
        driver != NULL ? driver_of(driver) : of_process(process_id);
    if (service != NULL) {
        service->is_sensor = true;
    }
}

bool services_is_sensor(const char *driver)
{
    const struct service *service = driver_of(driver);
    return service != NULL && service->is_sensor;
}

void services_note_end(uint32_t process_id)
{
    for (unsigned i = 0; i < service_count; i++) {
        if (services[i].process_id == process_id && process_id != 0) {
            services[i].process_id = 0;
            services[i].state = SERVICE_STATE_STOPPED;
        }
    }
}
