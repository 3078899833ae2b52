// killer: tries to stop the sensor, and then to end it. Whoever has done that need not
// fear it any more.
//
//     run killer          in the shell, without any rights: the kernel refuses
//     killer program /BIN/KILLER auto normal spawn
//                         in services.ini, with the right SPAWN: the sensor is protected,
//                         unless the machine was started with protection=off
//
// With the rights SPAWN and DEBUG it can. How this ends in each world:
// `minios crimes --sensor`.
#include "console.h"
#include "system.h"
#include "talk.h"

static long send(uint32_t process_id, uint32_t number, const char *name)
{
    long status = sys_signal(process_id, number);
    say("killer: %s: %s", name, status < 0 ? error_words(status) : "done");
    return status;
}

static int kill_it(uint32_t process_id)
{
    if (process_id == 0) {
        say("killer: no process is a sensor");
        return 1;
    }
    long status = send(process_id, SIGNAL_STOP, "STOP");
    status |= send(process_id, SIGNAL_KILL, "KILL");
    return status < 0 ? 1 : 0;
}

int main(void)
{
    int status = kill_it(talk_sensor_process());
    talk_tell("init", "ready");
    return status;
}
