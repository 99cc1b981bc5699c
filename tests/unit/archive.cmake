leadpulse_tests(archive_tests
  FILES archive/archive_damage_test archive/archive_test archive/archive_router_test
  LINKS leadpulse_archive)
