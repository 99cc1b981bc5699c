#!/usr/bin/env python3
"""Makes the pictures of the pages for the READMEs, in headless Chromium on the weeks of the demo.

    tools/demo/pictures.py LEADPULSE FOLDER [NAME…]     writes FOLDER/NAME.png for each of PICTURES, or for those named

The pictures have a palette, so that they are small in the repository.
"""

import base64
import collections
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/serve"))
from browser import BINARY, Browser  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.actions.action_builder import ActionBuilder  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

COLOURS = 256  # of a palette
CONTACTS = """Nachname;Vorname;Mail;Firma;Newsletter;Budget
Okafor;Amara;amara.okafor@brightwater.example;Brightwater;ja;12.500,00
Lindqvist;Elsa;elsa.lindqvist@nordhafen.example;Nordhafen;nein;8.000,00
Marchetti;Paolo;paolo.marchetti@solebianco.example;Sole Bianco;ja;31.000,00
Haddad;Leila;leila.haddad@cedargate.example;Cedargate;abgemeldet;5.400,00
"""


def best_lead(page):
    page.open("/leads?where=agent+IS+%22ben%22+AND+tier+IS+%22hot%22+AND+phone+IS+SET&sort=-score")
    page.one("#leads tbody th a").click()
    page.settle()


def leads(page):
    page.open("/leads?sort=-score")
    page.all("#leads tbody tr")[2].find_element(By.CSS_SELECTOR, "th a").click()


def score(page):
    best_lead(page)
    page.one("#detail [data-tab=score]").click()


def activity(page):
    best_lead(page)
    page.one("#detail [data-tab=activity]").click()


def commands(page):
    best_lead(page)
    page.keys(Keys.CONTROL, "k")
    page.settle()
    page.driver.switch_to.active_element.send_keys("mo")


def segment(page):
    page.open("/segments/edit?id=pricing")
    page.one("form.stack details summary").click()
    rule = page.one("form.stack [name=rule]")
    rule.clear()
    rule.send_keys('DID visit "pricing" IN LAST 14 days')
    page.one("[name=what][value=try]").click()


def importing(page):
    with tempfile.NamedTemporaryFile("w", suffix=".csv", prefix="fair-", delete=False) as file:
        file.write(CONTACTS)
    page.open("/import")
    page.one("input[type=file]").send_keys(file.name)  # uploads it
    page.settle()
    page.settle()
    os.remove(file.name)


# Name, width, height, colour scheme, who, and what to do: the path of a page, or a function.
PICTURES = (
    ("leads", 1440, 860, "light", "mia", leads),
    ("pipeline", 1280, 800, "light", "mia", "/pipeline"),
    ("activity", 1280, 800, "dark", "ben", activity),
    ("score", 1280, 800, "light", "ben", score),
    ("commands", 1280, 800, "light", "mia", commands),
    ("campaigns", 1280, 800, "light", "mia", "/campaigns"),
    ("segment", 1280, 800, "light", "ada", segment),
    ("import", 1280, 800, "light", "mia", importing),
    ("reports", 1280, 800, "dark", "mia", "/reports"),
    ("scoring", 1280, 800, "light", "ada", "/settings/scoring"),
)


class Window:
    def __init__(self, address, passwords):
        self.address, self.passwords, self.browser = address, passwords, Browser()
        self.driver = self.browser.driver

    def open(self, path):
        self.driver.get(self.address + path)
        self.settle()

    def settle(self):
        time.sleep(1.0)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def keys(self, held, key):
        ActionChains(self.driver).key_down(held).send_keys(key).key_up(held).perform()

    def log_in(self, name):
        self.driver.delete_all_cookies()
        self.open("/login")
        self.one("#name").send_keys(name)
        self.one("#password").send_keys(self.passwords[name])
        self.one("main button").click()
        self.settle()

    def picture(self):
        pointer = ActionBuilder(self.driver)
        pointer.pointer_action.move_to_location(2, 400)  # off the rows and links, which change below it
        pointer.perform()
        self.settle()
        return base64.b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", {})["data"])


# ---- PNG (RFC 2083) --------------------------------------------------------------------------------------------------


