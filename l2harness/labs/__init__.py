"""Labs: what is asked of a submission, and how it is found out.

A lab is a folder: ``lab.toml`` (title, programs, topology, limits), ``runs.py`` (what is executed
and recorded), ``test_*.py`` (checks that look at the records), ``reference/`` and ``mutants/``
(the proof that the checks tell right from wrong).
"""
