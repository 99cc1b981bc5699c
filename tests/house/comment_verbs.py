"""Finds comments of functions that do not begin with a verb.

    tests/house/comment_verbs.py FILE…     prints each as FILE:LINE: its first line

A function's comment begins with a verb in the third person ("Returns…", "Appends…"), or with "Whether" for a predicate.
The check knows the verbs by the list below, because a plural noun ("Entries of…") looks the same. A word that is both is
a noun before "of" ("Records of a topic").
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from cpp_source import blank_comments_and_strings  # noqa: E402

VERBS = set("""
Aborts Accepts Acquires Adds Advances Aligns Allocates Allows Announces Answers Appends Applies Archives Asks Asserts Assigns
Attaches Authenticates Awaits Backs Begins Binds Blocks Breaks Brings Builds Caches Calls Cancels Caps Carries Catches Changes
Charges Checks Chooses Claims Clears Clones Closes Collects Combines Commits Compacts Compares Compiles Completes Compresses
Computes Concatenates Configures Confirms Connects Consumes Continues Converts Copies Corrupts Counts Creates Cuts Damages
Deals Decides Declares Decodes Decompresses Decrypts Deduces Delays Deletes Delivers Derives Describes Destroys Detaches Detects
Determines Discards Divides Does Downgrades Drains Draws Drives Drops Dumps Duplicates Emits Empties Enables Encodes
Encrypts Ends Enforces Enqueues Ensures Enters Erases Escapes Estimates Evaluates Evicts Examines Exchanges Executes
Exits Expands Expects Expires Explains Exports Extends Extracts Fails Feeds Fetches Fills Filters Finalizes Finds
Finishes Fires Fits Flips Flushes Folds Follows Forgets Formats Forwards Frees Gathers Generates Gets Gives Groups Grows
Guards Guesses Halts Handles Has Hashes Hides Holds Identifies Ignores Imports Includes Increments Indexes Informs Ingests
Inherits Initializes Inserts Installs Interprets Intersects Invokes Iterates Joins Judges Keeps Kills Labels Lays Leaves
Lets Lifts Limits Listens Lists Loads Locates Locks Logs Looks Loses Lowers Makes Maps Marks Masks Matches Measures Merges Migrates Mixes
Moves Names Negates Normalizes Notes Notifies Numbers Observes Offers Opens Orders Overrides Overwrites Owns Packs Pads
Parses Partitions Passes Pauses Permits Persists Picks Places Plans Plays Points Polls Pops Populates Positions Posts
Predicts Prefetches Prepares Prepends Prevents Previews Prints Probes Processes Produces Promotes Proposes Provides Prunes
Publishes Pulls Purges Pushes Puts Quarantines Queries Queues Quotes Raises Reaches Reads Rebuilds Recalculates Receives Reclaims
Recognizes Recomputes Reconciles Reconnects Records Recovers Redirects Reduces Refreshes Refuses Registers Rejects Releases Remembers
Reloads Removes Renames Renders Renews Reopens Repairs Repeats Replaces Replays Replies Reports Represents Requests Requires
Reserves Resets Resolves Responds Restarts Restores Restricts Resumes Retracts Retries Returns Reuses Reverts Rewinds
Rewrites Rolls Rotates Rounds Routes Runs Samples Saves Scales Scans Schedules Scores Searches Seeks Selects Sends
Separates Serializes Serves Sets Shares Shifts Shortens Shows Shrinks Shuffles Shuts Signals Signs Simulates Skips Sleeps
Solves Sorts Spells Splits Spreads Stamps Starts States Steps Stops Stores Streams Strips Subscribes Subtracts Sums
Supersedes Supplies Suspends Swaps Switches Syncs Takes Tells Tests Throttles Throws Times Tokenizes Touches Traces Tracks
Transforms Translates Traverses Treats Trims Truncates Tries Turns Unescapes Unlocks Unpacks Unregisters Unsets Updates
Upgrades Uses Validates Verifies Visits Waits Wakes Walks Warns Watches Whether Widens Withholds Works Wraps Writes Yields
""".split())

NOUN = re.compile(r"(?!Warns\b)\w+ of\b")

MARK = re.compile(r"[{};:\n]")  # where a statement may end
ACCESS = re.compile(r"\s*(?:public|private|protected)")
SCOPE = re.compile(r"\b(?:namespace|class|struct|union)\b|\bextern\s*\"")
NOT_A_FUNCTION = re.compile(r"\s*(?:#|using\b|typedef\b|enum\b|namespace\b|static_assert\b|friend\s+class\b|[A-Z][A-Z0-9_]*\()")
NAME = re.compile(r"(?:^|[\s*&:~])(operator\s*\(\)|operator[^\w\s(]+|operator\s+[\w:]+|~?[A-Za-z_]\w*)\s*\(")


def declaring_lines(code):
    """Returns, for each line of blanked code, whether it begins where declarations stand: in no function and no enum."""
    scopes, begin, lines = [], 0, [True]  # `begin`: of the statement
    for mark in MARK.finditer(code):
        character, at = mark.group(), mark.start()
        if character == "\n":
            statement = code[begin:at].strip()
            lines.append(all(scopes) and not statement)
            ends = statement.startswith("#")
        elif character == ":":
            ends = ACCESS.fullmatch(code, begin, at) is not None
        else:
            ends = True
            if character == "{":
                statement = code[begin:at]
                scopes.append(bool(SCOPE.search(statement)) and "(" not in statement.split("=")[0].replace("alignas(", "")
                              and "enum" not in statement.split())
            elif character == "}" and scopes:
                scopes.pop()
        if ends:
            begin = mark.end()
    return lines


def declares_function(code):
    """Whether the declaration that blanked code begins with is a function's."""
    if NOT_A_FUNCTION.match(code):
        return False
    head = re.split(r"[;{]", code, maxsplit=1)[0]
    before = None
    while before != head:  # template arguments, innermost first
        before, head = head, re.sub(r"<[^<>=(]*(?:\([^()]*\)[^<>=(]*)*>", " ", head)
    name = NAME.search(head)
    return (name is not None and "=" not in head[:name.start(1)] and not re.match(r"k[A-Z]", name.group(1))
            and name.group(1) not in ("alignas", "decltype", "if", "for", "while", "switch", "return", "requires"))


def comments_without_verb(text, code):
    """Yields (line, first line of the comment) of each function's comment that begins with no verb. `code` is the text
    with its comments and strings blanked."""
    lines = text.splitlines()
    code_lines = code.splitlines()
    declares = declaring_lines(code)
    number = 0
    while number < len(lines):
        if not lines[number].lstrip().startswith("//"):
            number += 1
            continue
        begin = number
        while number < len(lines) and lines[number].lstrip().startswith("//"):
            number += 1
        if number >= len(lines) or not lines[number].strip() or not declares[number]:
            continue
        if not declares_function("\n".join(code_lines[number:number + 12])):
            continue
        first = lines[begin].lstrip().lstrip("/").strip()
        if re.split(r"[^A-Za-z]", first, maxsplit=1)[0] not in VERBS or NOUN.match(first):
            yield begin + 1, first


def main(paths):
    found = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
            for line, first in comments_without_verb(text, blank_comments_and_strings(text)):
                found += 1
                print(f"{path}:{line}: {first}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
