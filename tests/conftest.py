"""
What all tests have in common.

Property tests try a little by default, and much with HYPOTHESIS_PROFILE=thorough. Ctrl-C does what
it does in a terminal, also where a script has started the tests in the background.
"""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# No database: as an unprivileged user there may be no place for one.
settings.register_profile("quick", max_examples=25, deadline=None, database=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# A shell without job control has its background jobs ignore both, and all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
