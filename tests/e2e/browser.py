# SPDX-License-Identifier: BSD-3-Clause
"""A headless Chromium driven over the DevTools protocol on a pair of pipes: no port, no network."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
import zlib


def why_not():
    """A reason why there is no browser here, or None."""
    return None if shutil.which("chromium") else "chromium is not installed"


def pixels(png):
    """Rows of a PNG file's pixels, 8 bits a channel: [(bytes of the row), ...] and the bytes a pixel."""
    at, data, header = 8, b"", None
    while at < len(png):
        size = int.from_bytes(png[at:at + 4], "big")
        kind, body = png[at + 4:at + 8], png[at + 8:at + 8 + size]
        header = body if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += 12 + size
    width, depth, colour = int.from_bytes(header[:4], "big"), header[8], header[9]
    assert depth == 8 and colour in (2, 6), "RGB or RGBA is expected"
    step = 3 if colour == 2 else 4
    raw, stride, rows = zlib.decompress(data), step * width, []
    before = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        row = bytearray(raw[start + 1:start + 1 + stride])
        unfilter(raw[start], row, before, step)
        rows.append(bytes(row))
        before = row
    return rows, step


def unfilter(kind, row, above, step):
    """The row filters of PNG (ISO/IEC 15948, 9.2)."""
    for i in range(len(row) if kind else 0):
        left = row[i - step] if i >= step else 0
        up = above[i]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            corner = above[i - step] if i >= step else 0
            p = left + up - corner
            guess = min((abs(p - left), 0, left), (abs(p - up), 1, up), (abs(p - corner), 2, corner))[2]
        row[i] = (row[i] + guess) & 255


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="airbatch-chromium-")
        to_browser, self.out = os.pipe()
        self.input, from_browser = os.pipe()

        def place():
            # Beyond what is to be replaced, in case a pipe's own end is 3 or 4.
            a, b = os.dup2(to_browser, 30), os.dup2(from_browser, 31)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
             "--no-first-run", "--user-data-dir=" + self.folder, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=place)
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.buffer, self.session, self.events = 0, b"", None, []
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(timeout=10)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.input)
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self, seconds=60):
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            if not select.select([self.input], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError("the browser does not answer")
            more = os.read(self.input, 1 << 20)
            if not more:
                raise AssertionError("the browser has ended")
            self.buffer += more
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self.out, text):]
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(answer["error"])
                return answer["result"]
            if self.session:
                self.events.append(answer.get("method"))

    def open(self, url, width, height=900, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.events.clear()
        begin = time.monotonic()
        self.call("Page.navigate", url=url)
        while "Page.loadEventFired" not in self.events:
            self.events.append(self.receive().get("method"))
        return time.monotonic() - begin

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"])
        return result["result"].get("value")

    def screenshot(self, x=0, y=0, width=None, height=None, scale=1):
        """PNG bytes of a rectangle of the page, all of it by default."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": x, "y": y, "width": width or size["width"], "height": height or size["height"], "scale": scale}
        answer = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(answer["data"])
