leadpulse_tests(tools_tests
  FILES tools/attribute_words_test tools/dead_letters_test tools/diff_text_test tools/login_tokens_test tools/schema_registry_test tools/topic_outcome_test
  LINKS leadpulse_by_hand leadpulse_http leadpulse_test_support leadpulse_diff_text)
leadpulse_test(tools/watched_definitions_test.cc LINKS leadpulse_kafka leadpulse_telemetry leadpulse_config)
target_sources(watched_definitions_test PRIVATE ${CMAKE_SOURCE_DIR}/tools/leadpulse/subcommand.cc
               ${CMAKE_SOURCE_DIR}/tools/leadpulse/terminal_text.cc
               ${CMAKE_SOURCE_DIR}/tools/leadpulse/live/live_definitions.cc
               ${CMAKE_SOURCE_DIR}/tools/leadpulse/live/watched_definitions.cc)
