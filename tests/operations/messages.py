"""The messages of the program, read from its sources: the texts of errors and warnings, with … for what is filled
in."""

import pathlib
import re

CALL = re.compile(r"(?:Status::(?:Fatal|Rejected|Retriable)|telemetry::Log(?:Warning|Error)|\breturn)\s*(?=[(\"])\(?")
PIECE = re.compile(r'"((?:\\.|[^"\\])*)"|([({\[])|([)}\]])|([;,])|\s+|\+|[^\s"({\[)}\];,+]+')
FILLED_IN = "…"


def argument(source, start):
    """The pieces of the expression that begins at `start`, up to its next argument: its texts, and None for anything
    else."""
    pieces, depth = [], 0
    for found in PIECE.finditer(source, start):
        text, opens, closes, ends = found.groups()
        if closes and depth == 0 or ends and depth == 0:
            break
        depth += bool(opens) - bool(closes)
        if text is not None and depth == 0:
            pieces.append(text.replace('\\"', '"'))
        elif found.group().strip() not in ("", "+"):
            pieces.append(None)
    return pieces


def message_of(pieces):
    said = "".join(FILLED_IN if piece is None else piece for piece in pieces)
    return re.sub(f"{FILLED_IN}+", FILLED_IN, said)


def prepared(source):
    """The source with expressions that stand for a text replaced by it."""
    source = re.sub(r"(?m)^[ \t]*//.*$|(?<=[;{},])[ \t]*// .*$", "", source)
    source = re.sub(r"\bStateIn\([^()]*\)|\b(?:database_?\.)?state_name\(\)", '"the state in …"', source)
    source = re.sub(r'\bstd::string\(("(?:\\.|[^"\\])*")\)', r"\1", source)
    source = re.sub(r"\bConcat\(\{(.*?)\}\)", lambda found: re.sub(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", "+",
                                                                  found.group(1)), source, flags=re.S)
    # A variable at the beginning of a message.
    for name, text in re.findall(r'const std::string (\w+) = ("(?:\\.|[^"\\])*")', source):
        source = re.sub(rf"(Status::\w+\({name})(?= \+)", lambda found, t=text: found.group(0).replace(
            "(" + name, "(" + t + ' + "…"') if name in found.group(0) else found.group(0), source)
    return source


def messages_in(path):
    """(message, line) for each error and warning with words of its own, unlike those that are only passed on."""
    source = prepared(pathlib.Path(path).read_text(encoding="utf-8"))
    for call in CALL.finditer(source):
        said = message_of(argument(source, call.end()))
        if len(re.findall(r"[A-Za-z]{2,}", said)) >= 2 or re.match(r"[a-z]{4,}: ", said):
            yield said, source.count("\n", 0, call.start()) + 1
