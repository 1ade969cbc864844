# SPDX-License-Identifier: BSD-3-Clause
"""A program on a pseudo-terminal, and what stands on its screen: the sequences that live views use, strictly."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

SEQUENCE = re.compile(rb"\x1b\[(\??)([0-9;]*)([A-Za-z])")


class Screen:
    """Lines of a terminal that scrolls. Writing beyond the last column is counted as a wrap."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column = [""], 0, 0
        self.wraps = self.frames = 0
        self.modes = {}
        self.rest = b""

    def feed(self, data):
        data = self.rest + data
        at = 0
        while at < len(data):
            byte = data[at:at + 1]
            if byte == b"\x1b":
                found = SEQUENCE.match(data, at)
                if not found:
                    break  # not whole yet
                self.sequence(*found.groups())
                at = found.end()
            elif byte in (b"\r", b"\n", b"\a", b"\b"):
                self.control(byte)
                at += 1
            else:
                size = 1 if byte < b"\x80" else 2 if byte < b"\xe0" else 3 if byte < b"\xf0" else 4
                if at + size > len(data):
                    break
                self.put(data[at:at + size].decode())
                at += size
        self.rest = data[at:]

    def control(self, byte):
        if byte == b"\r":
            self.column = 0
        elif byte == b"\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")

    def put(self, character):
        if self.column == self.columns:
            self.wraps += 1
            self.column = 0
            self.control(b"\n")
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
        self.column += 1

    def sequence(self, private, numbers, kind):
        n = int(numbers) if numbers.isdigit() else 1
        if private:
            self.modes[int(numbers)] = kind == b"h"
        elif kind == b"A":
            self.row = max(self.row - n, len(self.lines) - self.rows, 0)
        elif kind == b"K":
            self.lines[self.row] = self.lines[self.row][:self.column]
        elif kind == b"J":
            self.lines[self.row] = self.lines[self.row][:self.column]
            del self.lines[self.row + 1:]
            self.frames += 1
        elif kind == b"H":
            self.row = self.column = 0
            self.lines = [""]
        elif kind != b"m":
            raise AssertionError(f"a sequence that no view uses: {numbers} {kind}")

    def text(self):
        return "\n".join(self.lines)


class Terminal:
    def __init__(self, command, columns=80, rows=24):
        self.screen = Screen(columns, rows)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvp(command[0], command)
        self.status = None

    def resize(self, columns, rows):
        self.screen.columns, self.screen.rows = columns, rows
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.fd, text.encode())

    def attributes(self):
        return termios.tcgetattr(self.fd)

    def read(self, seconds):
        """Takes what comes in this time; False when the program has closed the terminal."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                continue
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                return False
            if not data:
                return False
            self.screen.feed(data)
        return True

    def wait_for(self, pattern, seconds=30):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.screen.text()):
            alive = self.read(.05)
            if time.monotonic() > end or (not alive and not re.search(pattern, self.screen.text())):
                raise AssertionError(f"'{pattern}' does not come; the screen says:\n{self.screen.text()}")

    def finish(self, seconds=30):
        """Reads to the end; the exit status."""
        end = time.monotonic() + seconds
        while self.read(.1) and time.monotonic() < end:
            pass
        self.close()
        return os.waitstatus_to_exitcode(self.status)

    def close(self):
        if self.status is not None:
            return
        found, self.status = os.waitpid(self.pid, os.WNOHANG)
        end = time.monotonic() + 3
        while not found and time.monotonic() < end:
            time.sleep(.02)
            found, self.status = os.waitpid(self.pid, os.WNOHANG)
        if not found:
            os.kill(self.pid, signal.SIGKILL)
            _, self.status = os.waitpid(self.pid, 0)
        os.close(self.fd)
