leadpulse_tests(importing_tests
  FILES import_columns_test import_rows_test import_times_test
  LINKS leadpulse_importing)
