leadpulse_tests(http_tests
  FILES http/response_queue_test http/response_stream_test http/client_test http/fair_schedule_test http/form_test http/ip_networks_test http/multipart_reader_test
        http/server_load_test http/server_test
  LINKS leadpulse_http Threads::Threads)
leadpulse_threaded(response_queue_test response_stream_test server_load_test server_test)
set_tests_properties(server_load_test server_test PROPERTIES TIMEOUT 180)
