leadpulse_tests(config_tests
  FILES definitions_yaml_test definitions_loader_test definitions_rules_test definitions_values_test
        definitions_show_test definitions_templates_test settings_test settings_secrets_test settings_table_test
  LINKS leadpulse_config leadpulse_telemetry)
# What a quadratic load would outlast. Counting what runs makes everything several times slower.
set_tests_properties(definitions_loader_test PROPERTIES TIMEOUT $<IF:$<BOOL:${LEADPULSE_COVERAGE}>,600,60>)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME run_config_test
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/run_config_test.py $<TARGET_FILE:leadpulse>)
