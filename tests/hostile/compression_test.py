#!/usr/bin/env python3
"""Compressed files that end early, lie or explode.   tests/hostile/compression_test.py BINARY [--full]

Records before the damage are applied, the damage is one dead letter, and the next file is read. A run ends with 1 if
nothing of a file could be used.
"""

import gzip
import os
import random
import shutil
import subprocess

import framing
from hostile import BASE, GIB, MIB, Hostile, good, main, scale

# MiB. The window of a zstd frame may take 128 MiB; the library needs twice its block in addition.
LARGEST_WINDOW = BASE + 140
# MiB. 20,000 leads in the cache and in RocksDB's buffers.
MANY_LEADS = BASE + 140
SEED = 20260301


def lines(first, count):
    return b"".join(good(number) for number in range(first, first + count))


class CompressionTest(Hostile):
    def read_all(self, files, mib=BASE, leads_at_least=0, **keywords):
        """One run over many files, each a (name, bytes), and then a good one. Returns the dead letters by file."""
        names = [self.write(name, content) for name, content in files]
        last = self.write("last.jsonl", good(999_999))
        self.run_job("--input", *names, last, mib=mib, code=1, **keywords)
        held = {lead["leadId"] for lead in self.lines("out/leads.jsonl")}
        self.assertIn("good999999", held)
        self.assertGreaterEqual(len(held) - 1, leads_at_least)
        letters = {}
        for letter in self.lines("out/dead-letters.jsonl"):
            self.assertEqual(letter["reason"], "malformed", letter["detail"])
            letters.setdefault(letter["source"]["file"], []).append(letter)
        return letters

    def cut_everywhere(self, whole, ending, part):
        """Cuts the file at every length: one dead letter says that it ends early, unless it ends between records."""
        files = [(f"{length:05}.jsonl.{ending}", whole[:length]) for length in range(len(whole))]
        letters = self.read_all(files)
        for name, content in files:
            found = letters.get(name, [])
            self.assertEqual(len(found), 1, f"{name}: {[letter['detail'] for letter in found]}")
            self.assertIn(part, found[0]["detail"], name)
            self.assertLess(len(content), len(whole))

    def test_gzip_cut_at_every_offset(self):
        self.cut_everywhere(gzip.compress(lines(0, 5)), "gz", "ends early")

    def test_zstd_cut_at_every_offset(self):
        self.cut_everywhere(framing.zstd(lines(0, 2)), "zst", "ends early")

    def compressors(self):
        yield "gz", gzip.compress(lines(0, 20_000), 6)
        yield "zst", framing.zstd(lines(0, 20_000))
        if shutil.which("zstd"):
            yield "zst", subprocess.run(["zstd", "-qc"], input=lines(0, 20_000), stdout=subprocess.PIPE,
                                        check=True).stdout

    def test_large_files_cut_and_damaged(self):
        """At random places: never more than one dead letter for a damage, and only records of the file are applied."""
        print("seed", SEED)
        rng = random.Random(SEED)
        for number, (ending, whole) in enumerate(self.compressors()):
            files = []
            for i in range(scale(6, 60)):
                damaged = bytearray(whole)
                if i % 3 == 0:
                    del damaged[rng.randrange(len(whole)):]
                else:
                    for _ in range(i % 3 * i % 7 + 1):
                        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
                files.append((f"{number}-{i:02}.jsonl.{ending}", bytes(damaged)))
            for name in ("state", "out"):
                shutil.rmtree(self.path(name), ignore_errors=True)
            names = [self.write(name, content) for name, content in files]
            self.run_job("--input", *names, self.write("last.jsonl", good(999_999)), case=f"damaged {ending} {number}",
                         mib=MANY_LEADS, code=None)
            broken = [letter["source"]["file"] for letter in self.lines("out/dead-letters.jsonl")
                      if "zstd" in letter["detail"] or "gzip" in letter["detail"]]
            self.assertEqual(len(broken), len(set(broken)))
            self.assertIn("good999999", {lead["leadId"] for lead in self.lines("out/leads.jsonl")})

    def test_members_and_frames(self):
        gz, zst = gzip.compress, framing.zstd
        letters = self.read_all([
            ("members.jsonl.gz", gz(lines(0, 3)) + gz(b"") + gz(lines(3, 3)[:50]) + gz(lines(3, 3)[50:])),
            ("padded.jsonl.gz", gz(lines(6, 1)) + b"\0" * 100_000),
            ("garbage.jsonl.gz", gz(lines(7, 1)) + b"garbage"),
            ("bad-checksum.jsonl.gz", gz(lines(8, 1))[:-8] + b"\0" * 8),
            ("frames.jsonl.zst", zst(lines(9, 3)) + zst(b"") + framing.zstd_skippable(b"x" * 100_000) + zst(lines(12, 1))),
            ("only-skippable.jsonl.zst", framing.zstd_skippable(b"") * 1000),
            ("garbage.jsonl.zst", zst(lines(13, 1)) + b"garbage"),
            ("dictionary.jsonl.zst", zst(lines(14, 1), dictionary=True)),
            ("no-zstd.jsonl.zst", lines(14, 1)), ("no-gzip.jsonl.gz", lines(14, 1)),
            ("empty-members.jsonl.gz", gz(b"") * scale(20_000, 2_000_000)),
            ("reserved-block.jsonl.zst", framing.zstd_header() + framing.zstd_block(3, b"x" * 10, 10, 1)),
            ("empty.jsonl.gz", b""), ("empty.jsonl.zst", b""), ("other.jsonl.zst", gz(lines(14, 1)))])
        self.assertEqual(sorted(letters), [
            "bad-checksum.jsonl.gz", "dictionary.jsonl.zst", "empty.jsonl.gz", "empty.jsonl.zst", "garbage.jsonl.gz",
            "garbage.jsonl.zst", "no-gzip.jsonl.gz", "no-zstd.jsonl.zst", "other.jsonl.zst", "reserved-block.jsonl.zst"])
        self.assertEqual({name: len(found) for name, found in letters.items() if len(found) > 1}, {})
        held = {lead["leadId"] for lead in self.lines("out/leads.jsonl")}
        self.assertEqual(held - {"good999999"}, {f"good{number}" for number in range(14)})

    def test_windows(self):
        """2^27 bytes are the most that a frame may ask for: a stranger must not decide how much memory is taken."""
        letters = self.read_all([("a.jsonl.zst", framing.zstd(lines(0, 1), window=(17 << 3))),  # 128 MiB
                                 ("b.jsonl.zst", framing.zstd(lines(1, 1), window=(17 << 3) + 1)),
                                 ("c.jsonl.zst", framing.zstd(lines(1, 1), window=0xff))], mib=LARGEST_WINDOW,
                                leads_at_least=1)
        self.assertEqual(sorted(letters), ["b.jsonl.zst", "c.jsonl.zst"])
        self.assertIn("memory", letters["c.jsonl.zst"][0]["detail"])

    def bombs(self, size):
        yield "gz", lambda byte: framing.gzip_run(byte, size), framing.gzip_of
        yield "zst", lambda byte: framing.zstd_run(byte, size), framing.zstd

    def test_bombs_of_one_line(self):
        """10 GB in 10 MB (.gz) or 0.3 MB (.zst, at best 128 KiB in 4 bytes): one record, cut while it is read."""
        size = scale(512 * MIB, 10 * GIB)
        for ending, run, whole in self.bombs(size):
            self.write(f"a.jsonl.{ending}", whole(good(1)), run(b"x"), whole(b"\n" + good(2)))
            self.run_job("--input", f"a.jsonl.{ending}", state=f"s{ending}", output=f"o{ending}", case=f"bomb .{ending}")
            letters = self.expect({"too_large": 1}, [1, 2], output=f"o{ending}")
            self.assertEqual(letters[0]["size"], size)
            os.remove(self.path(f"a.jsonl.{ending}"))

    def test_bombs_of_blank_lines(self):
        size = scale(64 * MIB, 2 * GIB)
        for ending, run, whole in self.bombs(size):
            self.write(f"a.jsonl.{ending}", run(b"\n"), whole(good(1)))
            self.run_job("--input", f"a.jsonl.{ending}", state=f"s{ending}", output=f"o{ending}", case=f"blank .{ending}")
            self.expect({}, [1], output=f"o{ending}")

    def test_a_bomb_can_be_interrupted(self):
        size = 64 * GIB
        for ending, run, whole in self.bombs(size):
            if ending == "gz":
                continue  # 64 MB of file, for the same code
            self.write(f"a.jsonl.{ending}", whole(good(1)), run(b"x"))
            self.run_job("--input", f"a.jsonl.{ending}", code=3, interrupt_after=0.5, seconds=60)

    def test_the_same_archive_ten_thousand_times(self):
        self.write("a.jsonl.gz", gzip.compress(lines(0, 2)))
        self.run_job("--input", *["a.jsonl.gz"] * 10_000)
        self.expect({}, [0, 1])


if __name__ == "__main__":
    main()
