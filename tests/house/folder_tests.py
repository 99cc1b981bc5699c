"""Which test programs test a folder of the product: check.py runs them before a commit, mutants.py with each mutant.

check_selftest holds the table to the tree: each folder has a row, and each program of tests/unit is in one.
"""

# Names of test programs. The first row that fits is used.
PROGRAMS = {
    "config/": ["config_tests", "scenario_test"],
    "processor/archive/": ["archive_tests"],
    "processor/base/": ["base_tests", "state_tests", "scenario_test"],
    "processor/bots/": ["bots_tests", "webhook_tests"],
    "processor/crypto/": ["signature_tests"],
    "processor/csv/": ["csv_tests", "importing_tests"],
    "processor/delivery/": ["delivery_tests"],
    "processor/engine/": ["engine_tests", "pipeline_tests", "scenario_test", "addresses_tests", "model_test"],
    "processor/files/input/": ["input_tests", "files_tests"],
    "processor/files/": ["files_tests", "message_waves_property_test", "addresses_tests"],
    "processor/http/": ["http_tests", "serve_tests"],
    "processor/importing/": ["importing_tests", "importing_property_tests"],
    "processor/kafka/client/": ["rdkafka_errors_test"],
    "processor/kafka/": ["kafka_tests", "worker_part_tests", "simulated_kafka_tests", "simulated_worker_tests"],
    "processor/maintenance/": ["maintenance_tests"],
    "processor/pipeline/": ["pipeline_tests", "scenario_test"],
    "processor/query/report/": ["report_tests", "query_tests"],
    "processor/query/": ["query_tests", "serve_tests", "query_property_tests"],
    "processor/receiver/": ["receiver_tests"],
    "processor/replay/": ["replay_tests"],
    "processor/rules/": ["rules_evaluation_tests", "rules_language_tests", "rules_property_tests", "scenario_test"],
    "processor/serve/": ["serve_tests", "huge_answers_tests"],
    "processor/telemetry/": ["telemetry_tests"],
    "processor/view/": ["engine_tests", "rules_property_tests", "scenario_test", "model_test"],
    "processor/webhooks/": ["webhook_tests", "signature_tests"],
    "schemas/": ["codec_tests", "codec_property_tests"],
    "state/": ["state_tests", "state_property_tests", "scenario_test"],
}


def programs_of(file):
    """Returns the test programs of a file's folder; None if the table has none."""
    return next((programs for folder, programs in PROGRAMS.items() if file.startswith(folder)), None)
