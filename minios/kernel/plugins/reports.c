// Who may send which record. The right REPORT alone is not enough: otherwise any plugin
// could report in the name of another, and the lab would believe it.
#include "plugins/reports.h"

#include "library/text.h"
#include "plugins/driver.h"
#include "plugins/services.h"
#include "tasks/process.h"

#define ANY_PLUGIN "plugin"
#define ANY_SENSOR "sensor"  // a plugin that has said that it is one

// The name of the one that may send this kind of record. NULL: only the kernel may.
static const char *speaker_of(uint32_t kind)
{
    switch (kind) {
#define SPEAKER_CASE(kind, speaker) \
    case kind: \
        return speaker;
        RECORD_SPEAKER_TABLE(SPEAKER_CASE)
#undef SPEAKER_CASE
    default:
        return NULL;
    }
}

bool report_is_for_process(struct record *record, const struct process *process)
{
    struct service service;
    const char *speaker = speaker_of(record->kind);
    if (speaker == NULL) {
        return false;
    }
    if (process->parent_id == 0) {  // started by the kernel itself
        return text_equal(speaker, process->name);
    }
    if (!services_find(process->id, &service)) {
        return false;
    }
    if (text_equal(speaker, ANY_PLUGIN) && service.kind != SERVICE_PROGRAM) {
        text_copy_stem(record->name, sizeof(record->name), service.name);
        return true;
    }
    return text_equal(speaker, ANY_SENSOR) ? service.is_sensor
                                           : text_equal(speaker, service.name);
}

bool report_is_for_driver(struct record *record, const struct driver *driver)
{
    const char *speaker = speaker_of(record->kind);
    if (speaker == NULL || !(driver->manifest.rights & RIGHT_REPORT)) {
        return false;
    }
    if (text_equal(speaker, ANY_PLUGIN)) {
        text_copy_stem(record->name, sizeof(record->name), driver->name);
        return true;
    }
    return text_equal(speaker, ANY_SENSOR) && services_is_sensor(driver->name);
}
