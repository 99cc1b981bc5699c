leadpulse_tests(kafka_tests
  FILES kafka/changelog_test kafka/clock_warning_test kafka/command_outcomes_test kafka/handed_on_warning_test kafka/lead_record_test
        kafka/topic_check_test kafka/topic_range_reader_test kafka/topic_sink_test
  LINKS leadpulse_kafka leadpulse_protos leadpulse_telemetry)
