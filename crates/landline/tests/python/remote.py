"""A Python prompt for tests: a line in, a line out.

Each line of the input is an expression, or a statement. The answer is `= ` and the repr of its
value, or `! ` and the error number (`-` without one) and the type of the exception.
"""

import array
import socket  # used by the lines that come
import sys


def pattern(length):
    """The same bytes as the Rust side's: 0, 1, 2 … as 32-bit little-endian words."""
    words = array.array("I", range(length // 4 + 1))
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()[:length]


def read_to_end(sock):
    """All bytes up to the peer's end."""
    pieces = []
    while piece := sock.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def main():
    names = globals()
    for line in sys.stdin:
        try:
            try:
                code = compile(line.strip(), "line", "eval")
            except SyntaxError:
                exec(line, names)
                answer = "= None"
            else:
                answer = f"= {eval(code, names)!r}"
        except Exception as error:  # every error is an answer
            number = getattr(error, "errno", None)
            answer = f"! {'-' if number is None else number} {type(error).__name__}"
        print(answer, flush=True)


main()
