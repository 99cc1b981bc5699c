#!/usr/bin/env python3
"""Pages with long, right-to-left and odd names, and with more lists, campaigns and owners than fit, in headless Chromium.

    tests/serve/browser_names_test.py LEADPULSE
"""

import contextlib
import json
import urllib.parse

from browser_case import BrowserCase, main
from front import command
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

LISTS, CAMPAIGNS, OWNERS = 1_000, 500, 200
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 5  # one word of more than 300 letters
NAMES = {"long": LONG[:300], "words": "Wilhelmina Anneliese " * 15, "arabic": "مريم بنت عبد العزيز الهاشمي", "hebrew": "שרה כהן-לוי",
         "emoji": "👩‍👩‍👧‍👦 Zoë 🚀", "marks": "Z̸͎͒ă̴̙l̶̰̽g̵͈̑o̴̩͝"}
WIDE = ("/leads", "/lists", "/segments", "/leads?lead=long")  # looked at in a wide window, too
DEFINITIONS = json.dumps({"tenants": {"acme": {
    "timezone": "UTC", "fields": {"industry": "text", LONG[:90].lower().replace("ü", "u"): "text"},
    "tiers": [{"name": "hot", "at_least": 10}, {"name": "cold"}],
    "topics": [{"id": "news", "name": LONG[:100]}],
    "lists": [{"id": f"list-{i}", "name": LONG[:190] if i == 0 else f"List {i}"} for i in range(LISTS)],
    "campaigns": [{"id": f"campaign-{i}", "name": NAMES["arabic"] if i == 0 else f"Campaign {i}"} for i in range(CAMPAIGNS)],
    "segments": [{"id": "long", "name": LONG[:100], "rule": f'industry IN ("{NAMES["hebrew"]}", "{LONG[:200]}")'}]}}}, ensure_ascii=False)


class Names(BrowserCase):
    definitions = DEFINITIONS
    records = (*(record for lead, name in NAMES.items() for record in (
                   command(lead, 1, updateProfile={"set": {"email": f"{lead}@{'x' * 60}.org", "name": name, "company_name": name,
                                                           "job_title": name, "industry": LONG[:200], "phone": "+49 151 " + "1" * 40}}),
                   command(lead, 2, editLists={"add": ["list-0", "list-1"]}), command(lead, 3, editTags={"add": [name[:100]]}),
                   command(lead, 4, editCampaigns={"assign": ["campaign-0", "campaign-1"]}), command(lead, 5, addNote={"text": name}))),
               *(command(f"owned-{i}", 1, assignAgent={"agentId": LONG[:100] if i == 0 else f"owner-{i}"}) for i in range(OWNERS)))

    def test_every_page_holds_them(self):
        self.log_in("kim")
        rule = urllib.parse.quote(f'industry IS "{LONG[:200]}" OR HAS TAG "{NAMES["arabic"]}"')
        for name, path in (("leads", "/leads"), ("filter", f"/leads?where={rule}"), ("values", "/leads?field=industry"),
                           ("campaigns", "/campaigns"), ("segments", "/segments"), ("segment", "/segments/edit?id=long"),
                           ("pipeline", "/pipeline"), ("reports", "/reports"), ("report", "/reports?report=campaigns"),
                           ("audit", "/settings/audit"), ("fields", "/settings/fields"),
                           *((f"lead-{lead}", f"/leads?lead={lead}") for lead in ("long", "arabic", "emoji")),
                           ("lists", "/lists"), ("activity", "/leads?lead=long&tab=activity"), ("mail", "/leads?lead=long&tab=mail")):
            self.open(path)
            self.look(f"names-{name}-320", 320)
            if path in WIDE:
                self.look(f"names-{name}-1440", 1440)

    def test_pickers_find_what_is_far_down(self):
        self.browser.look(1440)
        self.log_in("kim")
        for field, wanted, chip in (("list", f"List {LISTS - 1}", "List is"), ("campaign", f"Campaign {CAMPAIGNS - 1}", "Campaign is"),
                                    ("agent", f"owner-{OWNERS - 1}", "Owner is")):
            self.open(f"/leads?field={field}")
            self.assertLessEqual(len(self.all("#editor [type=checkbox]")), 30)
            self.assertEqual(len(self.all(f'#further option[value="{wanted}"]')), 1, field)
            self.look(f"names-picker-{field}", 1440)
            self.one("#editor [list=further]").send_keys(wanted, Keys.ENTER)
            self.wait(lambda: [one.text for one in self.all(".condition .one")] == [f"{chip} {wanted}"])
        self.open("/leads?lead=long")
        Select(self.one('#detail [data-part="lists"] select')).select_by_visible_text(f"List {LISTS - 1}")
        with contextlib.suppress(StaleElementReferenceException):  # it may be saved and drawn again by now
            self.one('#detail [data-part="lists"] select').send_keys(Keys.TAB)
        self.wait(lambda: f"list-{LISTS - 1}" in self.lead("long")["lists"])


if __name__ == "__main__":
    main()
