// The service list as a file: what its lines say, changing one, comparing two.
//
// A line is compared as its words with one blank between them; comments and empty lines
// do not count.
#ifndef USER_SERVICE_LIST_H
#define USER_SERVICE_LIST_H

enum { SERVICE_FILE_BYTES = 4096, SERVICE_LINE_BYTES = 160, SERVICE_WORD_BYTES = 64 };

// Reads the whole file as a text. Returns its size or a negated ERROR_.
[[gnu::warn_unused_result]] long service_file_read(const char *path,
                                                   char text[SERVICE_FILE_BYTES]);

// Takes one line off the text, its words with one blank between them; an empty text for
// a line that does not count. NULL at the end of the text.
const char *service_line_next(const char *text, char line[SERVICE_LINE_BYTES]);

// Copies the index-th word of a line.
void service_line_word(const char *line, unsigned index, char word[SERVICE_WORD_BYTES]);

// Says in which lines `now` differs from `then`; returns in how many.
unsigned service_texts_differ(const char *now, const char *then);

// Changes when a service is started, in the list on the disk. Returns 0 or a negated
// ERROR_: BAD_ARGUMENT for a word that is no start type, NOT_FOUND for no such service.
[[gnu::warn_unused_result]] long service_file_set_start(const char *name,
                                                        const char *start);

// The same, for a person; says how it went.
void service_file_command(const char *name, const char *start);

#endif
