"""Makes mutants from the product's sources, and puts many of them into one build.

A mutant is one small mistake: a comparison flipped, a statement dropped. In the mutated source each stands behind a
switch, `(lp_mutant(17) ? a <= b : a < b)`, and the environment variable LEADPULSE_MUTANT says which one is on. So a
mutant costs a run of a test, not a build. What does not compile behind a switch is left out.

The sources are read as tokens, not parsed: clang-format puts blanks around binary operators and none before the `<` of
a template, which tells these apart. What is misread does not compile.
"""

import dataclasses
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "house"))
from cpp_source import TOKEN as COMMENT_OR_LITERAL, blank_comments_and_strings  # noqa: E402

SWITCH_HEADER = "tests/mutants/switch.h"
TOKEN = re.compile(r"[A-Za-z_]\w*|\d(?:[\w.]|'\d|(?<=[eE])[+-])*|<=>|<<=|->\*|::|->|&&|\|\||[=!<]=|(?<= )>=|\+\+|--"
                   r"|[-+*/%&|^]=|<<|(?<= )>>(?=\s)|\S")
NUMBER = re.compile(r"(0[xX][0-9a-fA-F']+|[\d'.]+)(.*)", re.S)

COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LOGIC = {"&&": "||", "||": "&&"}
ASSIGN = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<="}
# What ends an operand of a logical operator, or of a comparison.
ENDS = {"?", ":", ",", ";", "return", "co_return", "throw", "else", "do", "case", *ASSIGN}
ENDS_OF_OPERAND = {"<": ENDS | set(COMPARE) | set(LOGIC), "||": ENDS, "&&": ENDS | {"||"}}

# No mutants in what only reports or asserts, nor in what the compiler evaluates.
SKIPPED_CALL = re.compile(r"\b(?:LP_ASSERT\w*|static_assert|Log(?:Debug|Info|Warning|Error|Failure|Refusal)"
                          r"|spdlog::\w+|if constexpr|sizeof|alignof|decltype|noexcept)\s*(?=\()")
SKIPPED_STATEMENT = re.compile(r"(?<=[;{})])\s*(?:\+\+)?(?:\w+(?:\.|->))?metrics_?(?:\.|->)[^;]*;"
                               r"|\b(?:static )?constexpr\b[^;{]*[;{]|\busing\b[^;]*;|\benum\b[^;]*;")
# Statements that declare, change no result (memory, speed), or whose absence shows only by chance.
NO_EFFECT = re.compile(r"^(?:LP_ASSIGN|CrashPoint)|\b(?:reserve|shrink_to_fit|lock|unlock|Reserve|Prefetch)\s*\([^;]*$")

# What is returned is a name, a constant, or a default already.
NO_RESULT = re.compile(r"return (?:\w+|\*this.*|\d\S*|\"\"|{}|std::nullopt|Status::Ok\(\)|\w+\(\)|\w+::k\w+)")


