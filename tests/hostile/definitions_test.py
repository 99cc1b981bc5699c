#!/usr/bin/env python3
"""Definitions files that are large, deep, circular or not YAML.

    tests/hostile/definitions_test.py BINARY [--full]
"""

import random

from hostile import BASE, MIB, Hostile, event, good, main, scale

# MiB. A file of 16 MiB: a tree of at most 4,000,000 values of 100 bytes, 64 MiB of text through aliases, and yaml-cpp's
# own memory for one `{…}`: 100 bytes for each byte.
LARGEST_FILE = 2600
# MiB. 10,000 segments: their parsed rules, and the changes of 256 leads that enter all of them. 1,000 leads are in one
# epoch: encoded, and in RocksDB's buffers.
MANY_SEGMENTS = BASE + scale(100, 380)
HEAD = 'tenants:\n  "*":\n    fields: {a: number}\n    tiers: [{name: all}]\n'


def with_rules(rules):
    return (HEAD + "    segments:\n" + "".join(
        f"      - {{id: s{i}, rule: '{rule}'}}\n" for i, rule in enumerate(rules))).encode()


def nested(depth):
    """A rule with nested parentheses and NOT in turn."""
    rule = "opens >= 1"
    for level in range(depth):
        rule = f"NOT {rule}" if level % 2 and rule.startswith("(") else f"({rule})"
    return rule


