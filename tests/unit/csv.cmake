leadpulse_tests(csv_tests
  FILES csv/csv_reader_test csv/csv_encoding_test
  LINKS leadpulse_csv ICU::uc)
