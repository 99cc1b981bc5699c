"""Syncs the contacts of a made-up CRM with Leadpulse, both ways, through the client of openapi-python-client.

    python sync.py CLIENT URL TOKEN FOLDER

FOLDER/crm.json is the CRM. Contacts are created and upserted, opt-outs sent, and changes read until FOLDER/last is there.
Whatever has no answer is sent again with its key.
"""

import datetime
import json
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

sys.path.insert(0, sys.argv[1])
import httpx  # noqa: E402
from leadpulse_client import AuthenticatedClient  # noqa: E402
from leadpulse_client.api.contacts import contact_batch, contact_create, contact_opt_out, contact_search  # noqa: E402
from leadpulse_client.models import (  # noqa: E402
    Batch, BatchAction, BatchInputRow, ContactBatchBody, ContactInput, ContactInputAttributes, ContactOptOutBody, Page, Problem)
from leadpulse_client.types import UNSET, Response, Unset  # noqa: E402

ROWS = 250  # of a batch
DONE = (200, 201, 202)
T = TypeVar("T")


def answer_of(call: Callable[[], Response[T]]) -> Response[T]:
    """Sends a request until it has an answer: the front or its run may be down."""
    while True:
        try:
            response = call()
            is_busy = isinstance(response.parsed, Problem) and response.parsed.code == "in_progress"
            if response.status_code not in (429, 503) and not is_busy:
                return response
        except httpx.TransportError:
            pass
        time.sleep(0.1)


class Sync:
    def __init__(self, url: str, token: str, folder: pathlib.Path) -> None:
        self.client = AuthenticatedClient(base_url=url, token=token, timeout=httpx.Timeout(30))
        self.folder = folder
        self.crm: dict[str, Any] = json.loads((folder / "crm.json").read_text(encoding="utf-8"))
        self.since: datetime.datetime | None = None

    def input_of(self, contact_id: str) -> ContactInput:
        contact = self.crm["contacts"][contact_id]
        attributes = ContactInputAttributes.from_dict({"city": contact["city"]})
        return ContactInput(id=contact_id, email=contact["email"], attributes=attributes, notes="from the CRM")

    def create(self) -> None:
        for contact_id in self.crm["to_create"]:
            body = self.input_of(contact_id)
            made = answer_of(lambda: contact_create.sync_detailed(client=self.client, body=body, idempotency_key=f"new-{contact_id}"))
            assert made.status_code in (201, 202), (contact_id, made)

    def upsert(self) -> None:
        ids = self.crm["to_upsert"]
        for at in range(0, len(ids), ROWS):
            rows = [BatchInputRow(action=BatchAction.UPSERT, contact=self.input_of(each)) for each in ids[at:at + ROWS]]
            body = ContactBatchBody(rows=rows)
            while True:
                said = answer_of(lambda: contact_batch.sync_detailed(client=self.client, body=body, idempotency_key=f"batch-{at}"))
                assert isinstance(said.parsed, Batch), said
                if all(row.status in DONE for row in said.parsed.rows):
                    break
                wrong = [row for row in said.parsed.rows if row.status not in (*DONE, 409, 429, 503)]
                assert not wrong, wrong
                time.sleep(0.1)

    def opt_out(self) -> None:
        for contact_id in self.crm["to_opt_out"]:
            body = ContactOptOutBody(source="CRM")
            said = answer_of(lambda: contact_opt_out.sync_detailed(contact_id, client=self.client, body=body, idempotency_key=f"out-{contact_id}"))
            assert said.status_code in DONE, said

    def read_changes(self) -> None:
        """Reads what was changed since a minute before the last reading, page by page."""
        query = "" if self.since is None else f"updated>={(self.since - datetime.timedelta(minutes=1)).isoformat()}"
        cursor: str | Unset = UNSET
        began: datetime.datetime | None = None
        while True:
            said = answer_of(lambda: contact_search.sync_detailed(client=self.client, query=query, limit=1000, cursor=cursor))
            if said.status_code == 410:
                return  # a cursor of another front: the next reading begins again
            page = said.parsed
            assert isinstance(page, Page), said
            began = began or page.at
            for row in page.contacts:
                assert isinstance(row.id, str) and not isinstance(row.profile, Unset), row
                self.crm["contacts"][row.id] = {"email": row.email, "city": row.profile.to_dict().get("city")}
            if page.cursor is None:
                break
            cursor = page.cursor
        self.since = began

    def run(self) -> None:
        self.create()
        self.upsert()
        self.opt_out()
        (self.folder / "sent").touch()
        is_last = False
        while not is_last:
            is_last = (self.folder / "last").exists()
            self.read_changes()
            time.sleep(0.1)
        (self.folder / "crm.json").write_text(json.dumps(self.crm), encoding="utf-8")


Sync(sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])).run()
