#!/usr/bin/env python3
"""Checks that the Kafka benchmark still runs and gives its figures, at tiny sizes: kafka_bench_test.py BUILD. It leaves
out the Kafka Streams applications, for which Maven downloads a lot, and does not judge the figures."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

import bench_table
import kafka_bench
import kafka_measure
import kafka_report
from confluent_kafka import Producer
from kafka_world import Failure, Process, World

BUILD = sys.argv.pop(1)
TINY = ["--events", "20000", "--leads", "1000", "--restart-leads", "2000", "--latency-seconds", "2", "--rate", "500",
        "--programs", "leadpulse,raw"]


def run(*arguments):
    return subprocess.run([sys.executable, kafka_bench.__file__, "--build", BUILD, *arguments], capture_output=True,
                          text=True, check=False, timeout=280)


class OnABroker(unittest.TestCase):
    def test_all_parts(self):
        with tempfile.TemporaryDirectory(prefix="leadpulse-bench-") as folder:
            ended = run("--output", folder, *TINY)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            figures = json.loads((pathlib.Path(folder) / "kafka.json").read_text(encoding="utf-8"))
            self.assertEqual((pathlib.Path(folder) / "kafka.txt").read_text(encoding="utf-8"), ended.stdout)
            self.assertEqual(sorted(os.listdir(folder)), ["kafka.json", "kafka.txt"])  # the broker's data are deleted
        for part, rows in (("throughput", kafka_report.THROUGHPUT), ("latency", kafka_report.LATENCY)):
            for program in ("leadpulse", "raw"):
                for name, *_ in rows:
                    if not name.startswith("same_job_rate"):
                        self.assertIn(name, figures[part]["programs"][program])
        own, raw = (figures["throughput"]["programs"][name] for name in ("leadpulse", "raw"))
        # The yardstick has written as many records as it should.
        self.assertAlmostEqual(own["records_an_event"], raw["records_an_event"], delta=0.01)
        self.assertAlmostEqual(own["bytes_an_event"] / raw["bytes_an_event"], 1, delta=0.05)
        for program in ("leadpulse", "raw"):
            latency = figures["latency"]["programs"][program]
            self.assertEqual(latency["missing"], 0)
            self.assertGreaterEqual(latency["records_an_event"], 1)
        for kind in ("own", "passed_on"):
            self.assertEqual(figures["addresses"][kind]["missing"], 0, kind)
            self.assertGreater(figures["addresses"][kind]["events"], 0, kind)
        self.assertGreater(figures["addresses"]["ratio"]["p50_ms"], 0)
        for part in kafka_report.RESTARTS:
            for name, *_ in kafka_report.RESTART:
                self.assertGreater(figures[part][name], 0, name)

    def test_a_program_that_ends_is_named_and_the_broker_stops(self):
        with tempfile.TemporaryDirectory(prefix="leadpulse-bench-") as folder:
            build = pathlib.Path(folder) / "build"
            build.mkdir()
            (build / "bench").symlink_to(pathlib.Path(BUILD).resolve() / "bench")
            (build / "leadpulse").write_text("#!/bin/sh\necho no such thing >&2\nexit 3\n", encoding="utf-8")
            (build / "leadpulse").chmod(0o755)
            ended = run("--build", str(build), "--output", folder, *TINY, "--parts", "restart")
            self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
            self.assertRegex(ended.stderr, "leadpulse ended with 3: no such thing")
            self.assertNotIn("Traceback", ended.stderr)
            self.assertFalse((pathlib.Path(folder) / "kafka-world/kafka/broker-1/pid").exists())


class ReadingWhatIsWritten(unittest.TestCase):
    def test_waits_for_what_is_not_yet_committed(self):
        """A commit is answered before its markers are in the topics: counting then would give too few."""
        with tempfile.TemporaryDirectory(prefix="leadpulse-bench-") as folder, World(BUILD, folder, 2, False) as world:
            world.create(["written"])
            producer = Producer({"bootstrap.servers": world.servers, "transactional.id": "late"})
            producer.init_transactions()
            for partition in (0, 1):
                producer.begin_transaction()
                producer.produce("written", b"value", partition=partition)
                if partition == 0:
                    producer.commit_transaction()
            producer.flush()
            commit = threading.Timer(3, producer.commit_transaction)  # long after the reader has reached the end
            commit.start()
            try:
                read = world.load("read", "--topic", "written")
            finally:
                commit.join()
        self.assertEqual(read["topics"]["written"]["records"], 2)


class Arguments(unittest.TestCase):
    def refuses(self, part, *arguments):
        said = io.StringIO()
        with self.assertRaises(SystemExit) as ended, contextlib.redirect_stderr(said):
            kafka_bench.parse_arguments(arguments)
        self.assertEqual(ended.exception.code, 2)
        self.assertIn(part, said.getvalue())

    def test_sizes(self):
        full, quick = kafka_bench.parse_arguments([]), kafka_bench.parse_arguments(["--quick", "--leads", "7"])
        self.assertEqual((full.events, full.leads, full.restart_leads), (5_000_000, 200_000, 1_000_000))
        self.assertEqual((quick.events, quick.leads, quick.restart_leads), (500_000, 7, 100_000))
        self.assertEqual(full.programs, ["leadpulse", "raw", "streams", "same-job"])

    def test_what_cannot_be(self):
        self.refuses("there is no program flink; there are leadpulse, raw, streams, same-job", "--programs", "flink")
        self.refuses("there is no part start", "--parts", "start")
        self.refuses("not without leadpulse", "--programs", "raw,streams")
        self.refuses("--rate says one", "--parts", "latency")


class Throughput(unittest.TestCase):
    """consume_all on what `kafka_load wait` prints, with processor times given."""

    def figures(self, lines, own, broker):
        def line(what, count, seconds):
            return {what: count, "nanos": seconds * 1_000_000_000}
        program = mock.MagicMock()
        program.world.load_lines.return_value = mock.MagicMock(
            **{"__next__": mock.Mock(return_value=line("watching", 300, 0)),
               "__iter__": mock.Mock(return_value=iter([line(*part) for part in lines]))})
        program.start.return_value.started = 0.0
        program.start.return_value.cpu_seconds.side_effect = own
        program.start.return_value.peak_mib.return_value = 1.0
        program.world.broker_cpu_seconds.side_effect = broker
        return kafka_measure.consume_all(program)

    def test_the_first_third_is_warm_up(self):
        figures = self.figures([("first", 10, 2), ("warm", 100, 5), ("done", 300, 9)], own=[1.0, 2.0, 2.5],
                               broker=[3.0, 4.0, 5.0, 7.0])
        self.assertEqual(figures["events_per_second"], 50)
        self.assertAlmostEqual(figures["own_us_an_event"], 2500)
        self.assertAlmostEqual(figures["broker_us_an_event"], 10_000)
        self.assertEqual(figures["first_commit_after_seconds"], 2)

    def test_one_commit_counts_from_the_start(self):
        figures = self.figures([("first", 300, 2), ("warm", 300, 2), ("done", 300, 2)], own=[3.0, 3.0, 3.0],
                               broker=[1.0, 4.0, 4.0, 4.0])
        self.assertEqual(figures["events_per_second"], 150)
        self.assertAlmostEqual(figures["own_us_an_event"], 10_000)
        self.assertAlmostEqual(figures["broker_us_an_event"], 10_000)


class Report(unittest.TestCase):
    def test_aims_are_judged_by_ratios(self):
        figures = {"load_before": 0.0, "throughput": {"programs": {
            "leadpulse": {"events_per_second": 60.0, "events_per_cpu_second": 200.0},
            "raw": {"events_per_second": 100.0, "events_per_cpu_second": 800.0},
            "streams": {"events_per_second": 20.0, "events_per_cpu_second": 50.0}}}}
        kafka_report.add_ratios(figures)
        self.assertEqual(figures["throughput"]["to_raw"]["events_per_second"], 0.6)
        self.assertEqual(figures["throughput"]["to_streams"]["events_per_cpu_second"], 4)
        text = kafka_report.table(figures, kafka_bench.parse_arguments([]))
        for verdict in ("(1):(2): aim ≥ 0.5: reached", "(1):(2): aim ≥ 0.7: NOT reached", "(1):(3): aim ≥ 5: NOT reached",
                        "(1):(3): aim ≥ 10: NOT reached"):
            self.assertIn(verdict, text)

    def test_an_aim_of_the_results_table_is_an_aim_of_the_live_table(self):
        live = {(figure, *aim) for figure, _, _, *aims in kafka_report.THROUGHPUT + kafka_report.LATENCY for aim in aims if aim}
        for row in bench_table.ROWS["kafka"][:4]:
            if aim := row.ratio_aim or row.aim:
                self.assertIn((row.figure, *aim), live)

    def test_the_99th_percentile_has_two_aims(self):
        figures = {"load_before": 0.0, "latency": {"programs": {"leadpulse": {"p99_ms": 208.0}}}}
        text = kafka_report.table(figures, kafka_bench.parse_arguments([]))
        self.assertIn("aim ≤ 250: reached", text)
        self.assertIn("aim ≤ 150: NOT reached", text)

    def test_a_measured_process_that_has_ended(self):
        with tempfile.TemporaryDirectory() as folder:
            process = Process(["sh", "-c", "echo why; exit 4"], pathlib.Path(folder) / "log")
            process.child.wait()
            for asked in (process.cpu_seconds, process.peak_mib, process.stop):
                with self.assertRaisesRegex(Failure, "sh ended with 4: why"):
                    asked()

    def test_time_and_memory_of_a_process(self):
        with tempfile.TemporaryDirectory() as folder:
            process = Process(["sh", "-c", "while :; do :; done"], pathlib.Path(folder) / "log")
            try:
                while process.cpu_seconds() == 0:
                    pass
                self.assertGreater(process.peak_mib(), 0)
            finally:
                with mock.patch("kafka_world.STOP_SECONDS", 10):
                    process.stop()


if __name__ == "__main__":
    unittest.main()