@dataclasses.dataclass
class Mutant:
    file: str
    function: str
    kind: str
    line: int
    before: str
    after: str
    start: int  # its place in the source
    end: int
    code: tuple  # what stands before, and behind, the original text; @ stands for the condition "is on"
    name: str = ""


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = COMMENT_OR_LITERAL.sub(blank_comment, text)  # literals stay
        code = re.sub(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blanks, blank_literals(text))
        code = self.without_skipped(code)
        self.tokens = [(match.group(), match.start(), match.end()) for match in TOKEN.finditer(code)]
        self.code = code
        self.partner = self.find_partners()
        self.mutants = []

    def without_skipped(self, code):
        for match in list(SKIPPED_CALL.finditer(code)):
            end = closing(code, code.index("(", match.end()))
            code = code[:match.start()] + blanks(code[match.start():end]) + code[end:]
        return SKIPPED_STATEMENT.sub(lambda match: blanks(match.group()[:-1]) + match.group()[-1], code)

    def find_partners(self):
        """Maps the index of each bracket to that of its partner. `<` and `>` are brackets where they enclose arguments."""
        partner, open_ones = {}, []
        for index, (token, start, _) in enumerate(self.tokens):
            before = self.code[start - 1:start]
            if token in "([{" or token == "<" and (before.isalnum() or before in "_]" or self.at(index - 1) == "template"):
                open_ones.append(index)
            elif token in ")]}" or token == ">" and before != " ":
                while open_ones and self.at(open_ones[-1]) == "<" and token != ">":
                    open_ones.pop()
                if open_ones and (token != ">" or self.at(open_ones[-1]) == "<"):
                    partner[index] = open_ones.pop()
                    partner[partner[index]] = index
        return partner

    def at(self, index):
        return self.tokens[index][0] if 0 <= index < len(self.tokens) else ""

    # ---- functions ----

    def functions(self):
        """Yields the name and the indices of the braces of each function outside of others."""
        classes, head, index = [], 0, 0
        while index < len(self.tokens):
            token, partner = self.at(index), self.partner.get(index, index)
            if token == "{":
                words = [self.at(i) for i in range(head, index)]
                name, opened = function_name(words), class_name(words)
                if name is None and opened is not None:
                    classes.append((partner, opened))
                    head = index + 1
                elif self.begins_body(words, index):
                    if name is not None and not {"constexpr", "consteval"} & set(words):
                        yield "::".join([of for end, of in classes if end > index and of] + [name]), index, partner
                    index, head = partner, partner + 1
                else:
                    index = partner  # it initialises
            elif token in ";}":
                head = index + 1
            elif token in "([<":
                index = partner
            index += 1

    def begins_body(self, words, index):
        before = self.at(index - 1)
        return (before in (")", "const", "noexcept", "override", "final", "}") or "->" in words
                or before == ">" and ")" in words and "=" not in words)

    # ---- mutants ----

    def find_mutants(self):
        for name, first, last in self.functions():
            if name.endswith("MemoryBytes"):
                continue  # an estimate
            self.function = name
            self.block(first, last)
            for index in range(first + 1, last):
                self.expression(index)
        self.mutants.sort(key=lambda mutant: (mutant.start, -mutant.end))
        name_mutants(self.mutants)
        return self.mutants

    def add(self, kind, first, last, after, code):
        """Adds a mutant of the tokens first to last."""
        start, end = self.tokens[first][1], self.tokens[last][2]
        before = self.text[start:end]
        if "R\"" in before and "\n" in before:
            return  # a copy on one line would have another literal
        line = self.text.count("\n", 0, start) + 1
        self.mutants.append(Mutant(self.path, self.function, kind, line, before, after, start, end, code))

    def expression(self, index):
        token, start, end = self.tokens[index]
        spaced = self.code[start - 1:start] == " " and self.code[end:end + 1] in (" ", "\n")
        if spaced and (token in COMPARE or token in LOGIC):
            ends = ENDS_OF_OPERAND[token if token in LOGIC else "<"]
            first, last = self.reach(index, -1, ends), self.reach(index, 1, ends)
            other = (COMPARE | LOGIC)[token]
            begin = self.tokens[first][1]
            whole = self.text[begin:self.tokens[last][2]]
            mistake = one_line(whole[:start - begin] + other + whole[end - begin:])
            alone = token in ("==", "!=") and any(self.at(i) in ("if", ";") for i in (first - 2, first - 1)) \
                and self.at(last + 1) == ")"
            if first < index < last and not alone:  # of a whole condition it is the same as never or always
                kind = "logic" if token in LOGIC else "comparison"
                self.add(kind, first, last, f"{token} to {other}", (f"(@ ? ({mistake}) : (", "))"))
        elif token in ("true", "false") and not self.in_template(index):
            self.constant(index, "false" if token == "true" else "true")
        elif token[0].isdigit() and self.at(index - 1) != "case" and not self.in_template(index):
            if other := another_number(token):
                self.constant(index, other)

    def constant(self, index, other):
        self.add("constant", index, index, other, (f"(@ ? {other} : ", ")"))

    def in_template(self, index):
        return any(self.at(i) == "<" and i in self.partner and self.partner[i] > index
                   for i in range(max(0, index - 12), index))

    def reach(self, index, step, ends):
        """Returns the last token of the operand on one side of the operator."""
        last = index
        index += step
        while 0 <= index < len(self.tokens):
            token, start, end = self.tokens[index]
            if index in self.partner and (self.partner[index] - index) * step > 0:
                last = index = self.partner[index]
            elif token in "()[]{}" or token in ends and (token not in COMPARE or index not in self.partner):
                break
            elif token in "&|^" and self.code[start - 1:start] == " " and self.code[end:end + 1] in (" ", "\n"):
                break
            else:
                last = index
            index += step
        return last

    def block(self, first, last):
        """Adds the mutants of the statements between two braces."""
        index = first + 1
        while index < last:
            token = self.at(index)
            if token == "[" and self.at(index + 1) == "[":
                index = self.partner[index] + 1  # [[likely]]
            elif token == "{":
                self.block(index, self.partner[index])
                index = self.partner[index] + 1
            elif token in ("if", "for", "while", "switch", "catch"):
                index += self.at(index + 1) != "("
                closes = self.partner.get(index + 1, last)
                if token == "if":
                    self.condition(index + 1, closes)
                self.lambdas(index + 2, closes)
                index = closes + 1
            elif token in ("else", "do", "try", ";", "}"):
                index += 1
            elif token in ("case", "default"):
                while index < last and self.at(index) != ":":
                    index += 1
                index += 1
            else:
                index = self.statement(index, last) + 1

    def statement(self, first, last):
        index = first
        while index < last and self.at(index) != ";":
            index = max(index, self.partner.get(index, index)) + 1
        self.lambdas(first, index)
        if index >= last:
            return index
        text = self.text[self.tokens[first][1]:self.tokens[index - 1][2]]
        top = self.top_level(first, index)
        if self.at(first) == "return":
            if index - first > 1 and not NO_RESULT.fullmatch(text):
                self.add("return", first, index, "return {};", ("{ if (@) return {}; ", " }"))
        elif self.is_effect(first, index, top) and not NO_EFFECT.search(text):
            self.add("dropped", first, index, "", ("{ if (!@) ", " }"))
        return index

    def is_effect(self, first, index, top):
        """Whether the statement is an assignment or a call, not a declaration: two words side by side declare."""
        words = [self.at(i) for i in top]
        assigns = next((at for at, word in enumerate(words) if word in ASSIGN), None)
        left = top if assigns is None else top[:assigns]
        for a, b in zip(left, left[1:]):
            if b == a + 1 and re.match(r"\w", self.at(b)) and re.match(r"\w|[*&>]|&&", self.at(a)):
                return False
        if assigns is not None:
            return words[0] not in ("auto", "const", "static", "using") and assigns > 0
        return self.at(index - 1) == ")" and "::" not in words[:1] or "++" in words or "--" in words

    def top_level(self, first, end):
        """Returns the indices of the tokens outside of brackets, the brackets included."""
        found, index = [], first
        while index < end:
            found.append(index)
            if self.partner.get(index, -1) > index:
                index = self.partner[index]
                found.append(index)
            index += 1
        return found

    def condition(self, opens, closes):
        first = opens + 1
        for index in self.top_level(opens + 1, closes):
            if self.at(index) == ";":
                first = index + 1
        words = [self.at(i) for i in self.top_level(first, closes)]
        if first >= closes or ASSIGN & set(words):
            return  # it declares a variable
        self.add("condition", first, closes - 1, "never", ("!@ && (", ")"))
        self.add("condition", first, closes - 1, "always", ("@ || (", ")"))

    def lambdas(self, first, end):
        """Adds the mutants of the bodies of lambdas among the tokens."""
        index = first
        while index < end:
            if self.at(index) == "{" and index in self.partner:
                before = [self.at(i) for i in range(max(0, index - 8), index)]
                if before[-1] in (")", "]", "mutable", "noexcept") or "->" in before:
                    self.block(index, self.partner[index])
                    index = self.partner[index]
            index += 1


