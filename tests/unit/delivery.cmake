leadpulse_test(delivery_parts_test.cc LINKS leadpulse_delivery ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(committed_changes_test.cc LINKS leadpulse_delivery ZLIB::ZLIB PkgConfig::ZSTD)
leadpulse_test(delivery_test.cc LINKS leadpulse_delivery ZLIB::ZLIB PkgConfig::ZSTD)
