// The file of records that take an import back.
#pragma once

#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/importing/importer.h"
#include "schemas/codec/record_sink.h"
#include "state/store/lead_store.h"

namespace leadpulse::tools {

// A file of records, or none. Used by one thread.
class UndoFile {
 public:
  // Creates the file; an empty path: there is none.
  static Result<UndoFile> Create(const std::string& path);

  // Writes what takes back a row of that lead of the state.
  Status Add(const importing::ImportedRow& row, const LeadKey& lead, const state::LeadStore& store);

  // Completes the file. A power cut may lose it, like a file of `--to`.
  Status Close() { return output_ == nullptr ? Status::Ok() : output_->Close(); }

 private:
  std::unique_ptr<codec::RecordSink> output_;  // null: none
};

}  // namespace leadpulse::tools
