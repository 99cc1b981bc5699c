// Errors as values.
//
// A Status says whether a call worked; a Result<T> carries the value if it did. Both are [[nodiscard]]: an error is
// handled or passed on, never dropped. The message is a sentence for the person who has to act: what happened, to what,
// and what to do.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse {

// What the caller can do about an error.
enum class ErrorKind {
  kRetriable,  // The same call may work later.
  kRejected,   // The input is at fault; the call will never work with it.
  kFatal,      // The outcome is unknown or the world is broken: stop, write nothing more.
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  static Status Ok() { return {}; }
  static Status Retriable(std::string message) { return {ErrorKind::kRetriable, std::move(message)}; }
  static Status Rejected(std::string message) { return {ErrorKind::kRejected, std::move(message)}; }
  static Status Fatal(std::string message) { return {ErrorKind::kFatal, std::move(message)}; }

  bool ok() const { return error_ == nullptr; }
  // Returns the kind. The Status must not be ok.
  ErrorKind kind() const {
    LP_ASSERT(!ok());
    return error_->kind;
  }
  const std::string& message() const {
    LP_ASSERT(!ok());
    return error_->message;
  }

 private:
  struct Error {
    ErrorKind kind;
    std::string message;
  };
  Status(ErrorKind kind, std::string message)
      : error_(std::make_shared<const Error>(Error{kind, std::move(message)})) {}

  std::shared_ptr<const Error> error_;  // null: ok
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    LP_ASSERT(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& operator*() {
    LP_ASSERT(ok());
    return *value_;
  }
  const T& operator*() const {
    LP_ASSERT(ok());
    return *value_;
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace leadpulse

// Passes an error on to the caller.
#define LP_RETURN_IF_ERROR(expression)                                   \
  do {                                                                   \
    if (::leadpulse::Status lp_status = (expression); !lp_status.ok()) { \
      return lp_status;                                                  \
    }                                                                    \
  } while (false)

// Takes the value out of a Result, or passes its error on to the caller:
//
// LP_ASSIGN_OR_RETURN(const Instant clock, ClockOfState(store));
// LP_ASSIGN_OR_RETURN(member_, Open(path));
//
// The first argument is the left side of an assignment or declaration, without a comma; the rest is an expression of
// type Result. The enclosing function returns a Status or a Result. It expands to several statements, so an `if` around
// it needs braces.
#define LP_ASSIGN_OR_RETURN(target, ...) \
  LP_ASSIGN_OR_RETURN_FROM(LP_ASSIGN_NAME(lp_result_, __LINE__), target, __VA_ARGS__)
#define LP_ASSIGN_OR_RETURN_FROM(result, target, ...) \
  auto result = (__VA_ARGS__);                        \
  if (!result.ok()) return result.status();           \
  target = std::move(*result)
#define LP_ASSIGN_NAME(begin, line) LP_ASSIGN_JOINED(begin, line)
#define LP_ASSIGN_JOINED(begin, line) begin##line
