leadpulse_tests(model_self_tests
  FILES model_calendar_test model_self_test
  LINKS leadpulse_test_workload)
leadpulse_test(model_addresses_property_test.cc LINKS leadpulse_test_workload)
leadpulse_test(model_test.cc LINKS leadpulse_test_workload)
leadpulse_test(definitions_change_model_test.cc LINKS leadpulse_test_workload)
leadpulse_test(exchange_kill_model_test.cc LINKS leadpulse_test_workload)
# Designated initialisers leave out members with defaults.
target_compile_options(definitions_change_model_test PRIVATE -Wno-missing-field-initializers)
foreach(test model_test definitions_change_model_test exchange_kill_model_test)
  target_compile_definitions(${test} PRIVATE LEADPULSE_BINARY="$<TARGET_FILE:leadpulse>")
  add_dependencies(${test} leadpulse)
  set_tests_properties(${test} PROPERTIES TIMEOUT 1800)
endforeach()
