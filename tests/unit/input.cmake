leadpulse_tests(input_tests
  FILES input_identity_test input_reader_test batch_decoder_test followed_inputs_test folder_watch_test
  LINKS leadpulse_input ZLIB::ZLIB PkgConfig::ZSTD)
