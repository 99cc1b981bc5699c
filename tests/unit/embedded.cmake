leadpulse_test(input_identity_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(input_reader_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(output_files_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(state_examination_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(live_state_examination_test.cc LINKS leadpulse_live_state ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(state_repair_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(run_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(background_commit_test.cc LINKS leadpulse_embedded)
leadpulse_test(interrupted_run_test.cc LINKS leadpulse_embedded)
leadpulse_test(follow_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(committed_mark_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(run_threads_test.cc LINKS leadpulse_embedded ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(input_coverage_test.cc LINKS leadpulse_embedded)
leadpulse_test(state_swap_test.cc LINKS leadpulse_embedded)
leadpulse_test(summary_test.cc LINKS leadpulse_embedded)
leadpulse_test(worker_pool_test.cc LINKS leadpulse_embedded)
leadpulse_test(logging_test.cc LINKS leadpulse_telemetry)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(name IN ITEMS backfill_order_test cli_test convert_test explain_test import_test preview_test lead_test
                      lead_edits_test lead_list_test leads_test leads_agreement_test retract_test simulate_test)
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.py $<TARGET_FILE:leadpulse>)
endforeach()

foreach(name IN ITEMS rebuild_test state_command_test state_backup_test live_state_test)
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/${name}.py $<TARGET_FILE:leadpulse>
                                $<TARGET_FILE:state_tamper>)
endforeach()
# What runs threads of its own and no RocksDB, which Debian builds without it: for the thread sanitizer.
set_tests_properties(background_commit_test follow_test interrupted_run_test run_test run_threads_test worker_pool_test
                     PROPERTIES LABELS threads)
