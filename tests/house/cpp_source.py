"""What the house rules read of a C++ source without parsing it: its code without comments, and its functions."""

import re

TOKEN = re.compile(r'R"(?P<mark>[^()\\\s]{0,16})\((?:.|\n)*?\)(?P=mark)"|//(?:\\\n|[^\n])*|/\*(?:.|\n)*?\*/'
                   r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'')


def blank_comments_and_strings(text):
    """Replaces comments and literals by blanks, but for line breaks, so that lines and braces can still be counted."""
    def blank(match):
        before = text[match.start() - 1:match.start()]
        if match.group().startswith("'") and before.isalnum() and match.group()[1:2].isdigit():
            return match.group()  # 1'000'000
        return re.sub(r"[^\n]", " ", match.group())
    return TOKEN.sub(blank, text)


def function_lengths(code):
    """(first line, lines) of each outermost function body in blanked code. A simple counter of braces: outside of other
    functions, a `{` after something that ends like a function's head opens one."""
    head = re.compile(r"\)\s*(?:(?:const|noexcept(?:\([^)]*\))?|override|final|mutable|&&?|requires\b[^;{}]*)\s*)*"
                      r"(?:->[\w:<>,\s*&]+)?$")
    depth, function_depth, statement, start, line = 0, None, "", 1, 1
    for position, character in enumerate(code):
        if character == "\n":
            line += 1
        if character == "{":
            opens = function_depth is None and not re.match(r"\s*(?:namespace|enum|extern)\b", statement)
            if opens and (head.search(statement) or re.search(r"\)\s*:\s*[\w:<>]+[({]", statement)):
                function_depth, start = depth, line - statement.lstrip().count("\n")
            depth += 1
            statement = ""
        elif character == "}":
            depth -= 1
            if function_depth == depth:
                # A member that is initialised with braces is not the body yet: `Type() : member_{} {`.
                if re.match(r"\s*[,{]", code[position + 1:position + 40]):
                    statement = ") "
                    function_depth = None
                else:
                    yield start, line - start + 1
                    function_depth = None
                    statement = ""
            elif function_depth is None:
                statement = ""
        elif character == ";" and function_depth is None:
            statement = ""
        elif function_depth is None:
            statement += character
            if character == "\n" and statement.strip().startswith("#"):
                statement = ""
