leadpulse_tests(serve_tests
  FILES serve/access_store_test serve/api_token_test serve/audit_log_test serve/rate_limiter_test
  LINKS leadpulse_serve_access Threads::Threads)
leadpulse_threaded(rate_limiter_test)
