#!/usr/bin/env python3
"""A backup that meets a full disk fails with a message, and the run that made it goes on.

    tests/crash/backup_room_test.py BINARY FAULTY_DISK WRONG_MACHINE
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import faulty_disk

BINARY, FAULTY_DISK, WRONG_MACHINE = (os.path.abspath(sys.argv.pop(1)) for _ in range(3))
MIB = 1 << 20


def event(number):
    return json.dumps({"event": {"tenantId": "acme", "leadId": f"lead{number}", "eventId": f"e{number}",
                                 "type": "OPEN", "occurredAt": "2026-01-01T00:00:00Z"}}) + "\n"


class BackupRoomTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(self.path("disk"))
        self.events = 0
        self.append(100)

    def path(self, name):
        return os.path.join(self.folder, name)

    def append(self, count):
        with open(self.path("events.jsonl"), "a", encoding="utf-8") as file:
            file.writelines(event(self.events + number) for number in range(count))
        self.events += count

    def start(self, environment):
        """Returns once the run has committed records."""
        self.append(10)
        self.job = subprocess.Popen([BINARY, "run", "--follow", "--input", "events.jsonl", "--state", "disk/state",
                                     "--output", "disk/out", "--quiet"], cwd=self.folder, env=environment,
                                    stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.job.stderr.close)
        self.addCleanup(self.job.kill)
        self.expect_all_applied()

    def expect_all_applied(self):
        """Checks that every lead's creation is committed."""
        for _ in range(1500):
            self.assertIsNone(self.job.poll(), "the run ended")
            if os.path.exists(self.path("disk/out/changes.jsonl")):
                with open(self.path("disk/out/changes.jsonl"), encoding="utf-8") as file:
                    if len({line.split('"leadId":"')[-1].split('"')[0] for line in file}) == self.events:
                        return
            time.sleep(0.02)
        self.fail("the events were not applied")

    def backup(self, target, environment=None):
        return subprocess.run([BINARY, "state", "backup", "--state", "disk/state", target], cwd=self.folder,
                              env=environment, capture_output=True, text=True, check=False)

    def stop(self):
        self.job.terminate()
        said = self.job.stderr.read()
        self.assertEqual(self.job.wait(timeout=300), 0, said)
        check = subprocess.run([BINARY, "state", "check", "--state", "disk/state"], cwd=self.folder,
                               capture_output=True, text=True, check=False)
        self.assertEqual(check.returncode, 0, check.stdout)

    def expect_goes_on(self):
        self.append(50)
        self.expect_all_applied()
        self.assertEqual(os.listdir(self.path("disk/state")).count("requests"), 0)

    def machine(self, room):
        return dict(os.environ, LD_PRELOAD=WRONG_MACHINE, LEADPULSE_WRONG_DISK_ROOM=str(room))

    def test_too_little_room_is_found_before_anything_is_copied(self):
        self.start(self.machine(20 * MIB))
        for _ in range(2):
            result = self.backup("backup")
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, r"could not copy it: a copy of the state in disk/state needs (6[4-9]|[7-9]\d) "
                             r"MiB, and the disk of disk/state has 20 MiB free\. Make room there, and do the same again")
            self.assertFalse(os.path.exists(self.path("backup")))
            self.assertFalse(os.path.exists(self.path("backup.unfinished")))
            self.expect_goes_on()
        self.stop()

    def start_with_fault(self, kind, call, stays=""):
        """Starts a run whose `call`-th call of this kind meets a full disk once it is ready."""
        journal = self.path("journal")
        shutil.copytree(self.path("disk"), self.path("before"))
        self.start(faulty_disk.environment(FAULTY_DISK, self.path("disk"), journal=journal, calls=kind))
        self.job.kill()
        self.job.wait()
        fault = f"ENOSPC@{len(faulty_disk.calls_of(journal)) + call}{stays}"
        if os.path.exists(journal):  # the first call creates it
            os.unlink(journal)
        shutil.rmtree(self.path("disk"))
        os.rename(self.path("before"), self.path("disk"))
        self.start(faulty_disk.environment(FAULTY_DISK, self.path("disk"), fault=fault, calls=kind))

    def expect_no_room(self, result):
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, "No space left on device|could neither copy it nor write an answer")
        self.expect_goes_on()

    def test_a_disk_on_which_no_file_can_be_made(self):
        """A table that cannot be written would make RocksDB refuse all further commits; a copy writes no table."""
        self.start_with_fault("create", 1, "+")
        for _ in range(2):
            self.expect_no_room(self.backup("backup"))
        self.stop()

    def test_room_that_ends_within_the_copy(self):
        self.start(None)
        self.stop()  # the next start writes tables, which are linked
        for kind, call in (("mkdir", 1), ("link", 1), ("create", 1), ("create", 2)):
            with self.subTest(kind=kind, call=call):
                self.start_with_fault(kind, call)
                target = f"{kind}{call}"
                self.expect_no_room(self.backup(target))
                result = self.backup(target)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.stop()

    def test_a_target_on_a_full_disk(self):
        self.start(None)
        target = "/dev/shm/leadpulse-backup-room-test"
        if os.stat("/dev/shm").st_dev == os.stat(self.folder).st_dev:
            self.skipTest("/dev/shm is no other disk")
        result = self.backup(target, self.machine(0))
        self.assertEqual(result.returncode, 1)
        self.assertIn("the backup needs 1 MiB, and the disk of ", result.stderr)
        self.assertFalse(os.path.exists(target))
        self.expect_goes_on()
        self.stop()


if __name__ == "__main__":
    unittest.main()
