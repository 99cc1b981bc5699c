#!/usr/bin/env python3
"""Users, tokens, tenants and the audit log over HTTP.   tests/serve/admin_test.py BINARY"""

import json
import unittest
import urllib.parse

from front import API, CONTACTS, FrontCase, contact


class Administration(FrontCase):
    def begin_front(self, records=()):
        self.start(list(records))
        self.admin = self.token(role="admin")
        self.operator = self.token(role="operator")
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")

    def call_api(self, method, path, body=None, token=None, **parameters):
        url = API + path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")
        return self.ask_within_limits(url, token or self.admin, method, body=body and json.dumps(body))[:2]

    def refused(self, status, code, *call, **parameters):
        said = self.call_api(*call, **parameters)
        self.assertEqual((said[0], said[1].get("code")), (status, code), said)
        return said[1].get("field")

    def test_users(self):
        self.begin_front()
        status, ann = self.call_api("POST", "users", {"name": "ann", "role": "agent", "agent": "a1"})
        self.assertEqual(status, 201, ann)
        self.assertGreaterEqual(len(ann.pop("password")), 12)
        self.assertEqual(ann, {"name": "ann", "tenant": "acme", "role": "agent", "agent": "a1", "disabled": False})
        there = {"name": "ann", "role": "agent", "agent": "a1"}
        self.assertEqual(self.refused(409, "exists", "POST", "users", there), "name")
        for field, wrong in (("agent", {"name": "bea", "role": "agent"}), ("name", {"name": "b a", "role": "manager"}),
                             ("agent", {"name": "bea", "role": "manager", "agent": "x" * 321}),
                             ("role", {"name": "bea", "role": "boss"})):
            self.assertEqual(self.refused(422, "invalid_value", "POST", "users", wrong), field, wrong)
        for field, wrong in (("disabled", {"disabled": "yes"}), ("agent", {"agent": "a\n"})):
            self.assertEqual(self.refused(422, "invalid_value", "PATCH", "users/ann", wrong), field, wrong)
        status, changed = self.call_api("PATCH", "users/ann", {"role": "admin", "disabled": True})
        self.assertEqual((status, changed), (200, dict(ann, role="admin", disabled=True)))
        self.assertEqual(self.call_api("GET", "users")[1]["users"][0], changed)
        self.assertIn("ann  admin  a1  disabled", self.output_of("serve", "user", "list", "--data", "front"))
        status, renewed = self.call_api("POST", "users/ann/password")
        self.assertEqual(status, 200, renewed)
        self.assertGreaterEqual(len(renewed.pop("password")), 12)
        self.assertEqual(renewed, changed)
        # kim is the last admin who can log in.
        self.refused(409, "last_admin", "DELETE", "users/kim")
        self.refused(409, "last_admin", "PATCH", "users/kim", {"role": "manager"})
        self.refused(409, "last_admin", "PATCH", "users/kim", {"disabled": True})
        self.assertEqual(self.call_api("PATCH", "users/ann", {"disabled": False})[0], 200)
        self.assertEqual(self.call_api("DELETE", "users/kim"), (200, {"removed": True}))
        self.assertEqual([user["name"] for user in self.call_api("GET", "users")[1]["users"]], ["ann"])

    def test_nobody_crosses_tenants_but_an_operator(self):
        self.begin_front()
        for call in (("DELETE", "users/%s"), ("POST", "users/%s/password"), ("PATCH", "users/%s", {"disabled": True})):
            foreign, unknown = (self.call_api(call[0], call[1] % name, *call[2:]) for name in ("zoe", "nobody"))
            self.assertEqual((foreign[0], foreign), (404, unknown))
        for path in ("users", "tokens", "audit"):
            foreign, unknown = (self.call_api("GET", path, tenant=tenant) for tenant in ("blue", "nowhere"))
            self.assertEqual((foreign[0], foreign), (404, unknown))
            self.assertEqual(self.call_api("GET", path, token=self.operator, tenant="nowhere")[0], 404)
        self.refused(403, "forbidden", "GET", "tenants")
        self.refused(403, "forbidden", "POST", "tenants", {"tenant": "red"})
        self.assertEqual(self.call_api("POST", "tenants", {"tenant": "red"}, self.operator)[0], 201)
        for status, code, tenant in ((409, "exists", "red"), (422, "invalid_value", "r d")):
            field = self.refused(status, code, "POST", "tenants", {"tenant": tenant}, self.operator)
            self.assertEqual(field, "tenant")
        self.assertEqual(self.call_api("GET", "tenants", token=self.operator)[1]["tenants"], ["acme", "blue", "red"])
        status, body = self.call_api("POST", "users", {"name": "rex", "role": "admin"}, self.operator, tenant="red")
        self.assertEqual((status, body["tenant"]), (201, "red"))
        self.assertEqual([user["name"] for user in self.call_api("GET", "users", token=self.operator,
                                                                 tenant="red")[1]["users"]], ["rex"])

    def test_nobody_gives_more_than_it_has(self):
        self.begin_front()
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "acme", "--role", "operator", "ops")
        self.refused(403, "forbidden", "POST", "users", {"name": "eve", "role": "operator"})
        self.refused(403, "forbidden", "PATCH", "users/kim", {"role": "operator"})
        self.refused(403, "forbidden", "PATCH", "users/ops", {"role": "agent", "agent": "x"})
        self.refused(403, "forbidden", "DELETE", "users/ops")
        self.refused(403, "forbidden", "POST", "tokens", {"label": "x", "role": "operator"})
        [operators] = [token["id"] for token in self.call_api("GET", "tokens")[1]["tokens"]
                       if token["role"] == "operator"]
        self.refused(403, "forbidden", "DELETE", f"tokens/{operators}")
        narrow = self.token("--scopes", "admin", role="admin")
        self.refused(403, "forbidden", "POST", "tokens", {"label": "x", "role": "manager"}, narrow)
        self.refused(403, "forbidden", "POST", "users", {"name": "eve", "role": "manager"}, narrow)
        self.refused(404, "not_found", "PATCH", "users/nobody", {"role": "operator"})
        # A new password is a way to the rights of the user.
        self.refused(403, "forbidden", "POST", "users/ops/password")
        self.refused(403, "forbidden", "POST", "users/kim/password", token=narrow)

    def test_tokens(self):
        self.begin_front(contact("ann"))
        self.wait_for("ann")
        made = {"label": "crm", "role": "manager", "scopes": "read", "expires": "2100-01-31T00:00:00Z"}
        status, token = self.call_api("POST", "tokens", made)
        self.assertEqual(status, 201, token)
        secret = token.pop("token")
        self.assertEqual(self.ask(CONTACTS + "ann", secret)[0], 200)
        listed = self.call_api("GET", "tokens")[1]["tokens"]
        self.assertNotIn(secret, json.dumps(listed))
        self.assertEqual([(one["scopes"], one["expires"]) for one in listed if one["id"] == token["id"]],
                         [("read", made["expires"])])
        for field, wrong in (("label", {"label": "", "role": "manager"}), ("agent", {"label": "x", "role": "agent"}),
                             ("label", {"label": "x\n", "role": "admin"}), ("label", {"label": "  ", "role": "admin"}),
                             ("agent", {"label": "x", "role": "agent", "agent": " "}),
                             ("scopes", {"label": "x", "role": "agent", "agent": "a", "scopes": "admin"}),
                             ("expires", {"label": "x", "role": "admin", "expires": "2001-01-01T00:00:00Z"}),
                             ("expires", {"label": "x", "role": "admin", "expires": "soon"}),
                             ("label", {"label": 3, "role": "admin"}),
                             ("more", {"label": "x", "role": "admin", "more": "y"})):
            self.assertEqual(self.refused(422, "invalid_value", "POST", "tokens", wrong), field, wrong)
        foreign = self.call_api("POST", "tokens", made, self.operator, tenant="blue")[1]["id"]
        self.assertEqual(self.call_api("DELETE", f"tokens/{foreign}"), self.call_api("DELETE", "tokens/9999"))
        self.refused(404, "not_found", "DELETE", "tokens/x")
        self.assertEqual(self.call_api("DELETE", f"tokens/{token['id']}"), (200, {"revoked": True}))
        self.assertEqual(self.ask(CONTACTS + "ann", secret)[0], 401)

    def test_audit(self):
        self.begin_front(contact("ann"))
        self.wait_for("ann")
        self.assertEqual(self.call_api("POST", "contacts/ann/notes", {"text": "hi"})[0], 200)
        user = {"name": "bea", "role": "manager"}
        self.assertEqual(self.call_api("POST", "users", user)[0], 201)
        self.assertEqual(self.call_api("PATCH", "users/bea", {"disabled": True})[0], 200)
        self.assertEqual(self.call_api("DELETE", "users/bea")[0], 200)
        page = self.call_api("GET", "audit", limit=3)[1]
        self.assertEqual([(line["action"], line["subject"]) for line in page["lines"]],
                         [("user.remove", "user:bea"), ("user.change", "user:bea"), ("user.add", "user:bea")])
        every, cursor = [], ""
        while cursor is not None:
            page = self.call_api("GET", "audit", limit=2, **({"cursor": cursor} if cursor else {}))[1]
            every += page["lines"]
            cursor = page["cursor"]
        numbers = [line["number"] for line in every]
        self.assertEqual(numbers, sorted(set(numbers), reverse=True))
        self.assertEqual(every[-1]["action"], "user.add")  # written by `serve init`
        of_ann = self.call_api("GET", "audit", lead="ann")[1]["lines"]
        self.assertEqual({(line["action"], line["subject"]) for line in of_ann}, {("contact.note", "ann")})
        self.assertEqual(self.call_api("GET", "audit", lead="zoe")[1]["lines"], [])
        who = of_ann[0]["who"]
        self.assertEqual([line for line in every if line["who"] == who], self.call_api("GET", "audit", who=who)[1]["lines"])
        self.assertEqual(len(self.call_api("GET", "audit", action="user.change")[1]["lines"]), 1)
        cursor = self.call_api("GET", "audit", limit=1)[1]["cursor"]
        self.assertFalse(cursor.isdigit())
        for wrong in ({"cursor": "x"}, {"cursor": str(numbers[0])}, {"cursor": cursor[:-1]}, {"cursor": cursor, "who": who}):
            self.refused(400, "invalid_value", "GET", "audit", **wrong)
        self.refused(400, "invalid_value", "GET", "audit", token=self.operator, cursor=cursor, tenant="blue")
        self.assertIn("is whole", self.output_of("serve", "audit", "check", "--data", "front"))


if __name__ == "__main__":
    unittest.main()
