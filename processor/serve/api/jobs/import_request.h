// The meaning of an upload's columns in the body of `POST /imports/{id}/run`: the options of `leadpulse import`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/base/status.h"
#include "processor/importing/import_options.h"
#include "processor/importing/importer.h"
#include "processor/importing/problem.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// An upload that is read with a mapping. Not movable: its parts refer to each other.
class OpenUpload {
 public:
  // The file of an upload, and its sender. `issued_at` is part of the commands' ids.
  struct Source {
    std::string path;
    std::string tenant;
    Instant issued_at;
    Instant latest;  // times after this are refused
  };
  // Opens an upload. `body` is that of a run, JSON whose members have the types that ReadBody checks. `{}` means
  // contacts, and everything is guessed. Rejected if the file cannot be used. Retriable if the run does not return its
  // definitions.
  static Result<std::unique_ptr<OpenUpload>> Open(const Source& source, const std::string& body, RunClient* run);
  OpenUpload(const OpenUpload&) = delete;
  OpenUpload& operator=(const OpenUpload&) = delete;

  importing::Importer& importer() { return *importer_; }
  const importing::Importer& importer() const { return *importer_; }
  const importing::ImportOptions& options() const { return options_; }
  // Whether a row may give a contact the address of another one.
  bool may_share() const { return may_share_; }
  // Returns why the columns cannot be used as the body says, or as they are guessed; nullopt if they can.
  const std::optional<importing::Problem>& problem() const { return problem_; }

 private:
  OpenUpload() = default;
  std::optional<importing::Problem> ReadOptions(const Json& body);

  std::shared_ptr<const config::Definitions> definitions_;
  importing::ImportOptions options_;
  bool may_share_ = false;
  std::unique_ptr<importing::Importer> importer_;
  std::optional<importing::Problem> problem_;
};

// Returns the option as a member of the body: `date_formats: {"Birthday":"DD.MM.YYYY"}`.
std::string OptionOfTheApi(const importing::Option& option);

// Returns the sentence for people, with options as members of the body.
std::string InWordsOfTheApi(const importing::Problem& problem);

}  // namespace leadpulse::serve
