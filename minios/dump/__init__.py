"""Read what a dying kernel left: dumps in files and on disks.

    found = sources.read(Path("windows.img"))       # a file, or a disk
    dump = parts.parse(found.data)                  # its parts, and what is missing
    finding = post_mortem.examine(dump)             # what failed, and why
    print(report.explanation(finding))

A dump may be damaged in any way, or forged, and nothing here may fail because of that.
A part with a wrong checksum is left out and named. Everything else is shown. The format
is described in `minios/abi/dump.py`.

Reading order: `parts.py`, `memory.py`, `sources.py`, `trace.py`, `post_mortem.py`,
`report.py`, `records.py`.
"""
