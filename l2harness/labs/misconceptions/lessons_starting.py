"""Lessons about what was handed in: is it there, can it be started, and does it survive."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "missing-program",
        title="A program is not among the files that were handed in.",
        seen="No file has its name, and nothing that could be built makes one.",
        why="It lies in another folder, has another name, or was ignored by .gitignore; on the "
        "own machine it is there, so it works. What counts is what was handed in.",
        find_out="Unpack what you handed in somewhere else, and look:",
        command='cd "$(mktemp -d)" && unzip -q ~/submission.zip && ls -l',
        question=Question.RUN,
        follows_from=("does-not-build",),
    ),
    Misconception(
        "does-not-build",
        title="make fails, so there is nothing to run.",
        seen="The Makefile was run, and ended with an error before it had made the program.",
        why="On the own machine a file, a header or an older result lies around that was not "
        "handed in. A build that begins with nothing but the files handed in is the only test.",
        find_out="Build a fresh copy of what you handed in:",
        command='cd "$(mktemp -d)" && unzip -q ~/submission.zip && make',
        question=Question.RUN,
    ),
    Misconception(
        "not-executable",
        title="The file is nothing that Linux can start.",
        seen="The kernel refuses it: no #! line and no machine code for this machine, or a #! "
        "line that names a program which is not there.",
        why="`python3 {client}` tells the shell what to run the file with. `./{client}` asks the "
        "file itself: its first line has to say so, #!/usr/bin/env python3, and it needs the "
        "permission to be run.",
        find_out="See what the first line says, and whether there is an x:",
        command="head -c 40 {client}; ls -l {client}; file {client}",
        question=Question.RUN,
    ),
    Misconception(
        "windows-line-endings",
        title="The lines end as on Windows, and Linux takes that for a part of the name.",
        seen="The first line ends with 0d 0a, so an interpreter named “python3\\r” is looked for.",
        why="An editor on Windows ends lines with two characters, Linux with one, and none of "
        "them is seen. In the #! line the extra one becomes part of the program's name. dos2unix, "
        "or the editor's setting “LF”, takes it away.",
        find_out="Look for ^M at the ends of the lines:",
        command="head -1 {client} | cat -A",
        question=Question.RUN,
    ),
    Misconception(
        "does-not-start",
        title="The program ends with an error before it has done anything.",
        seen="It was started as the task says, and ended with an error; no frame was sent, and no "
        "socket listened.",
        why="A syntax error, a module or file that was not handed in, or a newer version of the "
        "language on the own machine. It works at home because everything is there.",
        find_out="Run a fresh copy of what you handed in, from another directory than your own, "
        "and read the last line it prints:",
        command='cd "$(mktemp -d)" && unzip -q ~/submission.zip && sudo ./{server} lo',
        question=Question.RUN,
        follows_from=("windows-line-endings", "missing-program"),
    ),
    Misconception(
        "crashed",
        title="The program dies on the way.",
        seen="It had begun its work, and then an error that nobody caught, or a signal such as "
        "SIGSEGV, ended it.",
        why="There is one case that was not thought of: an argument that is not there, a frame of "
        "another kind, text where bytes belong. The message, or the debugger, names the line.",
        find_out="Do the same again, and read the last line of the message; for C:",
        command="gcc -g -fsanitize=address,undefined -o {client} {client}.c && ./{client}",
        question=Question.RUN,
    ),
)
