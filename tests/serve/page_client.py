"""A person who uses the pages of a front without JavaScript: follows links and sends forms as a browser does."""

import contextlib
import functools
import html
import html.parser
import http.client
import re
import time
import urllib.parse

TIMEOUT = 100  # seconds that only a failure takes, however busy the machine is
BOUNDARY = b"----a-boundary"


class Form:
    def __init__(self, attributes):
        self.action, self.method = attributes.get("action", ""), attributes.get("method", "get")
        self.fields = []  # (name, value), as a browser would send the unedited form

    def values(self, **changes):
        """The fields with these changes. A list gives a name several values. Lines end as a browser sends them."""
        fields = [(name, value) for name, value in self.fields if name not in changes]
        for name, value in changes.items():
            fields += [(name, each) for each in (value if isinstance(value, list) else [value])]
        return [(name, re.sub("\r?\n", "\r\n", value) if isinstance(value, str) else value) for name, value in fields]


class Page:
    """A page, and what a person finds on it."""

    def __init__(self, status, headers, text):
        self.status, self.headers, self.html = status, headers, text
        self.target = ""  # target of a redirection

    @functools.cached_property
    def found(self):
        """The forms and links. Found only if a test asks for them: a large page takes 80 ms."""
        return Found(self.html)

    @property
    def forms(self):
        return self.found.forms

    @property
    def links(self):
        return self.found.links

    @property
    def text(self):
        return html.unescape(re.sub("<[^>]*>", "", self.html))

    def find(self, action, /, **having):
        """The first form with this action and these values."""
        for form in self.forms:
            if form.action == action and all((name, value) in form.fields for name, value in having.items()):
                return form
        raise AssertionError(f"no form for {action} with {having}: {[form.action for form in self.forms]}")

    def rows(self):
        """The contacts of the table, in order."""
        return [html.unescape(lead) for lead in re.findall(r'<tr data-lead="([^"]*)"', self.html)]


class Found(html.parser.HTMLParser):
    """The forms and links of a page."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self.selects = [], [], None
        self.form, self.written = None, False  # written: within a textarea
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = {name: value if value is not None else "" for name, value in attributes}
        if tag == "form":
            self.form = Form(found)
            self.forms.append(self.form)
        elif tag == "a":
            self.links.append(found.get("href", ""))
        elif tag == "select" and self.form is not None:
            self.selects = found.get("name")
            self.form.fields.append((self.selects, None))
        elif tag == "option" and self.selects is not None:
            fields = self.form.fields
            if "selected" in found or fields[-1] == (self.selects, None):
                fields[-1] = (self.selects, found.get("value", ""))
        elif tag == "textarea" and self.form is not None:
            self.form.fields.append((found.get("name"), ""))
            self.written = True
        elif tag == "input":
            kind = found.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in found:
                return
            value = found.get("value", "")
            if kind != "hidden":
                value = re.sub("[\r\n]", "", value)
            if self.form is not None and "form" not in found:
                self.form.fields.append((found.get("name"), value))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "textarea":
            self.written = False
            name, value = self.form.fields[-1] if self.form is not None else (None, "")
            if value.startswith("\n"):  # browsers drop it
                self.form.fields[-1] = (name, value[1:])
        elif tag == "select":
            self.selects = None

    def handle_data(self, data):
        if self.written:
            name, value = self.form.fields[-1]
            self.form.fields[-1] = (name, value + data)


class Person:
    def __init__(self, port, headers=()):
        """`headers`: added to each request by a proxy."""
        self.port, self.headers, self.cookie, self.device, self.look = port, headers, "", "", ""
        self.waits = False  # whether a request that the rate limit refuses is sent again

    def ask(self, method, target, fields=None, headers=()):
        body = None if fields is None else urllib.parse.urlencode(fields)
        return self.ask_with(body, "application/x-www-form-urlencoded", method, target, headers)

    def ask_with(self, body, content_type, method, target, headers=()):
        page = self.ask_once(body, content_type, method, target, headers)
        while self.waits and page.status == 429 and "Too many requests." in page.text:
            time.sleep(int(page.headers.get("Retry-After", 1)))
            page = self.ask_once(body, content_type, method, target, headers)
        return page

    def ask_once(self, body, content_type, method, target, headers):
        cookies = "; ".join(filter(None, (self.cookie, self.device, self.look)))
        sent = {"Cookie": cookies} if cookies else {}
        if body is not None:
            sent["Content-Type"] = content_type
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        with contextlib.closing(connection):
            connection.request(method, target, body, headers={**sent, **dict(self.headers), **dict(headers)})
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name == "Set-Cookie" and value.startswith("leadpulse_device"):
                    self.device = value.split(";")[0]
                elif name == "Set-Cookie" and value.startswith("leadpulse_look"):
                    self.look = value.split(";")[0]
                elif name == "Set-Cookie" and value.startswith("leadpulse_session"):
                    self.cookie = value.split(";")[0]
            return Page(answer.status, dict(answer.getheaders()), answer.read().decode())

    def get(self, target, **parameters):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        return self.follow(self.ask("GET", target + query))

    def send(self, form, headers=(), **changes):
        """Sends the form. Returns the page that the person then sees."""
        if form.method == "get":
            return self.follow(self.ask("GET", form.action + "?" + urllib.parse.urlencode(form.values(**changes))))
        return self.follow(self.ask("POST", form.action, form.values(**changes), headers))

    def send_file(self, form, content, headers=(), **changes):
        """Sends a form of type multipart/form-data, whose field `file` has the content."""
        parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
                 for name, value in form.values(**changes) if name != "file"]
        parts.append(b'Content-Disposition: form-data; name="file"; filename="contacts.csv"\r\n'
                     b"Content-Type: text/csv\r\n\r\n" + content)
        body = b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + BOUNDARY + b"--\r\n"
        kind = "multipart/form-data; boundary=" + BOUNDARY.decode()
        return self.follow(self.ask_with(body, kind, "POST", form.action, headers))

    def follow(self, page):
        target = ""
        for _ in range(5):
            page.target = target
            if page.status != 303:
                return page
            target = page.headers["Location"].partition("#")[0]
            page = self.ask("GET", target)
        raise AssertionError("it goes around")

    def log_in(self, name, password, **more):
        form = self.get("/login").find("/login")
        return self.send(form, name=name, password=password, **more)
