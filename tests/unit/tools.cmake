leadpulse_tests(tools_tests
  FILES attribute_words_test diff_text_test topic_outcome_test
  LINKS leadpulse_by_hand leadpulse_test_support leadpulse_diff_text)
leadpulse_test(watched_definitions_test.cc LINKS leadpulse_kafka leadpulse_telemetry leadpulse_config)
target_sources(watched_definitions_test PRIVATE ${CMAKE_SOURCE_DIR}/tools/leadpulse/subcommand.cc
               ${CMAKE_SOURCE_DIR}/tools/leadpulse/terminal_text.cc
               ${CMAKE_SOURCE_DIR}/tools/leadpulse/live/live_definitions.cc
               ${CMAKE_SOURCE_DIR}/tools/leadpulse/live/settled_file.cc
               ${CMAKE_SOURCE_DIR}/tools/leadpulse/live/watched_definitions.cc)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(name IN ITEMS backfill_order_test cli_test convert_test explain_test import_test preview_test lead_test
                      lead_edits_test lead_list_test leads_test leads_agreement_test ports_test retract_test
                      simulate_test)
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.py $<TARGET_FILE:leadpulse>)
endforeach()

foreach(name IN ITEMS rebuild_test state_command_test state_backup_test state_privacy_test live_state_test)
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.py $<TARGET_FILE:leadpulse>
                                $<TARGET_FILE:state_tamper>)
endforeach()
