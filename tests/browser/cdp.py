"""Chromium, driven over its DevTools protocol through a pipe: no port, and nothing but Python's own library.

A `Browser` is a process with a profile of its own, which ends with it. A `Page` is one of its tabs; it takes note of everything that
goes wrong there.
"""

import base64
import contextlib
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

# How long anything may take, in seconds. The machine may be busy.
PATIENCE = 60

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars=false", "--lang=en-US", "--remote-debugging-pipe",
]


class Wrong(Exception):
    """What the browser shows is not what it should."""


def program():
    """The browser's program."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise SystemExit("there is no chromium on the PATH")


class Browser:
    """A browser. `hosts` are names that lead to an address, as a name server of somebody else would have it."""

    def __init__(self, hosts=None):
        self.profile = tempfile.mkdtemp(prefix="selfcare-browser-")
        rules = ", ".join(f"MAP {name} {address}" for name, address in (hosts or {}).items())
        flags = [*FLAGS, f"--user-data-dir={self.profile}", *([f"--host-resolver-rules={rules}"] if rules else []), "about:blank"]
        inward, self.writes = os.pipe()
        self.reads, outward = os.pipe()

        def wire():
            # The protocol's ends are 3 and 4. Copies above both first, so that neither overwrites the other.
            one, other = os.dup(inward), os.dup(outward)
            os.dup2(one, 3)
            os.dup2(other, 4)
            for end in (3, 4):
                os.set_inheritable(end, True)

        self.log = open(pathlib.Path(self.profile) / "log", "wb")
        self.process = subprocess.Popen(
            [program(), *flags], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, close_fds=False, preexec_fn=wire
        )
        os.close(inward)
        os.close(outward)
        self.rest, self.number, self.sessions = b"", 0, {}
        self.opened = []
        self.call("Target.setDiscoverTargets", {"discover": True})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError, Wrong):
            self.send("Browser.close", {})
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        os.close(self.writes)
        os.close(self.reads)
        shutil.rmtree(self.profile, ignore_errors=True)

    def page(self):
        """A new tab."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self.sessions[session] = page = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        return page

    def send(self, method, parameters, session=None):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self.writes, json.dumps(message).encode() + b"\0")
        return self.number

    def call(self, method, parameters=None, session=None):
        """Sends a command and waits for its answer; takes note of events meanwhile."""
        number, end = self.send(method, parameters or {}, session), time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self.receive(end - time.monotonic())
            if answer and answer.get("id") == number:
                if "error" in answer:
                    raise Wrong(f"{method}: {answer['error']['message']}")
                return answer["result"]
        raise Wrong(f"{method}: no answer")

    def listen(self, seconds):
        """Takes note of events for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.receive(left)

    def receive(self, seconds):
        """The next message; an event goes to its page."""
        while b"\0" not in self.rest:
            if not select.select([self.reads], [], [], max(seconds, 0))[0]:
                return None
            piece = os.read(self.reads, 1 << 20)
            if not piece:
                raise Wrong("the browser is gone")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(message)
        if message.get("method") in ("Target.targetCreated", "Target.targetInfoChanged"):
            self.opened.append(message["params"]["targetInfo"])
        elif page := self.sessions.get(message.get("sessionId")):
            page.note(message)
        return message


class Page:
    """A tab, and what went wrong in it."""

    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        self.complaints, self.asked, self.answers = [], [], []

    def call(self, method, parameters=None):
        return self.browser.call(method, parameters, self.session)

    def note(self, event):
        """Keeps what an event tells: errors of scripts and of the console, requests and their answers."""
        parameters = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                thrown = parameters["exceptionDetails"]
                self.complaints.append(thrown.get("exception", {}).get("description") or thrown["text"])
            case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "warning", "assert"):
                words = [str(one.get("value", one.get("description"))) for one in parameters["args"]]
                self.complaints.append(f"console: {' '.join(words)}")
            case "Log.entryAdded" if parameters["entry"]["level"] in ("error", "warning"):
                entry = parameters["entry"]
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}".strip())
            case "Network.requestWillBeSent":
                self.asked.append((parameters["request"]["method"], parameters["request"]["url"]))
            case "Network.responseReceived":
                self.answers.append((parameters["response"]["status"], parameters["response"]["url"]))

    def go(self, url):
        self.call("Page.navigate", {"url": url})
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, expression):
        """The value of an expression in the page; a promise is waited for."""
        options = {"expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        answer = self.call("Runtime.evaluate", options)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Wrong(f"{expression}: {details.get('exception', {}).get('description') or details['text']}")
        return answer["result"].get("value")

    def until(self, expression, what=None):
        """Waits until an expression is true, and returns its value; an element is true."""
        expression = f"(async () => {{ const value = await ({expression}); return value instanceof Node ? true : value; }})()"
        end, value = time.monotonic() + PATIENCE, None
        while time.monotonic() < end:
            with contextlib.suppress(Wrong):
                value = self.run(expression)
            if value not in (None, False, 0, ""):
                return value
            self.browser.listen(0.1)
        raise Wrong(f"it does not come true: {what or expression}")

    def size(self, width, height, phone=False):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.call("Emulation.setDeviceMetricsOverride", metrics)

    def colours(self, scheme):
        self.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def key(self, name, code, text=None):
        """Presses a key, as a hand does."""
        key = {"key": name, "code": name if name != " " else "Space", "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", {"type": "keyDown", **key, **({"text": text} if text else {})})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **key})

    def tab(self):
        self.key("Tab", 9)

    def enter(self):
        self.key("Enter", 13, "\r")

    def click(self, selector):
        """Clicks the middle of an element, as a hand does, once it has come to rest there."""
        place = self.until(f"""(async () => {{
          const middle = () => {{
            const element = document.querySelector({json.dumps(selector)});
            element?.scrollIntoView({{ block: 'center', behavior: 'instant' }});
            const box = element?.getBoundingClientRect();
            const [x, y] = box?.width ? [box.x + box.width / 2, box.y + box.height / 2] : [-1, -1];
            return element?.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
          }};
          const before = middle();
          await new Promise((done) => setTimeout(done, 150));
          const after = middle();
          return before && after && before.join() === after.join() ? after : null;
        }})()""", f"{selector} can be clicked")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            event = {"type": kind, "x": place[0], "y": place[1], "button": "none" if kind == "mouseMoved" else "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", event)

    def picture(self, path):
        """The whole page as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        image = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})
        path.write_bytes(base64.b64decode(image["data"]))
