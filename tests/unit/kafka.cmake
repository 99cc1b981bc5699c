leadpulse_test(kafka/changelog_test.cc LINKS leadpulse_kafka)
leadpulse_test(kafka/clock_warning_test.cc LINKS leadpulse_kafka leadpulse_telemetry)
leadpulse_test(kafka/exchange_record_test.cc LINKS leadpulse_kafka)
leadpulse_test(kafka/topic_range_reader_test.cc LINKS leadpulse_kafka)
