leadpulse_tests(http_tests
  FILES http/server_test
  LINKS leadpulse_http Threads::Threads)
leadpulse_threaded(server_test)
set_tests_properties(server_test PROPERTIES TIMEOUT 180)
