"""Headless Chromium for tests, and axe-core, which finds accessibility problems."""

import base64
import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

from front import BINARY

SKIPPED = 77  # for ctest

try:
    from selenium import webdriver
    from selenium.common.exceptions import UnexpectedAlertPresentException
    from selenium.webdriver.chrome.service import Service
except ImportError:
    print("skipped: there is no Selenium (tools/dev setup browser)")
    sys.exit(SKIPPED)

AXE = "axe-core@4.14.1"
AXE_SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="  # the package's
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COLOUR_RULES = ("color-contrast", "link-in-text-block")  # those of axe-core that colours alone can break


def browser_path():
    """The path of the browser; None if none is installed."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def axe_script():
    """The text of axe.min.js, downloaded from npm once, and checked against AXE_SHA512."""
    folder = os.path.join(os.path.dirname(os.path.abspath(BINARY)), "axe-core")
    path = os.path.join(folder, AXE + ".min.js")
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            said = subprocess.run(["npm", "pack", "--json", "--pack-destination", scratch, AXE], check=True,
                                  capture_output=True, text=True).stdout
            with open(os.path.join(scratch, json.loads(said)[0]["filename"]), "rb") as file:
                packed = file.read()
        if base64.b64encode(hashlib.sha512(packed).digest()).decode() != AXE_SHA512:
            raise RuntimeError(f"npm sent another package than {AXE} is")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            text = archive.extractfile("package/axe.min.js").read()
        with open(path + ".new", "wb") as file:
            file.write(text)
        os.replace(path + ".new", path)
    with open(path, encoding="utf-8") as file:
        return file.read()


class Browser:
    """One window of a browser, which must be closed. It takes a processor about a second to start, so the tests of a
    file share one."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = browser_path()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--hide-scrollbars", "--force-prefers-reduced-motion"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_page_load_timeout(30)

    def close(self):
        self.driver.quit()

    def begin_anew(self, script=True):
        """Empties the window: nobody has logged in, and nothing is set or stored. A new one costs three times as much.
        `script`: whether pages may run scripts."""
        with contextlib.suppress(UnexpectedAlertPresentException):
            self.driver.title  # the driver dismisses a question that a failed test has left open
        self.driver.get("about:blank")
        for command, parameters in (
                ("Network.clearBrowserCookies", {}), ("Network.clearBrowserCache", {}), ("Page.resetNavigationHistory", {}),
                ("Emulation.setScriptExecutionDisabled", {"value": not script}), ("Emulation.clearDeviceMetricsOverride", {}), ("Emulation.setEmulatedMedia", {"features": []})):
            self.driver.execute_cdp_cmd(command, parameters)
        self.complaints()

    def look(self, width, height=900, scheme="light"):
        """Sets the size and the colour scheme of the window."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def picture(self, path):
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 3000), "scale": 1}})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def obstacles(self, of_colours=False):
        """The serious and critical findings of axe-core, one a line; `of_colours`: only of rules about colours."""
        # The debugger evaluates it, because the page's policy allows no other script.
        if not self.evaluate("typeof axe === 'object'"):
            self.evaluate(axe_script())
        options = {"resultTypes": ["violations"], **({"runOnly": COLOUR_RULES} if of_colours else {})}
        found = self.evaluate(
            f"axe.run(document, {json.dumps(options)}).then(found => JSON.stringify("
            "found.violations.map(one => [one.impact, one.id, one.nodes.map(node => node.html).slice(0, 3)])))")
        return [f"{impact} {rule}: {nodes}" for impact, rule, nodes in json.loads(found)
                if impact in ("serious", "critical")]

    def evaluate(self, expression):
        answer = self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": expression, "awaitPromise": True})
        return answer["result"].get("value")

    def complaints(self):
        """The messages in the browser's console: scripts that failed, and what the page's policy blocked."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
