// The service list as a text file: reading its lines, changing one, comparing two
// lists. init and the recovery program use it.
//
// Two lines are the same if their words are the same. Blanks, comments and empty lines
// do not count.
#ifndef USER_SERVICE_LIST_H
#define USER_SERVICE_LIST_H

#include <minios/abi.h>

enum {
    SERVICE_LINE_BYTES = 200,
    SERVICE_WORD_BYTES = PATH_SIZE,
    SERVICE_WORDS_COUNT = 6,  // name, kind, image, start, error control, rights
};

// Reads a list into `text`. If it cannot be used, the text is empty. Returns the size,
// or a negated ERROR_: BAD_IMAGE if the list is too long or starts no program by
// itself.
[[gnu::warn_unused_result]] long service_list_read(const char *path,
                                                   char text[SERVICES_BYTES]);

// Copies the next line, with one blank between its words, and returns the text after
// it. A comment or empty line becomes an empty text. Returns NULL at the end.
const char *service_line_next(const char *text, char line[SERVICE_LINE_BYTES]);

// Copies the word number `index` of a line; the first is 0.
void service_line_word(const char *line, unsigned index, char word[SERVICE_WORD_BYTES]);

// Prints the lines in which `now` differs from `then`. Returns how many.
unsigned service_texts_differ(const char *now, const char *then);

// Changes when a service is started, in the list on the disk. Returns 0 or a negated
// ERROR_: BAD_ARGUMENT for a word that is no start type, NOT_FOUND for no such service.
[[gnu::warn_unused_result]] long service_list_set_start(const char *name,
                                                        const char *start);

// The same for a person who has typed it: prints what was done, or why not.
void service_list_command(const char *name, const char *start);

#endif
