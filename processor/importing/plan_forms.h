// Finds how the cells of all columns are written, from the first rows. Used by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/importing/columns.h"
#include "processor/importing/form_finder.h"
#include "processor/importing/json_members.h"
#include "processor/importing/status_words.h"

namespace leadpulse::importing {

class PlanForms {
 public:
  // Prepares to look at the columns. Both arguments outlive this.
  PlanForms(std::vector<Column>* columns, const ImportOptions& options);

  // Adds the cells of a row, as they are read, and finds columns that hold answers, or why mail is withheld. Add counts
  // by that, so all rows come here first.
  void FindAnswers(const std::vector<std::string_view>& cells);

  // Adds a row: its cells as written, and as they are read.
  void Add(const std::vector<std::string_view>& written, const std::vector<std::string_view>& cells);

  // Sets the form of each column and appends what was found. Returns a problem if columns fit several forms, with
  // all questions; if one answer for all columns answers several of them, they are one. `are_all`: the rows are all of
  // the file.
  std::optional<Problem> Find(bool are_all, std::vector<Finding>* findings);

 private:
  // How many cells stop mail, by reason; `doubtful` may or may not.
  struct Stops {
    uint64_t opted_out = 0, bounced = 0, complained = 0, do_not_contact = 0, doubtful = 0;
    void Add(const Suppression& said);
    // Returns the counts by kind, empty if all are 0. `answer`: what the doubtful ones mean.
    std::string InWords(const Suppression& answer) const;
  };
  // What the cells of a column show.
  struct Look {
    std::optional<DateFormFinder> dates;
    std::optional<NumberFormFinder> numbers;
    std::map<std::string, uint64_t, std::less<>> empty_words;  // the first few, with their number
    std::set<std::string> domains;                             // the first few that stand in place of addresses
    bool are_objects = false;                                  // all cells so far are JSON objects
    std::set<std::string> members;                             // their names, the first few
    bool says_who_gets_mail = false;                           // a member does
    std::set<std::string> mail_lists;                          // those whose objects say who gets mail
    uint64_t answers = 0, others = 0;                          // cells of a column of wishes
    std::map<std::string, std::optional<bool>, std::less<>> are_answers;  // cells that were read, the first few
    bool may_be_reason = false;                                           // by the name of the column
    uint64_t reasons = 0, filled = 0;                                     // cells of such a column
    bool may_speak_of_mail = false;                                       // although its name does not say so
    std::set<std::string, std::less<>> few_cells;  // the different cells of that column, the first few
    StatusWords status_words;
    uint64_t refusals = 0;  // cells that refuse the consent
    uint64_t wishes = 0;    // cells that want mail
    uint64_t empty = 0;
    bool has_other_stages = false;  // a cell is no stage
    Stops stops;
    bool are_counts = false;                      // a cell is a number that is neither yes nor no, nor a time
    bool has_numbers = false, has_words = false;  // a cell is such a number, or 0 or 1; or is something else
    bool says_no = false;                         // such a cell stops mail, or may
  };
  // Counts what the cells of the row's columns say about mail.
  void AddStatuses(const std::vector<std::string_view>& cells);
  // Makes a column one that says why mail is withheld, if at least half of its cells do.
  void FindReasons(std::string_view cell, Look* look, Column* column);
  void LeaveCounts(const Look& look, Column* column, std::vector<Finding>* findings) const;
  void FindStops(bool are_all, const Look& look, Column* column, std::vector<Finding>* findings) const;
  void OfferToStopMail(const Column& column, std::vector<Finding>* findings) const;
  static void OfferEmptyAsNo(const Column& column, const Look& look, std::vector<Finding>* findings);
  void OfferRanges(const Column& column, const Look& look, std::vector<Finding>* findings) const;
  static void FindStages(const Column& column, const Look& look, std::vector<Finding>* findings);
  static void FindRefusals(const Column& column, const Look& look, std::vector<Finding>* findings);
  void LookForObject(const Column& column, std::string_view cell, Look* look);
  static void SpreadObjects(const Look& look, Column* column, std::vector<Finding>* findings);
  void KeepTextWithoutYears(const Look& look, Column* column, std::vector<Finding>* findings) const;
  // Offers to let a column stop mail that has few different cells, of which some say that somebody gets none.
  void OfferFewCells(const Look& look, const Column& column, std::vector<Finding>* findings);
  static void OfferDomains(const Column& column, const Look& look, std::vector<Finding>* findings);
  void AddEmptyWords(const Column& column, const Look& look, std::vector<Finding>* findings) const;

  std::vector<Column>& columns_;
  const ImportOptions& options_;
  std::vector<Look> looks_;
  JsonMembers members_;
  StatusMemo statuses_;
};

}  // namespace leadpulse::importing
