// The boot status: one sector on the disk that remembers how the last starts went.
//
//     a start begins               state = STARTING, written before any driver runs
//     recovery begins              state = RECOVERING, and STARTING again after it
//     ready, and 120 s later       state = SETTLED, failed_starts = 0
//     reset or off on purpose      the same, but not in recovery
//     crash, power cut, hang       nothing is written: the next start finds STARTING
//
// So a start counts as failed unless somebody notes that it went well. This way a
// crashing kernel has nothing to do for it, and a hang or a power cut counts, too.
// Windows counts two things apart: for a failed start a flag, which it clears earlier,
// typically before the sign-in screen; and unexpected shutdowns within two minutes of a
// completed boot (Windows RE technical reference). Here one state does both.
//
// The sector is not part of the file system. A disk writes one sector as a whole or not
// at all, so a power cut leaves the old status or the new one. If the disk cannot be
// written, the machine starts all the same, but failed starts are not counted.
#include "disk/boot_status.h"

#include "base/irql.h"
#include "devices/block.h"
#include "devices/console.h"
#include "library/crc32.h"
#include "library/text.h"
#include "tasks/thread.h"

static struct mutex lock;  // guards `status` and `sector`
static struct boot_status status;
static uint8_t sector[SECTOR_SIZE];
static struct wait_queue waiting;
static bool is_ready;  // guarded by IRQL_HIGH

static uint32_t checksum_of(const struct boot_status *found)
{
    return crc32(found, offsetof(struct boot_status, checksum));
}

// Writes the status to the disk. The caller holds the lock.
static bool write(void)
{
    status.checksum = checksum_of(&status);
    memcpy(sector, &status, sizeof(status));
    bool good = block_write(BOOT_STATUS_SECTOR, 1, sector);
    if (!good) {
        console_log("start: the boot status cannot be written");
    }
    return good;
}

// Reads what an earlier start has written. A new disk has no status: no start has
// failed.
static void read(void)
{
    if (!block_read(BOOT_STATUS_SECTOR, 1, sector)) {
        return;
    }
    struct boot_status found;
    memcpy(&found, sector, sizeof(found));
    if (found.magic == BOOT_STATUS_MAGIC && found.checksum == checksum_of(&found)) {
        status = found;
    }
}

void boot_status_begin(void)
{
    mutex_lock(&lock);
    read();
    if (status.state == BOOT_STATE_STARTING) {
        status.failed_starts++;
    }
    status.magic = BOOT_STATUS_MAGIC;
    status.starts++;
    status.state = BOOT_STATE_STARTING;
    status.mode = status.next_mode;
    status.next_mode = BOOT_MODE_NORMAL;
    (void)write();
    mutex_unlock(&lock);
}

struct boot_status boot_status_current(void)
{
    mutex_lock(&lock);
    struct boot_status copy = status;
    mutex_unlock(&lock);
    return copy;
}

void boot_status_set_mode(uint32_t mode)
{
    mutex_lock(&lock);
    status.mode = mode;
    mutex_unlock(&lock);
}

void boot_status_set_list(uint32_t checksum)
{
    mutex_lock(&lock);
    status.list_checksum = checksum;
    mutex_unlock(&lock);
}

void boot_status_recover(bool begins)
{
    mutex_lock(&lock);
    status.state = begins ? BOOT_STATE_RECOVERING : BOOT_STATE_STARTING;
    (void)write();
    mutex_unlock(&lock);
}

bool boot_status_request(uint32_t mode)
{
    mutex_lock(&lock);
    status.next_mode = mode;
    bool good = write();
    mutex_unlock(&lock);
    return good;
}

void boot_status_settle(void)
{
    mutex_lock(&lock);
    if (status.state == BOOT_STATE_STARTING) {
        status.state = BOOT_STATE_SETTLED;
        status.failed_starts = 0;
        (void)write();
    }
    mutex_unlock(&lock);
}

void boot_status_note_ready(void)
{
    enum irql old = irql_raise(IRQL_HIGH);
    is_ready = true;
    thread_wake_all(&waiting);
    irql_lower(old);
}

void boot_status_wait_until_ready(void)
{
    enum irql old = irql_raise(IRQL_HIGH);
    while (!is_ready) {
        (void)thread_wait(&waiting, FOREVER);  // nobody kills a thread of System
    }
    irql_lower(old);
}
