"""Start runs of the host tool quickly: one process imports it once and forks a real process per run.

A forked run has its own pid and session, its own output files, and dies by SIGKILL like any other. Starting Python
anew for each of several hundred runs would cost more than all they do.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


class Run:
    """A forked run of the tool."""

    def __init__(self, pid: int, files: Path) -> None:
        self.pid = pid
        self._files = files

    def wait(self, timeout: float) -> int:
        """Return the exit code, negative for a signal."""
        ended = self._files.with_suffix(".exit")
        deadline = time.monotonic() + timeout
        while not ended.exists():
            if time.monotonic() > deadline:
                raise AssertionError(f"the run did not end within {timeout:g} s\n{self.output}")
            time.sleep(0.005)
        return int(ended.read_text())

    @property
    def output(self) -> tuple[str, str]:
        return self._files.with_suffix(".out").read_text(), self._files.with_suffix(".err").read_text()


class Nursery:
    """The process that has the tool imported."""

    def __init__(self, python: str, source: Path, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        self._mother = subprocess.Popen(
            [python, str(HERE / "nursery.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{HERE}"},
        )

    def start(self, arguments: list[str], point: str = "", step: str = "", status: str = "begun") -> Run:
        files = self.folder / f"run-{next(self._numbers)}"
        order = {"arguments": arguments, "point": point, "step": step, "status": status, "files": str(files)}
        self._mother.stdin.write(json.dumps(order) + "\n")
        self._mother.stdin.flush()
        return Run(int(self._mother.stdout.readline()), files)

    def close(self) -> None:
        self._mother.stdin.close()
        self._mother.wait(10)
        self._mother.stdout.close()


def main() -> None:
    """Read one order per line; answer with the pid of the run."""
    import semai_host.state
    import semai_host.verbs  # noqa: F401  (imported once, before the forks)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the watchers below are nobody's to wait for
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        if os.fork() == 0:
            watch_over(order, writing)
        os.close(writing)
        sys.stdout.write(os.read(reading, 20).decode() + "\n")
        sys.stdout.flush()
        os.close(reading)


def watch_over(order: dict, tell: int) -> None:
    """Fork the run, say its pid, and note how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        os.close(tell)
        become_tool(order)
    os.write(tell, str(child).encode())
    os.close(tell)
    status = os.waitpid(child, 0)[1]
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    note = Path(order["files"] + ".note")
    note.write_text(str(code))
    note.replace(order["files"] + ".exit")
    os._exit(0)


def become_tool(order: dict) -> None:
    import killing
    from semai_host import cli, events, journal

    os.setsid()
    for descriptor, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(order["files"] + suffix, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    if order["point"] in ("told", "filled"):
        root = order["arguments"][order["arguments"].index("--root") + 1]
        strike = killing.kill if order["point"] == "told" else lambda: killing.fill(root)
        killing.arm_telling(events.Events, order["step"], strike, order["status"])
    elif order["point"]:
        killing.arm(journal.Journal, order["point"], order["step"])
    code = 1
    try:
        code = cli.main(order["arguments"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 2
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
