// What an error of librdkafka or of a broker means to the worker. Inner to rdkafka_*.cc.
//
// The classes follow Kafka's list of error codes (https://kafka.apache.org/protocol#protocol_error_codes), KIP-360 and
// KIP-447 on fencing, and what librdkafka 2.0.2 makes of each answer in a transaction (src/rdkafka_txnmgr.c): where its
// error says by itself that it is fatal, retriable or wants an abort, that is believed, but for the codes here of which
// it knows less than we do.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

#include "processor/base/status.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

enum class ErrorClass : uint8_t {
  kTransient,  // goes away by itself: a broker is gone, a coordinator moves, a transaction is just ending
  kOutdated,   // the group has gone on without the worker: the transaction is aborted, and the next poll tells
  kLost,       // the producer is at its end: fenced, or in a state that nothing leads out of
  kStop,       // a person has to do something
  kUnknown,    // in no list
};

struct ErrorMeaning {
  ErrorClass kind = ErrorClass::kUnknown;
  const char* advice = "";  // what to do, a clause; empty: nothing that a person could
};
ErrorMeaning MeaningOf(rd_kafka_resp_err_t code);
// Of a call that nobody answered, by the last that was heard of a connection. Refusals by which a person has to do
// something are kStop; where a broker may just not be there it is kTransient.
ErrorMeaning MeaningOfSilence(rd_kafka_resp_err_t code, const std::string& said);

// A record, or a batch of them, is larger than the topic or the client's own bound allows.
bool IsTooLarge(rd_kafka_resp_err_t code);

// `call`: what was attempted, as in "could not … `call`".
TransactionError ToTransactionError(const std::string& call, const rd_kafka_error_t* error);
TransactionError ToTransactionError(const std::string& call, rd_kafka_resp_err_t code, const std::string& text);
// For consumers: transient and outdated are retriable, all else is fatal.
Status ToStatus(const std::string& call, rd_kafka_resp_err_t code, const std::string& text);
Status ToStatus(const std::string& call, const ErrorMeaning& meaning, const std::string& text);

}  // namespace leadpulse::kafka
