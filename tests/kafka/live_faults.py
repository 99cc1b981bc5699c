"""Faults of a round of live_test.py that destroy a process's state, or end the process with a named error."""

import shutil
import time

import faulty_disk
from live import Failure, wait_for

NAMED = "stopped with a named error"


def stops_of(tally):
    """The number of processes that ended like this."""
    return sum(count for name, count in tally.items() if name.endswith(NAMED))


class StateAndStops:
    """A base class of Round."""
    library = None  # makes a disk full: tests/libfaulty_disk.so of the build

    def expect_stop(self, what, process, *texts):
        """Checks that the process ends by itself, and that its last line says why."""
        code, said = process.wait(60), process.said()
        if code != 1 or not any(text in said.rstrip().splitlines()[-1] for text in texts):
            raise Failure(f"{what}: it ended with {code} and does not say so; {process.log}")
        self.tally[f"{what}: {NAMED}"] += 1

    def feed_until(self, what, holds):
        def holds_or_feed():
            if holds():
                return True
            self.feed([])
            time.sleep(0.5)
            return False
        wait_for(what, 150, holds_or_feed)

    def lose_state(self):
        process = self.survivor()
        process.kill()
        shutil.rmtree(process.state)
        process.start()
        self.tally["state deleted"] += 1

    def roll_back_state(self):
        process = self.survivor()
        process.stop()
        kept = process.folder / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(process.state, kept)
        process.start()
        self.feed([])
        time.sleep(2)
        process.kill()
        shutil.rmtree(process.state)
        kept.rename(process.state)
        process.start()
        self.tally["state rolled back"] += 1

    def full_disk(self):
        """From some write on, during the start or soon after, nothing more can be written."""
        process = self.survivor()
        # The first start may clean up after an earlier fault, and so write more than the next.
        writes = min(self.writes_of_start(process) for _ in range(2))
        call = self.random.choice([self.random.randrange(1, writes), writes + self.random.randrange(1, 12)])
        process.start(variables=faulty_disk.environment(self.library, process.state, calls="write",
                                                        fault=f"ENOSPC@{call}+"))
        self.feed_until("the disk is full", lambda: not process.runs())
        when = "at work" if " is live" in process.said() else "in the start"
        self.expect_stop(f"disk full {when}", process, "No space left on device")
        self.look_at_state(process)
        process.start()

    def writes_of_start(self, process):
        """The number of writes of a start, as far as two starts are alike. Stops the process."""
        process.stop()
        journal = process.folder / "journal"
        journal.unlink(missing_ok=True)
        process.start(variables=faulty_disk.environment(self.library, process.state, journal=str(journal)))
        wait_for("it is live", 60, lambda: process.said().count(" is live") == self.world.partitions)
        writes = sum(kind == "write" for kind, _ in faulty_disk.calls_of(journal))
        self.feed([])
        self.world.wait_until_consumed(90)
        process.stop()
        return writes

    def second_process(self):
        """A second process has the same transactional ids. One of the two must end: the first, unless the group takes so
        long that its return counts as a first one. The work of both is there once."""
        process = self.survivor()
        other = self.world.process(f"{process.instance}-again")
        self.feed([])
        other.start(kafka=self.world.kafka_settings(instance=str(process.instance)))
        self.feed_until("one of two has ended", lambda: not process.runs() or not other.runs())
        ended = other if process.runs() else process
        self.expect_stop("second process of an instance", ended,
                         "another process runs with the same instance id; give each its own")
        self.look_at_state(ended)
        self.feed([])
        if ended is process:
            other.stop()
            process.start()
