// Error codes that librdkafka's mock returns in the tests of each kind of client. error_table_test.cc compares the
// table of meanings with them.
#pragma once

#include <librdkafka/rdkafka.h>

#include <vector>

namespace leadpulse::kafka {

std::vector<rd_kafka_resp_err_t> CodesAnsweredToTransactions();
std::vector<rd_kafka_resp_err_t> CodesAnsweredToReaders();

}  // namespace leadpulse::kafka
