leadpulse_test(input_identity_test.cc LINKS leadpulse_input ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(input_reader_test.cc LINKS leadpulse_input ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(batch_decoder_test.cc LINKS leadpulse_input ZLIB::ZLIB PkgConfig::ZSTD)