def rows_of(png):
    """The width, and the rows of pixels as bytes of three."""
    position, packed = 8, b""
    while position < len(png):
        length, kind = struct.unpack(">I4s", png[position:position + 8])
        body = png[position + 8:position + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        position += 12 + length
    assert depth == 8 and colour in (2, 6)
    size = 3 if colour == 2 else 4
    data, stride, before, rows = zlib.decompress(packed), width * size, bytearray(width * size), []
    for number in range(height):
        start = number * (stride + 1)
        row = unfiltered(data[start], bytearray(data[start + 1:start + 1 + stride]), before, size)
        rows.append(b"".join(row[at:at + 3] for at in range(0, stride, size)) if size == 4 else bytes(row))
        before = row
    return width, rows


def unfiltered(kind, row, up, size):
    """The row without the filter of this kind (section 6)."""
    if kind == 2:
        return bytearray((a + b) & 255 for a, b in zip(row, up))
    for at in range(len(row)) if kind else ():
        left, corner = (row[at - size], up[at - size]) if at >= size else (0, 0)
        if kind == 1:
            row[at] = (row[at] + left) & 255
        elif kind == 3:
            row[at] = (row[at] + (left + up[at]) // 2) & 255
        else:
            by_left, by_up, by_corner = abs(up[at] - corner), abs(left - corner), abs(left + up[at] - 2 * corner)
            near = left if by_left <= by_up and by_left <= by_corner else up[at] if by_up <= by_corner else corner
            row[at] = (row[at] + near) & 255
    return row


def take(colour, palette, nearest):
    """Adds the colour to the palette, and to those colours to which it is the nearest."""
    for other, (distance, _) in nearest.items():
        now = sum((a - b) ** 2 for a, b in zip(colour, other))
        if now < distance:
            nearest[other] = (now, len(palette))
    palette.append(colour)


def small_png(png):
    """The same picture with a palette: the colours that it has most, and those that differ most from these."""
    width, rows = rows_of(png)
    pixels = [[row[at:at + 3] for at in range(0, len(row), 3)] for row in rows]
    counts = collections.Counter()
    for row in pixels:
        counts.update(row)
    palette = []
    nearest = {colour: (1 << 20, 0) for colour in counts}  # the squared distance, and the place in the palette
    for colour, _ in counts.most_common(COLOURS * 3 // 4):
        take(colour, palette, nearest)
    while len(palette) < min(COLOURS, len(counts)):
        take(max(nearest, key=lambda colour: nearest[colour][0] * min(counts[colour], 20)), palette, nearest)
    places = {colour: place for colour, (_, place) in nearest.items()}
    data = b"".join(b"\0" + bytes(map(places.__getitem__, row)) for row in pixels)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (png[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)) +
            chunk(b"PLTE", b"".join(palette)) + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))


# ----------------------------------------------------------------------------------------------------------------------


def take_all(window, folder, names):
    who = None
    for name, width, height, scheme, user, act in PICTURES:
        if names and name not in names:
            continue
        window.browser.look(width, height, scheme)
        if user != who:
            window.log_in(user)
            who = user
        window.open(act) if isinstance(act, str) else act(window)
        content = small_png(window.picture())
        with open(os.path.join(folder, name + ".png"), "wb") as file:
            file.write(content)
        print(f"{name}.png  {len(content):,} bytes", flush=True)


def main():
    folder, *names = sys.argv[1:]  # BINARY has been taken from them
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        demo = subprocess.Popen([os.path.join(ROOT, "tools/demo/pages.sh"), BINARY,
                                 os.path.join(scratch, "week"), "0"], text=True, stdout=subprocess.PIPE,
                                start_new_session=True)
        try:
            passwords = {}
            for line in demo.stdout:
                if found := re.match(r"  (?:admin|manager|agent) +(\w+) +(\S+)$", line):
                    passwords[found[1]] = found[2]
                if line.startswith("http://"):
                    break
            window = Window(line.strip(), passwords)
            try:
                take_all(window, folder, names)
            finally:
                window.browser.close()
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            demo.wait()


if __name__ == "__main__":
    main()
