leadpulse_test(preview_run_test.cc LINKS leadpulse_test_workload)
target_compile_definitions(preview_run_test PRIVATE LEADPULSE_BINARY="$<TARGET_FILE:leadpulse>")
add_dependencies(preview_run_test leadpulse)
set_tests_properties(preview_run_test PROPERTIES TIMEOUT 900)