class DefinitionsTest(Hostile):
    def check(self, *parts, code=0, part="", mib=BASE, case=None):
        self.write("d.yaml", *parts)
        ended = self.call("definitions", "check", "d.yaml", mib=mib, seconds=120, case=case)
        self.assertEqual(ended.code, code, ended.errors[:2000])
        self.assertIn(part, ended.output + ended.errors)
        self.assertLess(len(ended.errors), MIB, "errors that nobody can read")
        return ended

    def apply(self, rules, leads, mib, **keywords):
        self.write("d.yaml", with_rules(rules))
        self.write("a.jsonl", (event(f"good{i % leads}", f"e{i}") for i in range(keywords.pop("events", leads))))
        return self.run_job("--definitions", "d.yaml", "--input", "a.jsonl", mib=mib, **keywords)

    def test_nesting_of_rules(self):
        self.apply([nested(64)], 2, BASE)
        self.check(with_rules([nested(65)]), code=2, part="nest")
        self.check(with_rules(["(" * 8000 + "opens >= 1" + ")" * 8000]), code=2, part="nest")
        self.check(with_rules(["NOT " * 4000 + "opens >= 1"]), code=2, part="nest")
        self.check(with_rules(["(" * 8000]), code=2)

    def test_long_rules(self):
        terms = " OR ".join(["opens>=1"] * 1300)
        self.check(with_rules([terms + " " * (16384 - len(terms))]))
        self.check(with_rules([terms + " " * (16385 - len(terms))]), code=2, part="16")
        self.check(with_rules(['a IN (' + ",".join(["1"] * 8000) + ")"] * 20))
        self.check(with_rules(["a " * 8000, '"' * 8001, "`" * 8001, "DID " * 4000, "\\" * 16000]), code=2)
        self.check(with_rules(["a = 1\0"]), code=2, part="control character")

    def test_scoring_rules(self):
        def scoring(count):
            rules = ", ".join(["{event: open, points: 1, decay: {percent: 1, every: 1s}}"] * count)
            return (HEAD + f"    scoring: {{rules: [{rules}]}}\n").encode()
        self.check(scoring(501), code=2, part="500")
        self.check(scoring(500))
        self.write("a.jsonl", (event("good0", f"e{i}") for i in range(1000)))
        self.run_job("--definitions", "d.yaml", "--input", "a.jsonl", "--until", "2026-01-02")
        self.expect({}, [0], events=1000)

    def test_segments_at_the_limit(self):
        self.check(with_rules(["opens >= 1"] * 10_001), code=2, part="10,000")
        rules = [f"opens >= {i % 50} AND DID open IN LAST {i % 300 + 1} days" for i in range(10_000)]
        events = scale(1000, 20_000)
        ended = self.apply(rules, scale(100, 1000), MANY_SEGMENTS, events=events)
        print(f"10,000 segments: {ended.seconds / events * 1e6:.0f} us for an event, all included")
        self.expect({}, range(scale(100, 1000)), events=events // scale(100, 1000))

    def test_a_chain_of_segments(self):
        """Each refers to the one before twice: 2^10,000 evaluations unless each is evaluated once, 10,000 nested calls
        unless they are evaluated in the order of their references."""
        forward = [f'IN SEGMENT "s{i - 1}" AND (IN SEGMENT "s{i - 1}" OR a = 1)' if i else "opens >= 1"
                   for i in range(10_000)]
        for name, rules, last in (("forward", forward, 0), ("backward", [
                f'IN SEGMENT "s{i + 1}" OR IN SEGMENT "s{i + 1}"' if i < 9999 else "opens >= 1" for i in range(10_000)], 0)):
            leads = scale(40, 1000)
            self.apply(rules, leads, MANY_SEGMENTS, state="s" + name, output="o" + name, case=f"chain {name}")
            for lead in self.lines(f"o{name}/leads.jsonl"):
                self.assertEqual(len(lead["segments"]) + last, 10_000)
        shown = self.call("explain", "--state", "sforward", "--tenant", "acme", "--lead", "good1", mib=MANY_SEGMENTS)
        self.assertEqual(shown.code, 0, shown.errors)

    def test_circles_of_segments(self):
        self.check(with_rules([f'IN SEGMENT "s{(i - 1) % 10_000}"' for i in range(10_000)]), code=2, part="circle")
        self.check(with_rules(['IN SEGMENT "s0"']), code=2, part="circle")
        everyone = " OR ".join(f'IN SEGMENT "s{i}"' for i in range(400))
        self.check(with_rules([everyone] * 400), code=2, part="circle")

    def test_aliases(self):
        bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
        self.check(bomb.encode(), code=2, part="alias", mib=LARGEST_FILE)
        self.check(b"a: &a [*a]\n", code=2, part="inside of what it stands for")
        self.check(b"tenants: &a {x: *a}\n", code=2, part="inside of what it stands for")
        self.check(b"a: *b\n", code=2)
        self.check(b"a: &a x\n" + b"b: [" + b"*a," * 100_000 + b"*a]\n", code=2, mib=LARGEST_FILE)
        text = b"a: &a " + b"x" * (8 * MIB) + b"\nb: [" + b"*a, " * 1000 + b"*a]\n"
        self.check(text, code=2, part="64 MiB", mib=LARGEST_FILE)

    def test_large_files(self):
        self.check((b"# " + b"x" * 1021 + b"\n" for _ in range(100 * 1024)), code=2, part="16 MiB", case="100 MB")
        self.check(b"tenants:\n" + b"#" * (15 * MIB), code=2, part="tenants", mib=LARGEST_FILE)
        size = scale(1, 14) * MIB
        self.check(b"a: [" + b"x," * (size // 2) + b"x]\n", code=2, mib=LARGEST_FILE, case="a list in one line")
        self.check(b"a: [" + b"[],{}," * (size // 6) + b"x]\n", code=2, mib=LARGEST_FILE, case="empty lists")
        self.check(b"x: 1\n" * (size // 5), code=2, mib=LARGEST_FILE, case="the same key")
        self.check(b'"' + b"\\u0041" * (size // 6) + b'": 1\n', code=2, mib=LARGEST_FILE, case="escapes")

    def test_deep_files(self):
        for opening in (b"[", b"{a: ", b"- ", b"? "):
            self.check(opening * 100_000, code=2, case="deep " + opening.decode())
        self.check(b"".join(b" " * i + b"a:\n" for i in range(2000)), code=2)

    def test_what_is_no_yaml(self):
        rng = random.Random(7)
        for name, content in (("empty", b""), ("nuls", b"\0" * 10_000), ("binary", rng.randbytes(100_000)),
                              ("bytes of UTF-16", "tenants: {}".encode("utf-16")), ("not UTF-8", b"tenants: {\xff: 1}"),
                              ("overlong", b"tenants: {a: \xc0\x80}"), ("surrogate", b"a: \xed\xa0\x80"),
                              ("escaped surrogate", b'a: "\\ud800"'), ("tabs", b"tenants:\n\t\"*\":\n\t\ttiers: []\n"),
                              ("nul inside", HEAD.encode() + b"    x: \0\n"), ("marks", b"\xef\xbb\xbf" * 1000),
                              ("two documents", HEAD.encode() + b"---\n" + HEAD.encode()), ("quotes", b'"' * 99_999),
                              ("directives", b"%YAML 9.9\n" * 1000), ("bars", b"|" * 10_000), ("a scalar", b"x")):
            with self.subTest(name):
                self.check(content, code=2, case=name)
        self.check(HEAD.encode() + b"    quality: {attributes: {a: 1, b: 2, a: 3}}\n", code=2, part="twice")
        self.check(HEAD.encode() + b"    scoring: {rules: [{event: open, points: 1, decay: {every: 1d, percent: 1, "
                   b"every: 2d}}]}\n", code=2, part="twice")

    def test_wrong_definitions_change_nothing(self):
        self.write("a.jsonl", good(1))
        self.run_job("--input", "a.jsonl")
        self.write("d.yaml", with_rules(["opens >"]))
        self.write("b.jsonl", good(2))
        self.run_job("--definitions", "d.yaml", "--input", "a.jsonl", "b.jsonl", code=2)
        self.run_job("--input", "a.jsonl", "b.jsonl")
        self.expect({}, [1, 2])


if __name__ == "__main__":
    main()
