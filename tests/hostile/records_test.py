#!/usr/bin/env python3
"""Records that break decoders.   tests/hostile/records_test.py BINARY [--full]"""

import json
import os

import framing
from hostile import BASE, GIB, LARGE_RECORDS, MIB, Hostile, event, good, main, scale

DEEP = 100_000
TOO_DEEP = b"[" * DEEP + b"]" * DEEP
DEEP_OBJECT = b'{"a":' * DEEP + b"1" + b"}" * DEEP


def with_member(member, lead="bad"):
    """An event with a member in front of the others: bytes, because it may not be UTF-8."""
    return b'{"event":{' + member + b"," + event(lead).removeprefix(b'{"event":{')[:-1]


class LineTest(Hostile):
    def surround(self, *lines):
        """Puts a good line before and after each line. Returns the number of good lines."""
        def parts():
            for number, line in enumerate(lines):
                yield good(number)
                yield line + b"\n"
            yield good(len(lines))
        self.write("a.jsonl", parts())
        return range(len(lines) + 1)

    def test_nesting(self):
        leads = self.surround(TOO_DEEP, b"[" * DEEP, b'{"event":' * DEEP, DEEP_OBJECT, b'{"event":' + TOO_DEEP + b"}",
                              with_member(b'"properties":{"a":' + TOO_DEEP + b"}"),
                              with_member(b'"properties":' + DEEP_OBJECT), with_member(b'"unknown":' + TOO_DEEP),
                              with_member(b'"unknown":' + DEEP_OBJECT), b"]" * DEEP, b'"' * DEEP, b"\\" * DEEP)
        self.run_job("--input", "a.jsonl")
        self.expect({"malformed": 12}, leads)

    def test_numbers(self):
        bad = [with_member(b'"properties":{"a":%b}' % number)
               for number in (b"1e", b"0x1", b"NaN", b"Infinity", b"01")]
        bad += [b"1e" * DEEP, b"9" * MIB]
        numbers = (b"0." + b"9" * DEEP, b"1e-999999", b"18446744073709551616", b"-0", b"1e999999", b"9" * 400,
                   b"-" + b"9" * 400)
        taken = [with_member(b'"properties":{"a":%b}' % number, f"good10{i}") for i, number in enumerate(numbers)]
        taken.append(with_member(b'"unknown":1e999999', f"good10{len(numbers)}"))
        leads = self.surround(*bad, *taken)
        self.run_job("--input", "a.jsonl")
        self.expect({"malformed": len(bad)}, [*leads, *range(100, 100 + len(taken))])

    def test_sizes_inside_a_record(self):
        too_large = [with_member(b'"properties":{"%b":1}' % (b"k" * MIB)),
                     with_member(b'"properties":{%b}' % b",".join(b'"p%d":1' % i for i in range(100_000))),
                     with_member(b'"properties":{"a":[%b]}' % b",".join([b"1"] * 1_000_000)),
                     with_member(b'"properties":{"a":[%b]}' % b",".join([b"{}"] * 1_000_000)),
                     with_member(b'"name":"%b"' % (b"n" * (8 * MIB - 300)))]
        taken = [with_member(b'"properties":{%b}' % b",".join(b'"%d":1' % i for i in range(90_000)), "good100"),
                 with_member(b'"properties":{"a":[%b]}' % b",".join([b"1"] * 500_000), "good101"),
                 with_member(b'"properties":{%b}' % b",".join([b'"a":1'] * 150_000), "good102")]
        leads = self.surround(*too_large, *taken)
        self.run_job("--input", "a.jsonl", mib=LARGE_RECORDS)
        self.expect({"too_large": len(too_large)}, [*leads, 100, 101, 102])

    def test_attributes_without_bounds(self):
        def command(number, values):
            return (b'{"command":{"tenantId":"acme","leadId":"profile","commandId":"c%d","issuedAt":'
                    b'"2026-01-01T00:00:00Z","updateProfile":{"set":{%b}}}}' % (number, values))
        leads = self.surround(
            command(1, b",".join(b'"p%d":1' % i for i in range(90_000))), command(2, b'"a":"%b"' % (b"x" * 8193)),
            command(3, b'"%b":1' % (b"k" * 1025)), command(4, b'"a":[%b]' % b",".join([b"1"] * 400_000)),
            command(5, b'"a":[[1]]'), command(6, b'"a":1e999'), command(7, b",".join(
                b'"p%d":"%b"' % (i, b"x" * 8000) for i in range(70))))
        self.run_job("--input", "a.jsonl")
        self.expect({"too_many_attributes": 1, "invalid_value": 5, "lead_too_large": 1}, leads)

    def test_texts(self):
        bad = [with_member(member) for member in (
            b'"name":"\\ud800"', b'"name":"\\udc00\\ud800"', b'"properties":{"\\udc00":1}', b'"name":"\xff\xfe"',
            b'"name":"\xc0\x80"', b'"name":"\xed\xa0\x80"', b'"name":"\xf4\x90\x80\x80"', b'"properties":{"\xf8":"\x80"}',
            b'"leadId":"\xc3"', b'"eventId":"\xff"', b'"\xff":1', b'"name":"a\x00b"', b'"name":"a\tb"', b'"na\x00me":1',
            b'"name":"\\q"', b'"name":"\\u12"')]
        leads = self.surround(*bad, b"\0" * 1000, b"\0", b"\xff\xfe{\0}\0", b"\x1b[2J",
                              event("bad").replace(b"acme", b"ac\\u0000me")[:-1])
        self.run_job("--input", "a.jsonl")
        letters = self.expect({"malformed": len(bad) + 4, "invalid_value": 1}, leads)
        self.assertEqual(len({letter["source"]["line"] for letter in letters}), len(bad) + 5)

    def test_a_nul_in_an_id_is_a_character_like_others(self):
        self.write("a.jsonl", event("good\\u0000", "e1"), event("good", "e1"), event("good", "e\\u0000"),
                   event("good\\u0000\\u0000", "e1"))
        self.run_job("--input", "a.jsonl")
        self.expect({})
        held = [(lead["leadId"], lead["counts"]["open"]) for lead in self.lines("out/leads.jsonl")]
        self.assertEqual(held, [("good", 2), ("good\0", 1), ("good\0\0", 1)])
        shown = self.call("explain", "--state", "state", "--tenant", "acme", "--lead", "good", mib=BASE)
        self.assertEqual(shown.code, 0, shown.errors)

    def test_line_ends_and_marks(self):
        self.write("a.jsonl", b"\xef\xbb\xbf" + good(1), b"\xef\xbb\xbf" + good(2), good(3)[:-1] + b"\r\n", b"\r\n\r\r\n",
                   b" \t\n", good(4)[:-1] + b"\r" + good(5), good(6)[:-1])
        self.run_job("--input", "a.jsonl")
        # A byte order mark in the middle is no white space, and a lone CR ends no line.
        self.expect({"malformed": 2}, [1, 3, 6])

    def test_blank_lines(self):
        count = scale(3_000_000, 300_000_000)
        self.write("a.jsonl", good(1), (b"\n" * 1000 for _ in range(count // 1000)), good(2))
        self.run_job("--input", "a.jsonl")
        self.expect({}, [1, 2])

    def sparse(self, name, before, nuls, after=b""):
        """A file with `nuls` NULs in the middle, which take no space on the disk."""
        with open(self.path(name), "wb") as file:
            file.write(before)
            file.truncate(len(before) + nuls)
            file.seek(0, os.SEEK_END)
            file.write(after)

    def test_a_long_line(self):
        size = scale(300 * MIB, 3 * GIB)
        self.sparse("a.jsonl", good(1) + b'{"event":', size, b"\n" + good(2))
        self.run_job("--input", "a.jsonl")
        letters = self.expect({"too_large": 1}, [1, 2])
        self.assertEqual(letters[0]["size"], size + 9)

    def test_a_long_line_without_an_end(self):
        size = scale(300 * MIB, 3 * GIB)
        self.sparse("a.jsonl", good(1) + b'{"event":', size)
        self.write("b.jsonl", good(2))
        self.run_job("--input", "a.jsonl", "b.jsonl")
        self.expect({"too_large": 1}, [1, 2])

    def test_a_file_of_nuls(self):
        size = scale(300 * MIB, 3 * GIB)
        self.sparse("a.jsonl", b"", size)
        self.sparse("b.pb", b"", scale(100_000, 10_000_000))
        self.write("c.jsonl", good(1))
        # Each NUL in the .pb file is the length of an empty record.
        self.run_job("--input", "a.jsonl", "b.pb", "c.jsonl", code=1)
        count = 0
        for letter in self.lines("out/dead-letters.jsonl"):
            count += letter["reason"] == "malformed"
        self.assertEqual(count, scale(100_000, 10_000_000))

    def test_many_large_records(self):
        line = b'{"event":{"properties":{"a":[' + b"[]," * (2 * MIB) + b"[]]}}}\n"
        self.write("a.jsonl", good(1), (line for _ in range(scale(6, 200))), good(2))
        self.run_job("--input", "a.jsonl", mib=LARGE_RECORDS)
        self.expect({"too_large": scale(6, 200)}, [1, 2])


class FramedTest(Hostile):
    def read_framed(self, *messages, mib=BASE):
        """Puts good records between the messages."""
        parts = []
        for number, message in enumerate(messages):
            parts += [framing.frame(framing.event_message(f"good{number}")), framing.frame(message)]
        self.write("a.pb", *parts, framing.frame(framing.event_message(f"good{len(messages)}")))
        self.run_job("--input", "a.pb", mib=mib)
        return range(len(messages) + 1)

    def test_nested_messages(self):
        value = framing.field(1, 0, 0)
        for _ in range(10_000):
            value = framing.field(6, 2, framing.field(1, 2, value))  # a list within a list
        properties = framing.field(1, 2, framing.field(1, 2, b"a") + framing.field(2, 2, value))
        groups = b"\x9b\x06" * 10_000 + b"\x9c\x06" * 10_000  # field 99 as groups
        leads = self.read_framed(framing.event_message("bad", framing.field(10, 2, properties)),
                                 framing.event_message("bad", groups), groups, b"\x9b\x06" * 10_000,
                                 framing.event_message("bad", b"\x9b\x06"), framing.field(1, 2, b"\x0c"))
        self.expect({"malformed": 6}, leads)

    def test_wire_types_and_packed_fields(self):
        numbers = framing.field(5, 2, b"\x03" * 700_000)  # a packed list instead of one number
        unknown = framing.field(9999, 2, b"\xff" * 700_000)
        small_groups = (b"\x9b\x06" + b"\x9c\x06") * 1000
        for_type = framing.field(5, 5, b"abcd") + framing.field(1, 1, b"abcdefgh")
        leads = self.read_framed(framing.event_message("good100", numbers), framing.event_message("good101", unknown),
                                 framing.event_message("good102", small_groups),
                                 framing.event_message("good103", for_type),
                                 framing.event_message("bad", b"\x0f"), framing.event_message("bad", b"\x00"),
                                 framing.event_message("bad", framing.field(2, 2, b"\xff\xfe")), b"\xff" * 100, b"")
        self.expect({"malformed": 5}, [*leads, 100, 101, 102, 103])

    def test_lengths(self):
        for name, rest, reason in (("over 64 bits", b"\xff" * 10 + good(9), "malformed"),
                                   ("2^63", framing.varint(1 << 63) + b"x" * 1000, "malformed"),
                                   ("2^64-1", framing.varint((1 << 64) - 1), "malformed"),
                                   ("more than is left", framing.varint(1000) + b"x" * 999, "malformed"),
                                   ("a varint that ends", b"\xff\xff", "malformed")):
            with self.subTest(name):
                self.write("a.pb", framing.frame(framing.event_message("good1")), rest)
                self.write("b.jsonl", good(2))
                number = str(len(os.listdir(self.folder)))
                self.run_job("--input", "a.pb", "b.jsonl", state="s" + number, output="o" + number)
                letters = self.expect({reason: 1}, [1, 2], output="o" + number)
                self.assertEqual(letters[0]["source"]["line"], 2)

    def test_a_long_record(self):
        size = scale(300 * MIB, 3 * GIB)
        with open(self.path("a.pb"), "wb") as file:
            file.write(framing.frame(framing.event_message("good1")) + framing.varint(size))
            file.truncate(file.tell() + size)
            file.seek(0, os.SEEK_END)
            file.write(framing.frame(framing.event_message("good2")))
        self.run_job("--input", "a.pb")
        letters = self.expect({"too_large": 1}, [1, 2])
        self.assertEqual(letters[0]["size"], size)

    def test_a_broken_rest_can_be_interrupted(self):
        """A rest that cannot be split is read only for its hash. It must be possible to stop the run there and to
        continue."""
        size = scale(8, 20) * GIB
        head = framing.frame(framing.event_message("good1")) + b"\xff" * 10
        self.write("a.pb.zst", framing.zstd(head), framing.zstd_run(b"\xff", size))
        self.write("b.jsonl", good(2))
        self.write("endless.pb.zst", framing.zstd(head), framing.zstd_run(b"\xff", 400 * GIB))  # a minute, in 13 MB
        self.run_job("--input", "endless.pb.zst", code=3, interrupt_after=0.3, seconds=20, state="s", output="o")
        self.run_job("--input", "a.pb.zst", "b.jsonl", code=3, interrupt_after=0.3)
        # A slow machine may not have reached the first record yet.
        changes = self.path("out/changes.jsonl")
        applied = 1 if os.path.exists(changes) and "good1" in self.read(changes) else 0
        ended = self.run_job("--input", "a.pb.zst", "b.jsonl", "--format", "json", case="broken rest, second run")
        self.assertEqual(json.loads(ended.output)["records"]["events"], 2 - applied)
        letters = self.expect({"malformed": 1}, [1, 2])
        self.assertEqual(letters[0]["source"], {"file": "a.pb.zst", "line": 2, "offset": len(head) - 10})


if __name__ == "__main__":
    main()
