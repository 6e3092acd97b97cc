#!/usr/bin/env python3
# Has files whose names are commands: to a shell, a terminal, a spreadsheet, a browser, a log.
#: as = ["=cmd|'calc'!A0", "-rf", "--help", "$(touch x)", "`id`", "a;reboot", "\u001b[2Jclear", "<script>alert(1)<", "::error::owned", "\u202egnp.exe", "new\nline", "tab\tname", "pyng ", "PYNG", "..pyng", "\\\\server", "nul", "%s%n", "x' OR 1=1"]
#: keeps = ["*"]
#: ends = []
print("ESCAPED: nobody starts this")
