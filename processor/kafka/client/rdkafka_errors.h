// The meaning of librdkafka's and the brokers' errors to a worker. Only client/ includes this.
//
// The classes follow Kafka's list of error codes (https://kafka.apache.org/protocol#protocol_error_codes), KIP-360 and
// KIP-447 on fencing, and librdkafka 2.0.2's handling of each response in a transaction (src/rdkafka_txnmgr.c). Its
// flags (fatal, retriable, requires an abort) count, except for some codes here.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

#include "processor/base/status.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

enum class ErrorClass : uint8_t {
  kTransient,  // temporary: a broker is down, a coordinator moves, a transaction is ending
  kOutdated,   // the group has gone on without the worker: abort the transaction; the next poll reports it
  kLost,       // the producer is fenced or unusable
  kStop,       // a person must act
  kUnknown,    // not in the table
};

struct ErrorMeaning {
  ErrorClass kind = ErrorClass::kUnknown;
  const char* advice = "";  // what a person can do, a clause; may be empty
};
ErrorMeaning MeaningOf(rd_kafka_resp_err_t code);
// Returns the meaning of a call without a response, from the last connection error: kStop if a person must act,
// kTransient if a broker may just be down.
ErrorMeaning MeaningOfSilence(rd_kafka_resp_err_t code, const std::string& said);

// Whether a record or a batch is larger than the limit of the topic or of the client.
bool IsTooLarge(rd_kafka_resp_err_t code);

// Converts an error. `call` is the attempted action, as in "could not … `call`".
TransactionError ToTransactionError(const std::string& call, const rd_kafka_error_t* error);
TransactionError ToTransactionError(const std::string& call, rd_kafka_resp_err_t code, const std::string& text);
// Converts an error for consumers: transient and outdated errors are retriable, all others fatal.
Status ToStatus(const std::string& call, rd_kafka_resp_err_t code, const std::string& text);
inline Status ToStatus(const std::string& call, rd_kafka_resp_err_t code) {
  return ToStatus(call, code, rd_kafka_err2str(code));
}
Status ToStatus(const std::string& call, const ErrorMeaning& meaning, const std::string& text);

}  // namespace leadpulse::kafka
