leadpulse_tests(csv_tests
  FILES csv_reader_test csv_encoding_test
  LINKS leadpulse_csv)
