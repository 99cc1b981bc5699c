leadpulse_tests(archive_tests
  FILES archive_test archive_damage_test record_filer_test
  LINKS leadpulse_archive)
