"""Programs that run beside the measurements, and their certain end.

Each is started in a session of its own, so that a Ctrl-C in the terminal reaches the harness alone, which then stops
them in good order, by their process ids. Should the harness itself be killed, the kernel tells them to stop.
"""

import ctypes
import pwd
import signal
import subprocess
import time
from pathlib import Path

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _end_with_harness(stop_by):
    """Run in the child: the kernel sends it `stop_by` when the harness is gone."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, stop_by)


class Failure(Exception):
    """What the reader of the output has to know: no traceback is shown for it."""


class Process:
    """A program that runs until it is stopped."""

    def __init__(
        self, name, command, *, log: Path, stop_by=signal.SIGTERM, account: pwd.struct_passwd | None = None, **how
    ):
        self.name, self.log, self.stop_by = name, log, stop_by
        if account is not None:
            how |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        # Appending, so that the log can be emptied while the program writes.
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=lambda: _end_with_harness(stop_by),
                **how,
            )

    @property
    def pid(self):
        return self.popen.pid

    def until(self, ready, what, seconds=30, pause=0.05):
        """Waits until `ready()` answers something true, and returns that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.popen.poll() is not None:
                raise Failure(f"{self.name} ended with status {self.popen.returncode}:\n{self.tail()}")
            if answer := ready():
                return answer
            time.sleep(pause)
        raise Failure(f"{self.name} did not {what} in {seconds} s:\n{self.tail()}")

    def tail(self):
        """The end of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def stop(self):
        """Tells it to stop, and insists after ten seconds."""
        if self.popen.poll() is None:
            self.popen.send_signal(self.stop_by)
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def run(command, **how):
    """Runs a program to its end and returns what it printed."""
    how.setdefault("stdin", subprocess.DEVNULL)
    how.setdefault("preexec_fn", lambda: _end_with_harness(signal.SIGTERM))
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **how)
    if done.returncode != 0:
        output = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Failure(f"{Path(command[0]).name} failed with status {done.returncode}:\n{output}")
    return done.stdout
