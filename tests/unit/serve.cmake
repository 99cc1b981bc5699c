leadpulse_tests(serve_tests
  FILES serve/access_store_test serve/api_token_test serve/audit_log_test serve/command_log_test serve/contact_body_test serve/rate_limiter_test
  LINKS leadpulse_codec leadpulse_serve_access leadpulse_serve_api Threads::Threads)
leadpulse_threaded(rate_limiter_test)
