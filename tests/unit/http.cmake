leadpulse_tests(http_tests
  FILES http/answer_queue_test http/answer_stream_test http/client_test http/form_test http/multipart_reader_test
        http/server_load_test http/server_test
  LINKS leadpulse_http Threads::Threads)
leadpulse_threaded(answer_queue_test answer_stream_test server_load_test server_test)
set_tests_properties(server_load_test server_test PROPERTIES TIMEOUT 180)
