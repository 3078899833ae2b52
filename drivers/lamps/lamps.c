// lamps: drives the bank of lamps (minios/devices/lamps.py is its datasheet).
//
//   device    ports 0x5f0 to 0x5f7, interrupt line 14
//   messages  "on N", "off N", "all", "dark", "show N", "read"; each is answered with
//             the state of the lamps
//   reports   "lamps": which of them glow, whenever that has changed; "too hot"
//   rings     0 (lamps.sys) and 3 (lamps.drv); it does the same in both
//
// The device says by an interrupt that a change is done, or that the lamps are too hot.
// Then this driver switches all of them off. If it did not, they would burn out. So it
// matters what becomes of the device if the driver dies: in ring 3 the kernel quiesces it.
//
// One thing here is wrong: "show N" does not compare N with the number of pictures.
#include <minios/plugin.h>

enum { LAMPS = 8, TEXT_BYTES = 32, ANSWER_BYTES = 100 };

enum {  // registers, counted from PORT_LAMPS
    REGISTER_ID,
    REGISTER_STATUS,
    REGISTER_CONTROL,
    REGISTER_LAMPS,
    REGISTER_HEAT_LOW,
    REGISTER_HEAT_HIGH,
    REGISTER_LIMIT,
    REGISTER_BURNT,
};

enum {
    STATUS_DONE = 0x01,
    STATUS_ERROR = 0x02,
    STATUS_HOT = 0x04,
    STATUS_BUSY = 0x80,
    CONTROL_ON = 0x01,
    CONTROL_INT = 0x02,
    CONTROL_QUIESCE = 0x80,
};

// Pictures to show: lamps that glow.
static const uint8_t pictures[] = {0x00, 0x81, 0xc3, 0xe7, 0xff, 0x7e, 0x3c, 0x18};

// In ring 0 an interrupt may come between any two instructions. Each of these is written
// in one step, so `serve` always finds a whole value.
static volatile uint8_t wanted;  // the lamps that shall glow
static volatile uint8_t reported;

static uint8_t get(unsigned number)
{
    return plugin_in8((uint16_t)(PORT_LAMPS + number));
}

static void set(unsigned number, uint8_t value)
{
    plugin_out8((uint16_t)(PORT_LAMPS + number), value);
}

// Begins to show what is wanted. If the device is busy, its next interrupt calls this
// again.
static void show(void)
{
    uint8_t possible = wanted & (uint8_t)~get(REGISTER_BURNT);
    if (!(get(REGISTER_STATUS) & STATUS_BUSY) && get(REGISTER_LAMPS) != possible) {
        set(REGISTER_LAMPS, possible);
    }
}

// What an interrupt routine leaves for later: in ring 0 it runs with interrupts off.
static void tell(void *is_hot)
{
    if (is_hot != NULL) {
        plugin_report_value("too hot", get(REGISTER_LIMIT));
        plugin_log("too hot: all lamps off");
    }
    if (get(REGISTER_LAMPS) != reported) {
        reported = get(REGISTER_LAMPS);
        plugin_report_value("lamps", reported);
    }
}

// The interrupt routine. All causes are cleared before the device is looked at: a cause
// that comes later makes another interrupt.
static void serve(void *unused)
{
    static char hot;
    (void)unused;
    uint8_t status = get(REGISTER_STATUS);
    set(REGISTER_STATUS, status);
    bool is_hot = status & STATUS_HOT && wanted != 0;
    if (is_hot) {
        wanted = 0;
    }
    show();
    (void)!plugin_defer(tell, is_hot ? &hot : NULL, 0);  // a full queue loses a report
}

static int lamps_start(void)
{
    if (get(REGISTER_ID) != PORT_LAMPS_ID) {
        plugin_log("this board has no lamps");
        return -ERROR_NOT_FOUND;
    }
    set(REGISTER_CONTROL, CONTROL_QUIESCE);  // whatever was before
    long error = plugin_connect_interrupt(IRQ_LAMPS, serve, NULL);
    if (error == 0) {
        set(REGISTER_CONTROL, CONTROL_ON | CONTROL_INT);
        plugin_log("eight lamps at port 0x%x, driven in ring %d", PORT_LAMPS,
                   plugin_ring());
    }
    return (int)error;
}

static void lamps_stop(void)
{
    set(REGISTER_CONTROL, CONTROL_QUIESCE);
    (void)!plugin_disconnect_interrupt(IRQ_LAMPS, serve, NULL);
}

// Whether a text begins with a word, and `number` is what follows.
static bool says(const char *text, const char *word, uint64_t *number)
{
    size_t length = strlen(word);
    if (memcmp(text, word, length) != 0) {
        return false;
    }
    *number = 0;
    for (text += length; *text >= '0' && *text <= '9'; text++) {
        *number = *number * 10 + (uint64_t)(*text - '0');
    }
    return *text == '\0';
}

// Does what a text asks for. Returns 0 or a negated ERROR_.
static int obey(const char *text)
{
    uint64_t number;
    if (says(text, "on ", &number) && number < LAMPS) {
        wanted |= (uint8_t)(1U << number);
    } else if (says(text, "off ", &number) && number < LAMPS) {
        wanted &= (uint8_t)~(1U << number);
    } else if (says(text, "all", &number)) {
        wanted = 0xff;
    } else if (says(text, "dark", &number)) {
        wanted = 0;
    } else if (says(text, "show ", &number)) {
        wanted = pictures[number];  // wrong: nobody has looked how large the number is
    } else if (!says(text, "read", &number)) {
        return -ERROR_BAD_ARGUMENT;
    }
    show();
    return 0;
}

static void lamps_message(const struct message *message, struct message *answer)
{
    char text[TEXT_BYTES] = "";
    char words[ANSWER_BYTES];
    size_t length = message->size < TEXT_BYTES ? message->size : TEXT_BYTES - 1;
    memcpy(text, message->body, length);
    uint64_t status = (uint64_t)-obey(text);
    unsigned tenths = get(REGISTER_HEAT_LOW);
    tenths |= (unsigned)get(REGISTER_HEAT_HIGH) << 8;
    int used = plugin_format(
        words, sizeof(words), "wanted 0x%x, glowing 0x%x, burnt 0x%x, %u.%u degrees",
        wanted, get(REGISTER_LAMPS), get(REGISTER_BURNT), tenths / 10, tenths % 10);
    memcpy(answer->body, &status, sizeof(status));
    memcpy(answer->body + sizeof(status), words, (size_t)used + 1);
    answer->size = (uint32_t)(sizeof(status) + (size_t)used + 1);
}

const struct plugin plugin = {
    .name = "lamps",
    .start = lamps_start,
    .message = lamps_message,
    .stop = lamps_stop,
};
