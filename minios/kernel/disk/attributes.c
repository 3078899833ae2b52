// What an entry says of its file beside the bytes: flags and dates. One write changes it
// (update.c has the table of all changes). disk/files.c calls this.
#include "disk/volume.h"

#define CAN_BE_CHANGED (FILE_READ_ONLY | FILE_HIDDEN | FILE_SYSTEM | FILE_ARCHIVE)

long fat_set_flags(struct fat_place place, uint32_t flags)
{
    struct fat_entry entry;
    long error = fat_load(place, &entry);
    if (error == 0 && (flags ^ entry.attributes) & ~(uint32_t)CAN_BE_CHANGED) {
        error = -ERROR_BAD_ARGUMENT;
    }
    entry.attributes = (uint8_t)flags;
    return error < 0 ? error : fat_store(place, &entry);
}

//     15          9 8     5 4     0      15      11 10       5 4       0
//    +-------------+-------+-------+    +----------+----------+---------+
//    | year - 1980 | month |  day  |    |  hours   | minutes  | seconds |
//    |             | 1..12 | 1..31 |    |  0..23   |  0..59   | / 2     |
//    +-------------+-------+-------+    +----------+----------+---------+
//
// (Microsoft FAT specification, 1.03, section 6.)
static uint32_t days_of(uint32_t month, uint32_t year)
{
    bool is_leap = year % 4 == 0 && year != 2100;  // FAT knows 1980 to 2107
    if (month == 2) {
        return is_leap ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool is_moment(uint32_t date, uint32_t time)
{
    uint32_t year = 1980 + (date >> 9), month = date >> 5 & 15, day = date & 31;
    uint32_t hours = time >> 11, minutes = time >> 5 & 63, seconds = time & 31;
    return date <= UINT16_MAX && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_of(month, year) && hours <= 23 && minutes <= 59 && seconds <= 29;
}

long fat_set_times(struct fat_place place, uint32_t date, uint32_t time)
{
    struct fat_entry entry;
    if (!is_moment(date, time)) {
        return -ERROR_BAD_ARGUMENT;
    }
    long error = fat_load(place, &entry);
    entry.date = (uint16_t)date;
    entry.time = (uint16_t)time;
    return error < 0 ? error : fat_store(place, &entry);
}
