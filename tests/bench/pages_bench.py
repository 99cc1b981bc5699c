"""The web pages of `leadpulse serve`: the time that a manager's browser waits for each, from the request to the last
byte."""

import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "serve"))
import page_client

REQUESTS, SECONDS_BETWEEN = 30, 0.5  # below a user's rate limit
BUSY_SECONDS = 2  # waits before it repeats a request that the rate limit refused
CAMPAIGNS = 500

# The figure's name, its words in the table, and the address of the page that shows the lead with this number.
PAGES = (
    ("leads_page", "the web page of all leads", lambda lead: "/leads"),
    ("segment_page", "… of a segment", lambda lead: "/leads?query=segment:readers"),
    ("detail_page", "… with the details of one", lambda lead: f"/leads?lead=crm-{lead}"),
    ("board_page", "the board, a fifth of the leads in a column", lambda lead: "/pipeline"),
    ("campaigns_page", "500 campaigns", lambda lead: "/campaigns"),
    ("segments_page", "1,000 segments", lambda lead: "/segments"),
    ("report_page", "a report", lambda lead: "/reports"),
)


def made_user(binary, front):
    """A manager's name and password."""
    made = subprocess.run([binary, "serve", "user", "add", "--data", front, "--tenant", "acme", "--role", "manager", "max"],
                          check=True, stdout=subprocess.PIPE, text=True)
    return "max", re.search(r"(\S+)\s*$", made.stdout)[1]


def ask(port, user, lead, requests):
    """Yields (name, milliseconds of each request). `lead`: the number of the i-th request's lead."""
    person = page_client.Person(port)
    person.log_in(*user)
    for name, _, address in PAGES:
        found = []
        while len(found) < requests:
            begun = time.monotonic()
            page = person.ask("GET", address(lead(len(found))))
            if page.status == 200:
                found.append((time.monotonic() - begun) * 1e3)  # to its last byte
            elif page.status not in (429, 503):
                raise OSError(f"{address(lead(len(found)))}: {page.status} {page.text[:300]}")
            time.sleep(SECONDS_BETWEEN if page.status == 200 else BUSY_SECONDS)
        yield name, found
