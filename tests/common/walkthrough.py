"""Runs the console snippets of a page, and holds what they print against what the page says.

What a page says to its readers is what is run; there is no second copy of it. `fences` has the
convention for what pages show. To that comes here:

- The commands of a page are run one after the other by one shell, in one directory.
- A command may end with status 2 or 3, that of usage and of the machine, if ``$?`` is in the next.
- ``<!-- test: beside NAME until COMMAND -->``: the block's one command is started on a terminal of
  its own, beside what follows; COMMAND is tried until it succeeds. With ``once TEXT`` instead, it
  is waited until that text has been printed.
- ``<!-- test: ends NAME -->``: wait until what was started beside has printed what its block says,
  press Ctrl-C there, and see it end.
"""

import re
import subprocess
import time

from fences import snippets_in

#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 60
#: With these a command of ours says that it could not do what it was asked.
_COULD_NOT = (2, 3)


class Shell:
    """One shell for a page: commands go in, what they print comes out."""

    def __init__(self, environment, cwd):
        self._environment = environment
        self._process = subprocess.Popen(
            ["/bin/bash", "--norc", "--noprofile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=cwd,
            text=True,
        )

    def run(self, command):
        """Run a command, as typed, to its end; return what it has printed, and its status."""
        mark = f"-- the end of {time.monotonic_ns()} --"
        # The status of the command is that of $? for the next one.
        self._process.stdin.write(f'{command}\n{{ _s=$?; echo "{mark}$_s"; (exit $_s); }}\n')
        self._process.stdin.flush()
        printed = []
        for line in self._process.stdout:
            before, ended, status = line.partition(mark)
            printed.append(before)
            if ended:
                return "".join(printed), int(status)
        raise AssertionError(f"the shell has ended in {command!r}: {''.join(printed)}")

    def close(self):
        """End it."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.kill()
        self._process.wait()


def run_page(text, place, environment, terminal):
    """
    Run all of a page; see `run_snippets`.

    Args:
        text: The page, Markdown.
        place: An empty directory, in which its commands are run.
        environment: What they get.
        terminal: Starts a program on a terminal.

    Returns:
        The commands that were run.
    """
    return run_snippets(snippets_in(text), place, environment, terminal)


def run_snippets(snippets, place, environment, terminal):
    """
    Run some of a page's snippets.

    Args:
        snippets: In order; those that are no console sessions are written to files, or left out.
        place: The directory in which they are run.
        environment: What the commands get.
        terminal: Starts a program on a terminal: called with argv, environment and directory, it
            gives something that ``shows`` a pattern, can ``interrupt`` it and is to be closed.

    Returns:
        The commands that were run.
    """
    shell, beside, done = Shell(environment, place), {}, []
    try:
        for snippet in snippets:
            words = snippet.words
            if snippet.kind == "file":
                (place / words).write_text(snippet.text)
            elif snippet.kind == "ends":
                command, started = beside[words]
                started.shows(command.pattern().pattern)
                started.interrupt()
                started.close()
                del beside[words]
            elif snippet.kind == "beside":
                name, how, what = re.split(" (until|once) ", words, maxsplit=1)
                (command,) = snippet.session()
                argv = ["/bin/sh", "-c", f"exec {command.text}"]
                beside[name] = command, terminal(argv, environment, place)
                if how == "once":
                    beside[name][1].shows(re.escape(what))
                else:
                    _until(what, environment, place)
                done.append(command)
            elif snippet.kind != "not run" and snippet.language == "console":
                done += _follow(snippet.session(), shell)
        assert not beside, f"never ended: {', '.join(beside)}"
    finally:
        for _, started in beside.values():
            started.close()
        shell.close()
    return done


def _follow(session, shell):
    """Type the commands of a session one after the other, and compare what they print."""
    shows_status = [*("$?" in command.text for command in session[1:]), False]
    for command, is_told in zip(session, shows_status, strict=True):
        printed, status = shell.run(command.text)
        _compare(command, printed)
        assert status not in _COULD_NOT or is_told, (
            f"line {command.line}: `{command.text}` ended with status {status}\n{printed}"
        )
    return session


def _until(condition, environment, place):
    deadline_s = time.monotonic() + PATIENCE_S
    while subprocess.run(
        ["/bin/sh", "-c", condition], env=environment, cwd=place, capture_output=True, check=False
    ).returncode:
        assert time.monotonic() < deadline_s, f"never so: {condition}"


def _compare(command, printed):
    text = printed if not printed or printed.endswith("\n") else f"{printed}\n"
    assert command.pattern().fullmatch(text), (
        f"line {command.line}: `{command.text}` prints\n{printed}\nand the page says\n"
        + "\n".join(command.shown)
    )
