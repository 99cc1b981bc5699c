#!/usr/bin/env python3
"""The templates of the pages: forbidden contents, so that no value becomes markup, a script or another address.

    tests/serve/templates_test.py
"""

import html.parser
import pathlib
import re
import unittest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "processor/serve/pages/templates"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.tpl"))}
ADDRESSES = {"href", "src", "action", "formaction", "poster", "data", "cite", "ping"}


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        # A section around an attribute is not an attribute.
        self.feed(re.sub(r"\{\{[#^/][^}]*\}\}", " ", text))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


class Templates(unittest.TestCase):
    def test_escape_every_value(self):
        self.assertGreater(len(TEMPLATES), 10)
        for name, text in TEMPLATES.items():
            for unsafe in ("{{{", "{{&", "{{=", "{{ "):
                self.assertNotIn(unsafe, text, name)
            for tag in re.findall(r"\{\{([^}]*)\}\}", text):
                self.assertRegex(tag, r"^(?:[#^/]?[a-z_A-Z]+|> [a-z_]+)$", name)

    def test_values_stand_in_quoted_attributes_or_in_text(self):
        for name, text in TEMPLATES.items():
            self.assertEqual(re.findall(r"\s[\w-]+\s*=\s*\{\{", text), [], name)

    def test_addresses_begin_with_a_fixed_path_or_scheme(self):
        for name, text in TEMPLATES.items():
            for tag, attributes in Tags(text).tags:
                for attribute in ADDRESSES & attributes.keys():
                    self.assertRegex(attributes[attribute], r"^(?:/(?:[^/]|$)|#|mailto:|tel:|https://)", f"{name}: {tag} {attribute}")

    def test_no_script_and_no_style_stands_in_a_page(self):
        for name, text in TEMPLATES.items():
            for tag, attributes in Tags(text).tags:
                self.assertNotEqual(tag, "style", name)
                self.assertNotIn("style", attributes, name)
                self.assertTrue(tag != "script" or attributes.get("src", "").startswith("/assets/"), name)
                self.assertEqual([attribute for attribute in attributes if attribute.startswith("on")], [], name)

    def test_every_post_has_the_token_of_the_session(self):
        posts = 0
        for name, text in TEMPLATES.items():
            for form in re.findall(r'<form method="post"(.*?)</form>', text, re.DOTALL):
                posts += 1
                has = 'name="form_token"' in form or "{{> form_fields}}" in form or "{{> lead_action}}" in form
                self.assertTrue(has or 'action="/login"' in form or 'action="/invite"' in form, f"{name}: {form[:80]}")
        self.assertGreater(posts, 10)

    def test_every_included_template_is_there(self):
        for name, text in TEMPLATES.items():
            for included in re.findall(r"\{\{> ([a-z_]+)\}\}", text):
                self.assertTrue(included == "content" or f"{included}.tpl" in TEMPLATES, f"{name}: {included}")

    def test_every_field_has_a_label(self):
        for name, text in TEMPLATES.items():
            labelled = set(re.findall(r'<label for="([^"]*)"', text))
            outside = re.sub(r"<label(?: |>).*?</label>", "", text, flags=re.DOTALL)
            for tag, attributes in Tags(outside).tags:
                if tag not in ("input", "select", "textarea") or attributes.get("type") == "hidden":
                    continue
                self.assertTrue("aria-label" in attributes or attributes.get("id") in labelled, f"{name}: {attributes}")


if __name__ == "__main__":
    unittest.main()
