# What a terminal shows after the bytes that a program wrote to it: the part of a terminal that the live table needs.
import re
import unicodedata

TOKEN = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[[\d;]*m|([\s\S])")


def columns_of(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    """Rows of cells, the history included. Text that reaches the last column goes on in the next row; `resize` wraps it
    anew, as most terminals do. A row is known to go on in the next one until it is cleared as a whole, as in tmux."""

    def __init__(self, columns, height=1000):
        self.columns = columns
        self.height = height
        self.cells = [[]]
        self.goes_on = [False]  # the row's text goes on in the next row
        self.row = 0
        self.column = 0

    @property
    def rows(self):
        return ["".join(row).rstrip() for row in self.cells]

    def feed(self, text):
        for match in TOKEN.finditer(text):
            if match.group(3):
                self._put(match.group(3))
            elif match.group(2) and match.group(2) != "m":
                self._obey(match.group(2), match.group(1))

    def resize(self, columns):
        lines, line = [], []
        for row, goes_on in zip(self.cells, self.goes_on):
            line += row
            if not goes_on:
                lines.append(line)
                line = []
        assert self.row == len(self.cells) - 1 and self.column == 0, "the cursor is expected below the last line"
        self.__init__(columns, self.height)
        self.feed("\r\n".join("".join(each) for each in lines))
        self.column = 0

    def _put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._down()
        elif columns_of(character) == 0:
            self.cells[self.row][self.column - 1] += character
        elif character >= " ":
            width = columns_of(character)
            if self.column + width > self.columns:
                self.goes_on[self.row] = True
                self._down()
                self.column = 0
            row = self.cells[self.row]
            row += [" "] * (self.column + width - len(row))
            row[self.column:self.column + width] = [character] + [""] * (width - 1)
            self.column += width

    def _down(self):
        self.row += 1
        if self.row == len(self.cells):
            self.cells.append([])
            self.goes_on.append(False)

    def _obey(self, command, number):
        if command == "A":
            top = max(len(self.cells) - self.height, 0)
            self.row = max(self.row - int(number or 1), top)
        elif command == "K" and number == "2":
            self.cells[self.row].clear()
            self.goes_on[self.row] = False
        elif command == "J":
            del self.cells[self.row][self.column:]
            del self.cells[self.row + 1:]
            del self.goes_on[self.row + 1:]
            if self.column == 0:
                self.goes_on[self.row] = False
        else:
            raise AssertionError(f"an escape sequence that this screen does not know: {number}{command}")
