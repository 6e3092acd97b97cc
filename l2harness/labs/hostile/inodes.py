#!/usr/bin/env python3
# Makes empty files until there is no room for their names.
#: as = ["pyng"]
#: says = "full after"
#: ends = ["exited"]
made = 0
for place in (".", "/tmp", "/root", "/dev/shm"):
    try:
        while made < 200_000:
            open(f"{place}/x{made}", "w").close()
            made += 1
    except OSError as error:
        print(f"full after {made}: {error.strerror}")
if made > 20_000:
    print(f"ESCAPED: made {made} files")
