// A plugin's manifest as it travels in the plugin's image: an ELF note.
//
// recipe.py compiles this file once for each plugin and defines the numbers, which are
// those of its plugin.toml. The kernel reads the note and holds the plugin to it.
//
// For ring 3 there is one more thing to know: with what the name of the plugin's file and
// of its inbox ends. That depends on the kind, so the same sources cannot say it.
#include <minios/abi.h>

#ifdef MANIFEST_ENDING
const char plugin_ending[] = MANIFEST_ENDING;
#endif

[[gnu::section(".note.minios")]] const struct plugin_manifest plugin_manifest = {
    .owner_size = sizeof("minios"),
    .value_size =
        sizeof(struct plugin_manifest) - offsetof(struct plugin_manifest, rights),
    .type = PLUGIN_MANIFEST_TYPE,
    .owner = "minios",
    .rights = MANIFEST_RIGHTS,
    .kinds = MANIFEST_KINDS,
    .major = MANIFEST_MAJOR,
    .minor = MANIFEST_MINOR,
    .flags = MANIFEST_FLAGS,
    .device = {MANIFEST_DEVICE},
    .events = {.words = {MANIFEST_EVENTS}},
};
