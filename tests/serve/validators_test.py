#!/usr/bin/env python3
"""The pages as programs of others judge them: html-validate every page and fragment, csstree-validator the style sheets,
Lighthouse the pages that people see most.   tests/serve/validators_test.py LEADPULSE
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import urllib.parse

import outside_tools
from browser import SKIPPED, browser_path
from front import API, CONTACTS, ROOT, command, contact
from page_case import MARKUP, PAGES, PageCase

STYLES = pathlib.Path(ROOT) / "processor/serve/pages/templates"
LEAST = 95  # of 100
# Rules of html-validate that are off, with the reason.
HTML_OFF = {"no-implicit-button-type": "a button of a form sends it, as HTML says",
            "prefer-native-element": "a box that scrolls is a region for the keyboard, and no section of the text",
            "aria-label-misuse": "the elements that it is about may have a name, and axe-core checks the others"}
# What csstree-validator does not know yet, with the specification.
NEW_CSS = {"Invalid value for `appearance` property": "base-select: https://drafts.csswg.org/css-forms-1/#appearance"}
# Where fragments and pages need something to be about.
ABOUT = {"/leads/row": "lead=ada", "/leads/detail": "lead=ada&part=1", "/leads/timeline": "lead=evil", "/leads/actions": "lead=ada",
         "/pipeline/card": "lead=ada", "/segments/edit": "id=saas", "/import/columns": "import={upload}",
         "/import/progress": "import={upload}", "/import/leads": "import={upload}", "/settings/webhooks": "id={webhook}",
         "/reports/leads": "what=hot&from=2026-03-01&to=2026-03-31"}
NO_HTML = {"/leads/data", "/jobs/file", "/reports/file", "/import/wrong"}
STATES = ("/leads?lead=ada", "/leads?lead=evil&tab=activity", "/leads?lead=ada&tab=score", "/leads?lead=ada&tab=mail", "/leads?field=tag",
          "/leads?where=score+%3E+5&chip=0", "/leads?where=score+%3E", "/leads?query=nobody", "/leads?query=evil&lead=evil",
          "/leads?columns=employees,tags,created", "/leads/actions?lead=ada&part=1", "/leads/columns?part=1", "/keys?part=1",
          "/commands?part=1&query=a&lead=ada", "/bell?part=1", "/campaigns", "/campaigns?name=nobody", "/segments/edit", "/nothing",
          "/settings/webhooks", "/segments/edit?id=hot&where=score+%3E+5", *(f"/reports?report={name}" for name in
                                          ("pipeline", "tiers", "segments", "campaigns", "scores")))


class Validators(PageCase):
    records = (*contact("evil", name=MARKUP, company_name="javascript:alert(1)", phone="0" * 60, email="e@x.org"),
               command("evil", 3, addNote={"text": MARKUP}), command("evil", 4, editTags={"add": [MARKUP, "a" * 100]}),
               command("evil", 5, editCampaigns={"assign": [MARKUP]}), command("evil", 6, setStage={"stage": "LOST"}),
               *contact("ada", agent="ben", email="ada@x.org", first_name="Ada", industry="SaaS", employees="1200", phone="+41 31 000 00 00",
                        follow_up_on="2026-03-12", website="x.org"),
               command("ada", 3, addNote={"text": "called"}), command("ada", 4, recordConsent={"purpose": "mail", "granted": True}),
               command("ada", 5, editLists={"add": ["fair"]}),
               *({"event": {"tenantId": "acme", "leadId": "ada", "eventId": kind, "type": kind, "campaignId": "spring",
                            "occurredAt": "2026-03-01T09:00:00Z"}} for kind in ("SENT", "OPEN", "CLICK", "REPLY", "PAGE_VISIT")),
               *(record for number in range(100) for record in contact(
                   f"lead{number}", email=f"lead{number}@x.org", first_name="Jo", last_name=f"Berg {number}", company_name="Acme")))

    def setUp(self):
        super().setUp()
        self.operator = self.person("ola")
        self.saved = 0

    def save(self, html):
        self.saved += 1
        self.write(f"page{self.saved:03}.html", html)
        return f"page{self.saved:03}.html"

    def made(self):
        """Makes an import and a webhook. Returns their ids."""
        upload = self.operator.send_file(self.operator.get("/import").find("/import"), b"E-Mail,Size\na@x.org,5\nb@x,9\n")
        self.assertEqual(upload.status, 200, upload.text)
        hook = self.ask(API + "webhooks", self.token(role="admin"), "POST", body='{"url": "https://x.example/hook"}')[1]
        return {"upload": re.search("import=([^&]+)", upload.target)[1], "webhook": hook["id"]}

    def rendered(self):
        """Yields every page and fragment, and its HTML."""
        made = self.made()
        for method, path, _, needs_login in PAGES:
            if method == "GET" and path not in NO_HTML:
                about = ABOUT.get(path, "").format(**made)
                target = path + ("?" if about else "") + about
                page = (self.operator if needs_login else self.stranger()).get(target)
                self.assertEqual(page.status, 403 if path == "/invite" else 200, target)
                yield target, page.html
        for target in STATES:
            yield target, self.operator.get(target).html
        for name in ("kim", "ben"):
            yield name, self.person(name).get("/leads?lead=ada").html
        refused = self.operator.send(self.operator.get("/leads", lead="ada").find("/leads/edit", action="qualification"), score="many")
        yield "a refused form", refused.html
        yield "a new contact", self.operator.send(self.operator.get("/leads").find("/leads/add"), email="no address").html
        link = self.ask(CONTACTS + "ada/unsubscribe-link")[1]["url"]
        yield "unsubscribe", self.request("GET", urllib.parse.urlsplit(link).path)[1].decode()
        yield "no link", self.request("GET", "/u/nothing")[1].decode()
        yield "/docs", self.request("GET", "/docs")[1].decode()
        report = self.request("GET", API + "reports/tiers?format=html", headers=self.bearer(self.manager))
        yield "a report of the API", report[1].decode()

    def stranger(self):
        return type(self.operator)(self.port)

    def test_html(self):
        names = {self.save(html): target for target, html in (("a wrong page", "<ul><p></p></ul>"), *self.rendered())}
        self.write("htmlvalidate.json", json.dumps({"root": True, "extends": ["html-validate:standard", "html-validate:a11y"],
                                                    "rules": dict.fromkeys(HTML_OFF, "off")}))
        done = subprocess.run([os.path.join(outside_tools.npm_tools("validators-npm"), "html-validate"), "--config", "htmlvalidate.json",
                               "--formatter", "json", *names], cwd=self.folder, capture_output=True, text=True, check=False)
        found = {}
        for file in json.loads(done.stdout):
            for message in file["messages"]:
                found.setdefault(f"{message['ruleId']}: {message['message']}", []).append(
                    f"{names[os.path.basename(file['filePath'])]} {message['line']}:{message['column']}")
        wrong = [message for message, places in found.items() if places[0].startswith("a wrong page")]
        self.assertEqual([message.split(":")[0] for message in wrong], ["element-permitted-content"], done.stderr)
        self.assertEqual({message: places[:3] for message, places in found.items() if message not in wrong}, {})
        self.assertGreater(len(names), 60)

    def test_css(self):
        done = subprocess.run([os.path.join(outside_tools.npm_tools("validators-npm"), "csstree-validator"), "--reporter", "json",
                               STYLES], capture_output=True, text=True, check=False)
        found = [(error["name"], error["line"], error["message"]) for error in json.loads(done.stderr or "[]")]
        self.assertEqual([error for error in found if error[-1] not in NEW_CSS], [])
        self.assertEqual({error[-1] for error in found}, set(NEW_CSS), "known by now: remove it")

    def judge(self, target, form):
        """Returns the scores of Lighthouse, controls that are too small, and the audits that are not passed."""
        cookie = self.operator.cookie if not target.startswith("/u/") else ""
        command_line = [os.path.join(outside_tools.npm_tools("validators-npm"), "lighthouse"), f"http://127.0.0.1:{self.port}{target}", "--quiet",
                        "--only-categories=performance,accessibility", "--output=json", "--output-path=stdout",
                        "--extra-headers=" + json.dumps({"Cookie": cookie}), "--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage"]
        if form == "desktop":
            command_line.append("--preset=desktop")
        done = subprocess.run(command_line, capture_output=True, text=True, check=False, cwd=self.folder,
                              env={**os.environ, "CHROME_PATH": browser_path()})
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertTrue(report["finalDisplayedUrl"].endswith(target), report["finalDisplayedUrl"])
        scores = {name: round(100 * category["score"]) for name, category in report["categories"].items()}
        small = [item["node"]["snippet"] for item in report["audits"]["target-size"].get("details", {}).get("items", [])]
        return scores, small, sorted(name for name, audit in report["audits"].items() if (audit["score"] or 1) < 0.9)

    def test_lighthouse(self):
        link = urllib.parse.urlsplit(self.ask(CONTACTS + "ada/unsubscribe-link")[1]["url"]).path
        low = []
        for target in ("/leads", "/leads?lead=ada", "/pipeline", "/reports", link):
            for form in ("mobile", "desktop"):
                for _ in range(3):  # a busy machine lowers the performance
                    scores, *why = self.judge(target, form)
                    if min(scores.values()) >= LEAST:
                        break
                print(form, target[:20], scores, *why[0], flush=True)
                if min(scores.values()) < LEAST:
                    low.append((form, target, scores, *why))
        self.assertEqual(low, [])


if __name__ == "__main__":
    if browser_path() is None:
        print("SKIPPED: no Chromium is installed; tools/dev setup browser installs it")
        sys.exit(SKIPPED)
    unittest.main()