def name_mutants(mutants):
    """Names hold no line numbers, so the same mutant has the same name in another tree."""
    seen = {}
    for mutant in mutants:
        text = one_line(mutant.before)
        text = text if len(text) <= 90 else text[:60] + " … " + text[-27:]
        mutant.name = f"{mutant.file} {mutant.function}: {mutant.kind} `{text}`" + (f" {mutant.after}" if mutant.after else "")
        seen[mutant.name] = seen.get(mutant.name, 0) + 1
        if seen[mutant.name] > 1:
            mutant.name += f" #{seen[mutant.name]}"


def blanks(text):
    text = text if isinstance(text, str) else text.group()
    return re.sub(r"[^\n]", " ", text)


def blank_comment(match):
    return blanks(match.group()) if match.group().startswith("/") else match.group()


def blank_literals(text):
    """Blanks comments, and makes each literal a word of its length, so that an operand is not empty."""
    code = list(blank_comments_and_strings(text))
    for match in COMMENT_OR_LITERAL.finditer(text):
        if not match.group().startswith("/") and code[match.start()] == " ":
            code[match.start():match.end()] = re.sub(r"[^\n]", "L", match.group())
    return "".join(code)


def one_line(text):
    return re.sub(r"\s*\n\s*", " ", text)


def closing(code, index):
    depth = 0
    for at in range(index, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at + 1
    return len(code)


def another_number(token):
    digits, suffix = NUMBER.match(token).groups()
    value = digits.replace("'", "")
    if value.lower().startswith("0x"):
        return f"{hex(int(value, 16) + 1)}{suffix}"
    if "." in value or suffix[:1] in ("e", "E"):
        return f"({token} + 1)" if suffix == "" else None
    return f"{ {'0': 1, '1': 0}.get(value, int(value) + 1) }{suffix}".strip()


def class_name(words):
    """Returns the name of the class that the words open; "" for a namespace or an enum; None for anything else."""
    if "(" in words:
        return None
    if {"namespace", "enum", "extern"} & set(words[:3]):
        return ""
    keyword = next((at for at, word in enumerate(words) if word in ("class", "struct", "union")), None)
    if keyword is None or "=" in words:
        return None
    return next((word for word in words[keyword + 1:] if re.match(r"[A-Za-z_]", word) and word != "final"), "")


def function_name(words):
    """Returns the name before the parameters; None if the words do not begin a function."""
    flat, depth = [], 0
    for at, word in enumerate(words):
        if word == "<" and (at == 0 or words[at - 1] != "operator"):
            depth += 1
        elif word == ">" and depth:
            depth -= 1
        elif depth == 0:
            flat.append(word)
    if "(" not in flat:
        return None
    if "operator" in flat:
        return "operator" + "".join(flat[flat.index("operator") + 1:flat.index("(", flat.index("operator") + 2)])
    at = flat.index("(") - 1
    name = flat[at] if at >= 0 else ""
    if not re.match(r"[A-Za-z_]\w*$", name):
        return None
    if at and flat[at - 1] == "~":
        name, at = "~" + name, at - 1
    while at >= 2 and flat[at - 1] == "::":
        name, at = f"{flat[at - 2]}::{name}", at - 2
    return name


def mutated(path, text, numbered):
    """Returns the source with a switch for each of the numbered mutants. Lines keep their numbers."""
    text = COMMENT_OR_LITERAL.sub(blank_comment, text)
    out, open_ones, at = [f'#include "{SWITCH_HEADER}"\n#line 1 "{path}"\n'], [], 0

    def close(until):
        nonlocal at
        while open_ones and open_ones[-1].end <= until:
            mutant = open_ones.pop()
            out.append(text[at:mutant.end] + mutant.code[1])
            at = mutant.end

    for number, mutant in numbered:
        close(mutant.start)
        out.append(text[at:mutant.start] + mutant.code[0].replace("@", f"lp_mutant({number})"))
        at = mutant.start
        open_ones.append(mutant)
    close(len(text))
    return "".join(out) + text[at:]


def mutants_of(path, text):
    """Returns the mutants of a source in the order of their places. Each encloses another or lies beside it."""
    nested, ends = [], []
    for mutant in Source(path, text).find_mutants():
        while ends and ends[-1] <= mutant.start:
            ends.pop()
        if not ends or mutant.end <= ends[-1]:
            nested.append(mutant)
            ends.append(mutant.end)
    return nested
