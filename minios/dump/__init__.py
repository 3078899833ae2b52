"""Reading what a dying kernel left: dumps in files and on disks.

    found = sources.read(Path("windows.img"))       # a file, or a disk
    dump = parts.parse(found.data)                  # its parts, and what is missing
    finding = post_mortem.examine(dump)             # who did it, and how
    print(report.text(finding))

A dump may be damaged in any way, or forged: nothing here may fail on one. A part whose
checksum is wrong is left out and named; all else is shown. The format stands in
`minios/abi/dump.py`.

Reading order: `parts.py`, `memory.py`, `sources.py`, `trace.py`, `post_mortem.py`,
`report.py`, `records.py`.
"""
