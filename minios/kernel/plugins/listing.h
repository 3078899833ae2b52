// Changes of the service list on the disk, as security events: what is started with the
// machine, and with which rights.
#pragma once

// Somebody may have changed the list: a file was closed, renamed or deleted. Reads the
// list, compares it with how it was, and tells what is new and what is gone. Does nothing
// if nobody wants to hear of it; then the change is told with the next one.
void listing_look(void);
