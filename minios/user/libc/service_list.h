// The service list as a file: what its lines say, changing one, comparing two.
//
// A line is compared as its words with one blank between them; comments and empty lines
// do not count.
#ifndef USER_SERVICE_LIST_H
#define USER_SERVICE_LIST_H

#include <minios/abi.h>

enum {
    SERVICE_LINE_BYTES = 200,
    SERVICE_WORD_BYTES = PATH_SIZE,
    SERVICE_WORDS_COUNT = 6,  // name, kind, image, start, error control, rights
};

// Reads a list as a text; an empty one if it cannot be used. Returns its size, or a
// negated ERROR_: BAD_IMAGE if it is too long or starts no program by itself.
[[gnu::warn_unused_result]] long service_list_read(const char *path,
                                                   char text[SERVICES_BYTES]);

// Takes one line off the text, its words with one blank between them; an empty text for
// a line that does not count. NULL at the end of the text.
const char *service_line_next(const char *text, char line[SERVICE_LINE_BYTES]);

// Copies the index-th word of a line.
void service_line_word(const char *line, unsigned index, char word[SERVICE_WORD_BYTES]);

// Says in which lines `now` differs from `then`; returns in how many.
unsigned service_texts_differ(const char *now, const char *then);

// Changes when a service is started, in the list on the disk. Returns 0 or a negated
// ERROR_: BAD_ARGUMENT for a word that is no start type, NOT_FOUND for no such service.
[[gnu::warn_unused_result]] long service_list_set_start(const char *name,
                                                        const char *start);

// The same, for a person; says how it went.
void service_list_command(const char *name, const char *start);

#endif
