leadpulse_tests(importing_tests
  FILES importing/import_columns_test importing/import_rows_test importing/import_times_test
  LINKS leadpulse_importing)
