leadpulse_test(archive_test.cc LINKS leadpulse_archive)
leadpulse_test(record_filer_test.cc LINKS leadpulse_archive)
