leadpulse_tests(pipeline_tests
  FILES pipeline/partition_runner_test pipeline/record_test pipeline/rollout_test
  LINKS leadpulse_pipeline leadpulse_test_support)
